"""What an interrupted hashing leaves behind, so that the next one need not read the same bytes again.

The journal says: a file with this path, place on the disk, size and times had this digest. It is used only where every
one of these is as it was, and only to build a manifest. It proves nothing. Whoever can write it can put any digest into
a manifest. Whoever is root, or has had the file mapped for writing since before, can change bytes and leave the times;
so can a power cut, with bytes that were hashed and not yet on the disk. Therefore:

- no verification takes one: it reads every byte, so a manifest from a forged journal does not survive the first;
- it belongs to one user, and a journal that others could have written is refused;
- a file that changed shortly before the hashing began is not noted, since a second change within the same tick of the
  file system's clock would not show. On a network file system that clock can be another machine's and the times can be
  kept by the client: hash there without a journal;
- two lines that disagree about the same file are both void, and so is a line from the future;
- the one who asked learns how much was taken from it and when that was read (:attr:`Journal.recalled`,
  :attr:`Journal.oldest`), so that nothing is passed off as read just now;
- it is meant to live as long as the interruption: once the manifest is stored, :meth:`Journal.remove` it.

The form: a first line that says what it is, then one line a file, the SHA-256 of the JSON text that follows it. A line
that a power cut tore, or that a bad disk altered, does not fit its SHA-256 and counts for nothing.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from workflow.artifact.tree import Stamp, TreeFile
from workflow.clock import Clock, SystemClock, parse_timestamp, timestamp
from workflow.errors import InvalidInput, StorageError, WorkflowError
from workflow.ledger.entry import is_digest

HEADER = b"holdfast-hash-journal 1\n"
SYNC_BYTES = 1 << 30
"""After so many hashed bytes the journal is forced to the disk. A killed process loses nothing of it, a power cut the
lines since then; forcing each line would cost more than hashing a small file."""
SETTLED_NS = 2 * 10**9
"""The coarsest step in which a common file system keeps time (FAT), in nanoseconds."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OPEN = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class Journal:
    """The journal at a path, read and opened for more; made if nothing is there.

    Args:
        path: outside of the files that are hashed.
        clock: tells when the hashing began, from which it follows what is too fresh to be noted.

    Raises:
        InvalidInput: something else lies there, others could have written it, or it cannot be opened.
        StorageError: it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock | None = None) -> None:
        self.path = Path(path)
        self.recalled = 0
        self._now = (clock or SystemClock()).now()
        self._lock = Lock()
        self._unsynced = 0
        self._oldest: datetime | None = None
        self._noted = False
        self._known: dict[tuple[str, Stamp], tuple[str, datetime] | None] = {}
        try:
            self._descriptor = os.open(self.path, _OPEN, 0o600)
        except (OSError, ValueError) as error:
            link = isinstance(error, OSError) and error.errno == errno.ELOOP
            why = "it is a link" if link else getattr(error, "strerror", None) or str(error)
            raise InvalidInput(
                f"the journal {str(path)!r} cannot be opened: {why}", remedy="name a place where this user may write"
            ) from error
        try:
            self._check_owner()
            self._read()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._sync()
        finally:
            os.close(self._descriptor)

    @property
    def oldest(self) -> datetime | None:
        """When the hashing began from which the oldest recalled digest comes; None if none was recalled."""
        return self._oldest

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing of any file, so that nothing is lost with it."""
        return not (self._known or self._noted)

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode of the journal's own file."""
        status = os.fstat(self._descriptor)
        return status.st_dev, status.st_ino

    def recall(self, file: TreeFile) -> str | None:
        """The digest that exactly this file had, if an earlier hashing came to its end."""
        known = self._known.get((file.path, file.stamp))
        if known is None:
            return None
        digest, at = known
        self.recalled += 1
        self._oldest = min(self._oldest or at, at)
        return digest

    def note(self, file: TreeFile, digest: str) -> None:
        """Keeps the digest of a file that was just read; several threads may.

        Raises:
            StorageError: it cannot be written.
        """
        if file.stamp.ctime_ns + SETTLED_NS > int(self._now.timestamp() * 10**9):
            return
        with self._lock:
            self._write(_line(file, digest, self._now))
            self._noted = True
            self._unsynced += file.stamp.size
            if self._unsynced >= SYNC_BYTES:
                self._sync()

    def remove(self) -> None:
        """Deletes the journal; what it saved is then no longer needed.

        Raises:
            StorageError: it cannot be deleted.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._broken(error) from error

    def _check_owner(self) -> None:
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInput(f"the journal {str(self.path)!r} is not a file", remedy="name another place")
        if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE:
            raise InvalidInput(
                f"the journal {str(self.path)!r} could have been written by others, so that its digests prove nothing",
                remedy="name another place, and hash from the start",
            )

    def _read(self) -> None:
        with os.fdopen(os.dup(self._descriptor), "rb") as stream:
            head = stream.readline(len(HEADER))
            # A first line that was torn is continued; anything else there is somebody's file.
            if not HEADER.startswith(head):
                raise InvalidInput(
                    f"{str(self.path)!r} is something else than a journal of this version",
                    remedy="name another place; nothing was changed there",
                )
            last = head
            for last in stream:
                self._learn(last)
        if head != HEADER:
            self._write(HEADER[len(head) :])
            self._sync_folder()
        elif not last.endswith(b"\n"):
            self._write(b"\n")

    def _learn(self, line: bytes) -> None:
        record = _parsed(line)
        if record is None or record[2] > self._now:
            return
        key, digest, at = record
        before = self._known.get(key, (digest, at))
        self._known[key] = (digest, at) if before and before[0] == digest else None

    def _write(self, data: bytes) -> None:
        try:
            if os.write(self._descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise self._broken(error) from error

    def _sync(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._broken(error) from error
        self._unsynced = 0

    def _sync_folder(self) -> None:
        try:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._broken(error) from error

    def _broken(self, error: OSError) -> StorageError:
        return StorageError(
            f"the journal {str(self.path)!r} cannot be written: {error.strerror}",
            remedy="make room and hash again, which goes on from here; or hash without a journal",
        )


def _line(file: TreeFile, digest: str, at: datetime) -> bytes:
    stamp = file.stamp
    record = {
        "path": file.path,
        "device": stamp.device,
        "inode": stamp.inode,
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "ctime_ns": stamp.ctime_ns,
        "sha256": digest,
        "at": timestamp(at),
    }
    text = json.dumps(record, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(text).hexdigest().encode("ascii") + b" " + text + b"\n"


def _parsed(line: bytes) -> tuple[tuple[str, Stamp], str, datetime] | None:
    check, _, text = line.removesuffix(b"\n").partition(b" ")
    if hashlib.sha256(text).hexdigest().encode("ascii") != check:
        return None
    try:
        record: dict[str, Any] = json.loads(text)
        stamp = Stamp(*(int(record[name]) for name in ("device", "inode", "size", "mtime_ns", "ctime_ns")))
        at = parse_timestamp(record["at"])
        digest = record["sha256"]
        return ((str(record["path"]), stamp), digest, at) if is_digest(digest) else None
    except (ValueError, TypeError, KeyError, WorkflowError):
        return None
