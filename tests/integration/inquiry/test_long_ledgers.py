"""A question about a long ledger neither holds it in memory nor reads on once it has its answer."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.filling import fill
from benchmarks.ways.ours import Lab
from workflow import Engine
from workflow.inquiry import walk
from workflow.storage.reader import SqlReader

ENTRIES = 4000
ROOM = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    lab = Lab(tmp_path_factory.mktemp("long"))
    fill(lab, ENTRIES)
    yield lab.engine
    lab.engine.close()


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each read from the database gave."""
    counts: list[int] = []
    real = SqlReader.entries_before

    def counting(self: SqlReader, before: int | None, limit: int, stream: str | None = None) -> object:
        found = real(self, before, limit, stream)
        counts.append(len(found))
        return found

    monkeypatch.setattr(SqlReader, "entries_before", counting)
    return counts


SCANS: list[Callable[[Engine], object]] = [
    lambda engine: engine.search_history(by="nobody"),
    lambda engine: engine.search_history(refusals=True, after=0),
    lambda engine: engine.search_history(stage="nowhere"),
    lambda engine: engine.search_history(until=datetime(2001, 1, 1, tzinfo=UTC)),
    lambda engine: engine.who_could("filler-3", entry=2000),
    lambda engine: engine.exceptions(),
    lambda engine: engine.coverage(b"ab" * 32),
    lambda engine: engine.difference(ENTRIES - 200),
]


@pytest.mark.parametrize("asked", SCANS)
def test_a_question_that_looks_at_everything_holds_little_of_it(
    long: Engine, asked: Callable[[Engine], object]
) -> None:
    asked(long)  # whatever is made ready once
    tracemalloc.start()
    try:
        asked(long)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < ROOM


def test_a_page_that_is_full_ends_the_reading(long: Engine, fetched: list[int]) -> None:
    page = long.search_history(by="lee", limit=20)

    assert len(page.items) == 20
    assert fetched == [walk.BATCH]
    assert page.looked_at == 20


def test_a_page_deep_in_the_past_is_found_where_it_is(long: Engine, fetched: list[int]) -> None:
    page = long.search_history(before=1500, limit=20)

    assert [item.entry for item in page.items] == list(range(1499, 1479, -1))
    assert len(fetched) == 1


def test_pages_over_everything_have_every_entry_once(long: Engine) -> None:
    found: list[int] = []
    before = None
    while True:
        page = long.search_history(by="lee", limit=1000, before=before, look=700)
        found += [item.entry for item in page.items]
        before = page.next_before
        if before is None:
            break

    assert found == sorted(found, reverse=True)
    assert len(found) == len(set(found)) > ENTRIES - 100


def test_the_present_end_is_not_walked_to(long: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[int] = []
    real = walk.glimpse
    monkeypatch.setattr("workflow.inquiry.past.glimpse", lambda stored: seen.append(stored.seq) or real(stored))

    long.who_could("filler-3")

    assert seen == []
