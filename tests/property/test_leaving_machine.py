"""Whatever people do in whatever order, nothing leaves but by its own permit, and no policy is passed but by enough.

The machine of ``test_engine_machine`` on a process whose way out is published, and whose way to be hosted has to soak
unless that is overridden.
"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, definition
from tests.property.test_engine_machine import MODELS, Commands, numbers, people, signers, slugs
from workflow import PlanFile, PublishingFailed
from workflow.artifact import build_manifest

SOAKS = timedelta(hours=72)
LASTS = timedelta(hours=24)
HOST = {
    "from": "review",
    "to": "hosted",
    "gate": [CALLED_BY_LEAD, {"sign_offs": {"role": "security", "count": "1"}}, {"soak": {"at_least": "72h"}}],
    "override": {
        "policy": "soak",
        "sign_offs": {"role": "safety", "count": "2"},
        "lasts": "24h",
        "review": {"role": "legal", "within": "48h"},
    },
}
EDITED = {"transition": "host", "release": "cygnus", "round": 9, "candidate": "0" * 64, "permit": "L9", "size": 1}


class Leaving(Commands):
    """Random commands, among them plans and what becomes of them, and overrides."""

    out: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        self.plans: list[PlanFile] = []
        self.left: dict[str, str] = {}
        self.begun: set[tuple[str, str]] = set()
        self.entered: dict[str, datetime] = {}
        self.overriding: dict[tuple[str, str], tuple[str, int, datetime]] = {}
        self.turns: dict[str, int] = {}

    # What people do.

    @rule(slug=slugs, signer=signers, back=st.booleans())
    def override(self, slug: str, signer: tuple[str, str], back: bool) -> None:
        person, role = signer
        with self.attempt(slug) as done:
            asked: dict[str, Any] = {"decision": "withdraw"} if back else {"basis": self.lab.basis("host", slug)}
            engine = self.lab.tick()
            outcome = engine.override(slug, "host", "soak", role=role, actor=person, rationale=WHY, **asked)
            done(outcome)
            given = (self.account.candidates[slug], self.account.rounds[slug], self.lab.clock.now())
            self.overriding.pop((slug, person), None)
            if not back:
                self.overriding[slug, person] = given

    @rule(slug=slugs, person=people, number=numbers, hours=st.integers(1, 200))
    def plan(self, slug: str, person: str, number: int, hours: int) -> None:
        with self.attempt(slug):
            to = str(self.out / f"place-{number}")
            settings = {"to": to, "actor": person, "rationale": WHY, "valid_for": f"{hours}h"}
            permit = self.lab.tick().plan(slug, "publish", **settings).permit
            if permit is not None:
                self.plans.append(permit)

    @rule(number=numbers, person=st.none() | people, named=st.none() | slugs)
    def apply(self, number: int, person: str | None, named: str | None) -> None:
        if not self.plans:
            return
        plan = self.plans[-number % len(self.plans)]
        with self.attempt(plan.release) as done:
            before = self.lab.tick().status(plan.release)
            try:
                applied = self.lab.engine.apply(
                    plan, target=named or plan.release, actor=person or plan.person, rationale=WHY
                )
            except PublishingFailed:
                return
            assert (applied.state, applied.destination) == ("confirmed", plan.destination)
            assert (person or plan.person, named or plan.release) == (plan.person, plan.release)
            if applied.already:
                assert self.left[plan.destination] == plan.candidate
                return
            self.check_leaving(plan, before.candidate)
            done(SimpleNamespace(events=(SimpleNamespace(type="transition_made"),)))  # type: ignore[arg-type]

    @rule(number=numbers, field=st.sampled_from(sorted(EDITED)))
    def apply_what_was_edited(self, number: int, field: str) -> None:
        if not self.plans:
            return
        plan = self.plans[-number % len(self.plans)]
        edited = plan.model_copy(update={field: EDITED[field]})
        if edited == plan:
            return
        with self.attempt():
            self.lab.tick().apply(edited, target=edited.release, actor=edited.person, rationale=WHY)
            raise AssertionError("a plan that is not on record was applied")

    @rule(slug=slugs, settled=st.integers(0, 4), number=numbers)
    def honestly_publish(self, slug: str, settled: int, number: int) -> None:
        for _ in range(settled):
            self.whoever_objected_is_content_with_these_bytes(slug)
        for signer in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
            self.approve(slug, signer, "publish")
        known = len(self.plans)
        self.plan(slug, "lee", number, 24)
        if len(self.plans) > known:
            self.apply(1, None, None)

    @rule(slug=slugs, settled=st.integers(0, 4))
    def honestly_host(self, slug: str, settled: int) -> None:
        for _ in range(settled):
            self.whoever_objected_is_content_with_these_bytes(slug)
        self.approve(slug, ("sam", "security"), "host")
        for person in ("mara", "jun"):
            self.override(slug, (person, "safety"), back=False)
        self.move(slug, "lee", "host")

    # What must be so.

    @invariant()
    def what_is_out_is_what_was_let_out(self) -> None:
        there = {str(path) for path in self.out.iterdir() if not path.name.startswith(".holdfast-")}
        assert there == set(self.left)

    def teardown(self) -> None:
        for place, candidate in self.left.items():
            assert build_manifest(place).digest == candidate
        super().teardown()

    def check_leaving(self, plan: PlanFile, present: str) -> None:
        """The naive account knows of nothing that should have kept these bytes from leaving."""
        account, slug = self.account, plan.release
        assert (slug, plan.permit) not in self.begun, "a permit was used twice"
        assert plan.candidate == present == account.candidates[slug]
        assert plan.round == account.rounds[slug]
        assert plan.destination not in self.left
        for item in account.against(slug, (*account.rejects, *account.requirements, *account.holds)):
            assert not item.blocks("publish", "public", 3), item
        assert len(account.approved(slug, "publish", "safety") - {plan.person}) >= 2
        assert account.approved(slug, "publish", "security") - {plan.person}
        self.begun.add((slug, plan.permit))
        self.left[plan.destination] = plan.candidate

    def check_gate(self, slug: str, moved: Any, caller: str) -> None:
        assert moved.trigger != "publish", "something left around its publisher"
        if moved.trigger != "host":
            return
        account, now = self.account, self.lab.clock.now()
        for item in account.against(slug, (*account.rejects, *account.requirements, *account.holds)):
            assert not item.blocks("host", moved.dest, 2), item
        security = account.approved(slug, "host", "security") - {caller}
        assert security, "nobody of security had approved"
        line = account.line(account.candidates[slug])
        authors = {author for facts in account.declared if facts.digest in line for author in facts.authors}
        present = (account.candidates[slug], account.rounds[slug])
        passed = {
            person
            for (release, person), (candidate, turn, at) in self.overriding.items()
            if release == slug and (candidate, turn) == present and now - at < LASTS
        }
        passed -= {caller, *authors}
        assert now - self.entered[slug] >= SOAKS or len(passed) >= 2, (
            "it had not soaked, and too few had overridden that"
        )

    @invariant()
    def a_clock_that_steps_back_gives_no_time(self) -> None:
        now = self.lab.clock.now()
        for slug, turn in self.account.rounds.items():
            began = self.entered[slug] if self.turns.get(slug) == turn else now
            self.turns[slug], self.entered[slug] = turn, min(now, began)


@pytest.fixture(scope="module")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> type[Leaving]:
    """The machine over a ledger with people, a process that publishes and model files."""
    directory = tmp_path_factory.mktemp("leaving")
    out = directory / "out"
    out.mkdir()
    written = definition(host=HOST)
    written["transitions"]["publish"]["publish"] = {"publisher": "local_directory", "below": [str(out)]}
    lab = Lab(directory).people()
    lab.allow(lab.read(written))
    for name in MODELS:
        lab.model(name)
    lab.model("repacked", model__safetensors="weights of first", readme__txt="the same weights again")
    lab.close()
    return type("OverTemplate", (Leaving,), {"template": directory, "out": out, "source": lab.url})


QUICK = settings(
    max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
LONG = settings(max_examples=600, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck))


def test_whatever_people_do_nothing_leaves_but_by_its_own_permit(leaving: type[Leaving]) -> None:
    run_state_machine_as_test(leaving, settings=QUICK)


@pytest.mark.soak
def test_whatever_people_do_for_long_nothing_leaves_but_by_its_own_permit(leaving: type[Leaving]) -> None:
    run_state_machine_as_test(leaving, settings=LONG)
