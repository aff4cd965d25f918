"""The protocol's reading, as queries that any SQL database of SQLAlchemy answers, each along an index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby, islice
from typing import Any

from workflow.errors import LedgerError
from workflow.ledger import SaltedText, Span, sha256
from workflow.ledger.merkle import HASH_BYTES
from workflow.storage import statements
from workflow.storage.base import Head, MovedAway, ReleaseRow, Stamp, StoredEntry, StreamHead
from workflow.storage.blobs import BlobDirectory
from workflow.storage.driver import Rows
from workflow.storage.projections import read_nodes, to_head, to_release, typed
from workflow.storage.revision import RETIRED

_LOWEST = -(2**63)
_ALL = 2**63 - 1
_ABOVE_DIGITS = "g"
"""What comes after every hexadecimal digit."""


class SqlReader(ABC):
    """The protocol's reading, over whatever runs a query."""

    def __init__(self, files: BlobDirectory | None) -> None:
        self._files = files

    @abstractmethod
    def _rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        """All rows of one query."""

    def stamp(self) -> Stamp | None:
        """What is equal only as long as nothing was written; None, where this is not one view."""
        return None

    def head(self) -> Head:
        """The end of the ledger; of an empty one, a frontier of size 0."""
        row = only(self._rows(statements.HEAD, {}))
        if row is None and only(self._rows(statements.REVISION, {})) == (RETIRED,):
            raise moved_away()
        return to_head(row)

    def nodes(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """The hashes of a kept level of the tree, from a place up to another; those of level 0 are the entries'.

        Raises:
            LedgerError: one of them is missing, or damaged.
        """
        return read_nodes(self._rows, level, first, last)

    def spans(self) -> Iterator[Span]:
        """Every node that is kept of the tree, by level and place."""
        level, after = _LOWEST, _LOWEST
        while rows := self._rows(statements.SPANS, {"level": level, "after": after}):
            for row in rows:
                yield Span(*typed(row, (int, int, bytes), "a node of the tree"))
            level, after, _ = rows[-1]

    def stream_head(self, stream: str) -> StreamHead | None:
        """The last entry of a stream, or None where there is no such stream."""
        row = only(self._rows(statements.STREAM_HEAD, {"stream": stream}))
        if row is None:
            return None
        version, hash_ = typed(row, (int, bytes), f"the last entry of {stream}")
        return StreamHead(version, hash_.hex())

    def stream(self, stream: str, after: int = 0) -> list[StoredEntry]:
        """A stream's entries with a version above ``after``, in order."""
        return [to_entry(row) for row in self._rows(statements.STREAM, {"stream": stream, "after": after})]

    def entry(self, seq: int) -> StoredEntry | None:
        """One entry by its place."""
        row = only(self._rows(statements.ENTRY, {"seq": seq}))
        return None if row is None else to_entry(row)

    def by_command(self, command_id: str) -> StoredEntry | None:
        """The entry that a command made, if it made one."""
        row = only(self._rows(statements.BY_COMMAND, {"command_id": command_id}))
        return None if row is None else to_entry(row)

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[StoredEntry]:
        """The entries above a place, in order, streamed: never all in memory at once."""
        # Whatever somebody put below the first entry must not be out of an audit's sight.
        rows = self._pages(statements.ALL_ENTRIES, after or _LOWEST, whole=not after)
        return islice(map(to_entry, rows), limit)

    def entries_before(self, before: int | None, limit: int, stream: str | None = None) -> list[StoredEntry]:
        """The last ``limit`` entries below a place (of one stream, or of all), newest first: a page of history."""
        if stream is None:
            statement = statements.LAST if before is None else statements.LAST_BEFORE
        else:
            statement = statements.LAST_OF if before is None else statements.LAST_OF_BEFORE
        rows = self._rows(statement, {"stream": stream, "before": before, "most": limit})
        return [to_entry(row) for row in rows]

    def text(self, commitment: str) -> SaltedText | None:
        """The text behind a commitment, or None where its row is gone.

        Raises:
            LedgerError: the text is not the one that the commitment was made for.
        """
        row = only(self._rows(statements.TEXT, {"commitment": commitment}))
        if row is None:
            return None
        text = SaltedText(*typed(row, (bytes, str), f"the text {commitment}"))
        if text.commitment != commitment:
            raise LedgerError(
                f"the text {commitment[:12]} was altered",
                remedy="holdfast audit verify says which entry it belongs to; restore it from a backup",
            )
        return text

    def texts(self) -> Iterator[tuple[str, SaltedText]]:
        """Every text with the commitment that it is kept under (not checked against it), in order, streamed."""
        for row in self._pages(statements.TEXTS, "", whole=True):
            commitment, salt, body = typed(row, (str, bytes, str), "a text")
            yield commitment, SaltedText(salt, body)

    def commitments(self) -> Iterator[str]:
        """Every commitment that has a row, in order."""
        return (key_of(row, "a text") for row in self._pages(statements.COMMITMENTS, "", whole=True))

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a blob as they are kept (not checked against the digest), or None where they are missing.

        Raises:
            LedgerError: the row contradicts the bytes, which are the right ones.
        """
        row = only(self._rows(statements.BLOB, {"digest": digest}))
        if row is None:
            return None
        _, size, content = typed(row, (str, int, bytes | None), f"the blob {digest}")
        data: bytes | None = self._files.read(digest) if content is None and self._files else content
        if data is not None and len(data) != size and sha256(data) == digest:
            raise LedgerError(
                f"the row of the blob {digest[:12]} is damaged: it says {size} bytes, and there are {len(data)}",
                remedy="restore a backup",
            )
        return data

    def blobs(self) -> Iterator[str]:
        """The digest of every blob that is kept, in order."""
        return (key_of(row, "a blob") for row in self._pages(statements.BLOBS, "", whole=True))

    def releases(self, after: str = "", limit: int | None = None, *, open_only: bool = False) -> list[ReleaseRow]:
        """Lines of the list of releases above a slug, in the order of the slugs."""
        statement = (statements.OPEN_RELEASES if open_only else statements.RELEASES)[bool(after)]
        rows = self._rows(statement, {"after": after, "most": _ALL if limit is None else limit})
        return [to_release(row) for row in rows]

    def release(self, slug: str) -> ReleaseRow | None:
        """One line of the list of releases."""
        row = only(self._rows(statements.RELEASE, {"slug": slug}))
        return None if row is None else to_release(row)

    def kin(self, digests: Iterable[str]) -> set[str]:
        """The slugs of the releases that ever had one of these candidates or weight files."""
        found = (row for digest in sorted(set(digests)) for row in self._rows(statements.KIN, {"digest": digest}))
        return {key_of(row, "the kin") for row in found}

    def digests(self, beginning: str) -> list[str]:
        """The digests that begin so and that :meth:`kin` finds a release by, in order."""
        values = {"after": beginning, "end": beginning + _ABOVE_DIGITS}
        return [key_of(row, "the kin") for row in self._rows(statements.DIGESTS, values)]

    def kin_of(self, slug: str) -> set[str]:
        """The digests by which a release is found: what :meth:`kin` goes by."""
        return {key_of(row, "the kin") for row in self._rows(statements.KIN_OF, {"slug": slug})}

    def objected(self, person: str, after: str = "", limit: int | None = None) -> list[str]:
        """The slugs above one of the releases in which somebody ever objected to something, in order."""
        values = {"person": person, "after": after, "most": _ALL if limit is None else limit}
        return [key_of(row, "the objectors") for row in self._rows(statements.OBJECTED, values)]

    def objectors(self, slug: str) -> set[str]:
        """The people who ever objected to something in a release: what :meth:`objected` goes by."""
        return {key_of(row, "the objectors") for row in self._rows(statements.OBJECTORS, {"slug": slug})}

    def related(self) -> Iterator[str]:
        """The slug of every release that has kin or objectors, in order."""
        kin = (key_of(row, "the kin") for row in self._pages(statements.RELATED, "", whole=True))
        objectors = (key_of(row, "the objectors") for row in self._pages(statements.DISPUTED, "", whole=True))
        return (slug for slug, _ in groupby(merge(kin, objectors)))

    def _pages(self, pages: tuple[str, str], after: Any, *, whole: bool = False) -> Iterator[Sequence[Any]]:
        """The rows above a key, which is a row's first column; with ``whole``, the row of that key too."""
        start, onward = pages
        rows = self._rows(start if whole else onward, {"after": after})
        while rows:
            yield from rows
            rows = self._rows(onward, {"after": rows[-1][0]})


def moved_away() -> MovedAway:
    """The error where a ledger was retired."""
    return MovedAway(
        "this ledger was moved: it goes on in another database, and nothing is added to it here",
        remedy="name the database that it was moved to, in holdfast.toml or HOLDFAST_DATABASE_URL; where that one is "
        "lost, holdfast db copy --from-retired is what still opens this one",
    )


def only(rows: Rows) -> Sequence[Any] | None:
    """The row of a query that finds at most one.

    Raises:
        LedgerError: it found several, so that a key of the tables is gone.
    """
    if len(rows) > 1:
        raise LedgerError(
            f"the database has {len(rows)} rows where there is one at most: a key of its tables is gone",
            remedy="holdfast audit verify says what else is damaged; restore a backup",
        )
    return rows[0] if rows else None


def key_of(row: Sequence[Any], what: str) -> str:
    """The text that is all of a row."""
    key: str = typed(row, (str,), what)[0]
    return key


def to_entry(row: Sequence[Any]) -> StoredEntry:
    """An entry from its row.

    Raises:
        LedgerError: the row is damaged.
    """
    what = f"the entry with the number {row[0]}"
    seq, stream, version, hash_, command_id, body = typed(row, (int, str, int, bytes, str, bytes), what)
    if len(hash_) != HASH_BYTES:
        raise LedgerError(f"{what} is damaged: its hash has {len(hash_)} bytes", remedy="restore a backup")
    return StoredEntry(seq, stream, version, hash_.hex(), command_id, body)
