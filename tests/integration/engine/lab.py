"""A laboratory for the engine's tests: a real ledger in a file or on a server, people, a process, files and reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Self

import pytest

import workflow
from tests.support.build import ScriptedClock
from tests.support.ledgers import InFiles, Ledgers
from workflow import Engine, Explanation, Exposure, Outcome, Process, Refused

ADMINISTRATOR = "ana"
WHY = "for the reasons in the record"
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "lee": ("lead",),
    "max": ("lead", "safety"),
    "mara": ("safety",),
    "jun": ("safety",),
    "priya": ("safety",),
    "sam": ("security",),
    "both": ("safety", "security"),
    "ivy": ("legal",),
    "noor": ("legal",),
    "kim": ("safety",),
}
"""Who holds which role. ``lee`` starts releases; ``kim`` is the author of every candidate that names no other."""

CALLED_BY_LEAD: dict[str, Any] = {"actor": {"roles": ["lead"]}}
TWO_OF_SAFETY: dict[str, Any] = {"sign_offs": {"role": "safety", "count": "2"}}
PUBLISH: Sequence[Any] = (
    CALLED_BY_LEAD,
    TWO_OF_SAFETY,
    {"sign_offs": {"role": "security", "count": "1"}},
    "candidate_unchanged",
)


def definition(
    *publish: Any, name: str = "lab", version: int = 1, solo: str = "false", **changes: Any
) -> dict[str, Any]:
    """A process of six stages, as its file says it; ``publish`` is the gate of the irreversible step."""
    anybody = {"actor": {"roles": ["lead", "safety", "security", "legal"]}}
    inside = ["testing", "review", "delay", "hosted"]
    return {
        "process": name,
        "version": str(version),
        "solo": solo,
        "started_by": ["lead"],
        "roles": {
            "lead": {"authority": "advice"},
            "safety": {},
            "security": {},
            "legal": {"authority": "advice"},
        },
        "stages": {
            "testing": {"exposure": "internal"},
            "review": {"exposure": "internal"},
            "delay": {"exposure": "internal", "hold": {"role": "safety", "count": "2", "review_within": "14d"}},
            "hosted": {"exposure": "hosted"},
            "public": {"exposure": "weights"},
            "withdrawn": {"exposure": "internal"},
        },
        "transitions": {
            "submit": {"from": "testing", "to": "review", "gate": [CALLED_BY_LEAD]},
            "return": {"from": "review", "to": "testing", "gate": [anybody]},
            "wait": {"from": ["testing", "review"], "to": "delay", "gate": [anybody]},
            "resume": {"from": "delay", "to": "review", "gate": [anybody]},
            "host": {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY]},
            "pull": {"from": "hosted", "to": "review", "gate": [anybody]},
            "publish": {"from": ["review", "hosted"], "to": "public", "gate": list(publish or PUBLISH)},
            "withdraw": {"from": [*inside, "public"], "to": "withdrawn", "gate": [anybody]},
            **changes,
        },
    }


_MADE: dict[tuple[type[Lab], str, str], tuple[TemporaryDirectory[str], str]] = {}
"""What is copied, by the laboratory, what is in it and where: its directory, and the ledger's address."""


class Lab:
    """One ledger, its engine, and the short way to say what people do.

    Every act takes its release by ``slug`` and gives a rationale that says something. The clock moves on by a second
    before each act, so that no two entries have one time. ``ledgers`` is where ledgers are.
    """

    ledgers: ClassVar[Ledgers] = InFiles()

    def __init__(
        self,
        directory: Path,
        *,
        threshold: int = 1,
        existing: bool | str = False,
        url: str | None = None,
        **settings: Any,
    ) -> None:
        self.directory = directory
        self.clock = ScriptedClock()
        self.settings = settings
        self._opened: list[Engine] = []
        given = existing if isinstance(existing, str) else url
        self.url = given or self.ledgers.new(directory)
        if existing:
            self.engine = self.open()
            return
        administrators = [ADMINISTRATOR, "bob", "cid"] if threshold > 1 else [ADMINISTRATOR]
        self.engine = workflow.create_ledger(
            self.url,
            administrators=administrators,
            threshold=threshold,
            rationale=WHY,
            **{"clock": self.clock, **settings},
        )
        self._opened.append(self.engine)

    @classmethod
    def with_people(cls, directory: Path) -> Self:
        """A ledger with everybody on the roster: made once in a process, and copied for whoever asks."""
        return cls._copied(directory, "people", lambda lab: lab.people())

    @classmethod
    def _copied(cls, directory: Path, what: str, prepare: Callable[[Self], object]) -> Self:
        made = _MADE.get((cls, what, cls.ledgers.kind))
        if made is None:
            source = TemporaryDirectory()
            lab = cls(Path(source.name))
            prepare(lab)
            lab.close()
            cls.ledgers.keep(lab.url)
            (Path(source.name) / "now").write_text(lab.clock.now().isoformat())
            made = _MADE[cls, what, cls.ledgers.kind] = (source, lab.url)
        directory_of, url = made
        lab = cls(directory, existing=cls.ledgers.copy(url, directory))
        lab.clock.at = datetime.fromisoformat(Path(directory_of.name, "now").read_text())
        return lab

    def close(self) -> None:
        """Lets go of every engine."""
        for engine in self._opened:
            engine.close()

    def reopen(self) -> None:
        """Lets go of every engine and opens the ledger anew, as after a restart."""
        self.close()
        self._opened.clear()
        self.engine = self.open()

    def open(self, **settings: Any) -> Engine:
        """Another engine on the same ledger, as another process would open it."""
        engine = workflow.open_engine(self.url, **{"clock": self.clock, **self.settings, **settings})
        self._opened.append(engine)
        return engine

    # People and processes.

    def people(self, people: Mapping[str, Sequence[str]] = PEOPLE) -> Lab:
        """Puts everybody on the roster."""
        for person, roles in people.items():
            self.engine.add_person(person, roles=roles, actor=ADMINISTRATOR, rationale=WHY)
        return self

    def load(self, *publish: Any, **changes: Any) -> Process:
        """The lab's process, read as from a file."""
        return self.read(definition(*publish, **changes))

    def read(self, written: Mapping[str, Any]) -> Process:
        """The process of a definition, read as from a file."""
        return self.engine.load_process(json.dumps(written, indent=1))

    def allow(self, process: Process, up_to: Exposure = Exposure.WEIGHTS) -> Process:
        """The administrator charters a process."""
        self.engine.allow_process(process, up_to, actor=ADMINISTRATOR, rationale=WHY)
        return process

    # A release.

    def model(self, name: str = "model", **files: str) -> Path:
        """A directory with files, made anew or changed in place; weights and a config where none are named."""
        path = self.directory / name
        path.mkdir(exist_ok=True)
        for file, content in (files or {"model.safetensors": f"weights of {name}", "config.json": "{}"}).items():
            (path / file.replace("__", ".")).write_text(content)
        return path

    def start(
        self,
        slug: str = "aurora",
        *,
        process: Process | str = "lab",
        path: Path | None = None,
        authors: Sequence[str] = ("kim",),
        by: str = "lee",
        **settings: Any,
    ) -> Outcome:
        """A release begins, in ``testing``."""
        return self.tick().start(
            slug, path or self.model(), process=process, authors=authors, actor=by, rationale=WHY, **settings
        )

    def replace(
        self, path: Path, slug: str = "aurora", *, authors: Sequence[str] = ("kim",), by: str = "lee"
    ) -> Outcome:
        """Other bytes take the candidate's place."""
        return self.tick().replace_candidate(slug, path, authors=authors, actor=by, rationale=WHY)

    def advance(self, trigger: str, slug: str = "aurora", *, by: str = "lee", **settings: Any) -> Outcome:
        """Somebody pulls a trigger."""
        return self.tick().advance(slug, trigger, actor=by, rationale=WHY, **settings)

    def basis(self, trigger: str, slug: str = "aurora") -> str:
        """What an approval has to name now."""
        return self.engine.explain(slug, trigger, observe=False).basis

    def sign(
        self, person: str, trigger: str, role: str = "safety", decision: str = "approve", slug: str = "aurora"
    ) -> str:
        """Somebody decides on what there is; returns the sign-off's id."""
        basis = self.basis(trigger, slug) if decision == "approve" else None
        return made(
            self.tick().sign_off(
                slug,
                trigger,
                role=role,
                actor=person,
                rationale=WHY,
                decision=decision,  # type: ignore[arg-type]
                basis=basis,
            )
        )

    def approve_publish(self, slug: str = "aurora") -> None:
        """Everybody whom the gate of ``publish`` asks approves."""
        self.sign("mara", "publish", slug=slug)
        self.sign("jun", "publish", slug=slug)
        self.sign("sam", "publish", "security", slug=slug)

    def in_review(self, slug: str = "aurora", **settings: Any) -> Lab:
        """A release that was started and submitted by ``lee``."""
        self.start(slug, **settings)
        self.advance("submit", slug)
        return self

    def candidate(self, slug: str = "aurora") -> str:
        """The digest of the release's present candidate."""
        return self.engine.status(slug).candidate

    def stage(self, slug: str = "aurora") -> str:
        """Where the release is."""
        return self.engine.status(slug).stage

    # What stands in the way.

    def explain(self, trigger: str = "publish", slug: str = "aurora", *, caller: str = "lee") -> Explanation:
        """The verdicts as the lead would get them, with the files looked at."""
        return self.engine.explain(slug, trigger, actor=caller)

    def blocking(self, trigger: str = "publish", slug: str = "aurora", *, caller: str = "lee") -> set[str]:
        """The codes of everything that stands in the way of a transition now."""
        answer = self.explain(trigger, slug, caller=caller)
        return {reason.code for verdict in answer.blockers for reason in verdict.reasons}

    def counted(self, role: str, trigger: str = "publish", slug: str = "aurora") -> list[str]:
        """Whose approvals count as a role."""
        return self._told("counted", role, trigger, slug)

    def ignored(self, role: str, trigger: str = "publish", slug: str = "aurora") -> list[str]:
        """Whose approvals do not count as a role, and why."""
        return self._told("ignored", role, trigger, slug)

    # Reports.

    def log(
        self, name: str = "bio_uplift", accuracy: float = 0.1, *, states: str | None = None, run: str = "1"
    ) -> Path:
        """An Inspect log of 400 samples; ``states`` is the candidate that it names itself."""
        metrics = {"accuracy": accuracy, "stderr": 0.01}
        score = {"name": "match", "metrics": {key: {"name": key, "value": value} for key, value in metrics.items()}}
        value = {
            "version": 2,
            "status": "success",
            "eval": {
                "run_id": run,
                "task": name,
                "model": "mock/aurora",
                "dataset": {"samples": 400},
                "config": {"epochs": 1},
                "metadata": {"holdfast_candidate": states} if states else None,
            },
            "results": {"total_samples": 400, "completed_samples": 400, "scores": [score]},
            "stats": {"completed_at": self.clock.now().isoformat()},
        }
        path = self.directory / f"{name}-{run}.json"
        path.write_text(json.dumps(value))
        return path

    def attach(self, path: Path, slug: str = "aurora", *, by: str = "lee", **settings: Any) -> str:
        """Somebody attaches a report; returns its id."""
        return made(self.tick().attach(slug, path, actor=by, rationale=WHY, **settings))

    # Refusals.

    def reject(self, person: str, trigger: str = "publish", role: str = "safety", slug: str = "aurora") -> str:
        """Somebody refuses; returns the sign-off's id."""
        return self.sign(person, trigger, role, "reject", slug)

    def take_back(self, sign_off: str, person: str, slug: str = "aurora", *, candidates: Sequence[str] = ()) -> Outcome:
        """Somebody takes their own words back."""
        return self.tick().withdraw_sign_off(slug, sign_off, actor=person, rationale=WHY, candidates=candidates)

    def answer(self, sign_off: str, person: str, slug: str = "aurora", *, candidates: Sequence[str] = ()) -> Outcome:
        """Somebody answers a refusal of their role."""
        return self.tick().answer(slug, sign_off, actor=person, rationale=WHY, candidates=candidates)

    def leave(self, person: str) -> None:
        """Somebody leaves."""
        self.tick().remove_person(person, actor=ADMINISTRATOR, rationale=WHY)

    # Stops.

    def hold(self, person: str = "sam", role: str = "security", slug: str = "aurora", **settings: Any) -> str:
        """Somebody stops the release; returns the hold's id."""
        return made(self.tick().hold(slug, role=role, actor=person, rationale=WHY, **settings))

    def lift(
        self, hold: str, person: str, role: str, slug: str = "aurora", *, candidates: Sequence[str] = ()
    ) -> Outcome:
        """Somebody says that a hold can go."""
        return self.tick().lift(slug, hold, role=role, actor=person, rationale=WHY, candidates=candidates)

    def require(self, person: str = "mara", role: str = "safety", slug: str = "aurora", **settings: Any) -> str:
        """Somebody demands something; returns the requirement's id."""
        return made(
            self.tick().require(slug, "run the tests again", role=role, actor=person, rationale=WHY, **settings)
        )

    def discharge(
        self, requirement: str, person: str, role: str = "safety", slug: str = "aurora", **settings: Any
    ) -> Outcome:
        """Somebody says that a requirement is met."""
        return self.tick().discharge(slug, requirement, role=role, actor=person, rationale=WHY, **settings)

    # The ledger.

    def tick(self) -> Engine:
        """The engine, a second later."""
        self.clock.forward("1s")
        return self.engine

    def entries(self) -> list[tuple[int, str, str]]:
        """Every entry's place, stream and hash: equal before and after exactly when nothing was appended."""
        return [(item.entry, item.stream, item.hash) for item in self.engine.history(limit=1000)]

    def events(self) -> list[str]:
        """The types of the last entry's events."""
        return [event["type"] for event in self.engine.history(limit=1)[0].events]

    def audited(self) -> None:
        """Checks that the audit finds nothing."""
        report = self.engine.audit()
        assert (report.outcome, report.problems) == ("ok", ())

    def _told(self, label: str, role: str, trigger: str, slug: str) -> list[str]:
        answer = self.engine.explain(slug, trigger, observe=False)
        summary = f"sign-offs {role}:"
        return [
            fact.text
            for verdict in answer.verdicts
            if verdict.policy == "sign_offs" and verdict.summary.startswith(summary)
            for fact in verdict.facts
            if fact.label == label
        ]


def made(outcome: Outcome) -> str:
    """The id of what a command made."""
    identifier: str = outcome.events[0].id  # type: ignore[attr-defined]
    return identifier


def types(outcome: Outcome) -> list[str]:
    """The types of the events that a command made happen."""
    return [event.type for event in outcome.events]


@contextmanager
def refused(reason: str, outcome: str = "no") -> Iterator[pytest.ExceptionInfo[Refused]]:
    """Expects a refusal for a reason, with a message that says something and an entry that holds it."""
    with pytest.raises(Refused) as caught:
        yield caught
    assert (caught.value.reason, caught.value.outcome) == (reason, outcome)
    assert caught.value.message
    assert caught.value.entry is not None
