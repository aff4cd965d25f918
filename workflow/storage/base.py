"""What the engine needs of a database: to read, and to append one entry under the one lock.

Two rules stand behind every method. The ledger is append-only: nothing here changes or removes an entry or a blob, and
the only thing that can go is the plain text behind a commitment. And what is written is written together: an entry,
its texts, its blobs, the tree's frontier and the projections are one transaction, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from workflow.clock import Clock
from workflow.errors import StorageError
from workflow.ledger import Frontier, SaltedText, Span


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it is kept: its bytes, and the columns that it is found by. ``hash`` is hexadecimal."""

    seq: int
    stream: str
    version: int
    hash: str
    command_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class StreamHead:
    """The last entry of a stream."""

    version: int
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the ledger. ``mark`` is the highest clock reading in force, ``peak`` the highest there ever was."""

    frontier: Frontier = field(default_factory=Frontier)
    mark: str | None = None
    peak: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A line of the list of releases: a projection, rebuildable from the entries."""

    slug: str
    process: str
    process_label: str
    stage: str
    exposure: str
    round: int
    candidate: str
    label: str
    planned: str | None
    closed: bool
    version: int
    started_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What the projections have of one release: its line, the digests by which relatives find it, and its objectors."""

    row: ReleaseRow
    kin: frozenset[str] = frozenset()
    objectors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Append:
    """Everything that one entry brings with it, to be written in one transaction.

    ``kin`` are the digests (of candidates and of weight files) by which this release's stream is found again, and
    ``objectors`` the people by whom; ``erase`` is the commitment of a text whose row goes.
    """

    entry: StoredEntry
    head: Head
    texts: tuple[SaltedText, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    release: ReleaseRow | None = None
    kin: frozenset[str] = frozenset()
    objectors: frozenset[str] = frozenset()
    erase: str | None = None


State = Literal["ok", "note", "not"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing about a database that whoever runs it should know.

    Args:
        name: what it is about.
        said: how it is.
        state: ``not`` where something has to be done, ``note`` where something may have to be.
        remedy: what that is.
        damage: whether it is the ledger itself that is not what it must be.
    """

    name: str
    said: str
    state: State = "ok"
    remedy: str | None = None
    damage: bool = False


class Interrupted(StorageError):
    """The database let go of a transaction that was under way. Whether it is kept, only its command's id tells."""


class MovedAway(StorageError):
    """The ledger was retired: it goes on in another database."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What whoever takes a view will probably read of it: a server that is asked anyway brings it along.

    ``streams`` are those whose ends are looked at, ``digests`` those whose kin is.
    """

    streams: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


Stamp = Hashable
"""Something that is equal as long as nobody has written anything."""


class Reader(Protocol):
    """Reading, from one consistent snapshot or from the latest commit."""

    def stamp(self) -> Stamp | None:
        """What is equal to an earlier one of the same storage only if nothing at all was written in between.

        None where that cannot be told: of what is not one view, and where something is written that is not committed.
        """
        ...

    def head(self) -> Head:
        """The end of the ledger; of an empty one, a frontier of size 0."""
        ...

    def nodes(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """The hashes of a kept level of the tree, from a place up to another; those of level 0 are the entries'.

        Level 1 has the roots over 256 entries each, level 2 those over 256 of level 1, and so on. It costs one query of
        as many rows. Nothing here says that they are of this ledger's tree; :mod:`workflow.roots` holds them to its
        end.

        Raises:
            LedgerError: one of them is missing, or damaged.
        """
        ...

    def spans(self) -> Iterator[Span]:
        """Every node that is kept of the tree, by level and place."""
        ...

    def stream_head(self, stream: str) -> StreamHead | None:
        """The last entry of a stream, or None where there is no such stream."""
        ...

    def stream(self, stream: str, after: int = 0) -> list[StoredEntry]:
        """A stream's entries with a version above ``after``, in order."""
        ...

    def entry(self, seq: int) -> StoredEntry | None:
        """One entry by its place."""
        ...

    def by_command(self, command_id: str) -> StoredEntry | None:
        """The entry that a command made, if it made one."""
        ...

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[StoredEntry]:
        """The entries above a place, in order, streamed: never all in memory at once. Above 0 means every row."""
        ...

    def entries_before(self, before: int | None, limit: int, stream: str | None = None) -> list[StoredEntry]:
        """The last ``limit`` entries below a place (of one stream, or of all), newest first: a page of history."""
        ...

    def text(self, commitment: str) -> SaltedText | None:
        """The text behind a commitment, or None where its row is gone.

        Raises:
            LedgerError: the text is not the one that the commitment was made for.
        """
        ...

    def commitments(self) -> Iterator[str]:
        """Every commitment that has a row, in order."""
        ...

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a blob as they are kept (not checked against the digest), or None where they are missing.

        Raises:
            LedgerError: what is kept beside them contradicts them, and they are the right ones.
        """
        ...

    def blobs(self) -> Iterator[str]:
        """The digest of every blob that is kept, in order."""
        ...

    def releases(self, after: str = "", limit: int | None = None, *, open_only: bool = False) -> list[ReleaseRow]:
        """Lines of the list of releases above a slug, in the order of the slugs."""
        ...

    def release(self, slug: str) -> ReleaseRow | None:
        """One line of the list of releases."""
        ...

    def kin(self, digests: Iterable[str]) -> set[str]:
        """The slugs of the releases that ever had one of these candidates or weight files."""
        ...

    def digests(self, beginning: str) -> list[str]:
        """The digests that begin so and that :meth:`kin` finds a release by, in order."""
        ...

    def kin_of(self, slug: str) -> set[str]:
        """The digests by which a release is found: what :meth:`kin` goes by."""
        ...

    def objected(self, person: str, after: str = "", limit: int | None = None) -> list[str]:
        """The slugs above one of the releases in which somebody ever objected to something, in order."""
        ...

    def objectors(self, slug: str) -> set[str]:
        """The people who ever objected to something in a release: what :meth:`objected` goes by."""
        ...

    def related(self) -> Iterator[str]:
        """The slug of every release that has kin or objectors, in order."""
        ...


class Whole(Reader, Protocol):
    """Reading of a database, which has every row of a ledger."""

    def texts(self) -> Iterator[tuple[str, SaltedText]]:
        """Every text with the commitment that it is kept under (not checked against it), in order, streamed."""
        ...


class Unit(Whole, Protocol):
    """Reading at the head and appending to it under the append lock. Nothing is kept unless it is committed."""

    def append(self, append: Append) -> None:
        """Writes one entry and all that belongs to it. After a failure the unit is rolled back and over.

        Raises:
            ConcurrentUpdate: the entry's place, its stream's place or its command id is taken.
            LedgerError: its parts do not fit each other, or do not fit what is kept.
            StorageError: the database did not take it.
        """
        ...

    def load(
        self, entries: Sequence[StoredEntry] = (), texts: Sequence[SaltedText] = (), blobs: Iterable[bytes] = ()
    ) -> None:
        """Writes many rows of what another database kept, past the projections: a :meth:`rebuild` is due before commit.

        Raises:
            ConcurrentUpdate: an entry does not continue the ledger.
            LedgerError: something else of it is there already.
            StorageError: the database did not take it.
        """
        ...

    def rebuild(self, head: Head, releases: Iterable[Listed]) -> None:
        """Replaces every projection by what was folded from the entries."""
        ...

    def retire(self) -> None:
        """Ends the ledger here, because it goes on elsewhere: once committed, nobody appends to it or opens it again.

        Its entries, texts and blobs stay as they are.
        """
        ...

    def commit(self) -> Stamp | None:
        """Makes what was appended durable and ends the unit. Leaving the lock without it leaves nothing behind.

        Returns the stamp that holds from now on, until something else is written.
        """
        ...

    def finish(self, append: Append) -> Stamp | None:
        """Appends one entry, the last one of the unit, and commits: in one go, where the database is far away.

        Raises:
            ConcurrentUpdate: as :meth:`append` does.
            LedgerError: likewise.
            StorageError: likewise.
        """
        ...


class Storage(Whole, Protocol):
    """A database that holds one ledger."""

    def lock(self, ahead: Ahead | None = None) -> AbstractContextManager[Unit]:
        """Takes the append lock, waiting a bounded time; rolls back unless the unit was committed.

        Raises:
            StorageError: somebody else held the lock for too long, or the database cannot be written.
        """
        ...

    def snapshot(self, ahead: Ahead | None = None) -> AbstractContextManager[Whole]:
        """One consistent view for several reads, as of the first of them."""
        ...

    def opening(self) -> Callable[[], Storage] | None:
        """What opens it once more, and can be sent to another process; None where no other process can open it."""
        ...

    def clock(self) -> Clock | None:
        """The clock that all who use the database share; None where that of the machine is as good."""
        ...

    def keep(self, data: bytes) -> str:
        """Makes a blob durable ahead of the entry that names it, where that needs no lock, and returns its digest."""
        ...

    def missing_protection(self) -> tuple[str, ...]:
        """The append-only triggers that the database lacks or has altered, and any trigger that it should not have."""
        ...

    def defects(self) -> tuple[str, ...]:
        """What the database itself finds wrong with what it keeps, in its own words: an index that leaves a row out."""
        ...

    def conditions(self) -> Iterator[Condition]:
        """What can be told of the database without reading all of it, line by line."""
        ...

    def restore_protection(self) -> None:
        """Makes the triggers as they should be. Only for an administrator who acknowledged that they were not."""
        ...

    def close(self) -> None:
        """Lets go of the database."""
        ...
