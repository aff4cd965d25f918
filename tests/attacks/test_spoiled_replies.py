"""Somebody spoils what another has signed: uses up its id, its words or its nonce, or hands in too much.

Whatever is brought, what its maker signed can still be collected, once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from attacked import WHY
from signed_lab import Asked, SignedLab

from tests.support.hands import Hand
from workflow import InvalidInput, Refused, WorkflowError, commands
from workflow.signing.sshsig import MAX_ARMOR_BYTES
from workflow.statement import MAX_BYTES


def revoked_thief(asked: Asked) -> bytes:
    """A signature of the right person, by a key of theirs that was revoked when it was stolen."""
    old = Hand("mara", 7)
    asked.lab.enrol("mara", old, before=asked.lab.hands["mara"])
    asked.lab.agreed(asked.lab.by("ana").revoke_key(old.fingerprint, actor="ana", rationale=WHY))
    return asked.signed(old)


SPOILS: dict[str, Callable[[Asked], object]] = {
    "a signature of somebody else": lambda asked: asked.bring(asked.signed(asked.lab.hands["jun"])),
    "a signature of a stranger": lambda asked: asked.bring(asked.signed(Hand("eve"))),
    "a signature by a stolen key that was revoked": lambda asked: asked.bring(revoked_thief(asked)),
    "rubbish for a signature": lambda asked: asked.bring(b"unsigned"),
    "its signature for another request": lambda asked: asked.asking(role="security").bring(),
    "its signature for another decision": lambda asked: asked.asking(decision="reject", basis=None).bring(),
    "its signature for another's request": lambda asked: asked.asking(actor="jun").bring(),
    "its signature over other words": lambda asked: asked.bring(texts={"rationale": "because it is late"}),
    "its signature under other salts": lambda asked: asked.bring(salts={"rationale": b"0" * 32}),
    "its signature under no salts": lambda asked: asked.bring(salts={}),
    "a signature of the spoiler's with the same nonce": lambda asked: with_the_same_nonce(asked, "jun"),
    "a signature of the spoiler's with the same words and salts": lambda asked: with_the_same_words(asked, "jun"),
    "a claim with the id that it would have": lambda asked: claimed(asked),
}


def with_the_same_nonce(asked: Asked, person: str) -> None:
    """Somebody else signs something of their own under the nonce that they saw."""
    nonce = asked.statement.split(b'"nonce":"')[1][:32].decode()
    command = asked.lab.approval(person).command
    asked.lab.ask(command, nonce=nonce).bring()
    asked.lab.by(person).withdraw_sign_off("aurora", "S1", actor=person, rationale=WHY)


def with_the_same_words(asked: Asked, person: str) -> None:
    """Somebody else is refused with exactly these words under exactly these salts."""
    other = asked.lab.ask(asked.lab.approval(person).command, salts=asked.salts)
    other.asking(role="security").bring()


def claimed(asked: Asked) -> None:
    assert asked.lab.engine is not None
    nonce = asked.statement.split(b'"nonce":"')[1][:32].decode()
    asked.lab.engine._pipeline.execute(asked.command, asked.texts, command_id=f"signed/mara/{nonce}")


@pytest.mark.parametrize("how", SPOILS)
def test_row_31_nobody_uses_up_what_somebody_else_signed(signed: SignedLab, how: str) -> None:
    asked = signed.approval()
    for _ in range(2):
        with suppress(Refused, InvalidInput):
            SPOILS[how](asked)
        assert signed.counted() == set()

    done = asked.bring()

    assert not done.replayed and signed.counted() == {"mara"}
    with suppress(Refused, InvalidInput):
        SPOILS[how](asked)
    assert asked.bring().entry == done.entry
    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


def test_row_31_a_signer_who_reuses_a_nonce_of_their_own_burns_only_that(signed: SignedLab) -> None:
    first = signed.approval()
    nonce = first.statement.split(b'"nonce":"')[1][:32].decode()
    first.bring()
    reject = commands.SignOff(actor="mara", release="aurora", transition="publish", role="safety", decision="reject")

    with pytest.raises(InvalidInput, match="was used for another request"):
        signed.ask(reject, nonce=nonce).bring()
    assert signed.ask(signed.approval("jun").command, nonce=nonce).bring().command_id == f"signed/jun/{nonce}"
    assert signed.ask(reject).bring().events

    assert signed.counted() == {"jun"}
    assert signed.problems() == set()


def test_row_31_words_that_stand_in_the_ledger_under_a_salt_are_not_taken_again_under_it(signed: SignedLab) -> None:
    """Erasing one would erase the other: so could the text of an open requirement be erased in another's name."""
    asked = signed.approval()
    asked.bring()
    again = signed.ask(signed.approval("jun").command, salts=asked.salts)

    with pytest.raises(InvalidInput, match="under the same salt"):
        again.bring()
    assert signed.approval("jun").bring().events
    assert signed.problems() == set()


def test_row_31_erased_words_that_are_said_again_under_their_salt_are_no_damage(signed: SignedLab) -> None:
    asked = signed.approval()
    seq = asked.bring().entry
    signed.by("ana").erase(seq, "rationale", actor="ana", rationale=WHY)
    again = signed.ask(signed.approval("jun").command, salts=asked.salts)
    entry = again.bring().entry
    assert signed.problems() == set()

    signed.by("ana").erase(entry, "rationale", actor="ana", rationale=WHY)
    assert signed.problems() == set()


@pytest.mark.parametrize(
    ("statement", "signature"),
    [(MAX_BYTES + 1, None), (None, MAX_ARMOR_BYTES + 1), (5_000_000, 5_000_000)],
    ids=["statement", "signature", "both"],
)
def test_row_31_what_is_larger_than_any_statement_or_signature_is_not_kept(
    signed: SignedLab, statement: int | None, signature: int | None
) -> None:
    asked = signed.approval()
    before, kept = signed.size(), blobs(signed)
    other = replace(asked, statement=b"x" * statement) if statement else asked

    with pytest.raises(InvalidInput, match="at most"):
        other.bring(b"x" * signature if signature else asked.signed())

    assert (signed.size(), blobs(signed)) == (before, kept)
    asked.bring()
    assert signed.counted() == {"mara"}


def blobs(lab: SignedLab) -> int:
    with lab.database.connect() as connection:
        count: int = connection.execute("SELECT count(*) FROM blob").fetchone()[0]
    return count


def test_row_31_the_same_refused_reply_is_recorded_once_however_often_it_is_collected(signed: SignedLab) -> None:
    asked = signed.approval()
    signed.by("priya").review("aurora", "biosecurity", "unclear", role="safety", actor="priya", rationale=WHY)
    entries = set()
    for _ in range(3):
        with pytest.raises(Refused) as refusal:
            asked.bring()
        entries.add(refusal.value.entry)

    assert len(entries) == 1 and signed.size() == entries.pop()
    assert signed.problems() == set()


@pytest.mark.parametrize("prefix", ["signed/mara/x", "signed/", "signed/mara/" + "0" * 32 + "/" + "0" * 64])
def test_row_31_nobody_chooses_an_id_that_a_signature_gives(signed: SignedLab, prefix: str) -> None:
    assert signed.engine is not None
    with pytest.raises(InvalidInput, match="does not begin with signed/"):
        signed.engine.hold("aurora", role="security", actor="sam", rationale=WHY, command_id=prefix)


def test_row_31_a_release_is_told_of_a_compromised_key_whatever_ids_somebody_used_before(signed: SignedLab) -> None:
    """A thief who expects the revocation would like its consequences not to be recorded."""
    signed.approve()
    assert signed.engine is not None
    signed.engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    fingerprint = signed.hands["mara"].fingerprint
    for used in (f"compromise/{fingerprint}/aurora", "aurora", fingerprint):
        signed.engine.hold("aurora", role="security", actor="sam", rationale=WHY, command_id=used)

    signed.revoke("mara", compromised_since=signed.clock.now().replace(month=1))

    assert [item.id for item in signed.engine.status("aurora").requirements if item.open] == ["R1"]
    assert signed.problems() == set()


def test_a_request_that_is_repeated_under_its_own_id_is_found_signed_or_refused(signed: SignedLab) -> None:
    basis = signed.basis()
    facts = {"role": "safety", "actor": "mara", "rationale": WHY, "basis": basis}
    mara = signed.by("mara")

    first = mara.sign_off("aurora", "publish", **facts, command_id="mine")  # type: ignore[arg-type]
    again = mara.sign_off("aurora", "publish", **facts, command_id="mine")  # type: ignore[arg-type]
    assert (again.entry, again.replayed) == (first.entry, True)
    with pytest.raises(WorkflowError):
        mara.sign_off("aurora", "publish", **{**facts, "role": "security"}, command_id="mine")  # type: ignore[arg-type]

    late = Hand("jun", 1)
    signed.enrol("jun", late)
    entries = set()
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            signed.by("jun", late).sign_off(
                "aurora",
                "publish",
                **{**facts, "actor": "jun"},
                command_id="other",  # type: ignore[arg-type]
            )
        assert refusal.value.reason == "new-key"
        entries.add(refusal.value.entry)
    assert len(entries) == 1
