"""Packs in the hands of somebody who wants them to say something else, or to use up whoever reads them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.golden.packs.make import PACK
from workflow import WorkflowError
from workflow.pack import PackReader

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
