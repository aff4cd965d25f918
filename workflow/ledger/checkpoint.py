"""Checkpoints: what a log says of its tree at one size, and what a witness says of it (C2SP tlog-checkpoint v1.0.0 and
tlog-cosignature v1.0.1). A checkpoint is the text of a signed note.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Self

from workflow.errors import LedgerError
from workflow.ledger.entry import is_word
from workflow.ledger.merkle import HASH_BYTES
from workflow.ledger.note import COSIGNATURE, Note, NoteKey, Verify

MAX_TIME = 2**63 - 1
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_BYTES_OF_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The origin of a ledger, how many entries it has, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_word(self.origin) or "+" in self.origin or self.size < 1 or len(self.root) != HASH_BYTES:
            raise LedgerError("a checkpoint names a ledger, at least one entry, and the root of their tree")

    @property
    def text(self) -> str:
        """What is signed: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    @classmethod
    def of(cls, note: Note) -> Self:
        """The checkpoint that a note is.

        Raises:
            LedgerError: it is none, or says more than this version knows how to check.
        """
        lines = note.text.split("\n")
        if len(lines) != 4 or not _SIZE.fullmatch(lines[1]):
            raise LedgerError("a checkpoint has three lines: the origin, the number of entries and the root")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise LedgerError("the root of a checkpoint is not base64") from error
        checkpoint = cls(lines[0], int(lines[1]), root)
        if checkpoint.text != note.text:
            raise LedgerError("the root of a checkpoint is not written in the one way it has")
        return checkpoint


def cosigned_message(note: Note, seconds: int) -> bytes:
    """What a witness signs of a checkpoint, at a time in seconds since 1970.

    Raises:
        LedgerError: there is no such time.
    """
    if not 0 <= seconds <= MAX_TIME:
        raise LedgerError("the time of a cosignature does not fit into 63 bits")
    return f"cosignature/v1\ntime {seconds}\n{note.text}".encode()


def with_cosignature(note: Note, key: NoteKey, seconds: int, signature: bytes) -> Note:
    """The checkpoint with what a witness signed: the bytes of :func:`cosigned_message`."""
    return note.with_signature(key, seconds.to_bytes(_BYTES_OF_A_TIME, "big") + signature)


def check_cosigned(note: Note, key: NoteKey, verify: Verify) -> int:
    """Checks that a witness cosigned a checkpoint, and says when, in seconds since 1970; of several times the last.

    Raises:
        LedgerError: it did not, or one of several cosignatures that say so is not genuine.
    """
    found = note.of(key) if key.kind == COSIGNATURE else ()
    if not found:
        raise LedgerError(f"the checkpoint is not cosigned by {key.name}")
    times = []
    for item in found:
        seconds = int.from_bytes(item.data[:_BYTES_OF_A_TIME], "big")
        if not verify(key.public, cosigned_message(note, seconds), item.data[_BYTES_OF_A_TIME:]):
            raise LedgerError(f"a cosignature of {key.name} is not genuine")
        times.append(seconds)
    return max(times)
