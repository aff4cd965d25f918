"""Signed notes as others have published them, and what they do with spoiled ones.

From golang.org/x/mod, sumdb/note/note_test.go (Copyright The Go Authors, BSD license): two keys, a secret one, a text
with its signatures, and the manglings of them that are refused there. From C2SP: the examples of signed-note v1.0.0 and
of tlog-witness v1.0.0, as far as they are not in ``test_notes.py``.
"""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from workflow.errors import LedgerError
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import MAX_SIGNATURES, Note, NoteKey, check_signed

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # noqa: S105
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = (
    "\N{EM DASH} EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)

POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
    "\N{LATIN SMALL LETTER E WITH GRAVE} subito sera.\n\n\N{EM DASH} quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
SUBMITTED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\N{EM DASH} example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\N{EM DASH} example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
)


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def opened(text: str) -> Note:
    return Note.from_bytes(text.encode())


def test_no_part_of_a_key_and_no_key_with_another_letter_is_a_key() -> None:
    parts = [PETER[begin:end] for begin in range(len(PETER)) for end in range(begin + 1, len(PETER) + 1)]
    others = [PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :] for at in range(len(PETER))]
    # A key that is too long, and one of an algorithm that is unknown, each with the number that it would have.
    adjusted = [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ]
    parts.remove(PETER)

    assert str(NoteKey.parse(PETER)) == PETER
    for spoiled in (*parts, *others, *adjusted):
        with pytest.raises(LedgerError):
            NoteKey.parse(spoiled)


def test_what_the_published_secret_signs_is_the_published_note() -> None:
    secret = base64.b64decode(PETERS_SECRET.split("+", 4)[4])[1:]
    signed = Ed25519PrivateKey.from_private_bytes(secret).sign(TEXT.encode())

    note = Note(TEXT).with_signature(NoteKey.parse(PETER), signed)

    assert note.to_bytes().decode() == f"{TEXT}\n{BY_PETER}"


def test_each_of_two_keys_finds_its_own_signature_and_a_third_finds_none() -> None:
    note = opened(f"{TEXT}\n{BY_PETER}{BY_ENOCH}")

    for key in (PETER, ENOCH):
        check_signed(note, NoteKey.parse(key), verify)
    with pytest.raises(LedgerError, match="not signed by"):
        check_signed(opened(f"{TEXT}\n{BY_ENOCH}"), NoteKey.parse(PETER), verify)


def test_a_signature_of_a_known_key_that_does_not_hold_spoils_the_note() -> None:
    longer = BY_PETER[:60] + "ABCD" + BY_PETER[60:]

    for lines in (longer, BY_PETER + longer, longer + BY_PETER):
        with pytest.raises(LedgerError, match="not genuine"):
            check_signed(opened(f"{TEXT}\n{lines}"), NoteKey.parse(PETER), verify)


@pytest.mark.parametrize(
    "line",
    [BY_PETER.replace("PeterNeumann", "CarmenSandiego"), BY_PETER.replace("x08g", "xxxx")],
    ids=["another name", "another number"],
)
def test_a_signature_with_only_the_name_or_only_the_number_of_a_known_key_counts_for_nothing(line: str) -> None:
    with pytest.raises(LedgerError, match="not signed by"):
        check_signed(opened(f"{TEXT}\n{line}"), NoteKey.parse(PETER), verify)
    check_signed(opened(f"{TEXT}\n{line}{BY_PETER}"), NoteKey.parse(PETER), verify)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        f"{TEXT}\n".encode(),
        f"{TEXT}\n{BY_PETER[:-1]}".encode(),
        f"\x01{TEXT}\n{BY_PETER}".encode(),
        b"\xff" + f"{TEXT}\n{BY_PETER}".encode(),
        f"{TEXT}\n{BY_PETER[:-1].replace('PeterNeumann', 'Bad Name')}".encode(),
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad Name')}".encode(),
        f"{TEXT}\n{BY_PETER}Unexpected line.\n".encode(),
        f"{TEXT}\n{BY_PETER * 101}".encode(),
    ],
)
def test_what_is_refused_as_malformed_there_is_refused_here(data: bytes) -> None:
    with pytest.raises(LedgerError):
        Note.from_bytes(data)


def test_as_many_signatures_as_everybody_must_take_are_taken() -> None:
    assert MAX_SIGNATURES >= 16
    assert len(opened(f"{TEXT}\n{BY_PETER * 16}").signatures) == 16


def test_a_text_may_have_empty_lines_and_letters_of_any_language() -> None:
    note = opened(POEM)

    assert note.text.count("\n\n") == 1
    assert note.to_bytes().decode() == POEM
    assert note.signatures[0].name == "quasimodo.example/salvatore"


def test_a_checkpoint_may_be_signed_by_two_keys_of_one_name() -> None:
    note = opened(SUBMITTED)

    assert Checkpoint.of(note).size == 20852163
    assert {item.name for item in note.signatures} == {"example.com/behind-the-sofa"}
    assert len({item.id for item in note.signatures}) == 2
