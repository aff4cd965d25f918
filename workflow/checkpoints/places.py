"""A directory of one's own, in which what must never be lost is written: durable before anything is said of it."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow.errors import InvalidInput, LogUnusable, StorageError, WorkflowError
from workflow.files import put, sync_folder, unwritten

LOCK = "lock"
LOCK_SECONDS = 20.0
RETRY_SECONDS = 0.01
OWN_ONLY = 0o700
OWN_FILE = 0o600
MAX_BYTES = 512 * 1024

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_LOCKING = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


def of_origin(folder: Path, origin: str) -> Path:
    """The file about one log. Its name follows from the origin, which may have letters that no file's name can."""
    return folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"


def made(folder: Path) -> None:
    """Makes a directory, durably, where there is none.

    Raises:
        InvalidInput: it cannot be made there.
        StorageError: the disk is full or takes nothing.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(mode=OWN_ONLY)
            sync_folder(folder.parent)
    except (OSError, ValueError) as error:
        raise unwritten(error, str(folder), "make its parent directory first, or name another place") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lets one process at a time through; the others wait, and not for ever.

    Raises:
        LogUnusable: there is no such directory, or nothing can be written there.
        StorageError: somebody else did not come to an end.
    """
    try:
        handle = os.open(folder / LOCK, _LOCKING, OWN_FILE)
    except (OSError, ValueError) as error:
        raise _unusable(error, str(folder / LOCK), "see that the directory is there and yours") from error
    try:
        last = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > last:
                    raise StorageError(
                        f"{folder} stayed locked by another process", remedy="try again when that process is done"
                    ) from None
            time.sleep(RETRY_SECONDS)
        yield
    finally:
        os.close(handle)


def read(path: Path) -> bytes | None:
    """The bytes of a file of one's own, or None where there is none.

    Raises:
        LogUnusable: it is a link, others can write it, or it cannot be read.
    """
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        why = "it is a link" if getattr(error, "errno", None) == errno.ELOOP else getattr(error, "strerror", None)
        raise LogUnusable(f"{path} cannot be read: {why or error}", remedy="see what lies there") from error
    try:
        found = os.fstat(handle)
        ours = found.st_uid in (os.geteuid(), 0) and not found.st_mode & _OTHERS_WRITE
        if not stat.S_ISREG(found.st_mode) or not ours:
            raise LogUnusable(
                f"{path} is not used: others can write it, or it is no file", remedy="find out who did, and chmod 600"
            )
        data = _whole(handle)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise LogUnusable(f"{path} is larger than anything that is kept there", remedy="see what lies there")
    return data


def write(path: Path, data: bytes) -> None:
    """Replaces a file, whole or not at all; it is durable when this returns.

    Raises:
        LogUnusable: it cannot be written.
        StorageError: the disk is full or takes nothing.
    """
    try:
        put(path, data, mode=OWN_FILE)
        sync_folder(path.parent)
    except (OSError, ValueError) as error:
        raise _unusable(error, str(path), "make room, or see who may write there") from error


def _unusable(error: OSError | ValueError, what: str, remedy: str) -> WorkflowError:
    found = unwritten(error, what, remedy)
    return LogUnusable(found.message, remedy=remedy) if isinstance(found, InvalidInput) else found


def _whole(handle: int) -> bytes:
    data = b""
    while len(data) <= MAX_BYTES and (more := os.read(handle, MAX_BYTES + 1)):
        data += more
    return data
