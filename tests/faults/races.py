"""Many processes that all want something in the same moment, and what each of them was told.

They are sixteen on a file of SQLite's, and as many as are asked for on a server that an address names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import workflow
from tests.faults.forks import at_once
from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import WHY, Lab, definition
from workflow import Engine, Outcome
from workflow.storage import postgres, sqlite

MANY = 16
PATIENCE = 240.0
SIGNERS = {f"signer{number}": ("safety",) for number in range(MANY)}
PEOPLE = {"lee": ("lead",), "kim": ("safety",), **SIGNERS}
GATE = ({"actor": {"roles": ["lead"]}}, {"sign_offs": {"role": "safety", "count": str(MANY)}}, "candidate_unchanged")


@contextmanager
def _prepared(directory: str, *, signed: bool, url: str | None = None, releases: int = 1) -> Iterator[Lab]:
    """Releases in review; sixteen people have to approve before one of them is published."""
    lab = _keyed(Path(directory), url) if signed else Lab(Path(directory), url=url).people(PEOPLE)
    lab.allow(lab.read({**definition(*GATE), "signed": str(signed).lower()}))
    for number in range(releases):
        lab.in_review(f"r{number}", path=lab.model(f"model{number}"))
    try:
        yield lab
    finally:
        lab.close()


def _keyed(directory: Path, url: str | None) -> Keyed:
    lab = Keyed(directory, url=url)
    for person in PEOPLE:
        lab.hands.take_up(person, 0)
    return lab.found().staff(PEOPLE)


def _asks(lab: Lab, ask: Callable[[Engine, int], Outcome], number: int) -> Callable[[], dict[str, Any]]:
    """One process's part: it opens the ledger by itself, and asks."""

    def run() -> dict[str, Any]:
        engine = workflow.open_engine(lab.url, clock=lab.clock)
        with engine.signing_with(lab.hands) if isinstance(lab, Keyed) else engine as asking:
            try:
                return {"events": [event.type for event in ask(asking, number).events]}
            except workflow.WorkflowError as error:
                return {"refused": getattr(error, "reason", error.code), "remedy": error.remedy}

    return run


def _race(lab: Lab, ask: Callable[[Engine, int], Outcome], many: int = MANY) -> list[dict[str, Any]]:
    lab.close()
    lab.clock.forward("1s")
    return at_once([patient(_asks(lab, ask, number)) for number in range(many)], seconds=PATIENCE)


def patient(act: Callable[[], Any]) -> Callable[[], Any]:
    """The same, in a process that waits for the append lock as long as it takes the others on a slow machine."""

    def run() -> Any:
        postgres.LOCK_SECONDS = sqlite.LOCK_SECONDS = PATIENCE
        return act()

    return run


def _after(lab: Lab, told: list[dict[str, Any]]) -> dict[str, Any]:
    with workflow.open_engine(lab.url, clock=lab.clock) as engine:
        report = engine.audit()
        listed = engine.list()
        engine.rebuild()
        assert engine.list() == listed
        return {
            "told": told,
            "audit": report.outcome,
            "transitions": report.transitions,
            "entries": report.entries,
            "stages": [line.stage for line in listed],
        }


def _approve(lab: Lab, trigger: str = "publish", slug: str = "r0") -> None:
    for person in SIGNERS:
        lab.sign(person, trigger, slug=slug)


def one_transition(directory: str, signed: bool, url: str | None = None, many: int = MANY) -> dict[str, Any]:
    """All publish the same release."""
    with _prepared(directory, signed=signed, url=url) as lab:
        _approve(lab)
        ask = {"actor": "lee", "rationale": WHY}
        return _after(lab, _race(lab, lambda engine, _: engine.advance("r0", "publish", **ask), many))


def two_moves(directory: str, url: str, many: int) -> dict[str, Any]:
    """Half of them move the release one way, and half another."""
    with _prepared(directory, signed=False, url=url) as lab:
        _approve(lab)
        ways = ("publish", "return")
        ask = {"actor": "lee", "rationale": WHY}
        return _after(lab, _race(lab, lambda engine, number: engine.advance("r0", ways[number % 2], **ask), many))


def approvals(directory: str, signed: bool) -> dict[str, Any]:
    """Each is another person's approval of the same release."""
    with _prepared(directory, signed=signed) as lab:
        basis = lab.basis("publish", "r0")

        def approve(engine: Engine, number: int) -> Outcome:
            return engine.sign_off(
                "r0", "publish", role="safety", actor=f"signer{number}", decision="approve", basis=basis, rationale=WHY
            )

        told = _race(lab, approve)
        again = workflow.open_engine(lab.url, clock=lab.clock)
        again.advance("r0", "publish", actor="lee", rationale=WHY)
        again.close()
        return _after(lab, told)


def many_releases(directory: str, signed: bool, url: str | None = None, many: int = MANY) -> dict[str, Any]:
    """Each moves another release."""
    with _prepared(directory, signed=signed, url=url, releases=many) as lab:
        ask = {"actor": "lee", "rationale": WHY}
        return _after(lab, _race(lab, lambda engine, number: engine.advance(f"r{number}", "return", **ask), many))


def one_request(directory: str, signed: bool, url: str | None = None, many: int = MANY) -> dict[str, Any]:
    """All are the same request, under the same id."""
    with _prepared(directory, signed=signed, url=url) as lab:
        _approve(lab)
        ask = {"actor": "lee", "rationale": WHY, "command_id": "the-same"}
        return _after(lab, _race(lab, lambda engine, _: engine.advance("r0", "publish", **ask), many))


def a_stop_among_moves(directory: str, signed: bool) -> dict[str, Any]:
    """All publish, but for one who stops the release."""
    with _prepared(directory, signed=signed) as lab:
        _approve(lab)

        def ask(engine: Engine, number: int) -> Outcome:
            if number == MANY // 2:
                return engine.hold("r0", role="safety", actor="kim", rationale=WHY)
            return engine.advance("r0", "publish", actor="lee", rationale=WHY)

        told = _race(lab, ask)
        with workflow.open_engine(lab.url, clock=lab.clock) as engine:
            order = [entry.events[0]["type"] for entry in engine.history("r0", limit=MANY)]
        return {**_after(lab, told), "order": list(reversed(order))}


def births(directory: str, signed: bool, url: str | None = None, many: int = MANY) -> dict[str, Any]:
    """All make the same ledger."""
    address = url or f"sqlite:///{Path(directory) / 'ledger.db'}"

    def make() -> dict[str, Any]:
        try:
            workflow.create_ledger(address, administrators=["ana"], rationale=WHY).close()
        except workflow.WorkflowError as error:
            return {"refused": error.message, "remedy": error.remedy}
        return {"events": ["ledger_created"]}

    told = at_once([patient(make)] * many, seconds=PATIENCE)
    with workflow.open_engine(address) as engine:
        report = engine.audit()
    return {"told": told, "audit": report.outcome, "entries": report.entries}
