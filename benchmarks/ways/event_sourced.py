"""The ``eventsourcing`` library: an aggregate whose methods are events, in an application over its SQLite recorder.

Each step gets the aggregate from the repository, which folds its events, calls the method that checks and triggers one
event, and saves it. The recorder sets WAL itself; SQLite's default is to sync every commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY, check


class Release(Aggregate):
    """A release."""

    @event("Started")
    def __init__(self, name: str, by: str, why: str) -> None:  # noqa: ARG002
        self.name = name
        self.stage = "testing"
        self.held = False
        self.approvals: dict[str, list[str]] = {}

    @event("SignedOff")
    def sign(self, trigger: str, by: str, why: str) -> None:  # noqa: ARG002
        """Approves a trigger."""
        self.approvals.setdefault(trigger, []).append(by)

    def submit(self, by: str, why: str) -> None:
        """To the review, once two people approve."""
        self._demand("testing", "submit")
        self._move("submit", "review", by, why)

    def delay(self, by: str, why: str) -> None:
        """To where it is held."""
        self._demand("review")
        self._move("delay", "delay", by, why)

    @event("Lifted")
    def lift(self, by: str, why: str) -> None:  # noqa: ARG002
        """Nothing holds it any more."""
        self.held = False

    def resume(self, by: str, why: str) -> None:
        """Back to the review, once nothing holds it."""
        self._demand("delay")
        assert not self.held
        self._move("resume", "review", by, why)

    def release(self, by: str, why: str) -> None:
        """Out, once two people approve."""
        self._demand("review", "release")
        self._move("release", "public", by, why)

    def _demand(self, stage: str, trigger: str | None = None) -> None:
        assert self.stage == stage
        assert trigger is None or len(set(self.approvals.get(trigger, ()))) >= len(SIGNERS)

    @event("Moved")
    def _move(self, trigger: str, stage: str, by: str, why: str) -> None:  # noqa: ARG002
        self.stage = stage
        self.held = stage == "delay"
        self.approvals = {}


def opened(folder: Path) -> Application[UUID]:
    """An application over a new database."""
    file = str(folder / "eventsourcing.db")
    return Application({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": file, "SQLITE_POOL_SIZE": "1"})


def rebuilt_per_s(folder: Path, aggregates: int, events: int) -> float:
    """Events a second that are read back, and their aggregates rebuilt from them."""
    application = opened(folder)
    known = []
    for number in range(aggregates):
        release = Release(f"release-{number}", LEAD, WHY)
        for _ in range(events - 1):
            release.sign("submit", SIGNERS[0], WHY)
        application.save(release)
        known.append(release.id)
    begun = perf_counter()
    for identity in known:
        application.repository.get(identity)
    return aggregates * events / (perf_counter() - begun)


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new database."""
    application = opened(folder)
    with application.factory.datastore.transaction(commit=False) as cursor:
        check(cursor.sqlite_cursor.connection)

    def step(release: UUID, call: Callable[[Release], None]) -> None:
        aggregate: Release = application.repository.get(release)
        call(aggregate)
        application.save(aggregate)

    def work(name: str) -> None:
        started = Release(name, LEAD, WHY)
        application.save(started)
        known = started.id
        for person in SIGNERS:
            step(known, lambda release, person=person: release.sign("submit", person, WHY))
        step(known, lambda release: release.submit(LEAD, WHY))
        step(known, lambda release: release.delay(HOLDER, WHY))
        step(known, lambda release: release.lift(HOLDER, WHY))
        step(known, lambda release: release.resume(LEAD, WHY))
        for person in SIGNERS:
            step(known, lambda release, person=person: release.sign("release", person, WHY))
        step(known, lambda release: release.release(LEAD, WHY))

    return work
