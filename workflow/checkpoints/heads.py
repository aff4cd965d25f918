"""The highest head of a ledger that was ever given out, remembered outside of its database.

A database that was put back from a backup, or a copy of it that went another way, knows nothing of what was signed
since. So the head is remembered where no backup of the database reaches, and is the first thing that is written: what
somebody was shown is always remembered, though what is remembered may never have been shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workflow.checkpoints import places
from workflow.errors import LedgerError
from workflow.ledger import decode, encode
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import Note

FORMAT = 1
KIND = "holdfast-head"
_FIELDS = {"format", "kind", "origin", "head", "cosigned"}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was given out last: the signed note, None where none ever was; and the last that witnesses cosigned."""

    head: Note | None = None
    cosigned: Note | None = None


@dataclass(frozen=True, slots=True)
class Heads:
    """The memory of one ledger, in a directory that may have those of others too."""

    folder: Path
    origin: str

    @property
    def path(self) -> Path:
        """The file."""
        return places.of_origin(self.folder, self.origin)

    def make(self) -> None:
        """Makes the directory where there is none."""
        places.made(self.folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time looks, signs and remembers."""
        with places.locked(self.folder):
            yield

    def read(self) -> Remembered | None:
        """What is remembered; None where nothing was ever begun, or all of it was lost.

        Raises:
            LedgerError: what lies there is damaged, or is another ledger's.
            InvalidInput: it cannot be read, or others can write it.
        """
        data = places.read(self.path)
        if data is None:
            return None
        try:
            return self._parsed(data)
        except LedgerError as error:
            raise LedgerError(
                f"{self.path}, which remembers what was given out of {self.origin}, is damaged: {error.message}",
                remedy="bring it back from a copy, or begin anew from a checkpoint that somebody kept: "
                "move it away, then holdfast checkpoint remember FILE",
            ) from error

    def write(self, remembered: Remembered) -> None:
        """Remembers, durably.

        Raises:
            InvalidInput: it cannot be written.
            StorageError: the disk is full or takes nothing.
        """
        said = {
            "format": FORMAT,
            "kind": KIND,
            "origin": self.origin,
            "head": remembered.head and remembered.head.to_bytes().decode(),
            "cosigned": remembered.cosigned and remembered.cosigned.to_bytes().decode(),
        }
        places.write(self.path, encode(said))

    def _parsed(self, data: bytes) -> Remembered:
        said = decode(data)
        if not isinstance(said, dict) or set(said) != _FIELDS or (said["format"], said["kind"]) != (FORMAT, KIND):
            raise LedgerError("it does not have the form of one")
        if said["origin"] != self.origin:
            raise LedgerError("it is of another ledger")
        return Remembered(self._note(said["head"]), self._note(said["cosigned"]))

    def _note(self, text: object) -> Note | None:
        if text is None:
            return None
        if not isinstance(text, str):
            raise LedgerError("a note is a text")
        note = Note.from_bytes(text.encode())
        if Checkpoint.of(note).origin != self.origin:
            raise LedgerError("it has a checkpoint of another ledger")
        return note
