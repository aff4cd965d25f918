"""What a witness is asked: the body of ``add-checkpoint`` in C2SP tlog-witness v1.0.0, as a file.

The size of the tree to go on from, the proof of consistency in base64, an empty line, and the checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Self

from workflow.errors import LedgerError
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.merkle import HASH_BYTES
from workflow.ledger.note import MAX_BYTES as MAX_NOTE_BYTES
from workflow.ledger.note import Note

BEGINS = b"old "
MAX_PROOF = 63
MAX_BYTES = MAX_NOTE_BYTES + 64 * 64
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """A checkpoint, and what shows that it goes on from the tree of ``old`` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.of(self.note)

    def to_bytes(self) -> bytes:
        """The body."""
        lines = [f"old {self.old}", *(base64.b64encode(node).decode("ascii") for node in self.proof), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.note.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads a body, strictly.

        Raises:
            LedgerError: it does not have the form of one.
        """
        if len(data) > MAX_BYTES:
            raise LedgerError(f"a request to a witness has at most {MAX_BYTES} bytes here")
        head, blank, rest = data.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise LedgerError("a request to a witness begins with lines in ASCII") from error
        old = _OLD.fullmatch(first)
        if not blank or old is None:
            raise LedgerError("a request to a witness begins with the word old and a size, and has an empty line")
        if len(lines) > MAX_PROOF:
            raise LedgerError(f"a request to a witness has at most {MAX_PROOF} lines of proof")
        request = cls(int(old[1]), tuple(map(_node, lines)), Note.from_bytes(rest))
        checkpoint = request.checkpoint
        if request.old > checkpoint.size:
            raise LedgerError(f"the old size {request.old} is larger than the checkpoint's, {checkpoint.size}")
        if request.proof and request.old in (0, checkpoint.size):
            raise LedgerError(f"from the size {request.old} on to {checkpoint.size} there is nothing to prove")
        return request


def _node(line: str) -> bytes:
    try:
        node = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        node = b""
    if len(node) != HASH_BYTES or base64.b64encode(node).decode("ascii") != line:
        raise LedgerError("a line of a proof is the base64 of one hash")
    return node
