"""Entries changed by somebody who owns the database and makes every hash, link, tree and projection fit again.

What the rules would not have allowed is found by deciding it again. What they would have allowed is found by comparing
the root with one that somebody remembered, and by nothing else.
"""

from __future__ import annotations

import copy as copying
from collections.abc import Callable
from typing import Any

import pytest
from attacked import BOTH, Lab, on_both
from forger import Forger, Json

from workflow import AuditReport

Forgery = Callable[[Forger], Json]
"""Changes the history, and returns the entry that the audit must name."""


def audited(lab: Lab, remembered: AuditReport | None = None) -> AuditReport:
    engine = lab.open()
    report = engine.audit(remembered=(remembered.entries, remembered.root) if remembered else None)
    lab.close()
    return report


def first(entry: Json) -> Json:
    event: Json = entry["events"][0]
    return event


def changed(kind: str, change: Callable[[Json], object], **facts: Any) -> Forgery:
    """Changes one entry, found by its first event."""

    def forge(forger: Forger) -> Json:
        entry = forger.find(kind, **facts)
        change(entry)
        return entry

    return forge


def with_binding(**facts: Any) -> Forgery:
    return changed("sign_off_recorded", lambda entry: first(entry)["binding"].update(facts), id="S5")


def with_event(kind: str, found: Json | None = None, **facts: Any) -> Forgery:
    return changed(kind, lambda entry: first(entry).update(facts), **(found or {}))


def published(change: Callable[[Json], object]) -> Forgery:
    return changed("transition_made", change, trigger="publish")


def verdicts_of(entry: Json, part: str) -> list[Json]:
    return [item for verdict in entry["verdicts"] for item in verdict[part]]


def accepted_instead(forger: Forger) -> Json:
    """The refused attempt to publish becomes the publication."""
    made = forger.find("transition_made", trigger="publish")
    refused = next(
        entry
        for entry in forger.entries
        if first(entry)["type"] == "command_refused" and first(entry)["request"].get("trigger") == "publish"
    )
    refused["events"] = made["events"]
    forger.entries.remove(made)
    return refused


def refused_instead(forger: Forger) -> Json:
    """A reject becomes an attempt at one that was not allowed."""
    entry = forger.find("sign_off_recorded", id="S2")
    request = {"command": "sign", "actor": "mara", "release": "aurora", "transition": "publish", "role": "safety"}
    refusal = {**first(forger.find("command_refused", code="invalid-transition")), "command": "sign", "code": "no-role"}
    entry["events"] = [{**refusal, "request": {**request, "decision": "reject", "basis": None}}]
    return entry


def role_for_oneself(forger: Forger) -> Json:
    """An acceptance that no administrator gave, right after the genesis."""
    accepted = forger.find("change_approved")["events"][1]
    change = {"op": "person_added", "person": "eve", "roles": ["safety"], "name": None}
    genesis = forger.entries[0]
    genesis["events"].append({**accepted, "id": "C9", "change": change})
    return genesis


def more_than_was_approved(forger: Forger) -> Json:
    entry = forger.find("change_approved")
    entry["events"][1]["change"]["roles"] = ["safety"]
    return entry


def closing_by_itself(forger: Forger) -> Json:
    entry = forger.find("objection_answered")
    entry["events"] = entry["events"][1:]
    return entry


def closing_beside_a_statement(forger: Forger) -> Json:
    candidate = first(forger.find("sign_off_recorded", id="S2"))["binding"]["candidate"]
    entry = forger.find("statement_made")
    entry["events"].append({"type": "objection_closed", "schema": 1, "subject": "S2", "candidates": [candidate]})
    return entry


def without_a_sign_off(forger: Forger) -> Json:
    forger.entries.remove(forger.find("text_erased"))
    forger.entries.remove(forger.find("sign_off_recorded", id="S6"))
    return forger.find("transition_made", trigger="publish")


def one_person_twice(forger: Forger) -> Json:
    """Both approvals of safety come from mara, which is allowed; to publish on them is not."""
    forger.find("sign_off_recorded", id="S5")["actor"] = "mara"
    return forger.find("transition_made", trigger="publish")


def change_elsewhere(forger: Forger) -> Json:
    """A proposal in the stream of a release, where it looks as if it had happened."""
    proposed = [entry for entry in forger.entries if first(entry)["type"] == "change_proposed"][-1]
    entry = forger.copy_of(proposed, stream="release/aurora")
    first(entry).update(id="C15", change={"op": "person_added", "person": "eve", "roles": ["safety"], "name": None})
    forger.entries.append(entry)
    return entry


def erasing_what_stands_open(forger: Forger) -> Json:
    """The erasure of an open requirement's text, put where nobody looks at the release."""
    raised = forger.find("requirement_raised")
    entry = forger.copy_of(forger.find("text_erased"), stream="roster")
    first(entry).update(entry=raised["seq"], name="text", commitment=raised["texts"]["text"])
    forger.entries.insert(forger.entries.index(raised) + 1, entry)
    return entry


def the_same_again(forger: Forger) -> Json:
    entry = forger.find("command_refused", code="invalid-transition")
    again = {**copying.deepcopy(entry), "texts": {"rationale": forger.text()}}
    forger.entries.append(again)
    return again


def replayed_on_another_release(forger: Forger) -> Json:
    """A sign-off as it was given, at the end of another release's stream."""
    entry = forger.copy_of(forger.find("sign_off_recorded", id="S5"), stream="release/beta")
    forger.entries.append(entry)
    return entry


def nonce_again(forger: Forger) -> Json:
    entry = forger.find("sign_off_recorded", id="S6")
    first(entry)["binding"]["nonce"] = first(forger.find("sign_off_recorded", id="S5"))["binding"]["nonce"]
    return entry


def second_genesis(forger: Forger) -> Json:
    entry = forger.copy_of(forger.entries[0])
    forger.entries.append(entry)
    return entry


def large_observation(forger: Forger) -> Json:
    entry = next(entry for entry in forger.entries if isinstance(entry["observations"], dict))
    entry["observations"]["count"] = 7
    return entry


FORGERIES: dict[str, Forgery] = {
    # 9: an approval that is for something else.
    "9 another round": with_binding(round=9),
    "9 another basis": with_binding(basis="0" * 64),
    "9 another candidate": with_binding(candidate="0" * 64),
    "9 another process": with_binding(process="0" * 64),
    "9 another ledger": with_binding(origin="elsewhere.example"),
    "9 another release": with_binding(release="beta"),
    "9 another transition": with_binding(transition="submit"),
    "9 another source": with_binding(**{"from": "testing"}),
    "9 another destination": with_binding(to="delay"),
    "9 an older roster": with_binding(roster_version=1),
    "9 another act": with_binding(act="review"),
    "9 a longer life": with_binding(expires="2035-07-01T09:00:00.000000Z"),
    "9 a lesser decision": with_binding(decision="abstain"),
    "9 replayed on another release": replayed_on_another_release,
    "9 a nonce used again": nonce_again,
    "9 an entry of another ledger": changed(
        "sign_off_recorded", lambda entry: entry.update(origin="elsewhere.example"), id="S5"
    ),
    # 4, 6, 7: by somebody who may not.
    "4 a sign-off less": without_a_sign_off,
    "4 in a role that the signer lacks": with_binding(role="security"),
    "7 a sign-off of the author": changed("sign_off_recorded", lambda entry: entry.update(actor="kim"), id="S5"),
    "7 a sign-off of the requester": changed("sign_off_recorded", lambda entry: entry.update(actor="lee"), id="S5"),
    "6 two sign-offs of one person": one_person_twice,
    "7 a transition by somebody without the role": published(lambda entry: entry.update(actor="mara")),
    "7 a change approved by nobody who may": changed("change_approved", lambda entry: entry.update(actor="lee")),
    "7 more than was approved": more_than_was_approved,
    "7 an objection closed by itself": closing_by_itself,
    "7 an objection closed beside a statement": closing_beside_a_statement,
    "7 a hold lifted by one of two": changed(
        "transition_made", lambda entry: entry["events"][1].update(count=1), trigger="wait"
    ),
    # 3: a no that is made to vanish, or turned round.
    "3 a refusal that became an acceptance": accepted_instead,
    "3 a reject that became a refused attempt": refused_instead,
    "3 a refused attempt laid upon somebody else": changed(
        "command_refused", lambda entry: first(entry)["request"].update(actor="jun"), command="start"
    ),
    "3 a refused attempt moved to another release": changed(
        "command_refused", lambda entry: first(entry)["request"].update(release="beta"), code="invalid-transition"
    ),
    "3 another reason for a refusal": with_event("command_refused", {"code": "invalid-transition"}, code="no-role"),
    # 16: what is shown as fact.
    "16 a transition that led elsewhere": published(lambda entry: first(entry).update(dest="moon")),
    "16 a lesser exposure": published(lambda entry: first(entry).update(exposure="internal", irreversible=False)),
    "16 another basis of a transition": published(lambda entry: first(entry).update(basis="0" * 64)),
    "16 other people in a verdict's facts": published(
        lambda entry: [fact.update(person="ivy") for fact in verdicts_of(entry, "facts")]
    ),
    "16 other entries in a verdict's facts": published(
        lambda entry: [fact.update(entry=1) for fact in verdicts_of(entry, "facts")]
    ),
    "16 no verdicts": published(lambda entry: entry.update(verdicts=[])),
    "16 a verdict less": published(lambda entry: entry["verdicts"].pop()),
    "16 a verdict of another policy": published(lambda entry: entry["verdicts"][3].update(policy="soak")),
    "16 verdicts beside a sign-off": changed(
        "sign_off_recorded",
        lambda entry: entry.update(
            verdicts=[{"policy": "x", "revision": 1, "summary": "", "allow": True, "reasons": [], "facts": []}]
        ),
        id="S5",
    ),
    "16 a number as a text": with_event("ledger_created", threshold="2"),
    "16 an event with a field less": changed("requirement_raised", lambda entry: first(entry).pop("blocks")),
    "16 a claim dressed up as a proof": published(
        lambda entry: entry.update(proof={"kind": "claimed", "signed_by": "mara"})
    ),
    "16 a day that there is not": published(lambda entry: entry.update(at="2025-02-30T09:00:00.000000Z")),
    "16 the last hour of the calendar": changed(
        "sign_off_recorded", lambda entry: entry.update(at="9999-12-31T23:59:59.000000Z"), id="S5"
    ),
    "16 an earlier time of a sign-off": changed(
        "sign_off_recorded", lambda entry: entry.update(at="2025-01-01T09:00:00.000000Z"), id="S5"
    ),
    "16 another request": published(lambda entry: entry.update(request_digest="0" * 64)),
    "16 the same command twice": the_same_again,
    # 2, 15: what was measured.
    "2 files that were seen unchanged": published(
        lambda entry: entry["observations"][0]["ok"].update(changed=["weights/x"])
    ),
    "2 no look at the files": published(lambda entry: entry.update(observations=[])),
    "2 a look that nothing asked for": changed(
        "sign_off_recorded",
        lambda entry: entry.update(
            observations=[{"kind": "x", "schema": 1, "params": {}, "at": entry["at"], "ok": {}}]
        ),
        id="S5",
    ),
    "2 fewer observations than there were": large_observation,
    "15 a report that says yes": changed(
        "evidence_attached", lambda entry: first(entry)["report"]["metrics"][0].update(value="0.01"), id="E1"
    ),
    "15 a report of another candidate": with_event("evidence_attached", {"id": "E1"}, made_for="0" * 64),
    "22 weights that are shared with nobody": changed(
        "release_started", lambda entry: first(entry)["candidate"].update(weights=[])
    ),
    "2 a smaller candidate": changed(
        "release_started", lambda entry: first(entry)["candidate"].update(size=1, files=1)
    ),
    "25 another process": with_event("release_started", process="0" * 64),
    # 20: entries that no command makes.
    "20 a role for oneself in the genesis": role_for_oneself,
    "20 a genesis with a threshold out of reach": with_event("ledger_created", threshold=3),
    "20 a genesis in the wrong stream": changed("ledger_created", lambda entry: entry.update(stream="roster")),
    "20 a second genesis": second_genesis,
    "20 a change in a release's stream": change_elsewhere,
    "20 an acknowledgement in the wrong stream": changed(
        "protection_restored", lambda entry: entry.update(stream="roster")
    ),
    "20 a stream of no kind": changed("statement_made", lambda entry: entry.update(stream="notes")),
    "20 an actor of no form": changed("statement_made", lambda entry: entry.update(actor="Lee Root")),
    "20 an event of no kind": with_event("statement_made", type="blessed"),
    "20 an event of a later schema": with_event("statement_made", schema=2),
    # 27: texts.
    "27 an entry without its reason": published(lambda entry: entry.update(texts={})),
    "27 the erasure of what stands open": erasing_what_stands_open,
}


@on_both("how", FORGERIES, every=9)
def test_a_history_that_the_rules_would_not_have_made_is_named_at_its_entry(copy: Lab, how: str) -> None:
    before = audited(copy)
    forger = Forger(copy.database)
    entry = FORGERIES[how](forger)
    forger.seal()

    report = audited(copy)

    assert report.outcome == "failed"
    assert entry["seq"] in {problem.entry for problem in report.problems}
    assert report.root != before.root


@BOTH
def test_rewriting_what_was_there_without_a_change_is_in_order(copy: Lab) -> None:
    before = audited(copy)
    forger = Forger(copy.database)
    forger.seal()

    after = audited(copy)

    assert (after.outcome, after.root) == ("ok", before.root)


def swapped(forger: Forger) -> None:
    forger.entries[30], forger.entries[31] = forger.entries[31], forger.entries[30]


def another_reason(forger: Forger) -> None:
    forger.find("transition_made", trigger="publish")["texts"]["rationale"] = forger.text("because I say so")


def later_statement(forger: Forger) -> None:
    forger.find("statement_made")["at"] = "2025-01-01T09:00:00.000000Z"


CONSISTENT: dict[str, Callable[[Forger], object]] = {
    "the last entry never was": lambda forger: forger.entries.pop(),
    "the last two entries never were": lambda forger: forger.entries.__delitem__(slice(-2, None)),
    "two entries changed places": swapped,
    "a reason says something else": another_reason,
    "a refusal is worded otherwise": lambda forger: first(
        forger.find("command_refused", code="invalid-transition")
    ).update(message="what a good idea"),
    "a verdict is worded otherwise": lambda forger: forger.find("transition_made", trigger="publish")["verdicts"][
        3
    ].update(summary="all of them"),
    "somebody else set the date": lambda forger: forger.find("scheduled").update(actor="priya"),
    "it was said at another time": later_statement,
}


@on_both("how", CONSISTENT, every=3)
def test_row_13_a_history_that_could_have_been_is_found_by_a_remembered_root_alone(copy: Lab, how: str) -> None:
    remembered = audited(copy)
    forger = Forger(copy.database)
    CONSISTENT[how](forger)
    forger.seal()

    report = audited(copy)

    assert report.outcome == "ok"
    assert report.root != remembered.root
    assert any("cut off or everything rewritten" in item for item in report.not_covered)
    found = audited(copy, remembered)
    assert found.outcome == "failed"
    assert {problem.kind for problem in found.problems} <= {"tree", "missing"}
    assert not any("cut off or everything rewritten" in item for item in found.not_covered)


@BOTH
def test_row_13_a_prefix_that_grew_still_has_the_remembered_root_and_a_rewritten_one_has_not(copy: Lab) -> None:
    remembered = audited(copy)
    engine = copy.open()
    engine.statement("aurora", "it is out", role="lead", actor="lee")
    copy.close()

    grown = audited(copy, remembered)
    assert (grown.outcome, grown.entries) == ("ok", remembered.entries + 1)
    forger = Forger(copy.database)
    another_reason(forger)
    forger.seal()

    rewritten = audited(copy, remembered)

    assert (rewritten.outcome, [problem.kind for problem in rewritten.problems]) == ("failed", ["tree"])
    assert audited(copy).outcome == "ok"


def test_what_another_reader_understood_of_a_report_is_not_taken_for_checked(copy: Lab) -> None:
    forger = Forger(copy.database)
    report = first(forger.find("evidence_attached", id="E1"))["report"]
    report["metrics"][0]["value"], report["reader"] = "0.01", "inspect@99"
    forger.seal()

    assert audited(copy).outcome == "incomplete"


def test_row_5_a_proof_of_a_kind_that_is_unknown_here_is_not_taken_for_checked(copy: Lab) -> None:
    forger = Forger(copy.database)
    forger.find("transition_made", trigger="publish")["proof"] = {"kind": "pgp", "signature": "unsigned"}
    forger.seal()

    assert audited(copy).outcome == "incomplete"


@pytest.mark.parametrize(
    "proof",
    [
        {"kind": "sshsig"},
        {"kind": "sshsig", "signature": "unsigned"},
        {"kind": "sshsig", "signature": "0" * 64, "statement": "0" * 64, "key": ""},
        {"kind": "sshsig", "signature": None, "statement": None, "key": None},
        {"kind": "claimed", "signature": "0" * 64},
    ],
)
def test_row_5_a_proof_that_proves_nothing_is_named_at_its_entry(copy: Lab, proof: Json) -> None:
    forger = Forger(copy.database)
    entry = forger.find("transition_made", trigger="publish")
    entry["proof"] = proof
    forger.seal()

    report = audited(copy)

    assert report.outcome == "failed"
    assert entry["seq"] in {problem.entry for problem in report.problems}
