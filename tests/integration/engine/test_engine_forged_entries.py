"""Entries that the owner of the database wrote past the engine, with every hash made to fit: they open nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.forger import Forger
from tests.integration.engine.keyed import Keyed
from tests.support.hands import Hand
from workflow import LedgerError, ledger, statement
from workflow.events import parse
from workflow.statement import NAMESPACE, Tree

Json = dict[str, Any]


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Keyed]:
    """A release in review, where people sign, in a database whose owner is about to forge."""
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed())
    lab.in_review()
    yield lab
    lab.close()


def roster_entry(forger: Forger, actor: str, change: Json, **proof: Any) -> None:
    """A change of the roster that came into force, as one administrator's."""
    model = next(entry for entry in reversed(forger.entries) if entry["stream"] == "roster")
    forged = forger.copy_of(model, actor=actor, proof={"kind": "claimed", **proof})
    identifier = f"C{sum(1 for entry in forger.entries if entry['events'][0]['type'] == 'change_proposed') + 1}"
    forged["events"] = [
        {"type": "change_proposed", "schema": 1, "id": identifier, "change": change},
        {"type": "change_accepted", "schema": 1, "id": identifier, "change": change},
    ]
    forger.entries.append(forged)


def grant_to_eve(forger: Forger) -> None:
    roster_entry(forger, "ana", {"op": "roles_granted", "person": "max", "roles": ["legal"]})


def key_for_mara(forger: Forger) -> None:
    change = {"op": "key_enrolled", "person": "mara", "key": Hand("eve").public.line, "verified_by": "ana"}
    roster_entry(forger, "ana", {**change, "how": "rationale"})


def administrator_eve(forger: Forger) -> None:
    roster_entry(forger, "ana", {"op": "administrators_set", "administrators": ["jun"], "threshold": 1})


def mara_is_away(forger: Forger) -> None:
    model = next(entry for entry in reversed(forger.entries) if entry["stream"] == "roster")
    forged = forger.copy_of(model, actor="mara", proof={"kind": "claimed"})
    forged["events"] = [{"type": "away_declared", "schema": 1, "until": None}]
    forger.entries.append(forged)


def hold_lifted(forger: Forger) -> None:
    """Says that sam lifts their own hold, and that it stands no more."""
    model = forger.find("sign_off_recorded")
    forged = forger.copy_of(model, actor="sam", proof={"kind": "claimed"})
    binding = {**model["events"][0]["binding"], "act": "lift", "subject": "H1", "role": "security", "decision": None}
    binding |= dict.fromkeys(("transition", "from", "to", "round", "basis", "expires"))
    binding |= {"nonce": "7" * 32, "texts": forged["texts"]}
    candidates = [binding["candidate"]]
    forged["events"] = [
        {"type": "lift_approved", "schema": 1, "subject": "H1", "candidates": candidates, "binding": binding},
        {"type": "objection_closed", "schema": 1, "subject": "H1", "candidates": candidates},
    ]
    forger.entries.append(forged)


FORGED: dict[str, Callable[[Forger], None]] = {
    "a role": grant_to_eve,
    "a key": key_for_mara,
    "an administrator": administrator_eve,
    "an absence": mara_is_away,
    "a hold that is lifted": hold_lifted,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_was_written_past_the_engine_stops_the_next_command_and_is_named_by_the_audit(
    owned: Keyed, forge: Callable[[Forger], None]
) -> None:
    owned.sign("mara", "publish")
    owned.hold("sam")
    forger = Forger(owned.directory / "ledger.db")
    forge(forger)
    forger.seal()
    last = len(forger.entries)

    with owned.open() as engine:
        with pytest.raises(LedgerError, match=f"entry {last} "):
            engine.explain("aurora", "publish", observe=False)
        report = engine.audit()

    assert (report.outcome, report.first_bad) == ("failed", last)


def test_an_approval_in_another_s_name_by_a_key_that_is_known_counts_for_nobody(owned: Keyed) -> None:
    """The owner of the database and jun together: jun's key is genuine, and is not mara's."""
    owned.sign("jun", "publish")
    forger = Forger(owned.directory / "ledger.db")
    model = forger.find("sign_off_recorded")
    forged = forger.copy_of(model, actor="mara", command_id=f"signed/mara/{'a' * 32}")
    event = forged["events"][0]
    event["id"] = "S2"
    event["binding"] |= {"nonce": "a" * 32, "texts": forged["texts"]}
    bodies = [ledger.encode(entry) for entry in forger.entries]
    frontier = ledger.Frontier()
    for body in bodies:
        frontier = frontier.append(ledger.leaf_hash(body))
    signed = statement.act("mara", parse([event]), Tree(frontier.size, frontier.root().hex()))
    hand = owned.hands["jun"]
    signature = hand.sign(signed, NAMESPACE)
    forged["proof"] = {
        "kind": "sshsig",
        "statement": forger.blob(signed),
        "signature": forger.blob(signature),
        "key": hand.fingerprint,
    }
    forger.entries.append(forged)
    forger.seal()

    with owned.open() as engine:
        answer = engine.explain("aurora", "publish", observe=False)
        facts = [fact.text for verdict in answer.verdicts for fact in verdict.facts if fact.label == "ignored"]
        report = engine.audit()

    assert facts == ["mara (it was signed with a key of jun)"]
    assert (report.outcome, report.first_bad) == ("failed", len(forger.entries))
