"""Directories reached without following a link on the way, and moved without replacing anything."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from contextlib import ExitStack, suppress
from pathlib import PurePosixPath

from workflow.errors import InvalidInput

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
PRIVATE = 0o700
OPEN_FOLDER = 0o755
OPEN_FILE = 0o644
_NO_REPLACE = 1  # RENAME_NOREPLACE, renameat2(2)


def open_folder(path: str) -> int:
    """A handle of the directory at an absolute path, no part of which may be a link: links lead where others say.

    Raises:
        InvalidInput: it is not there, a part of the way is a link, or it cannot be opened.
    """
    at = os.open("/", FOLDER)
    for name in PurePosixPath(path).parts[1:]:
        try:
            inner = os.open(name, FOLDER, dir_fd=at)
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"{path!r} cannot be reached: {name!r} is {_what(name, at, error)}",
                remedy="make the directory first, and name it by its own path, without links",
            ) from error
        finally:
            os.close(at)
        at = inner
    return at


def rename_exclusively(source: str, source_folder: int, target: str, target_folder: int) -> None:
    """Gives something another name, in one step, unless that name is taken.

    Raises:
        OSError: the name is taken (``EEXIST``), or this system or file system cannot do it so.
    """
    library = ctypes.CDLL(None, use_errno=True)
    try:
        rename = library.renameat2
    except AttributeError:
        raise OSError(errno.ENOSYS, "this system cannot move without replacing") from None
    ctypes.set_errno(0)
    if rename(source_folder, os.fsencode(source), target_folder, os.fsencode(target), _NO_REPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def exists(name: str, folder: int) -> bool:
    """Whether anything at all has that name there, a link that leads nowhere included."""
    return status_of(name, folder) is not None


def status_of(name: str, folder: int) -> os.stat_result | None:
    """What has that name there, not followed where it is a link; None where nothing has.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def is_private(status: os.stat_result) -> bool:
    """Whether this is a directory of our own that nobody else may enter."""
    mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return mine and stat.S_IMODE(status.st_mode) & 0o077 == 0


def make_below(path: str, folder: int) -> tuple[int, str]:
    """A handle of the directory that a relative path ends in, made where it is missing, and the name in it."""
    *above, name = path.split("/")
    at = os.dup(folder)
    for part in above:
        with suppress(FileExistsError):
            os.mkdir(part, OPEN_FOLDER, dir_fd=at)
        inner = os.open(part, FOLDER, dir_fd=at)
        os.close(at)
        at = inner
    return at, name


def sync_tree(folder: int) -> None:
    """Makes the names in a tree durable, and lets others in once they get as far as its top."""
    with ExitStack() as stack:
        for entry in stack.enter_context(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                inner = os.open(entry.name, FOLDER, dir_fd=folder)
                try:
                    sync_tree(inner)
                finally:
                    os.close(inner)
    os.fchmod(folder, OPEN_FOLDER)
    os.fsync(folder)


def _what(name: str, at: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ELOOP, errno.ENOTDIR):
        status = status_of(name, at)
        return "a link" if status is not None and stat.S_ISLNK(status.st_mode) else "no directory"
    return "not there" if isinstance(error, FileNotFoundError) else str(getattr(error, "strerror", None) or error)
