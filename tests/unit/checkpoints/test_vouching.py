"""Who vouches for a checkpoint is said, and so is whose word is missing and why; nothing of that is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from checkpoint_lab import SmallLog, cosigned

from workflow.checkpoints import LogKey, make_key, vouch
from workflow.errors import InvalidInput
from workflow.ledger.note import COSIGNATURE, Note

AT = 1_751_360_400


@pytest.fixture
def log(tmp_path: Path) -> SmallLog:
    return SmallLog(tmp_path)


@pytest.fixture
def witnesses(tmp_path: Path) -> list[LogKey]:
    found = []
    for number in range(3):
        make_key(tmp_path / f"w{number}")
        found.append(LogKey.read(tmp_path / f"w{number}", f"witness.example/{number}", kind=COSIGNATURE))
    return found


def test_a_key_that_whoever_checks_holds_is_more_than_one_that_the_ledger_names(log: SmallLog) -> None:
    note = log.note(7)

    held, named, both = (
        vouch(note, given=[log.vkey]),
        vouch(note, named=[log.named()]),
        vouch(note, given=[log.vkey], named=[log.named()]),
    )

    assert [item.known_from for item in (held, named, both)] == ["given", "ledger", "given"]
    assert all(item.verified and item.signed_by == log.vkey and item.unverified == () for item in (held, named, both))
    assert (held.origin, held.size, held.root) == (log.origin, 7, log.tree.root(7).hex())


def test_without_any_key_nobody_vouches_for_it(log: SmallLog) -> None:
    for vouched in (vouch(log.note(7)), vouch(log.note(7), named=[])):
        assert (vouched.verified, vouched.signed_by, vouched.known_from) == (False, None, None)
        assert "no key of the log is known" in vouched.unverified[0]


def test_another_s_signature_or_a_spoiled_one_is_no_word_of_the_log(log: SmallLog, tmp_path: Path) -> None:
    other = SmallLog(tmp_path, name="other")
    elsewhere = SmallLog(tmp_path, "elsewhere.example/log", name="elsewhere")
    note = log.note(7)
    spoiled = Note(note.text).with_signature(log.signer.key, bytes(64))
    for found, why in (
        (vouch(note, given=[other.vkey]), "not signed with"),
        (vouch(note, given=[elsewhere.vkey]), "another log"),
        (vouch(spoiled, given=[log.vkey]), "not genuine"),
        (vouch(Note(note.text, (*note.signatures, *spoiled.signatures)), given=[log.vkey]), "not genuine"),
        (vouch(note, given=[log.vkey], named=[other.named()]), "not named by the ledger"),
    ):
        assert not found.verified
        assert why in " ".join(found.unverified)


def test_a_named_key_counts_from_its_entry_on_and_up_to_its_end(log: SmallLog, tmp_path: Path) -> None:
    fresh = SmallLog(tmp_path, name="fresh")
    named = [log.named(5, 20), fresh.named(20)]
    for signer, size, counts in (
        (log, 4, False),
        (log, 5, True),
        (log, 20, True),
        (log, 21, False),
        (fresh, 19, False),
        (fresh, 20, True),
        (fresh, 40, True),
    ):
        vouched = vouch(signer.note(size), named=named)
        assert (vouched.verified, vouched.signed_by) == (counts, signer.vkey if counts else None)
        assert bool(vouched.unverified) is not counts


def test_each_witness_is_counted_once_and_those_that_are_missing_are_told(
    log: SmallLog, witnesses: list[LogKey]
) -> None:
    note = cosigned(cosigned(cosigned(log.note(7), witnesses[0], AT), witnesses[1], AT + 60), witnesses[0], AT + 9)
    keys = [item.vkey for item in witnesses]

    every, some = vouch(note, given=[log.vkey], witnesses=keys), vouch(note, given=[log.vkey], witnesses=keys, wanted=2)

    assert (every.verified, every.wanted, some.verified, some.wanted) == (False, 3, True, 2)
    assert [(item.witness, item.at.timestamp()) for item in every.cosigned] == [
        ("witness.example/0", AT + 9),
        ("witness.example/1", AT + 60),
    ]
    assert "not cosigned by witness.example/2" in " ".join(every.unverified)
    assert "2 of the 3" in " ".join(every.unverified)
    twice = vouch(note, given=[log.vkey], witnesses=[keys[0], keys[0]], wanted=2)
    assert (len(twice.cosigned), twice.verified) == (1, False)


def test_a_forged_cosignature_spoils_what_stands_beside_it(log: SmallLog, witnesses: list[LogKey]) -> None:
    note = cosigned(log.note(7), witnesses[0], AT)
    other = cosigned(log.note(8), witnesses[1], AT).signatures[-1]
    forged = Note(note.text, (*note.signatures, other))
    keys = [item.vkey for item in witnesses[:2]]

    vouched = vouch(forged, given=[log.vkey], witnesses=keys, wanted=1)

    assert (vouched.verified, [item.witness for item in vouched.cosigned]) == (False, ["witness.example/0"])
    assert "not genuine" in " ".join(vouched.unverified)
    # Whom nobody asked about may have written anything below it.
    assert vouch(forged, given=[log.vkey], witnesses=keys[:1]).verified


def test_a_witness_may_say_any_time_and_a_log_is_no_witness(log: SmallLog, witnesses: list[LogKey]) -> None:
    note = cosigned(log.note(7), witnesses[0], 2**63 - 1)

    vouched = vouch(note, given=[log.vkey], witnesses=[witnesses[0].vkey])

    assert (vouched.verified, vouched.cosigned[0].at) == (True, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    for given, witnessing in (([witnesses[0].vkey], []), ([log.vkey], [log.vkey]), (["nonsense"], [])):
        with pytest.raises(InvalidInput):
            vouch(note, given=given, witnesses=witnessing)


def test_what_is_no_checkpoint_is_an_error(log: SmallLog) -> None:
    for spoiled in (b"", b"lab.example/log\n7\n", "a text\n", log.note(7).text, b"\xff\n\n\n"):
        with pytest.raises(InvalidInput):
            vouch(spoiled, given=[log.vkey])
