"""The owner of the database rewrites what is signed, and makes every hash, link, tree and projection fit again.

What stands beside a signature is checked whenever it is folded, so the next command stops; and the audit names the
entry. What a signature does not cover is covered by the tree that its maker saw.
"""

from __future__ import annotations

import copy as copying
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from attacked import BOTH, WHY, on_both
from forger import Forger, Json
from signed_lab import SignedLab

from tests.attacks.owned import tampering
from tests.support.hands import Hand
from workflow import Engine, LedgerError, ledger
from workflow.statement import NAMESPACE

Forgery = Callable[[Forger], Json]
CLAIMED = {"kind": "claimed"}


def first(entry: Json) -> Json:
    event: Json = entry["events"][0]
    return event


def approval(forger: Forger, identifier: str = "S1", release: str = "aurora") -> Json:
    """An approval by mara."""
    return next(
        entry
        for entry in forger.entries
        if entry["stream"] == f"release/{release}"
        and first(entry)["type"] == "sign_off_recorded"
        and first(entry)["id"] == identifier
    )


def changed(change: Callable[[Json], object]) -> Forgery:
    def forge(forger: Forger) -> Json:
        entry = approval(forger)
        change(entry)
        return entry

    return forge


def with_proof(**parts: Any) -> Forgery:
    return changed(lambda entry: entry["proof"].update(parts))


def with_another_s(*parts: str, of: str = "S5", release: str = "borealis") -> Forgery:
    """Parts of the proof of another approval by the same person, in the place of its own."""

    def forge(forger: Forger) -> Json:
        entry, other = approval(forger), approval(forger, of, release)
        entry["proof"].update({part: other["proof"][part] for part in parts})
        return entry

    return forge


def all_of_another_s(forger: Forger) -> Json:
    """The whole proof of another approval by the same person, and its command id with it."""
    entry, other = approval(forger), approval(forger, "S5", "borealis")
    entry["proof"], entry["command_id"] = dict(other["proof"]), other["command_id"]
    other["command_id"] = "moved-away"
    return entry


def of_another_person(forger: Forger) -> Json:
    entry, other = approval(forger), approval(forger, "S2")
    entry["proof"] = dict(other["proof"])
    return entry


def signed_again(change: Callable[[Json], object], hand: Hand) -> Forgery:
    """Another event, with a statement that says so and a signature of it, by whoever could be won over."""

    def forge(forger: Forger) -> Json:
        entry = approval(forger)
        change(first(entry)["binding"])
        value = ledger.decode(statement_of(forger, entry))
        change(value["predicate"]["binding"])
        data = ledger.encode(value)
        signature = hand.sign(data, NAMESPACE)
        entry["proof"].update(statement=forger.blob(data), signature=forger.blob(signature), key=hand.fingerprint)
        return entry

    return forge


def statement_of(forger: Forger, entry: Json) -> bytes:
    """The statement that stands behind an entry."""
    return forger.kept(entry["proof"]["statement"])


def once_more(forger: Forger) -> Json:
    """The same approval again, at the end of its stream, with its proof and its id."""
    entry = copying.deepcopy(approval(forger, "S5", "borealis"))
    entry["texts"] = {"rationale": forger.text()}
    forger.entries.append(entry)
    return entry


def in_another_release(forger: Forger) -> Json:
    entry = approval(forger)
    forger.entries.remove(entry)
    entry["stream"] = "release/borealis"
    forger.entries.append(entry)
    return entry


def other_words(forger: Forger) -> Json:
    entry = approval(forger)
    entry["texts"]["rationale"] = first(entry)["binding"]["texts"]["rationale"] = forger.text("because I say so")
    return entry


def a_condition_less(forger: Forger) -> Json:
    entry = approval(forger, "S4")
    del entry["texts"]["condition.1"], first(entry)["binding"]["texts"]["condition.1"]
    return entry


def a_requirement_less(forger: Forger) -> Json:
    entry = approval(forger, "S4")
    entry["events"] = entry["events"][:1]
    return entry


FORGERIES: dict[str, Forgery] = {
    "a claim": changed(lambda entry: entry.update(proof=CLAIMED)),
    "a claim under an id of its own": changed(lambda entry: entry.update(proof=CLAIMED, command_id="mine")),
    "a proof of another kind": with_proof(kind="pgp"),
    "a proof without its parts": changed(lambda entry: entry.update(proof={"kind": "sshsig"})),
    "the word unsigned": changed(lambda entry: entry.update(proof={"kind": "sshsig", "signature": "unsigned"})),
    "a proof with more parts": with_proof(note="x"),
    "a proof whose parts are numbers": with_proof(statement=1, signature=2),
    "another's key": with_proof(key=Hand("jun").fingerprint),
    "no key": with_proof(key=""),
    "a stranger's key": with_proof(key=Hand("eve").fingerprint),
    "another statement of the same person": with_another_s("statement"),
    "another signature of the same person": with_another_s("signature"),
    "another statement and signature of the same person": with_another_s("statement", "signature"),
    "all of another proof of the same person": all_of_another_s,
    "the proof of another person": of_another_person,
    "a statement that nobody signed": lambda forger: unsigned_statement(forger),
    "another person": changed(lambda entry: entry.update(actor="priya")),
    "another id": changed(lambda entry: entry.update(command_id=f"signed/mara/{'0' * 32}")),
    "another round": changed(lambda entry: first(entry)["binding"].update(round=9)),
    "another role": changed(lambda entry: first(entry)["binding"].update(role="security")),
    "another basis": changed(lambda entry: first(entry)["binding"].update(basis="0" * 64)),
    "another decision": changed(lambda entry: first(entry).update(decision="abstain")),
    "a longer life": changed(lambda entry: first(entry)["binding"].update(expires="2035-07-01T09:00:00.000000Z")),
    "another nonce": changed(lambda entry: first(entry)["binding"].update(nonce="0" * 32)),
    "other words": other_words,
    "a condition less": a_condition_less,
    "a requirement less": a_requirement_less,
    "signed again for another round, by another signer": signed_again(lambda bound: bound.update(round=9), Hand("jun")),
    "signed again for another round, by its maker": signed_again(lambda bound: bound.update(round=9), Hand("mara")),
    "in another release": in_another_release,
    "once more": once_more,
}


def unsigned_statement(forger: Forger) -> Json:
    entry = approval(forger)
    data = statement_of(forger, entry).replace(b'"safety"', b'"security"')
    entry["proof"]["statement"] = forger.blob(data)
    return entry


def engine_on(lab: SignedLab) -> Engine:
    return lab.open()


@on_both("how", FORGERIES, every=6)
def test_row_33_a_signature_that_does_not_belong_to_its_entry_stops_the_release_and_is_named(
    rewritten: SignedLab, how: str
) -> None:
    forger = Forger(rewritten.database)
    entry = FORGERIES[how](forger)
    forger.seal()
    engine = engine_on(rewritten)

    assert entry["seq"] in {found for _, found in rewritten.problems()}
    release = entry["stream"].partition("/")[2]
    with pytest.raises(LedgerError, match=f"entry {entry['seq']}|says something else than what it is bound to"):
        engine.advance(release, "withdraw", actor="lee", rationale=WHY)


@BOTH
def test_row_9_an_approval_that_was_taken_back_does_not_come_back_from_the_database_either(
    rewritten: SignedLab,
) -> None:
    """The owner has everything that was ever signed, and writes past whatever forbids to record it twice."""
    forger = Forger(rewritten.database)
    entry = copying.deepcopy(approval(forger, "S6", "borealis"))
    first(entry)["id"] = "S8"
    forger.entries.append(entry)
    forger.seal()
    engine = engine_on(rewritten)

    with pytest.raises(LedgerError, match=f"entry {entry['seq']} repeats what was signed"):
        engine.explain("borealis", "publish")
    assert ("not-allowed", entry["seq"]) in rewritten.problems()


def test_row_16_a_genuine_signature_put_beside_a_refused_attempt_makes_it_nobody_s(rewritten: SignedLab) -> None:
    """The owner would like it to look as if mara had tried, with her own key, what she never asked for."""
    forger = Forger(rewritten.database)
    entry = forger.find("command_refused", code="unsigned")
    entry["proof"] = dict(approval(forger)["proof"])
    forger.seal()
    engine = engine_on(rewritten)

    assert ("not-allowed", entry["seq"]) in rewritten.problems()
    shown = next(item for item in engine.history(limit=1000) if item.entry == entry["seq"])
    assert (shown.refused, shown.proof) == (True, "claimed")


SIGNED = ("sign_off_withdrawn", "objection_answered", "requirement_discharged", "lift_approved", "risk_reviewed")
OTHERS = ("statement_made", "evidence_set_aside", "evidence_justified", "text_erased", "away_declared")
CHANGES = ("change_proposed", "change_approved")


@pytest.mark.parametrize("kind", (*SIGNED, *OTHERS, *CHANGES))
def test_row_33_every_kind_of_signed_entry_is_named_when_its_signature_is_taken_away_or_exchanged(
    rewritten: SignedLab, kind: str
) -> None:
    forger = Forger(rewritten.database)
    entries = [entry for entry in forger.entries if first(entry)["type"] == kind and entry["proof"] != CLAIMED]
    assert entries
    stripped = entries[0]
    others = [entry for entry in forger.entries if entry["actor"] == stripped["actor"] and entry["proof"] != CLAIMED]
    exchanged = entries[-1] if len(entries) > 1 else None
    stripped["proof"] = CLAIMED
    if exchanged is not None:
        exchanged["proof"] = dict(others[0]["proof"])
    forger.seal()
    engine_on(rewritten)

    named = {found for _, found in rewritten.problems()}
    assert stripped["seq"] in named
    assert exchanged is None or exchanged["seq"] in named


PARTS = ("statement", "signature")
BLOBS: dict[str, str] = {
    "deleted": "DELETE FROM blob WHERE digest = ?",
    "emptied": "UPDATE blob SET content = x'', size = 0 WHERE digest = ?",
    "changed": "UPDATE blob SET content = exchanged(content, 'a', 'b') WHERE digest = ?",
    "another's": "UPDATE blob SET content = (SELECT min(content) FROM blob WHERE length(content) > 0) WHERE digest = ?",
}


@on_both("part, change", product(PARTS, BLOBS), every=3)
def test_row_33_a_statement_or_signature_that_was_tampered_with_stops_the_release_and_is_named(
    rewritten: SignedLab, part: str, change: str
) -> None:
    entry = approval(Forger(rewritten.database))
    with tampering(rewritten.database) as connection:
        assert connection.execute(BLOBS[change], (entry["proof"][part],)).rowcount == 1
    engine = engine_on(rewritten)

    assert {("altered", entry["seq"]), ("missing", entry["seq"])} & rewritten.problems()
    with pytest.raises(LedgerError, match=f"{part} of entry {entry['seq']} is missing or was altered"):
        engine.hold("aurora", role="security", actor="sam", rationale=WHY)


@BOTH
def test_row_33_two_blobs_that_changed_places_are_named(rewritten: SignedLab) -> None:
    entry = approval(Forger(rewritten.database))
    digests = [entry["proof"][part] for part in PARTS]
    with tampering(rewritten.database) as connection:
        kept = dict(connection.execute("SELECT digest, content FROM blob WHERE digest IN (?, ?)", digests).fetchall())
        for digest, other in zip(digests, reversed(digests), strict=True):
            connection.execute("UPDATE blob SET content = ? WHERE digest = ?", (kept[other], digest))
    engine_on(rewritten)

    assert ("altered", entry["seq"]) in rewritten.problems()


# What a signature does not cover is covered by the tree that its maker saw.


def reworded(forger: Forger) -> Json:
    entry = forger.find("transition_made", trigger="submit")
    entry["texts"]["rationale"] = forger.text("because I say so")
    return entry


def earlier(forger: Forger) -> Json:
    entry = forger.find("transition_made", trigger="submit")
    entry["at"] = "2025-07-01T08:59:59.000000Z"
    return entry


def by_somebody_else(forger: Forger) -> Json:
    entry = forger.find("hold_placed")
    entry["actor"] = "priya"
    return entry


def never_refused(forger: Forger) -> Json:
    entry = forger.find("command_refused")
    forger.entries.remove(entry)
    return entry


def never_held(forger: Forger) -> Json:
    """A hold and its lift, gone without a trace."""
    lift = forger.find("lift_approved")
    entry = forger.find("hold_placed")
    forger.entries.remove(entry)
    forger.entries.remove(lift)
    return entry


def a_signed_refusal_that_was_only_claimed(forger: Forger) -> Json:
    """The proof of a refusal, which needs none."""
    entry = next(item for item in forger.entries if first(item).get("decision") == "reject" and item["actor"] == "mara")
    entry.update(proof=CLAIMED, command_id="mine")
    return entry


CONSISTENT: dict[str, Forgery] = {
    "a reason says something else": reworded,
    "it was done at another time": earlier,
    "somebody else placed a hold": by_somebody_else,
    "an attempt never was": never_refused,
    "a hold and its lift never were": never_held,
    "a refusal was only claimed": a_signed_refusal_that_was_only_claimed,
}


@on_both("how", CONSISTENT, every=4)
def test_row_13_a_history_that_could_have_been_is_named_by_every_signature_after_what_was_rewritten(
    rewritten: SignedLab, how: str
) -> None:
    forger = Forger(rewritten.database)
    place = CONSISTENT[how](forger)["seq"]
    forger.seal()
    later = {entry["seq"] for entry in forger.entries if entry["seq"] >= place and entry["proof"] != CLAIMED}
    refused = {entry["seq"] for entry in forger.entries if first(entry)["type"] == "command_refused"}
    engine_on(rewritten)

    assert later
    assert later - refused - {place} <= {found for _, found in rewritten.problems()}


@BOTH
def test_row_13_what_was_rewritten_after_the_last_signature_is_found_by_a_remembered_root_alone(
    rewritten: SignedLab,
) -> None:
    engine = engine_on(rewritten)
    engine.hold("cygnus", role="security", actor="sam", rationale=WHY)
    remembered = engine.audit()
    rewritten.close()
    forger = Forger(rewritten.database)
    forger.entries.pop()
    forger.seal()
    engine = engine_on(rewritten)

    assert engine.audit().outcome == "ok"
    assert engine.audit(remembered=(remembered.entries, remembered.root)).outcome == "failed"


@BOTH
def test_the_signed_ledger_that_is_attacked_holds_every_kind_of_signed_entry_and_is_in_order(
    rewritten: SignedLab,
) -> None:
    report = engine_on(rewritten).audit()

    assert (report.outcome, report.problems, report.not_recomputed) == ("ok", (), ())
    forger = Forger(rewritten.database)
    proven = {first(entry)["type"] for entry in forger.entries if entry["proof"] != CLAIMED}
    assert proven >= {*SIGNED, *OTHERS, *CHANGES, "sign_off_recorded", "evidence_attached", "return_declared"}
    assert report.signatures > 80
    rewritten.close()
    forger.seal()
    assert engine_on(rewritten).audit().root == report.root
