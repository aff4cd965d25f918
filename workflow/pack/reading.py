"""Reads packs: a ledger as far as a file shows it, for whatever reads a database.

A pack comes from strangers. Its form is held to what would have been written, every line to its one spelling, every
member to its sum, and every entry, text and file to its hash. Nothing is unpacked, and nothing is taken before that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from os import PathLike
from types import TracebackType
from typing import BinaryIO, Self

from workflow import lineage
from workflow.drafting import release_row
from workflow.errors import LedgerError, NotFound
from workflow.files import open_file
from workflow.folding import fold_release, read_entry
from workflow.ledger import RELEASE_PREFIX, Frontier, SaltedText, Span, release_stream, sha256
from workflow.ledger.note import Note
from workflow.pack.index import Found, Index, Place, raised
from workflow.pack.times import reading
from workflow.process import Process
from workflow.release import ReleaseState
from workflow.storage.base import Head, ReleaseRow, Stamp, StoredEntry, StreamHead
from workflow.views.packs import LeftOutFile, LeftOutText, PackView


class PackReader:
    """Reads what a pack has of a ledger, as :class:`workflow.storage.base.Reader` says; what it lacks is not found.

    Args:
        file: the pack; may be sought in.
        found: is told what is damaged and goes on; by default the first such thing is raised.

    Raises:
        InvalidInput: this is no pack.
        LedgerError: it is damaged.
    """

    def __init__(self, file: BinaryIO, found: Found = raised) -> None:
        self._file = file
        self._index = Index(file, found)
        self.contents = self._index.contents
        self.checkpoint = self._index.checkpoint
        self._same = object()

    @classmethod
    def open(cls, path: str | PathLike[str], found: Found = raised) -> Self:
        """Opens the pack at a path; to be closed, or used as a context manager.

        Raises:
            NotFound: nothing is there.
            InvalidInput: it is no pack, or cannot be read.
            LedgerError: it is damaged.
        """
        file = open_file(path)
        try:
            return cls(file, found)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    @property
    def view(self) -> PackView:
        """What the pack says of itself, and what is in it."""
        said, left_out = self.contents, self.contents.left_out
        return PackView(
            release=said.release,
            origin=said.origin,
            size=said.size,
            root=said.root,
            at=said.at,
            by=said.by,
            entries=said.entries,
            streams=self.streams,
            clock=said.clock,
            sizes=self.sizes,
            texts=len(self._index.texts),
            files=len(self._index.blobs),
            checkpoint=said.checkpoint,
            checkpoint_by=_signers(self.checkpoint),
            withheld_texts=tuple(
                LeftOutText(entry=item.entry, name=item.name, commitment=item.commitment) for item in left_out.texts
            ),
            withheld_evidence=tuple(LeftOutFile(entry=item.entry, digest=item.blob) for item in left_out.evidence),
            sums=self._index.digest,
            bytes=self._index.size,
        )

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that are in it from their first entry on."""
        return tuple(item.stream for item in self.contents.streams)

    @property
    def withheld(self) -> frozenset[str]:
        """The commitments of the texts and the digests of the files that were left out by choice."""
        left_out = self.contents.left_out
        return frozenset({item.commitment for item in left_out.texts} | {item.blob for item in left_out.evidence})

    # What a pack proves of the tree.

    @property
    def size(self) -> int:
        """How many entries the ledger had."""
        return self.contents.size

    @property
    def root(self) -> str:
        """The root that its tree had then, in hexadecimal."""
        return self.contents.root

    def check(self, seq: int, leaf: bytes) -> None:
        """Checks that an entry of that leaf hash stands in the ledger at that place.

        Raises:
            LedgerError: the pack does not prove it.
        """
        self._index.check(seq, leaf)

    def root_at(self, size: int) -> str | None:
        """The root that the tree had at an earlier size; None where the pack does not prove one.

        Raises:
            LedgerError: the proof does not hold.
        """
        return self._index.root_at(size)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The earlier sizes of which the pack has the root."""
        return tuple(self._index.roots)

    # The protocol's reading.

    def stamp(self) -> Stamp | None:
        """Always the same: nothing is written into a pack."""
        return self._same

    def head(self) -> Head:
        """The end of the ledger's tree; the readings of the clock are the highest among the entries that are there."""
        return Head(self.contents.frontier, self._index.mark or None, self._index.peak or None)

    def frontier(self, size: int) -> Frontier:
        """The frontier at the pack's size.

        Raises:
            NotFound: that of an earlier one is not in a pack; :meth:`root_at` may know its root.
        """
        if size != self.size:
            raise _lacks(f"the frontier of the tree at {size} entries")
        return self.contents.frontier

    def nodes(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """Never to be had.

        Raises:
            NotFound: a pack has proofs, and no nodes of the tree.
        """
        raise _lacks(f"the nodes {first} to {last} of level {level} of the tree")

    def spans(self) -> Iterator[Span]:
        """No node of the tree is in a pack."""
        return iter(())

    def stream_head(self, stream: str) -> StreamHead | None:
        """The last entry of a stream that is in the pack."""
        places = self._index.streams.get(stream)
        return StreamHead(places[-1].version, places[-1].hash) if places else None

    def stream(self, stream: str, after: int = 0) -> list[StoredEntry]:
        """A stream's entries with a version above ``after``, in order."""
        return [self._stored(place) for place in self._index.streams.get(stream, ()) if place.version > after]

    def entry(self, seq: int) -> StoredEntry | None:
        """One entry by its place; None where it is not in the pack."""
        place = self._index.entries.get(seq)
        return self._stored(place) if place else None

    def by_command(self, command_id: str) -> StoredEntry | None:
        """The entry that a command made, where it is in the pack."""
        seq = self._index.commands.get(command_id)
        return self.entry(seq) if seq else None

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[StoredEntry]:
        """The pack's entries above a place, in order, streamed; those that are there for the clock among them."""
        seqs = self._index.seqs
        return islice(map(self._known, islice(seqs, bisect_left(seqs, after + 1), None)), limit)

    def entries_before(self, before: int | None, limit: int, stream: str | None = None) -> list[StoredEntry]:
        """The last ``limit`` entries below a place, newest first: of one stream, or of all that are complete."""
        if stream is None:
            known = self._index.streams
            seqs = [seq for seq in self._index.seqs if self._index.entries[seq].stream in known]
        else:
            seqs = [place.seq for place in self._index.streams.get(stream, ())]
        end = len(seqs) if before is None else bisect_left(seqs, before)
        return [self._known(seq) for seq in reversed(seqs[max(0, end - limit) : end])]

    def text(self, commitment: str) -> SaltedText | None:
        """The text behind a commitment; None where it was erased or withheld."""
        return self._index.text(commitment)

    def commitments(self) -> Iterator[str]:
        """Every commitment whose text is in the pack, in order."""
        return iter(sorted(self._index.texts))

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a file by their digest; None where it is not in the pack.

        Raises:
            LedgerError: it was altered.
        """
        return self._index.blob(digest)

    @property
    def heard(self) -> tuple[tuple[int, str], ...]:
        """What the clock read in the entries that are there for that alone, with their numbers."""
        return tuple((seq, reading(self._known(seq).body)) for seq in self.contents.clock if seq in self._index.entries)

    def check_blobs(self) -> None:
        """Looks at every file, whether an entry names it or not, and tells what is damaged."""
        self._index.check_blobs()

    def blobs(self) -> Iterator[str]:
        """The digest of every file that is in the pack, in order."""
        return iter(self._index.blobs)

    def releases(self, after: str = "", limit: int | None = None, *, open_only: bool = False) -> list[ReleaseRow]:
        """The releases that are in the pack, in the order of their slugs."""
        rows = (self._row(slug) for slug in sorted(self.states) if slug > after)
        return list(islice((row for row in rows if not (open_only and row.closed)), limit))

    def release(self, slug: str) -> ReleaseRow | None:
        """The line of a release that is in the pack."""
        return self._row(slug) if slug in self.states else None

    def kin(self, digests: Iterable[str]) -> set[str]:
        """Which releases of the pack ever had one of these candidates or weight files."""
        return set().union(*(self._kin.get(digest, ()) for digest in digests))

    def digests(self, beginning: str) -> list[str]:
        """The digests that begin so and that a release of the pack is found by."""
        return sorted(digest for digest in self._kin if digest.startswith(beginning))

    def kin_of(self, slug: str) -> set[str]:
        """The digests by which a release of the pack is found."""
        state = self.states.get(slug)
        return set(lineage.found_by(state)) if state else set()

    def objected(self, person: str, after: str = "", limit: int | None = None) -> list[str]:
        """In which releases of the pack somebody ever objected to something."""
        found = (slug for slug in sorted(self.states) if slug > after and person in self.objectors(slug))
        return list(islice(found, limit))

    def objectors(self, slug: str) -> set[str]:
        """The people who ever objected to something in a release of the pack."""
        state = self.states.get(slug)
        return set(lineage.objectors(state)) if state else set()

    def related(self) -> Iterator[str]:
        """The slug of every release of the pack, in order."""
        return iter(sorted(self.states))

    def _known(self, seq: int) -> StoredEntry:
        return self._stored(self._index.entries[seq])

    def _stored(self, place: Place) -> StoredEntry:
        body = self._index.body(place)
        return StoredEntry(place.seq, place.stream, place.version, place.hash, place.command_id, body)

    @cached_property
    def states(self) -> dict[str, ReleaseState]:
        """The releases of the pack as they were at its size."""
        found: dict[str, ReleaseState] = {}
        for stream in self._index.streams:
            if not stream.startswith(RELEASE_PREFIX):
                continue
            state: ReleaseState | None = None
            for stored in self.stream(stream):
                state = fold_release(state, read_entry(stored))
            if state is None or release_stream(state.slug) != stream:
                raise LedgerError(f"{stream} does not begin with a start")
            found[state.slug] = state
        return found

    @cached_property
    def _kin(self) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for slug, state in self.states.items():
            for digest in lineage.found_by(state):
                found[digest].add(slug)
        return found

    def _row(self, slug: str) -> ReleaseRow:
        state = self.states[slug]
        data = self.blob(state.process)
        if data is None or sha256(data) != state.process:
            raise LedgerError(f"the process {state.process[:12]} is not in the pack, or was altered")
        return release_row(state, Process.from_bytes(data))


def _signers(checkpoint: bytes | None) -> tuple[str, ...]:
    """The names on a checkpoint; none where it is no note, which whoever verifies the pack says."""
    try:
        note = Note.from_bytes(checkpoint) if checkpoint is not None else None
    except LedgerError:
        return ()
    return tuple(dict.fromkeys(item.name for item in note.signatures)) if note is not None else ()


def _lacks(what: str) -> NotFound:
    return NotFound(f"a pack does not have {what}", remedy="ask the ledger itself")
