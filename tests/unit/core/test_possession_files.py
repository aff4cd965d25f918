"""The file by which a person shows that a key is theirs: read strictly, whoever wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hands import Hand
from workflow import InvalidInput
from workflow.possession import Possession, possess, read_possession, write_possession

ORIGIN = "holdfast.example/unit"
FIRST, SECOND = Hand("mara"), Hand("mara", 2)
HELD = SECOND.possesses(ORIGIN, before=FIRST)
FILE = write_possession(HELD)


def test_what_was_written_is_read_back() -> None:
    shown = read_possession(FILE)

    assert (shown.person, shown.origin, shown.key) == ("mara", ORIGIN, SECOND.public)
    assert shown.possession == HELD
    assert shown.possession.crossed_by == FIRST.fingerprint


def test_one_without_an_earlier_key_says_so() -> None:
    assert read_possession(write_possession(FIRST.possesses(ORIGIN))).possession.crossed is None


OTHER = possess("mara", ORIGIN, FIRST.public, FIRST)


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (replace(HELD, signature=OTHER.signature), "not genuine"),
        (replace(HELD, crossed=OTHER.signature), "the earlier key's signature does not hold"),
        (replace(HELD, crossed=b"scribble"), "shows nothing"),
        (replace(HELD, signature=HELD.crossed), "about another key"),
        (Possession(b"{}", SECOND.sign(b"{}", "holdfast")), "shows nothing"),
        (Possession(HELD.statement, SECOND.sign(HELD.statement or b"", "file")), "shows nothing"),
    ],
    ids=["another's", "crossed by another's", "crossed by nothing", "the earlier key's", "no statement", "namespace"],
)
def test_what_is_not_genuine_shows_nothing(held: Possession, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_possession(write_possession(held))


FIELDS: dict[str, Any] = json.loads(FILE)


@pytest.mark.parametrize(
    "value",
    [
        {**FIELDS, "format": 2},
        {**FIELDS, "format": True},
        {**FIELDS, "kind": "holdfast-reply"},
        {**FIELDS, "more": "of it"},
        {**FIELDS, "statement": None},
        {**FIELDS, "crossed": 7},
        {key: item for key, item in FIELDS.items() if key != "crossed"},
        [FIELDS],
        "mara",
    ],
)
def test_a_file_of_another_form_is_refused(value: object) -> None:
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    with pytest.raises(InvalidInput, match="no possession file"):
        read_possession(data)


@given(st.integers(0, len(FILE) - 1), st.integers(0, 255))
def test_a_byte_that_was_changed_on_the_way_is_found(place: int, byte: int) -> None:
    changed = FILE[:place] + bytes([byte]) + FILE[place + 1 :]

    if changed == FILE:
        return
    with pytest.raises(InvalidInput):
        read_possession(changed)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_nothing_but_that_comes_out(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_possession(data)
