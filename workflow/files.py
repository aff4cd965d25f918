"""Files that people hand over and take away: read within a bound, and written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from workflow.errors import InvalidInput, NotFound

NEW_FILE = 0o666
"""What a new file allows, before the process's own mask takes its part away."""


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
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidInput(f"{str(path)!r} is not a regular file", remedy="name a file")
            data = file.read(limit + 1)
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
    """
    place = Path(path)
    try:
        put(place, data)
        sync_folder(place.parent)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInput(
            f"{str(path)!r} cannot be written: {why}", remedy="name another place, or make room"
        ) from error


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
