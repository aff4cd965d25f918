"""Files from other machines: taken as they were written, or refused with one sentence and nothing of them used."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.asked import A, act, decision
from tests.support.hands import Hand
from workflow import InvalidInput
from workflow.exchange import ActRequest, Reply, Request, read_request
from workflow.exchange.reading import MAX_BYTES

WHY = "I read every log of it."
Read = Callable[[bytes], Any]


def reply() -> Reply:
    return decision().reply("mara", "approve", "safety", WHY, Hand("mara"), conditions=["if it is quantized"])


FILES: dict[str, tuple[bytes, Read]] = {
    "decision": (decision().to_bytes(), read_request),
    "act": (act().to_bytes(), read_request),
    "reply": (reply().to_bytes(), Reply.from_bytes),
}

SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no JSON": lambda data: data[:-4],
    "a list": lambda data: b"[" + data + b"]",
    "something after it": lambda data: data + b"{}",
    "not UTF-8": lambda data: data + b"\xff",
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "a name that stands twice": lambda data: data.replace(b'"format": 1', b'"format": 1, "format": 1', 1),
    "a name that stands twice far inside": lambda data: data.replace(b'"release":', b'"release": "x", "release":', 1),
    "another kind": lambda data: data.replace(b'"kind": "holdfast-', b'"kind": "holdslow-', 1),
    "no kind": lambda data: data.replace(b'"kind":', b'"sort":', 1),
    "another format": lambda data: data.replace(b'"format": 1', b'"format": 2', 1),
    "a format that is true": lambda data: data.replace(b'"format": 1', b'"format": true', 1),
    "a format that is a text": lambda data: data.replace(b'"format": 1', b'"format": "1"', 1),
    "a field too many": lambda data: data.replace(b'"format": 1', b'"format": 1, "more": null', 1),
    "a float": lambda data: data.replace(b'"format": 1', b'"format": 1, "more": 0.5', 1),
    "a number that is none": lambda data: data.replace(b'"format": 1', b'"format": 1, "more": NaN', 1),
    "a large number": lambda data: data.replace(b'"format": 1', b'"format": 1, "more": 9007199254740993', 1),
    "very large": lambda data: data + b" " * MAX_BYTES,
    "nested too deep": lambda data: data.replace(b'"format": 1', b'"format": 1, "m": ' + b"[" * 99 + b"]" * 99, 1),
    "half a character": lambda data: data.replace(b"aurora", b"\\ud800", 1),
    "a text that is not composed": lambda data: data.replace(b'"aurora"', b'"e\\u0301"', 1),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_out_as_it_went_in(name: str) -> None:
    data, read = FILES[name]

    assert read(data).to_bytes() == data


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spelling", ["compact", "sorted", "with line ends of another system"])
def test_how_it_is_spelt_does_not_matter(name: str, spelling: str) -> None:
    data, read = FILES[name]
    value = json.loads(data)
    other = {
        "compact": lambda: json.dumps(value, separators=(",", ":")).encode(),
        "sorted": lambda: json.dumps(value, sort_keys=True, ensure_ascii=False).encode(),
        "with line ends of another system": lambda: data.replace(b"\n", b"\r\n"),
    }[spelling]()

    assert read(other) == read(data)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_is_no_such_file_is_refused_with_a_sentence(name: str, spoil: Callable[[bytes], bytes]) -> None:
    data, read = FILES[name]
    other = spoil(data)
    assert other != data

    with pytest.raises(InvalidInput) as caught:
        read(other)

    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("name", FILES)
def test_every_field_is_needed(name: str) -> None:
    data, read = FILES[name]
    value = json.loads(data)

    for field in value:
        # A request that does not say what it asks is one for a decision.
        if (name, field) == ("decision", "asks"):
            continue
        with pytest.raises(InvalidInput):
            read(json.dumps({key: item for key, item in value.items() if key != field}).encode())


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("value", [None, 7, "\u202e", [], {}, [[]], True], ids=repr)
def test_no_field_takes_just_anything(name: str, value: object) -> None:
    data, read = FILES[name]
    fields = json.loads(data)
    free = {("decision", "lifetime"), ("act", "change"), ("act", "keys"), ("act", "blobs"), ("act", "texts")}

    for field in fields:
        if (name, field) in free or fields[field] == value:
            continue
        try:
            taken = read(json.dumps({**fields, field: value}).encode())
        except InvalidInput:
            continue
        assert read(taken.to_bytes()) == taken


# what fits together


def test_a_basis_that_is_not_of_what_it_says_is_refused() -> None:
    value = json.loads(decision().to_bytes())

    for field, other in (("rests_on", []), ("candidate", A[::-1].replace("a", "b")), ("round", 3), ("basis", A)):
        with pytest.raises(InvalidInput, match="basis is not the digest"):
            read_request(json.dumps({**value, field: other}).encode())


def test_an_end_beyond_the_calendar_is_refused() -> None:
    request = decision(at="9999-12-31T23:59:59.000000Z", lifetime=10**9)

    with pytest.raises(InvalidInput, match="outside the calendar"):
        request.reply("mara", "approve", "safety", WHY, Hand("mara"))


@pytest.mark.parametrize(
    "changes",
    [
        {"command": {"command": "statement", "actor": "jun"}},
        {"command": {"command": "nothing"}},
        {"person": "jun"},
        {"events": ({"type": "nothing"},)},
        {"events": ({"type": "return_declared", "schema": 1},)},
        {"texts": {}},
        {"texts": {"rationale": "."}},
        {"texts": {"rationale": "We looked.", "other": "and more"}},
        {"blobs": {A: "AAAA"}},
        {"blobs": {A: "not base64!"}},
    ],
    ids=str,
)
def test_an_act_that_does_not_fit_together_is_not_signed(changes: dict[str, Any]) -> None:
    request, hand = act().model_copy(update=changes), Hand("mara")

    with pytest.raises(InvalidInput):
        request.reply(hand)

    assert hand.signed == 0


def test_which_request_it_is_stands_in_it() -> None:
    assert isinstance(read_request(decision().to_bytes()), Request)
    assert isinstance(read_request(act().to_bytes()), ActRequest)
