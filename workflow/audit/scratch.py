"""Room for what an audit must remember of every entry: flat files, and piles of records that belong together.

Memory stays the same however long the ledger is. Of a short one all of it stays in memory, and no file is made.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow.errors import StorageError

TOGETHER = 16 * 1024
"""So many bytes of a pile are written at once."""
LENGTH_BYTES = 2

Folder = Path | None


@contextmanager
def folder(*, wanted: bool) -> Iterator[Folder]:
    """A directory that goes with everything in it; None where memory is to do.

    Raises:
        StorageError: there is no room for one.
    """
    if not wanted:
        yield None
        return
    try:
        place = tempfile.TemporaryDirectory(prefix="holdfast-audit-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error) from error
    with place as name:
        yield Path(name)


class Flat:
    """Records of one width, each at its place. What was never put anywhere is zeros."""

    def __init__(self, place: Folder, name: str, width: int) -> None:
        self._width = width
        self._memory: bytearray | None = bytearray() if place is None else None
        self._file = -1
        if place is not None:
            try:
                self._file = os.open(place / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise _no_room(error) from error

    def put(self, at: int, records: bytes) -> None:
        """Puts some records side by side, the first at a place."""
        start = at * self._width
        if self._memory is not None:
            missing = start + len(records) - len(self._memory)
            self._memory.extend(bytes(max(missing, 0)))
            self._memory[start : start + len(records)] = records
            return
        try:
            written = os.pwrite(self._file, records, start)
        except OSError as error:
            raise _no_room(error) from error
        _check_written(written, records)

    def get(self, at: int, count: int = 1) -> bytes:
        """Some records side by side."""
        start, length = at * self._width, count * self._width
        if self._memory is not None:
            found = bytes(self._memory[start : start + length])
        else:
            found = os.pread(self._file, length, start)
        return found.ljust(length, b"\0")

    def close(self) -> None:
        """Lets go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Piles:
    """Records dealt into piles by the first bytes of their keys, so that the piles are in the order of the keys.

    Several processes may add to the same piles, each with one of these; a pile is read when all have flushed theirs.
    """

    def __init__(self, place: Folder, name: str, count: int) -> None:
        self._place = place
        self._name = name
        self.count = count
        self._added = 0
        self._waiting: dict[int, bytearray] = {}

    def add(self, key: bytes, rest: bytes = b"") -> None:
        """Adds one record: its key, of at least four bytes, and whatever belongs to it."""
        record = key + rest
        waiting = self._waiting.setdefault(self.pile_of(key), bytearray())
        waiting += len(record).to_bytes(LENGTH_BYTES, "big") + record
        self._added += 1
        if self._place is not None and len(waiting) >= TOGETHER:
            self._write(self.pile_of(key))

    def pile_of(self, key: bytes) -> int:
        """The pile that a key belongs to."""
        return int.from_bytes(key[:4], "big") * self.count >> 32

    def flush(self) -> int:
        """Writes whatever waits, and says how many records were added since it was last asked."""
        if self._place is not None:
            for number in list(self._waiting):
                self._write(number)
        added, self._added = self._added, 0
        return added

    def read(self, number: int) -> list[bytes]:
        """The records of one pile, sorted: by their keys, and then by the rest.

        Raises:
            StorageError: the file is not as it was written.
        """
        data = self._data(number)
        records, at = [], 0
        while at < len(data):
            start = at + LENGTH_BYTES
            at = start + int.from_bytes(data[at:start], "big")
            if at > len(data):
                raise StorageError("a temporary file of the audit was cut off", remedy="run the audit again")
            records.append(data[start:at])
        return sorted(records)

    def _data(self, number: int) -> bytes:
        if self._place is None:
            return bytes(self._waiting.get(number, b""))
        try:
            return self._path(number).read_bytes()
        except FileNotFoundError:
            return b""

    def _write(self, number: int) -> None:
        waiting = bytes(self._waiting.pop(number))
        try:
            # Whatever is appended in one write stands together, whoever else appends.
            file = os.open(self._path(number), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                written = os.write(file, waiting)
            finally:
                os.close(file)
        except OSError as error:
            raise _no_room(error) from error
        _check_written(written, waiting)

    def _path(self, number: int) -> Path:
        return (self._place or Path()) / f"{self._name}-{number}"


def _check_written(written: int, data: bytes) -> None:
    if written != len(data):
        raise StorageError("the disk for temporary files is full", remedy="free some space, or name another in TMPDIR")


def _no_room(error: OSError) -> StorageError:
    return StorageError(
        f"there is no room for the audit's temporary files: {error}",
        remedy="free some space, or name another directory in TMPDIR",
    )
