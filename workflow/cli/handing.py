"""Files that are handed over: written once and never over another, and read within a bound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workflow.cli.session import Call
from workflow.errors import InvalidInput
from workflow.files import put_new, read_file, unwritten

if TYPE_CHECKING:
    from workflow.exchange import ActRequest

SUFFIX = ".reply"
"""How the file of a reply ends, so that it is found in a directory."""


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that is not there yet.

    Raises:
        InvalidInput: it is there, or cannot be written.
        StorageError: its disk is full or takes nothing.
    """
    try:
        put_new(path, data)
    except FileExistsError:
        raise InvalidInput(f"{path} is there already", remedy="name another file, or move that away") from None
    except (OSError, ValueError) as error:
        raise unwritten(error, str(path), "name another file") from None


def read_handed(path: Path) -> bytes:
    """The bytes of a request or a reply.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no regular file, cannot be read, or is too long for one.
    """
    from workflow.exchange import MAX_BYTES  # slow to import, and most commands hand nothing over

    return read_file(path, limit=MAX_BYTES, remedy="name the request or the reply as it was handed over")


def ask_elsewhere(call: Call, act: Callable[[], None], name: str) -> None:
    """Does nothing but write the request for what somebody else is to sign."""
    from workflow.exchange import Drafted  # slow to import, and most commands hand nothing over

    try:
        act()
    except Drafted as drafted:
        hand_over(call, drafted.request, name)


def hand_over(call: Call, request: ActRequest, name: str) -> None:
    """Writes the request for an act, and says who is to sign it."""
    path = call.path(name)
    write_new(path, request.to_bytes())
    call.out.line(f"{request.person} is asked to sign this `{request.command['command']}`; nothing was recorded yet.")
    call.out.line(str(path), lead="request  ")
    call.hint(f"{request.person}, anywhere: holdfast sign {path.name}; then, here: holdfast collect THE_REPLY")
    call.out.json({"file": str(path), "request": request.model_dump(mode="json")})
