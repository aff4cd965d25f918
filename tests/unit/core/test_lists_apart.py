"""A list of verdicts or observations stands in its entry up to 8 KiB, and else in a blob that the entry names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflow.drafting import Draft, draft_entry
from workflow.errors import InvalidInput
from workflow.events import Scheduled
from workflow.ledger import INLINE_BYTES, Entry, encode, sha256
from workflow.policy import Fact, Observation, Verdict
from workflow.storage.base import Append, Head

LONG = 400


def verdicts(size: int) -> tuple[Verdict, ...]:
    """Verdicts whose canonical bytes are that many."""
    made: list[Verdict] = []
    while True:
        left = size - len(encode([item.recorded() for item in made]))
        empty = len(encode([verdict("").recorded()])) - 2 + (1 if made else 0)
        if left < empty + LONG:
            made.append(verdict("x" * max(0, left - empty)))
            return tuple(made)
        made.append(verdict("x" * (LONG // 2)))


def verdict(text: str) -> Verdict:
    return Verdict(policy="rule", revision=1, summary="", allow=True, facts=(Fact(label="", text=text),))


def observation(size: int) -> Observation:
    return Observation(kind="look", params={}, at="2025-07-11T09:00:00.000000Z", ok={"seen": "x" * size})


def drafted(*, judged: tuple[Verdict, ...] = (), seen: tuple[Observation, ...] = ()) -> tuple[Entry, Append]:
    event = Scheduled(planned=None, previous=None, slip=False)
    draft = Draft("lee", "command-1", "a" * 64, {}, seen, blobs={sha256(b"mine"): b"mine"})
    now = datetime(2025, 7, 11, tzinfo=UTC)
    where = {"origin": "holdfast-1", "stream": "release/aurora-7b"}
    return draft_entry(draft, (event,), judged, **where, head=Head(), last=None, now=now)


def test_up_to_the_limit_a_list_stands_in_the_entry() -> None:
    judged = verdicts(INLINE_BYTES)
    plain = [item.recorded() for item in judged]
    assert len(encode(plain)) == INLINE_BYTES

    entry, append = drafted(judged=judged)

    assert entry.verdicts == plain
    assert append.blobs == {sha256(b"mine"): b"mine"}
    assert Entry.from_bytes(append.entry.body) == entry


def test_a_byte_more_and_it_is_a_blob() -> None:
    judged = verdicts(INLINE_BYTES + 1)
    data = encode([item.recorded() for item in judged])
    assert len(data) == INLINE_BYTES + 1

    entry, append = drafted(judged=judged)

    assert entry.verdicts == {"blob": sha256(data), "count": len(judged)}
    assert append.blobs == {sha256(b"mine"): b"mine", sha256(data): data}
    assert Entry.from_bytes(append.entry.body) == entry


def test_each_list_is_measured_by_itself() -> None:
    entry, append = drafted(judged=verdicts(INLINE_BYTES), seen=(observation(INLINE_BYTES),))

    assert isinstance(entry.verdicts, list)
    assert isinstance(entry.observations, dict)
    assert len(append.blobs) == 2


def test_lists_that_are_longer_than_any_entry_fit_apart() -> None:
    entry, append = drafted(judged=verdicts(70_000), seen=(observation(70_000),))

    assert isinstance(entry.verdicts, dict)
    assert isinstance(entry.observations, dict)
    assert len(append.entry.body) < INLINE_BYTES


@pytest.mark.parametrize("size", [INLINE_BYTES, 70_000])
def test_what_has_no_canonical_bytes_is_refused_however_long_it_is(size: int) -> None:
    odd = Observation(kind="look", params={"half": 0.5}, at="2025-07-11T09:00:00.000000Z", ok={"seen": "x" * size})

    with pytest.raises(InvalidInput, match="cannot be recorded"):
        drafted(seen=(odd,))
