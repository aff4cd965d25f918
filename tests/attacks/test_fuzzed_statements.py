"""Statements and proofs with anything in them that does not belong there, handed in as genuinely signed as can be.

Only declared errors come out, nothing counts but what its maker signed, and the ledger stays in order.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from attacked import WHY
from forger import Forger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_lab import Asked, SignedLab

from tests.fuzz.mutations import anything, mutated, with_another_value
from workflow import LedgerError, WorkflowError, commands
from workflow.commands import AnyCommand, YesIf
from workflow.events import parse
from workflow.ledger import Entry
from workflow.proof import check, look

QUICK = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))

FREE = frozenset({"predicate.tree.size", "predicate.tree.root", "predicate.binding.roster_version"})
"""What a signer may say of their own accord: which ledger they saw. Their nonce and the end are another matter."""


def asked_of(lab: SignedLab) -> list[AnyCommand]:
    """An act of every kind, by one person each; all of them would be taken."""
    about = {"release": "aurora"}
    sign: dict[str, Any] = {**about, "transition": "publish", "role": "safety", "basis": lab.basis()}
    wanted = YesIf(text="requirement.1", discharged_by="safety")
    return [
        commands.SignOff(actor="mara", decision="approve", **sign),
        commands.SignOff(actor="jun", decision="approve", conditions=("condition.1",), requirements=(wanted,), **sign),
        commands.SignOff(actor="priya", decision="reject", **sign),
        commands.Review(actor="mara", area="biosecurity", verdict="acceptable", role="safety", **about),
        commands.Lift(actor="sam", subject="H1", role="security", **about),
        commands.Discharge(actor="mara", subject="R1", role="safety", **about),
        commands.Answer(actor="omar", subject="S1", **about),
        commands.MakeStatement(actor="lee", role="lead", public=True, **about),
        commands.SetAside(actor="mara", subject="E1", role="safety", **about),
        commands.CloseIncident(actor="mara", subject="R2", role="safety", **about),
        commands.MakeStatement(actor="jun", role="safety", public=False, about="R2", **about),
        commands.Withdraw(actor="lee", trigger="withdraw", role="lead", **about),
        commands.DeclareAway(actor="kim"),
    ]


def contested(lab: SignedLab) -> list[Asked]:
    assert lab.engine is not None
    engine, about = lab.engine, {"release": "aurora", "rationale": WHY}
    engine.hold(**about, role="security", actor="sam")
    engine.require(**about, text="Run it again.", role="safety", actor="mara")
    engine.sign_off(**about, trigger="publish", role="legal", actor="ivy", decision="reject")
    engine.open_incident("aurora", "It tells.", known_since=lab.clock.now(), role="safety", actor="mara")
    return [lab.ask(command) for command in asked_of(lab)]


def leaves(value: Any, place: str = "") -> dict[str, Any]:
    """The values in some JSON, by their places."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {place: value}
    return {
        key: item
        for name, part in items
        for key, item in leaves(part, f"{place}.{name}" if place else str(name)).items()
    }


def differences(first: bytes, second: bytes) -> set[str]:
    """The places at which two statements say different things."""
    one, two = leaves(json.loads(first)), leaves(json.loads(second))
    return {place for place in {*one, *two} if repr(one.get(place)) != repr(two.get(place))}


def hand_in(lab: SignedLab, wanted: list[Asked], data: st.DataObject) -> None:
    """One statement in which something is wrong, signed by the right person, or with a signature that is wrong."""
    first = data.draw(st.sampled_from(wanted))
    # Each under a nonce of its own: else what became of the first is all that is told of the others.
    nonce = data.draw(st.integers(0, 2**128 - 1))
    asked = first.saying(re.sub(rb'(?<="nonce":")[0-9a-f]{32}', b"%032x" % nonce, first.statement))
    seeds = (asked.statement,)
    other = asked.saying(data.draw(with_another_value(seeds) | with_another_value(seeds) | mutated(seeds)))
    signature = other.signed()
    if data.draw(st.integers(0, 4)) == 0:
        signature = data.draw(mutated((signature,)))
    before = lab.size()
    with suppress(WorkflowError):
        done = other.bring(signature)
        assert done.replayed or differences(asked.statement, other.statement) <= FREE, other.statement
    assert lab.size() in (before, before + 1)


def test_whatever_is_signed_only_what_was_meant_is_taken(signed: SignedLab) -> None:
    wanted = contested(signed)
    QUICK(given(data=st.data())(lambda data: hand_in(signed, wanted, data)))()

    assert signed.problems() == set()


@pytest.mark.soak
def test_whatever_is_signed_for_long_only_what_was_meant_is_taken(signed: SignedLab) -> None:
    wanted = contested(signed)
    LONG(given(data=st.data())(lambda data: hand_in(signed, wanted, data)))()

    assert signed.problems() == set()


def entries_of(lab: SignedLab) -> list[Entry]:
    forger = Forger(lab.database)
    return [Entry(**entry) for entry in forger.entries if entry["proof"]["kind"] == "sshsig"]


@st.composite
def proofs(draw: st.DrawFn, genuine: list[Entry]) -> dict[str, Any]:
    """A proof with a part of it exchanged for another's, taken out, or made something else."""
    proof = dict(draw(st.sampled_from(genuine)).proof)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*proof, "note"])) if proof else "kind"
        kind = draw(st.integers(0, 2))
        if kind == 0:
            proof[name] = draw(anything)
        elif kind == 1:
            proof.pop(name, None)
        else:
            proof[name] = draw(st.sampled_from(genuine)).proof.get(name)
    if not isinstance(proof.get("kind"), str):
        proof["kind"] = "sshsig"  # an entry has no form otherwise
    return proof


def test_whatever_stands_for_a_proof_only_damage_is_found(rewritten: SignedLab) -> None:
    genuine = entries_of(rewritten)
    engine = rewritten.open()
    blob = engine._pipeline.storage.blob

    @settings(QUICK, max_examples=400)
    @given(entry=st.sampled_from(genuine), proof=proofs(genuine))
    def hold(entry: Entry, proof: dict[str, Any]) -> None:
        forged = replace(entry, proof=proof)
        with suppress(LedgerError):
            look(forged, blob, None)
        try:
            check(forged, parse(entry.events), blob)
        except LedgerError:
            return
        refused = entry.events[0]["type"] == "command_refused"
        assert refused or proof == entry.proof or proof.get("kind") != "sshsig"

    hold()
