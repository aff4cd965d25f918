"""A pack is as large as its release, and not as its ledger; and so is the work of making one."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.golden.keeping import HERE, Kept
from tests.pack.packing import AT, BY, unsealed
from workflow import verify_pack
from workflow.clock import parse_timestamp, timestamp
from workflow.drafting import next_head
from workflow.ledger import Entry, entry_hash
from workflow.pack import PackReader, write_pack
from workflow.storage import Append, StoredEntry, open_storage
from workflow.storage.base import Reader

SHORT, LONG = 500, 8000


class Counting:
    """A reader that counts what is read of it: rows of the tree, and calls of everything else."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.counts: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)

        def counted(*args: Any, **settings: Any) -> Any:
            answer = found(*args, **settings)
            self.counts[name] += len(answer) if name in ("nodes", "stream") else 1
            return answer

        return counted


@dataclass(frozen=True)
class Made:
    data: bytes
    counts: Counter[str]
    path: Path


def lengthened(path: Path, count: int, *, ahead: int | None = None) -> None:
    """Appends entries about nothing that the release has to do with; ``ahead`` is one whose clock read later."""
    storage = open_storage(f"sqlite:///{path}")
    with storage.lock() as unit:
        head = unit.head()
        last = unit.entry(head.frontier.size)
        assert last is not None
        model = Entry.from_bytes(last.body)
        prev = None
        for number in range(1, count + 1):
            seq = head.frontier.size + 1
            entry = Entry(
                **{
                    **{name: getattr(model, name) for name in Entry.__slots__},
                    "seq": seq,
                    "stream": "release/filler",
                    "version": number,
                    "prev": prev,
                    "command_id": f"filler-{number}",
                    "at": timestamp(parse_timestamp("2040-01-01T00:00:00.000000Z")) if number == ahead else model.at,
                    "texts": {},
                }
            )
            body = entry.to_bytes()
            stored = StoredEntry(seq, entry.stream, number, entry_hash(body), entry.command_id, body)
            head, prev = next_head(head, body, entry.at, ()), stored.hash
            unit.append(Append(stored, head))
        unit.commit()
    storage.close()


@pytest.fixture(scope="module")
def lengths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Made]]:
    yield {length: made(tmp_path_factory.mktemp("long"), length) for length in (SHORT, LONG)}


def made(directory: Path, length: int, **settings: Any) -> Made:
    path = directory / "golden.db"
    Kept.read(HERE / "risks").restore(f"sqlite:///{path}").close()
    lengthened(path, length, **settings)
    storage = open_storage(f"sqlite:///{path}")
    file = io.BytesIO()
    with storage.snapshot() as reader:
        counting = Counting(reader)
        write_pack(file, counting, "aurora", at=AT, by=BY, seals=unsealed)  # type: ignore[arg-type]
    storage.close()
    (directory / "a.pack").write_bytes(file.getvalue())
    return Made(file.getvalue(), counting.counts, directory / "a.pack")


def test_a_pack_of_a_long_ledger_is_larger_by_its_proofs_alone(lengths: dict[int, Made]) -> None:
    short, long = lengths[SHORT], lengths[LONG]

    entries = PackReader(io.BytesIO(long.data)).view.entries
    steps = LONG.bit_length() - SHORT.bit_length()
    assert len(short.data) < len(long.data) < len(short.data) + 2 * entries * (steps + 1) * 68 + 1000


def test_making_one_reads_no_more_of_a_long_ledger_than_its_tree_is_high(lengths: dict[int, Made]) -> None:
    short, long = lengths[SHORT].counts, lengths[LONG].counts

    assert long["entries"] == short["entries"] == 0
    for what in ("entry", "stream", "blob", "text"):
        assert long[what] == short[what], what
    # Each level that is kept has at most 256 nodes side by side, and what was read is not read again.
    assert long["nodes"] <= short["nodes"] + 3 * 256
    assert long["nodes"] < LONG / 4


def test_every_decision_is_made_again_from_it(lengths: dict[int, Made]) -> None:
    report = verify_pack(lengths[LONG].path)

    assert (report.audit.outcome, report.problems) == ("partial", ())
    assert report.pack.size == report.pack.entries + LONG


def test_a_clock_that_ran_ahead_after_the_last_decision_is_nobody_s_business(tmp_path: Path) -> None:
    pack = PackReader(io.BytesIO(made(tmp_path, SHORT, ahead=300).data))

    assert pack.view.clock == ()
