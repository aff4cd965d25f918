"""The walk over entries that every question shares: streamed, in either direction, each entry checked as it is read.

What is only passed over is told from the first bytes of an entry: canonical JSON has its fields in one order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from workflow.asked import slug_of
from workflow.clock import parse_timestamp, timestamp
from workflow.errors import LedgerError
from workflow.folding import ReadEntry, check_there, fold_release, read_entry
from workflow.ledger import Entry, entry_hash, release_stream
from workflow.release import ReleaseState
from workflow.seals import Seals
from workflow.storage.base import Reader, StoredEntry

BATCH = 256
"""How many entries a walk towards the beginning has in memory."""

_BEGINS = re.compile(rb'\{"actor":"([!-~]{1,255}?)","at":"([^"]{27})"')

Progress = Callable[[int, int], None]
"""Is told how many are done, of how many."""

Sealing = Callable[[str], Seals]
"""Says what is sealed in a release."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Who made an entry and when, told without reading all of it."""

    actor: str
    at: str


def glimpse(stored: StoredEntry) -> Glimpse:
    """What can be told of an entry before it is read; its bytes are checked against their hash.

    Raises:
        ChainBroken: the entry was altered.
    """
    found = _BEGINS.match(stored.body)
    if found is None or entry_hash(stored.body) != stored.hash:
        entry: Entry = read_entry(stored).entry  # says what is wrong with it
        return Glimpse(entry.actor, timestamp(parse_timestamp(entry.at)))
    return Glimpse(found[1].decode("ascii"), found[2].decode("ascii"))


def downward(reader: Reader, before: int | None, stream: str | None = None) -> Iterator[StoredEntry]:
    """The entries below a place, newest first, of one stream or of all."""
    while page := reader.entries_before(before, BATCH, stream):
        yield from page
        before = page[-1].seq


def upward(reader: Reader, after: int, stream: str | None = None) -> Iterator[StoredEntry]:
    """The entries above a place, oldest first, of one stream or of all."""
    if stream is None:
        return told(reader, after)
    return (stored for stored in reader.stream(stream) if stored.seq > after)


def told(reader: Reader, after: int = 0) -> Iterator[StoredEntry]:
    """The entries above a place, oldest first, but for those that a pack has for the clock alone."""
    from workflow.pack import PackReader  # slow to import, and an inbox, which walks here too, has none

    heard = frozenset(reader.contents.clock) if isinstance(reader, PackReader) else frozenset()
    entries = reader.entries(after)
    return (stored for stored in entries if stored.seq not in heard) if heard else entries


def of_types(stored: Iterable[StoredEntry], *types: str) -> Iterator[ReadEntry]:
    """The entries among some that have an event of one of these types, read; the others are only checked and passed by.

    Raises:
        ChainBroken: one of them was altered.
    """
    words = [f'"type":"{name}"'.encode() for name in types]
    for item in stored:
        if any(word in item.body for word in words):
            yield read_entry(item)
        else:
            glimpse(item)


def having(reader: Reader, release: str | None, *types: str, progress: Progress | None = None) -> Iterator[str]:
    """The releases that have an event of one of these types, in order; the one that is asked about in any case.

    Folding takes long, and most releases have little that is out of the ordinary. ``progress`` is told how many of
    them whoever asks is done with, of how many.
    """
    if release is not None:
        yield release
        return
    found = sorted({slug for read in of_types(told(reader), *types) if (slug := slug_of(read.entry.stream))})
    for done, slug in enumerate(found):
        if progress is not None:
            progress(done, len(found))
        yield slug


@dataclass(frozen=True, slots=True)
class Step:
    """An entry of a release, with the release as it was before it and after it."""

    read: ReadEntry
    before: ReleaseState | None
    after: ReleaseState

    @property
    def slug(self) -> str:
        """The release."""
        return slug_of(self.read.entry.stream)


def steps(reader: Reader, slug: str) -> Iterator[Step]:
    """The entries of a release in their order, each folded.

    Raises:
        NotFound: there is no such release.
        LedgerError: an entry is damaged, or none starts it.
    """
    check_there(reader, slug)
    state: ReleaseState | None = None
    for stored in reader.stream(release_stream(slug)):
        read = read_entry(stored)
        after = fold_release(state, read)
        if after is not None:
            yield Step(read, state, after)
        state = after
    if state is None:
        raise LedgerError(f"there is no entry that starts {slug}", remedy="holdfast audit verify")
