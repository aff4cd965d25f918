"""Packs in the hands of somebody who wants them to say something else, or to use up whoever reads them."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden.packs.make import PACK
from tests.pack.opened import changed
from workflow import LedgerError, WorkflowError
from workflow.pack import PackReader
from workflow.pack.index import MAX_PROBLEMS
from workflow.views import AuditProblem

DATA = PACK.read_bytes()


def looked_at(data: bytes) -> None:
    """Reads everything that a pack shows, and holds it to what it proves."""
    pack = PackReader(io.BytesIO(data))
    for stored in pack.entries():
        pack.check(stored.seq, bytes.fromhex(stored.hash))
    for size in pack.sizes:
        pack.root_at(size)
    for digest in pack.blobs():
        pack.blob(digest)


def flipped(places: Iterator[int]) -> None:
    looked_at(DATA)
    for at in places:
        with pytest.raises(WorkflowError):
            looked_at(DATA[:at] + bytes([DATA[at] ^ 1 << at % 8]) + DATA[at + 1 :])


def test_row_45_a_flipped_byte_of_a_pack_is_refused_wherever_it_is() -> None:
    ends = [*range(64), *range(len(DATA) - 64, len(DATA))]
    flipped(iter([*ends, *range(64, len(DATA), 997)]))


@pytest.mark.soak
def test_row_45_a_flip_of_any_byte_of_a_pack_is_refused() -> None:
    flipped(iter(range(len(DATA))))


@pytest.mark.parametrize("name", ["entries.jsonl", "proofs.jsonl", "roots.jsonl", "texts.jsonl"])
def test_row_45_a_pack_of_nothing_but_mistakes_is_not_read_to_its_end(name: str) -> None:
    data = changed(DATA, name, lambda _: b"\n" * 300_000)
    found: list[AuditProblem] = []

    with pytest.raises(LedgerError, match="more than"):
        PackReader(io.BytesIO(data), found.append)

    assert len(found) <= MAX_PROBLEMS


def test_row_45_a_directory_that_says_it_is_larger_than_its_members_take_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.pack"
    with path.open("wb") as file:
        # Nearly four gigabytes of nothing, which take no room on the disk.
        file.write(DATA[:64])
        file.seek(4 * 10**9)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, 4 * 10**9, 0, 0))

    with pytest.raises(LedgerError, match="directory"):
        PackReader.open(path)
