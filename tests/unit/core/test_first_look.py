"""The first look of an audit joins the streams of stretches that were looked at apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflow.audit.survey import Ends
from workflow.storage.base import StoredEntry

FIRST, SECOND = "11" * 32, "22" * 32


def entry(seq: int, version: int, prev: str | None, stream: str = "release/aurora") -> StoredEntry:
    said = "null" if prev is None else f'"{prev}"'
    return StoredEntry(seq, stream, version, SECOND, "id", f'{{"origin":"o","prev":{said},"proof":{{}}}}'.encode())


def joined(*begun: StoredEntry) -> list[tuple[int | None, str]]:
    """What is found where a stream has two entries, and goes on later, in other stretches, with these."""
    ends = Ends(None, 10)
    ends.begins(entry(2, 1, None))
    ends.ends("release/aurora", 3, 2, bytes.fromhex(FIRST))
    for stored in begun:
        ends.begins(stored)
        ends.ends(stored.stream, stored.seq, stored.version, bytes.fromhex(stored.hash))
    added = ends.flush()
    noted, found = ends.join(0)
    assert noted == added == 2 + 2 * len(begun)
    return [(problem.entry, problem.message) for problem in found.problems]


def test_a_stream_that_goes_on_where_it_ended_is_whole() -> None:
    assert joined(entry(5000, 3, FIRST), entry(9000, 4, SECOND)) == []
    assert joined(entry(5000, 1, None, stream="release/other")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        entry(5000, 3, SECOND),
        entry(5000, 4, FIRST),
        entry(5000, 2, FIRST),
        entry(5000, 1, None),
        entry(5000, 3, None),
        replace(entry(5000, 3, FIRST), body=b'{"origin":"o","prev":"%b","other":{}}' % FIRST.encode()),
    ],
)
def test_one_that_goes_on_otherwise_is_found(wrong: StoredEntry) -> None:
    assert joined(wrong) == [(5000, "entry 5000 does not continue release/aurora")]


def test_a_stream_that_begins_in_the_middle_is_found() -> None:
    begun = entry(5000, 3, FIRST, stream="release/other")

    assert joined(begun) == [(5000, "entry 5000 does not continue release/other")]
