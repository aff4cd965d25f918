"""An entry has exactly its fields, each in its form, or it is none."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.support.parts import ORIGIN, digest_of
from workflow.errors import LedgerError
from workflow.ledger import MAX_ENTRY_BYTES, Entry, decode, encode, entry_hash, leaf_hash

FIRST = Entry(
    format=1,
    origin=ORIGIN,
    seq=7,
    stream="release/aurora",
    version=1,
    prev=None,
    at="2025-07-01T09:00:00.000000Z",
    actor="lee",
    command_id="one",
    request_digest=digest_of("request"),
    observations=[],
    verdicts={"blob": digest_of("verdicts"), "count": 3},
    events=[{"type": "release_started", "schema": 1}],
    texts={"rationale": digest_of("text")},
    proof={"kind": "claimed"},
)
ARABIC_YEAR = "".join(chr(0x0660 + int(digit)) for digit in "2025")


def test_an_entry_is_read_back_from_its_bytes() -> None:
    assert Entry.from_bytes(FIRST.to_bytes()) == FIRST


def test_the_hash_of_an_entry_is_the_leaf_hash_of_its_bytes() -> None:
    assert entry_hash(FIRST.to_bytes()) == leaf_hash(FIRST.to_bytes()).hex()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", 2),
        ("format", "1"),
        ("origin", ""),
        ("seq", 0),
        ("seq", True),
        ("seq", 2**53),
        ("seq", "7"),
        ("stream", None),
        ("version", 2),
        ("version", 0),
        ("prev", digest_of("entry")),
        ("at", "2025-07-01T09:00:00Z"),
        ("at", "2025-07-01T09:00:00.000000+00:00"),
        ("at", f"{ARABIC_YEAR}-07-01T09:00:00.000000Z"),
        ("at", None),
        ("actor", ""),
        ("command_id", 5),
        ("request_digest", "0" * 63),
        ("request_digest", "A" * 64),
        ("observations", None),
        ("observations", ["text"]),
        ("observations", {"blob": digest_of("verdicts")}),
        ("verdicts", {"blob": "elsewhere", "count": 1}),
        ("verdicts", {"blob": digest_of("verdicts"), "count": 1, "more": 1}),
        ("events", []),
        ("events", [{"type": "release_started"}]),
        ("events", [{"type": "release_started", "schema": "1"}]),
        ("events", [{"schema": 1}]),
        ("texts", {"rationale": "the text itself"}),
        ("texts", []),
        ("proof", {}),
        ("proof", {"kind": 1}),
    ],
    ids=lambda it: repr(it)[:40],
)
def test_a_field_that_does_not_have_its_form_is_refused_on_writing_and_on_reading(field: str, value: Any) -> None:
    broken = replace(FIRST, **{field: value})
    raw = encode({item.name: getattr(broken, item.name) for item in fields(broken)}) if value != 2**53 else b"{}"

    with pytest.raises(LedgerError):
        broken.to_bytes()
    with pytest.raises(LedgerError):
        Entry.from_bytes(raw)


@pytest.mark.parametrize("name", [item.name for item in fields(Entry)])
def test_a_missing_field_is_refused(name: str) -> None:
    value = decode(FIRST.to_bytes())
    del value[name]

    with pytest.raises(LedgerError):
        Entry.from_bytes(encode(value))


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(LedgerError):
        Entry.from_bytes(encode({**decode(FIRST.to_bytes()), "note": "unseen"}))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{}"])
def test_bytes_that_are_no_entry_are_refused(data: bytes) -> None:
    with pytest.raises(LedgerError):
        Entry.from_bytes(data)


def test_an_entry_has_room_for_so_many_bytes_and_not_one_more() -> None:
    def with_room(size: int) -> Entry:
        return replace(FIRST, proof={"kind": "x" * size})

    room = MAX_ENTRY_BYTES - len(with_room(1).to_bytes()) + 1
    full = with_room(room)

    assert len(full.to_bytes()) == MAX_ENTRY_BYTES
    assert Entry.from_bytes(full.to_bytes()) == full
    with pytest.raises(LedgerError):
        with_room(room + 1).to_bytes()


def test_a_later_entry_of_a_stream_names_the_one_before() -> None:
    later = replace(FIRST, version=2, prev=digest_of("entry"))

    assert Entry.from_bytes(later.to_bytes()) == later
    with pytest.raises(LedgerError):
        replace(later, prev=None).to_bytes()
