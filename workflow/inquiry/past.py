"""The ledger as it was after one of its entries, to be read as the whole one is: so the rules can be asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import takewhile

from workflow.clock import parse_timestamp, timestamp
from workflow.drafting import release_row
from workflow.errors import LedgerError, NotFound
from workflow.folding import Folder
from workflow.inquiry.walk import downward, glimpse
from workflow.ledger import WIDTH, Frontier, SaltedText, Span, Subtrees, release_stream
from workflow.ledger.proofs import frontier_of
from workflow.lineage import found_by, objectors
from workflow.release import ReleaseState
from workflow.rulebook import World, settled
from workflow.storage.base import Head, Reader, ReleaseRow, StoredEntry, StreamHead
from workflow.worlds import ReadBefore, world_of


@dataclass(frozen=True)
class Past:
    """A reader that knows nothing of what came after an entry.

    Texts that were erased since are gone here too, and what is kept beside the entries is there whole.
    """

    reader: Reader
    entry_number: int

    @cached_property
    def folder(self) -> Folder:
        """What folds its streams, apart from what is remembered of the present."""
        return Folder()

    def stamp(self) -> None:
        """Nothing tells two of them apart."""

    def head(self) -> Head:
        """The end of the ledger as it was; of the clock, what all entries up to it say."""
        return Head(self._frontier(), *self._clock())

    def _clock(self) -> ReadBefore:
        """The highest reading in force, and the highest there ever was."""
        now = self.reader.head()
        if now.frontier.size == self.entry_number:
            return now.mark, now.peak
        corrected = self.folder.roster(self).clock_corrected_in
        mark = peak = ""
        for stored in self.entries():
            at = glimpse(stored).at
            mark = at if stored.seq == corrected else max(mark, at)
            peak = max(peak, at)
        return mark or None, peak or None

    def _frontier(self) -> Frontier:
        return frontier_of(self.entry_number, Subtrees(self.entry_number, self.nodes))

    def nodes(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """The hashes of a kept level of the tree, of those that were full by then."""
        self._check(last * WIDTH**level)
        return self.reader.nodes(level, first, last)

    def spans(self) -> Iterator[Span]:
        """Which nodes were kept of an earlier tree is not told."""
        raise LedgerError("which nodes of the tree were kept is told of the whole ledger alone")

    def stream_head(self, stream: str) -> StreamHead | None:
        """The last entry of a stream then."""
        last = self.reader.entries_before(self.entry_number + 1, 1, stream)
        return StreamHead(last[0].version, last[0].hash) if last else None

    def stream(self, stream: str, after: int = 0) -> list[StoredEntry]:
        """A stream's entries by then with a version above ``after``, in order."""
        return [stored for stored in self.reader.stream(stream, after) if stored.seq <= self.entry_number]

    def entry(self, seq: int) -> StoredEntry | None:
        """One entry by its place."""
        return self.reader.entry(seq) if seq <= self.entry_number else None

    def by_command(self, command_id: str) -> StoredEntry | None:
        """The entry that a command had made by then."""
        found = self.reader.by_command(command_id)
        return found if found is not None and found.seq <= self.entry_number else None

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[StoredEntry]:
        """The entries above a place, in order, streamed."""
        return takewhile(lambda stored: stored.seq <= self.entry_number, self.reader.entries(after, limit))

    def entries_before(self, before: int | None, limit: int, stream: str | None = None) -> list[StoredEntry]:
        """The last entries below a place, newest first."""
        end = self.entry_number + 1
        return self.reader.entries_before(end if before is None else min(before, end), limit, stream)

    def text(self, commitment: str) -> SaltedText | None:
        """The text behind a commitment, where it is still there."""
        return self.reader.text(commitment)

    def commitments(self) -> Iterator[str]:
        """Every commitment that has a row now."""
        return self.reader.commitments()

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a blob."""
        return self.reader.blob(digest)

    def blobs(self) -> Iterator[str]:
        """The digest of every blob that is kept now."""
        return self.reader.blobs()

    def releases(self, after: str = "", limit: int | None = None, *, open_only: bool = False) -> list[ReleaseRow]:
        """Lines of the list of releases as it was, made from the entries."""
        rows: list[ReleaseRow] = []
        while page := self.reader.releases(after, limit):
            after = page[-1].slug
            found = (self.release(row.slug) for row in page)
            rows += [row for row in found if row is not None and not (open_only and row.closed)]
            if limit is None or len(rows) >= limit:
                break
        return rows[:limit]

    def release(self, slug: str) -> ReleaseRow | None:
        """One line of that list."""
        if not self._there(slug):
            return None
        state = self.state(slug)
        return release_row(state, self.folder.process(self, state.process))

    def state(self, slug: str) -> ReleaseState:
        """A release as it was.

        Raises:
            NotFound: it was not started by then.
        """
        first = self.reader.stream(release_stream(slug))[:1]
        if first and first[0].seq > self.entry_number:
            raise NotFound(
                f"{slug} was not started by entry {self.entry_number}",
                remedy=f"it was started in entry {first[0].seq}: name that one, or one after it",
            )
        return self.folder.release(self, slug)

    def kin(self, digests: Iterable[str]) -> set[str]:
        """The slugs of the releases that had one of these candidates or weight files by then."""
        wanted = set(digests)
        by_then = filter(self._there, self.reader.kin(wanted))
        return {slug for slug in by_then if not wanted.isdisjoint(found_by(self.state(slug)))}

    def digests(self, beginning: str) -> list[str]:
        """The digests that begin so and that a release was found by."""
        return [digest for digest in self.reader.digests(beginning) if self.kin([digest])]

    def kin_of(self, slug: str) -> set[str]:
        """The digests by which a release was found."""
        return set(found_by(self.state(slug)))

    def objected(self, person: str, after: str = "", limit: int | None = None) -> list[str]:
        """The slugs of the releases in which somebody had objected to something by then."""
        found = self.reader.objected(person, after)
        return [slug for slug in found if self._there(slug) and person in self.objectors(slug)][:limit]

    def objectors(self, slug: str) -> set[str]:
        """The people who had objected to something in a release by then."""
        return set(objectors(self.state(slug)))

    def related(self) -> Iterator[str]:
        """The slug of every release that had kin."""
        return filter(self._there, self.reader.related())

    def world(self, slug: str, at: datetime) -> World:
        """What the entries by then say, as far as one release is concerned, and ``at`` for the clock's reading.

        Raises:
            NotFound: it was not started by then.
        """
        self.state(slug)
        return settled(world_of(self.folder, self, self._clock(), at, slug))

    def _there(self, slug: str) -> bool:
        return self.stream_head(release_stream(slug)) is not None

    def _check(self, size: int) -> None:
        if size > self.entry_number:
            raise LedgerError(f"the ledger had {self.entry_number} entries then, not {size}")


def last_by(reader: Reader, at: datetime) -> int:
    """The last entry that was recorded at a time or before it, by the readings of the clock.

    Raises:
        NotFound: the ledger was not there yet.
    """
    asked = timestamp(at)
    for stored in downward(reader, None):
        if glimpse(stored).at <= asked:
            return stored.seq
    raise NotFound(f"nothing was recorded by {asked}", remedy="holdfast history --after 0 shows how it began")


def recorded_at(reader: Reader, entry: int) -> datetime:
    """The clock's reading in an entry.

    Raises:
        NotFound: there is no such entry.
    """
    stored = reader.entry(entry)
    if stored is None:
        raise NotFound(f"there is no entry {entry}", remedy="holdfast history shows what there is")
    return parse_timestamp(glimpse(stored).at)
