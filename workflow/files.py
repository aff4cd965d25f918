"""Files that people hand over and take away: read within a bound, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from workflow.errors import InvalidInput, NotFound, StorageError, WorkflowError

NEW_FILE = 0o666
"""What a new file allows, before the process's own mask takes its part away."""


_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens a regular file for reading; the caller closes it.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no regular file, or cannot be read.
    """
    try:
        file = open(path, "rb", opener=_at_once)  # noqa: SIM115 -- handed to the caller
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise InvalidInput(f"{str(path)!r} is not a regular file", remedy="name a file")
    except FileNotFoundError:
        raise NotFound(f"there is no file {str(path)!r}") from None
    except (OSError, ValueError) as error:
        raise _unread(path, error) from None
    return file


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
    with open_file(path) as file:
        try:
            found = os.fstat(file.fileno())
            # Room is made for what is there, and not for the limit; what it grows by meanwhile is read too.
            data = file.read(min(found.st_size, limit) + 1)
            while len(data) <= limit and (more := file.read(min(len(data), limit) + 1)):
                data += more
        except (OSError, ValueError) as error:
            raise _unread(path, error) from None
    if len(data) > limit:
        raise InvalidInput(f"{Path(path).name} is larger than {limit:,} bytes", remedy=remedy)
    return data


def _unread(path: str | os.PathLike[str], error: OSError | ValueError) -> InvalidInput:
    why = getattr(error, "strerror", None) or error
    return InvalidInput(f"{str(path)!r} cannot be read: {why}", remedy="name a file")


@contextmanager
def delivering(path: str | os.PathLike[str], *, replace: bool) -> Iterator[BinaryIO]:
    """A file that somebody named, to be written piece by piece: there whole at the end of the block, or not at all.

    Raises:
        InvalidInput: it cannot be written there, or something is there and is not to be replaced.
        StorageError: the disk is full or takes nothing.
    """
    place = Path(path)
    _check_ordinary(place)
    draft = place.with_name(f".{secrets.token_hex(16)}.part")
    try:
        if not replace and os.path.lexists(place):
            raise FileExistsError
        with draft.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(place)
        else:
            _put_beside(draft, place)
        sync_folder(place.parent)
    except FileExistsError:
        raise InvalidInput(
            f"{str(path)!r} is there already, and nothing was written", remedy="name another place, or add --replace"
        ) from None
    except (OSError, ValueError) as error:
        raise unwritten(error, repr(str(path)), "name another place, or make room") from error
    finally:
        with suppress(OSError):  # on a disk that takes nothing, not even what is not there can be removed
            draft.unlink()


def _check_ordinary(place: Path) -> None:
    """Checks that nothing but a file would be replaced: root could put one in the place of a device.

    Raises:
        InvalidInput: a device, a pipe or a socket is there, or a link to one.
    """
    try:
        mode = place.stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InvalidInput(f"{str(place)!r} is no file, and is not replaced by one", remedy="name a file")


def _put_beside(draft: Path, place: Path) -> None:
    """Gives a draft its name, unless something has that name."""
    try:
        os.link(draft, place)
    except FileExistsError:
        raise
    except OSError:
        # Not every file system has links; there, somebody else may be quicker.
        if os.path.lexists(place):
            raise FileExistsError from None
        draft.replace(place)


def deliver(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file for somebody who named its place, whole or not at all; what lies there is replaced.

    Raises:
        InvalidInput: it cannot be written there.
        StorageError: the disk is full or takes nothing.
    """
    place = Path(path)
    _check_ordinary(place)
    try:
        put(place, data)
        sync_folder(place.parent)
    except (OSError, ValueError) as error:
        raise unwritten(error, repr(str(path)), "name another place, or make room") from error


def hand_out(path: str | os.PathLike[str], data: bytes, *, begins: bytes, replace: bool) -> None:
    """Writes a file for somebody who may have meant to keep what lies there: that stays, unless it is said otherwise.

    What is there already, byte for byte, is not written again.

    Raises:
        InvalidInput: it cannot be written there, or something else is there.
        StorageError: the disk is full or takes nothing.
    """
    place = Path(path)
    _check_ordinary(place)
    if _holds(place, data):
        return
    check_replaced(place, begins, replace=replace)
    with delivering(place, replace=replace) as file:
        file.write(data)


def _holds(place: Path, data: bytes) -> bool:
    try:
        with open_file(place) as file:
            return file.read(len(data) + 1) == data
    except NotFound:
        return False


def check_replaced(path: str | os.PathLike[str], begins: bytes, *, replace: bool) -> None:
    """Checks that what is to be replaced is nothing else than what takes its place, such as the ledger itself.

    Raises:
        InvalidInput: it is.
    """
    if not replace:
        return
    try:
        with open_file(path) as file:
            found = file.read(len(begins))
    except NotFound:
        return
    if found not in (b"", begins):
        raise InvalidInput(
            f"{str(path)!r} is something else than what would be written there, and is not replaced",
            remedy="name another place",
        )


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
