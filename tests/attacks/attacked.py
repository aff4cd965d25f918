"""A small lab whose ledger is attacked: its people, its process, and the way to a release that could be made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

import workflow
from tests.attacks.owned import Owned, OwnedFile
from tests.support.parts import ScriptedClock
from workflow import Engine, Exposure
from workflow.tour.reports import write_report

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""Has a test run on both databases."""


def on_both(names: str, cases: Iterable[Any], every: int) -> pytest.MarkDecorator:
    """Has each case run on SQLite, and every so manieth on PostgreSQL too: a copy of a database there takes longer."""
    listed = list(cases)
    chosen = [("sqlite", case) for case in listed] + [("postgresql", case) for case in listed[::every]]
    rows = [(database, *(case if isinstance(case, tuple) else (case,))) for database, case in chosen]
    ids = ["-".join(str(value) for value in (*row[1:], row[0])) for row in rows]
    return pytest.mark.parametrize(f"database, {names}", rows, ids=ids, indirect=["database"])


ADMINISTRATORS = ("ana", "ben")
PEOPLE = {
    "lee": ("lead",),
    "mara": ("safety",),
    "jun": ("safety",),
    "priya": ("safety", "security"),
    "sam": ("security",),
    "ivy": ("legal",),
    "omar": ("legal",),
    "kim": ("safety",),
}
"""Who holds which role. ``kim`` wrote the model."""

WHY = "as was agreed in the meeting"

PROCESS = """
process: guarded
version: 1
means: what the attacks are aimed at
started_by: [lead]
roles:
  lead: {means: runs it, authority: advice}
  safety: {means: looks for harm, authority: veto}
  security: {means: looks after the weights, authority: veto}
  legal: {means: advises, authority: advice}
stages:
  testing: {exposure: internal, means: being measured}
  review: {exposure: internal, means: being judged}
  delay: {exposure: internal, means: stopped, hold: {role: safety, count: 2, review_within: 14d}}
  public: {exposure: weights, means: out}
  withdrawn: {exposure: internal, means: over}
transitions:
  submit:
    from: testing
    to: review
    means: ready to be judged
    gate:
      - actor: {roles: [lead]}
      - candidate_unchanged
  back:
    from: review
    to: testing
    means: not ready
    gate:
      - actor: {roles: [lead, safety]}
  wait:
    from: [testing, review]
    to: delay
    means: stop
    gate:
      - actor: {roles: [lead, safety, security]}
  resume:
    from: delay
    to: review
    means: judged anew
    gate:
      - actor: {roles: [lead]}
      - holds
  publish:
    from: review
    to: public
    means: for good
    gate:
      - actor: {roles: [lead]}
      - evidence: {kind: inspect, name: bio_uplift, metric: accuracy, at_most: 0.25}
      - risk_areas: {areas: [biosecurity], roles: [safety], reviewers: 1}
      - sign_offs: {role: safety, count: 2, expires_after: 30d}
      - sign_offs: {role: security, count: 1, expires_after: 30d}
      - candidate_unchanged
      - soak: {at_least: 1h}
  withdraw:
    from: [testing, review, delay, public]
    to: withdrawn
    means: the offer ends
    gate:
      - actor: {roles: [lead, safety]}
"""


class Lab:
    """A ledger beside its files in a directory, with an engine on it that can be closed and opened again.

    Where it says nothing of a database, the ledger is a file in that directory.
    """

    def __init__(self, directory: Path, clock: ScriptedClock | None = None, database: Owned | None = None) -> None:
        self.directory = directory
        self.database = database or OwnedFile(directory / "ledger.db")
        self.clock = clock or ScriptedClock()
        self.engine: Engine | None = None

    @property
    def url(self) -> str:
        """The ledger's address."""
        return self.database.url

    @property
    def path(self) -> Path:
        """The ledger's file."""
        assert isinstance(self.database, OwnedFile)
        return self.database.path

    def open(self) -> Engine:
        """An engine, opened on what the database says now."""
        self.close()
        self.engine = workflow.open_engine(self.url, clock=self.clock)
        return self.engine

    def close(self) -> None:
        """Lets go of the database."""
        if self.engine is not None:
            self.engine.close()
        self.engine = None

    def create(self) -> Engine:
        """A ledger with everybody in it and the process chartered."""
        engine = workflow.create_ledger(
            self.url, administrators=ADMINISTRATORS, threshold=2, origin="lab.example", rationale=WHY, clock=self.clock
        )
        self.engine = engine
        for person, roles in PEOPLE.items():
            self.agreed(engine.add_person(person, roles=roles, actor="ana", rationale=WHY))
        process = engine.load_process(self.process())
        self.agreed(engine.allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY))
        return engine

    def agreed(self, proposed: workflow.Outcome) -> workflow.Outcome:
        """The second administrator's approval of a change."""
        assert self.engine is not None
        change = proposed.events[0].id  # type: ignore[attr-defined]
        return self.engine.approve_change(change, actor="ben", rationale=WHY)

    def process(self, text: str = PROCESS, name: str = "guarded.yaml") -> Path:
        """A process file."""
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return path

    def model(self, name: str = "model", *, weights: str = "weights", files: int = 1) -> Path:
        """The files of a model; ``weights`` is what is in its weights."""
        folder = self.directory / name
        folder.mkdir(exist_ok=True)
        (folder / "model.safetensors").write_text(weights, encoding="utf-8")
        for number in range(1, files):
            # Names so long that a report of their loss does not fit into an entry.
            (folder / f"{number:03}-{'long-' * 44}.json").write_text(f"{name} {number}", encoding="utf-8")
        return folder

    def start(self, release: str = "aurora", *, folder: Path | None = None, parents: Sequence[str] = ()) -> None:
        """A release, by ``lee``, of a model by ``kim``."""
        assert self.engine is not None
        self.engine.start(
            release,
            folder or self.model(),
            process="guarded",
            authors=["kim"],
            actor="lee",
            rationale=WHY,
            derived_from=parents,
        )

    def report(self, log: str = "bio_uplift-0.18", *, folder: Path | None = None, at: datetime | None = None) -> Path:
        """An evaluation's log that names the model it ran on."""
        path = self.directory / f"{log}.json"
        write_report(log, path, model=folder or self.directory / "model", completed=at or self.clock.now())
        return path

    def judge(self, release: str = "aurora", *, folder: Path | None = None) -> None:
        """Everything that ``publish`` asks for but the sign-offs."""
        assert self.engine is not None
        self.engine.attach(release, self.report(folder=folder), actor="lee", rationale=WHY)
        self.engine.review(release, "biosecurity", "acceptable", role="safety", actor="jun", rationale=WHY)

    def sign(self, person: str, role: str, release: str = "aurora", trigger: str = "publish") -> workflow.Outcome:
        """An approval of what there is now."""
        assert self.engine is not None
        return self.engine.sign_off(
            release, trigger, role=role, actor=person, rationale=WHY, basis=self.basis(release, trigger)
        )

    def basis(self, release: str = "aurora", trigger: str = "publish") -> str:
        """What an approval would rest on now."""
        assert self.engine is not None
        return self.engine.explain(release, trigger, observe=False).basis

    def ready(self, release: str = "aurora", *, folder: Path | None = None) -> Engine:
        """A release in review with everything that ``publish`` asks for, an hour and more after it came there."""
        self.start(release, folder=folder)
        assert self.engine is not None
        self.engine.advance(release, "submit", actor="lee", rationale=WHY)
        self.judge(release, folder=folder)
        for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
            self.sign(person, role, release)
        self.clock.forward("2h")
        return self.engine


def refused(engine: Engine, release: str = "aurora", trigger: str = "publish", actor: str = "lee") -> workflow.Refused:
    """The refusal of a trigger; it fails where the trigger was let through."""
    try:
        engine.advance(release, trigger, actor=actor, rationale=WHY)
    except workflow.Refused as refusal:
        return refusal
    raise AssertionError(f"`{trigger}` of {release} was let through")


def why(refusal: workflow.Refused) -> set[tuple[str, str]]:
    """The policy and the code of every reason."""
    return {(verdict.policy, reason.code) for verdict in refusal.verdicts for reason in verdict.reasons}


def improved(log: Path) -> None:
    """A log whose numbers say nothing but good."""
    content = json.loads(log.read_text(encoding="utf-8"))
    for score in content["results"]["scores"]:
        for metric in score["metrics"].values():
            metric["value"] = 0.0
    log.write_text(json.dumps(content), encoding="utf-8")


L = TypeVar("L", bound=Lab)


def copied_to(source: Lab, target: L) -> L:
    """A lab with a copy of what another has made."""
    target.database = source.database.copied(target.directory)
    return target
