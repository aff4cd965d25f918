"""The bytes that are hashed: the same as another implementation's of RFC 8785, and readable in one way only."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workflow.errors import LedgerError
from workflow.ledger import decode, digest, encode, sha256
from workflow.ledger.canonical import MAX_DEPTH, MAX_INTEGER

TEXTS = st.text(st.characters(codec="utf-8")).map(lambda text: unicodedata.normalize("NFC", text))
NAMES = st.text(st.characters(codec="ascii"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_the_bytes_are_those_of_another_implementation(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_was_written_is_read_back(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=64))
def test_whatever_is_read_has_only_these_bytes(data: bytes) -> None:
    try:
        value = decode(data)
    except LedgerError:
        return
    assert encode(value) == data


@given(VALUES)
def test_another_spelling_of_the_same_value_is_refused(value: Any) -> None:
    data = json.dumps(value, indent=1).encode()
    if data == encode(value):
        return
    with pytest.raises(LedgerError):
        decode(data)


def test_the_digest_is_that_of_the_bytes() -> None:
    assert digest({"b": 1, "a": []}) == sha256(b'{"a":[],"b":1}')


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        b"bytes",
        {1: "a name that is a number"},
        {"\N{LATIN SMALL LETTER E WITH ACUTE}": 1},
        {"list": [{"deep": 0.5}]},
        "e\N{COMBINING ACUTE ACCENT}",
        "\ud800",
        {"a set"},
        object,
    ],
    ids=repr,
)
def test_what_could_be_read_two_ways_has_no_place(value: Any) -> None:
    with pytest.raises(LedgerError):
        encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b" 1",
        b"1\n",
        b"1.0",
        b"1e3",
        b"-0",
        b"NaN",
        b"Infinity",
        b'"\\u0041"',
        b'"\\u00e9"',
        b'"\\/"',
        b'"\\ud800"',
        b"\xef\xbb\xbf1",
        b'"\xff"',
        b'"e\xcc\x81"',
        b"9007199254740993",
        b"[" * 100_000,
        b"1" * 5000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(LedgerError):
        decode(data)


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def test_nesting_ends_somewhere() -> None:
    assert decode(encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(LedgerError):
        encode(nested(MAX_DEPTH + 1))


def test_a_boolean_is_no_number_and_a_tuple_is_a_list() -> None:
    assert encode({"yes": True, "one": 1, "pair": (1, 2)}) == b'{"one":1,"pair":[1,2],"yes":true}'
