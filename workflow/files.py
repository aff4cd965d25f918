"""Files that people hand over and take away: read within a bound, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

from workflow.errors import InvalidInput, NotFound, StorageError, WorkflowError

NEW_FILE = 0o666
"""What a new file allows, before the process's own mask takes its part away."""


_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


def read_file(path: str | os.PathLike[str], *, limit: int, remedy: str | None = None) -> bytes:
    """The bytes of a file; of nothing that has no end, and never more than the limit, whatever it grows to.

    Args:
        path: may be a link, since the caller named it.
        limit: how many bytes are taken.
        remedy: what to do about a larger one.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no regular file, cannot be read, or is larger.
    """
    try:
        with open(path, "rb", opener=_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise InvalidInput(f"{str(path)!r} is not a regular file", remedy="name a file")
            # Room is made for what is there, and not for the limit; what it grows by meanwhile is read too.
            data = file.read(min(found.st_size, limit) + 1)
            while len(data) <= limit and (more := file.read(min(len(data), limit) + 1)):
                data += more
    except FileNotFoundError:
        raise NotFound(f"there is no file {str(path)!r}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInput(f"{str(path)!r} cannot be read: {why}", remedy="name a file") from None
    if len(data) > limit:
        raise InvalidInput(f"{Path(path).name} is larger than {limit:,} bytes", remedy=remedy)
    return data


def deliver(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file for somebody who named its place, whole or not at all; what lies there is replaced.

    Raises:
        InvalidInput: it cannot be written there.
        StorageError: the disk is full or takes nothing.
    """
    place = Path(path)
    try:
        put(place, data)
        sync_folder(place.parent)
    except (OSError, ValueError) as error:
        raise unwritten(error, repr(str(path)), "name another place, or make room") from error


def unwritten(error: OSError | ValueError, what: str, remedy: str) -> WorkflowError:
    """The error of a file that could not be written: whoever named it must choose another, or see to the disk."""
    family = StorageError if getattr(error, "errno", None) in _OF_THE_DISK else InvalidInput
    return family(f"{what} cannot be written: {getattr(error, 'strerror', None) or error}", remedy=remedy)


def put(target: Path, data: bytes, *, mode: int = NEW_FILE) -> None:
    """Writes beside the target and renames, so that under its name there is never half a file.

    The bytes are durable when this returns, and their name with the next :func:`sync_folder`.

    Raises:
        OSError: the directory did not take the file; nothing is left behind.
    """
    draft = target.with_name(f".{secrets.token_hex(16)}.part")
    try:
        with open(draft, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def put_new(target: Path, data: bytes) -> None:
    """Writes a file where none is, and leaves none where that fails.

    Raises:
        FileExistsError: something is there, and stays as it is.
        OSError: the directory did not take the file.
    """
    with target.open("xb") as file:
        try:
            file.write(data)
            file.flush()
        except BaseException:
            target.unlink()
            raise


def sync_folder(folder: Path) -> None:
    """Makes the names in a directory durable.

    Raises:
        OSError: it cannot be done.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _at_once(path: str, flags: int) -> int:
    # Without O_NONBLOCK, a named pipe would be waited on for ever.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
