"""Entries that the owner of the database wrote past the engine, with every hash made to fit: they open nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import workflow
from tests.attacks.forger import Forger
from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import Lab
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


def refusal_as_advice(forger: Forger) -> None:
    """Says that a refusal, which a role with a veto signed, was advice: that another could answer."""
    forger.find("sign_off_recorded")["events"][0]["authority"] = "advice"


def refusal_of_less(forger: Forger) -> None:
    """Says that a refusal was of a move that exposes less."""
    forger.find("sign_off_recorded")["events"][0]["exposure"] = "hosted"


def one_lifts_what_takes_two(forger: Forger) -> None:
    """Says that one of the two whom the delay's hold takes has ended it."""
    lifted = forger.find("lift_approved")
    subject, candidates = lifted["events"][0]["subject"], lifted["events"][0]["candidates"]
    closed = {"type": "objection_closed", "schema": 1, "subject": subject, "candidates": candidates}
    lifted["events"].append(closed)


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


@pytest.mark.parametrize(
    "forge", [refusal_as_advice, refusal_of_less, one_lifts_what_takes_two], ids=lambda forge: forge.__name__
)
def test_what_an_entry_says_of_itself_is_held_to_its_process_when_it_is_folded(
    tmp_path: Path, forge: Callable[[Forger], None]
) -> None:
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load())
    lab.in_review()
    lab.reject("mara")
    lab.advance("wait")
    (hold,) = lab.engine.status("aurora").holds
    lab.lift(hold.id, "jun", "safety")
    lab.close()
    forger = Forger(tmp_path / "ledger.db")
    forge(forger)
    forger.seal()

    engine = workflow.open_engine(lab.url, clock=lab.clock)
    with engine:
        with pytest.raises(LedgerError, match=r"entry \d+ (gives|names|closes)"):
            engine.explain("aurora", "publish", observe=False)
        assert engine.audit().outcome == "failed"


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
