"""Fulfils a gate line by line, or breaks one of its lines: the same for every process that comes with Holdfast."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY
from workflow.clock import parse_duration
from workflow.facts import RiskVerdict, Severity, TestVerdict
from workflow.process import PolicySpec, Transition

PEOPLE = {
    "lee": ("lead",),
    "max": ("research",),
    "mara": ("safety",),
    "jun": ("safety",),
    "priya": ("safety",),
    "sam": ("security",),
    "both": ("security",),
    "ivy": ("legal",),
    "noor": ("executive",),
    "eve": (),
}
"""Who holds which role; one more of safety and of security than any gate needs. ``kim`` made the files."""

SPARE = "priya"
STRANGER = "eve"
GOOD = {"bio_uplift": 0.05, "cyber_range": 0.05, "refusal_rate": 0.99}
BAD = {"bio_uplift": 0.9, "cyber_range": 0.9, "refusal_rate": 0.1}


class Shop(Keyed):
    """A lab that releases by one of the processes that come with Holdfast.

    ``inherited`` are the reports that are not made anew for a variant: somebody answers for those of its parent.
    """

    inherited: frozenset[str] = frozenset()

    def open_for(self, name: str) -> Shop:
        """Everybody is there; the charter of a new ledger has the processes."""
        self.files = self.model()
        self.found().staff(PEOPLE)
        return self

    def begin(self, name: str) -> Shop:
        """``aurora`` begins under a process; a variant descends from ``parent``, whose weights are out."""
        lineage: dict[str, Any] = {}
        if name == "variant":
            self.start("parent", process="open_weights", path=self.model("parent"))
            for trigger in ("submit", "release"):
                self.fulfil(trigger, "parent")
                self.advance(trigger, "parent")
            lineage = {"derived_from": ["parent"], "variant": "quantized"}
        self.start(process=name, path=self.files, **lineage)
        return self

    def copied(self, directory: Path) -> Shop:
        """The same lab at the same time, to go on elsewhere."""
        shutil.copytree(self.directory, directory, dirs_exist_ok=True)
        copy = Shop(directory, existing=True)
        copy.clock.at = self.clock.at
        copy.files = self.files
        return copy

    @property
    def trigger(self) -> str:
        """The way onward from where ``aurora`` is."""
        onward = self.engine.status("aurora").next
        assert onward is not None
        return onward.trigger

    def disallow(self, slug: str) -> None:
        """The process is taken out of the charter."""
        digest = self.engine.status(slug).process
        self.agreed(self.tick().disallow_process(digest, actor=ADMINISTRATOR, rationale=WHY))

    def gate(self, trigger: str, slug: str = "aurora") -> tuple[PolicySpec, ...]:
        """The lines of a gate, those that the loader added among them."""
        return self.way(trigger, slug).gate

    def way(self, trigger: str, slug: str = "aurora") -> Transition:
        return self.engine.process(self.engine.status(slug).process).transition(trigger)

    def fulfil(self, trigger: str, slug: str = "aurora", *, without: int | None = None) -> None:
        """Does everything that a gate demands, but for one line of it: of that, what speaks against it."""
        rules = self.gate(trigger, slug)
        done = [spec for place, spec in enumerate(rules) if place != without]
        self._wait("soak", done)
        for place, spec in enumerate(rules):
            self._show(spec, slug, against=place == without)
        self._wait("review_time", done)
        for spec in done:
            self._say(spec, trigger, slug)

    def _wait(self, policy: str, rules: Sequence[PolicySpec]) -> None:
        lengths = [parse_duration(spec.params["at_least"]) for spec in rules if spec.policy == policy]
        self.clock.at += max(lengths, default=timedelta())

    def _show(self, spec: PolicySpec, slug: str, *, against: bool) -> None:
        """What approvals rest on: reports, reviews, tests."""
        match spec.policy:
            case "evidence" if spec.params["name"] in self.inherited and not against:
                for item in self.engine.status("parent").evidence:
                    if item.name == spec.params["name"]:
                        self.tick().justify(slug, "parent", item.id, role="safety", actor="mara", rationale=WHY)
            case "evidence":
                name = spec.params["name"]
                declared = {"declare_as": "safety"} if spec.params["candidate"] == "declared" else {}
                path = self.log(
                    name,
                    (BAD if against else GOOD)[name],
                    states=None if declared else self.candidate(slug),
                    run=f"{slug}-{self.clock.at:%y%m%d}-{against}",
                )
                self.attach(path, slug, by="mara" if declared else "lee", **declared)
            case "risk_areas":
                for person in ("mara", "sam")[: spec.params["reviewers"]]:
                    for area in spec.params["areas"]:
                        role = PEOPLE[person][0]
                        said: RiskVerdict = "unacceptable" if against else "acceptable"
                        self.tick().review(slug, area, said, role=role, actor=person, rationale=WHY)
            case "findings" if against:
                self.tick().finding(
                    slug,
                    "It can be talked into it.",
                    severity=Severity.CRITICAL,
                    role="safety",
                    actor=SPARE,
                    rationale=WHY,
                )
            case "required_tests":
                for person in ("mara", "sam")[: spec.params["people"]]:
                    for test in spec.params["tests"]:
                        role = PEOPLE[person][0]
                        came: TestVerdict = "failed" if against else "done"
                        self.tick().judge_test(slug, test, came, role=role, actor=person, rationale=WHY)

    def _say(self, spec: PolicySpec, trigger: str, slug: str) -> None:
        match spec.policy:
            case "sign_offs":
                able = [person for person, roles in PEOPLE.items() if spec.params["role"] in roles]
                for person in able[: spec.params["count"]]:
                    self.sign(person, trigger, spec.params["role"], slug=slug)
            case "statement":
                able = [person for person, roles in PEOPLE.items() if set(roles) & set(spec.params["roles"])]
                for person in able[: spec.params["people"]]:
                    role = next(role for role in PEOPLE[person] if role in spec.params["roles"])
                    public = spec.params["public"]
                    self.tick().statement(slug, "What was decided and why.", role=role, actor=person, public=public)

    def broken(self, place: int, trigger: str, slug: str = "aurora") -> set[str]:
        """What stands in the way where everything is fulfilled but one line, or something was put in its way."""
        spec = self.gate(trigger, slug)[place]
        self.fulfil(trigger, slug, without=place)
        if spec.policy in STOPS:
            STOPS[spec.policy](self, slug)
        file = self.files / "config.json"
        kept = file.read_text()
        try:
            if spec.policy == "candidate_unchanged":
                file.write_text("{1}")
            answer = self.engine.explain(slug, trigger, actor=STRANGER if spec.policy == "actor" else "lee")
        finally:
            file.write_text(kept)
        assert (answer.allowed, answer.source) == (False, self.stage(slug))
        return {subject(verdict.policy, verdict.summary) for verdict in answer.blockers}


def subject(policy: str, summary: str) -> str:
    """What a verdict is about, where a gate has several of its policy."""
    return summary.partition(":")[0] if policy in ("sign_offs", "evidence") else policy


def named(spec: PolicySpec) -> str:
    """The same of a line of the gate."""
    match spec.policy:
        case "sign_offs":
            return f"sign-offs {spec.params['role']}"
        case "evidence":
            return f"evidence {spec.params['name']}"
    return spec.policy


STOPS: dict[str, Callable[[Shop, str], object]] = {
    "holds": lambda shop, slug: shop.hold(SPARE, "safety", slug),
    "objections": lambda shop, slug: shop.reject(SPARE, shop.trigger, "safety", slug),
    "requirements": lambda shop, slug: shop.require(SPARE, "safety", slug),
    "lineage": lambda shop, _: shop.advance("withdraw", "parent"),
    "charter": lambda shop, slug: shop.disallow(slug),
}
"""What puts something in the way of a rule that asks for nothing to be done."""
