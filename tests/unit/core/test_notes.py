"""Signed notes and checkpoints, in the published forms of C2SP: what is well made is read back, nothing else is."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from workflow.errors import LedgerError
from workflow.ledger.checkpoint import Checkpoint, check_cosigned, cosigned_message, with_cosignature
from workflow.ledger.note import COSIGNATURE, ED25519, MARK, Note, NoteKey, check_signed

# From the specification of signed notes, C2SP signed-note v1.0.0, section "Example".
KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "\N{EM DASH} example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

# From that of cosignatures, C2SP tlog-cosignature v1.0.1: a checkpoint with a cosignature, and what that is over.
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\N{EM DASH} example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\N{EM DASH} witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
MESSAGE = (
    b"cosignature/v1\ntime 1679315147\n"
    b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
LOG = NoteKey("lab.example/releases", ED25519, PUBLIC)
WITNESS = NoteKey("witness.example/w", COSIGNATURE, PUBLIC)
CHECKPOINT = Checkpoint("lab.example/releases", 7, bytes(range(32)))


def signed() -> Note:
    note = Note(CHECKPOINT.text)
    return note.with_signature(LOG, SECRET.sign(note.text.encode()))


def test_the_published_note_is_read_and_its_signature_is_genuine() -> None:
    key, note = NoteKey.parse(KEY), Note.from_bytes(NOTE)

    check_signed(note, key, verify)
    assert (str(key), note.to_bytes(), note.text) == (KEY, NOTE, "This is an example message.\n")


def test_the_published_note_with_another_text_is_not_signed() -> None:
    note = Note.from_bytes(NOTE.replace(b"an example", b"no example"))

    with pytest.raises(LedgerError, match="not genuine"):
        check_signed(note, NoteKey.parse(KEY), verify)


def test_the_published_checkpoint_is_read_and_what_a_witness_signs_of_it_is_the_published_message() -> None:
    note = Note.from_bytes(COSIGNED)
    checkpoint = Checkpoint.of(note)

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert base64.b64encode(checkpoint.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert note.to_bytes() == COSIGNED
    assert int.from_bytes(note.signatures[1].data[:8], "big") == 1679315147
    assert cosigned_message(note, 1679315147) == MESSAGE


def test_a_signature_of_nobody_who_is_known_counts_for_nothing() -> None:
    stranger = NoteKey("somebody.example", ED25519, PUBLIC)

    with pytest.raises(LedgerError, match="not signed by"):
        check_signed(signed(), stranger, verify)


def test_of_two_signatures_by_one_key_both_must_be_genuine() -> None:
    with pytest.raises(LedgerError, match="not genuine"):
        check_signed(signed().with_signature(LOG, bytes(64)), LOG, verify)


def test_the_name_of_a_key_is_part_of_what_its_signatures_are_found_by() -> None:
    renamed = Note.from_bytes(signed().to_bytes().replace(MARK.encode() + b"lab", MARK.encode() + b"lob"))

    with pytest.raises(LedgerError, match="not signed by"):
        check_signed(renamed, LOG, verify)


def test_a_cosignature_is_of_its_checkpoint_and_its_time() -> None:
    note = signed()
    cosigned = with_cosignature(note, WITNESS, 1_700_000_000, SECRET.sign(cosigned_message(note, 1_700_000_000)))

    assert check_cosigned(Note.from_bytes(cosigned.to_bytes()), WITNESS, verify) == 1_700_000_000
    check_signed(cosigned, LOG, verify)
    later = with_cosignature(note, WITNESS, 1_700_000_001, cosigned.signatures[-1].data[8:])
    with pytest.raises(LedgerError, match="not genuine"):
        check_cosigned(later, WITNESS, verify)


def test_the_log_s_own_signature_is_no_cosignature() -> None:
    with pytest.raises(LedgerError, match="not cosigned"):
        check_cosigned(signed(), LOG, verify)
    with pytest.raises(LedgerError, match="not cosigned"):
        check_cosigned(signed(), WITNESS, verify)


@pytest.mark.parametrize("seconds", [-1, 2**63])
def test_a_time_that_does_not_fit_is_not_signed(seconds: int) -> None:
    with pytest.raises(LedgerError, match="63 bits"):
        cosigned_message(signed(), seconds)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "example.com/foo",
        KEY.replace("530d903a", "530d903b"),
        KEY.replace("530d903a", "530D903A"),
        KEY.replace("example.com/foo", "example.com/fool"),
        KEY[:-4],
        "a b+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "a+00000000+" + base64.b64encode(bytes([2]) + bytes(32)).decode(),
    ],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(LedgerError):
        NoteKey.parse(key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        NOTE.rstrip(b"\n"),
        NOTE + b"\n",
        NOTE + b"more\n",
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace(b"an example", b"an\texample"),
        NOTE.replace(b"an example", b"an\rexample"),
        NOTE.replace(b"Uw2Q", b"Uw2Q "),
        NOTE.replace(b"aQM=", b"aQN="),
        NOTE.replace("\N{EM DASH}".encode(), b"-"),
        NOTE.replace(b"example.com/foo", b"example.com+foo"),
        NOTE.replace(b"example", b"\xff"),
        b"a\n" * 40_000 + NOTE,
        b"text\n\n" + NOTE.split(b"\n\n")[1] * 65,
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(LedgerError):
        Note.from_bytes(data)


@pytest.mark.parametrize(
    "text",
    [
        "lab.example\n1\n",
        f"\n1\n{'A' * 43}=\n",
        f"lab.example\n0\n{'A' * 43}=\n",
        f"lab.example\n01\n{'A' * 43}=\n",
        f"lab.example\n-1\n{'A' * 43}=\n",
        f"lab.example\n\u0661\n{'A' * 43}=\n",
        f"lab.example\n1\n{'A' * 43}\n",
        f"lab.example\n1\n{'A' * 42}B=\n",
        "lab.example\n1\nAAAA\n",
        f"lab.example\n1\n{'A' * 43}=\nan extension\n",
        f"lab+example\n1\n{'A' * 43}=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(LedgerError):
        Checkpoint.of(Note(text))


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_a_note_or_are_refused(data: bytes) -> None:
    try:
        note = Note.from_bytes(data)
    except LedgerError:
        return
    assert note.to_bytes() == data


@given(st.text(max_size=60), st.integers(min_value=0, max_value=3))
def test_a_note_is_read_back_as_it_was_written(text: str, count: int) -> None:
    try:
        note = Note(text + "\n")
    except LedgerError:
        return
    except UnicodeEncodeError:
        return
    for _ in range(count + 1):
        note = note.with_signature(LOG, b"signature")
    try:
        data = note.to_bytes()
    except UnicodeEncodeError:
        return
    assert Note.from_bytes(data) == note
