"""A move whose rules cannot be run again: its own verdicts must allow it, but for the one that an override passed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from policies.actor import Actor
from policies.soak import Soak
from tests.support.parts import digest_of, process
from workflow.audit.compare import refused_by_its_own
from workflow.events import OverrideUsed, TransitionMade
from workflow.process import Override, Process
from workflow.verdict import Verdict

GATE = (Actor(roles=("lead",)), Soak(at_least="72h"))
TERMS = Override.model_validate(
    {
        "policy": "soak",
        "sign_offs": {"role": "safety", "count": 2},
        "lasts": "24h",
        "review": {"role": "legal", "within": "48h"},
    }
)
LATER = "2025-07-02T09:00:00.000000Z"


def declared(*, override: bool = True) -> Process:
    plain = process({"host": GATE})
    if not override:
        return plain
    moves = [
        move.model_copy(update={"override": TERMS}) if move.trigger == "host" else move for move in plain.transitions
    ]
    return plain.model_copy(update={"transitions": tuple(moves)})


def verdict(policy: str, kind: str | None = None) -> dict[str, Any]:
    reasons = [{"kind": kind, "code": "x", "text": "y"}] if kind else []
    said = {"policy": policy, "revision": 1, "summary": "z", "allow": not kind, "reasons": reasons}
    return Verdict.model_validate(said).recorded()


def entry(*, policy: str | None = "soak", irreversible: bool = False) -> Any:
    moved = TransitionMade(
        trigger="host",
        source="review",
        dest="hosted",
        forward=True,
        exposure="hosted",  # type: ignore[arg-type]
        irreversible=irreversible,
        basis=digest_of("basis"),
    )
    used = OverrideUsed(
        policy=policy or "",
        trigger="host",
        words=("O1",),
        by=("mara",),
        until=LATER,
        review="R1",
        role="legal",
        due=LATER,
    )
    return SimpleNamespace(events=(moved, used) if policy else (moved,))


CASES: dict[str, tuple[Any, tuple[str | None, str | None], bool, bool]] = {
    "everything allows": (entry(policy=None), (None, None), True, False),
    "the rule that was overridden does not": (entry(), (None, "open"), True, False),
    "it does not, and nobody says that it was overridden": (entry(policy=None), (None, "open"), True, True),
    "it could not be checked": (entry(), (None, "error"), True, True),
    "another one does not": (entry(), ("no", None), True, True),
    "another one does not either": (entry(), ("no", "open"), True, True),
    "another one is said to be overridden": (entry(policy="actor"), ("no", None), True, True),
    "the process lets nobody override": (entry(), (None, "open"), False, True),
    "nothing undoes it": (entry(irreversible=True), (None, "open"), True, True),
}


@pytest.mark.parametrize("case", CASES)
def test_a_move_is_refused_by_its_own_verdicts(case: str) -> None:
    read, (actor, soak), override, refused = CASES[case]

    found = refused_by_its_own(read, [verdict("actor", actor), verdict("soak", soak)], declared(override=override))

    assert found is refused


def test_an_entry_that_moves_nothing_is_refused_by_nothing() -> None:
    assert not refused_by_its_own(SimpleNamespace(events=()), [], declared())  # type: ignore[arg-type]
