"""How far a pin reaches: to its entry, and to those before it in its stream, whose hashes that goes on from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import merge

from workflow.folding import read_entry
from workflow.ledger import LEDGER, ROSTER, release_stream
from workflow.pack.reading import PackReader
from workflow.roster import Roster, evolve
from workflow.views.deployed import VoucherView


def reach(pack: PackReader, pins: Collection[int]) -> Iterator[VoucherView]:
    """What entries that are pinned, and are as they were pinned, stand for.

    One of the release's own stands for the release up to there. The genesis and an entry of the roster stand for who
    may sign, where the administrators had keys by then. From anything else anybody can go on: it stands for nothing.
    """
    streams = {seq: stored.stream for seq in sorted(pins) if (stored := pack.entry(seq)) is not None}
    own = release_stream(pack.contents.release)
    for seq, stream in streams.items():
        if stream == own:
            yield VoucherView(kind="pin", name=f"entry {seq}", size=seq)
    known = max((seq for seq, stream in streams.items() if stream == ROSTER), default=0)
    if 1 in streams and known and _signs(pack, known):
        yield VoucherView(kind="pin", name=f"the administrators' keys, entry {known}")


def _signs(pack: PackReader, until: int) -> bool:
    """Whether from an entry on every change of the roster is signed."""
    found = Roster()
    for stored in merge(pack.stream(LEDGER), pack.stream(ROSTER), key=lambda stored: stored.seq):
        if stored.seq <= until:
            read = read_entry(stored)
            for event in read.events:
                found = evolve(found, event, read.recorded)
    return found.keyed
