"""Signed notes: a text with the signatures of keys that have names (C2SP signed-note v1.0.0).

Of a note nothing counts but what a known key signed. Who knows which keys, and what a text means, is said elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from workflow.errors import LedgerError

MAX_BYTES = 65_535
MAX_SIGNATURES = 64
MARK = "\N{EM DASH} "

ED25519 = 0x01
"""The type of a plain Ed25519 signature over the text."""

COSIGNATURE = 0x04
"""The type of an Ed25519 signature with a time over a checkpoint (C2SP tlog-cosignature v1.0.1)."""

_BYTES_OF_A_KEY = 32
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")

Verify = Callable[[bytes, bytes, bytes], bool]
"""Whether a raw Ed25519 public key made a signature over a message: ``verify(key, message, signature)``."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that signs notes: its name, the type of what it makes, and its 32 bytes."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise LedgerError(f"{self.name!r} cannot be the name of a key: no blanks, no plus, and not empty")
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != _BYTES_OF_A_KEY:
            raise LedgerError("a key of a note is an Ed25519 key, for signatures of type 1 or 4")

    @property
    def id(self) -> bytes:
        """The first four bytes of a hash of all of it: what a signature names it by, beside its name."""
        said = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(said).digest()[:4]

    def __str__(self) -> str:
        coded = base64.b64encode(bytes([self.kind]) + self.public).decode("ascii")
        return f"{self.name}+{self.id.hex()}+{coded}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what ``str`` of a key writes: its vkey.

        Raises:
            LedgerError: it is none, or the id in it is another key's.
        """
        name, _, rest = text.strip().partition("+")
        number, _, coded = rest.partition("+")
        data = _decoded(coded)
        if not data:
            raise LedgerError("a key of a note has a name, an id and base64, with a plus between them")
        key = cls(name, data[0], data[1:])
        if number != key.id.hex():
            raise LedgerError(f"the key {name} does not have the id {number[:16]!r}")
        return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One line below a note: the name and the id of a key, and what it made."""

    name: str
    id: bytes
    data: bytes

    def is_of(self, key: NoteKey) -> bool:
        """Whether this says that it was made by that key. It may say so falsely."""
        return (self.name, self.id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending with a newline, and its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or _CONTROL.search(self.text):
            raise LedgerError("the text of a note ends with a newline and has no other control characters")

    def with_signature(self, key: NoteKey, data: bytes) -> Self:
        """The note with one more signature."""
        return replace(self, signatures=(*self.signatures, NoteSignature(key.name, key.id, data)))

    def of(self, key: NoteKey) -> tuple[NoteSignature, ...]:
        """The signatures that say they were made by a key."""
        return tuple(item for item in self.signatures if item.is_of(key))

    def to_bytes(self) -> bytes:
        """The note as it is kept and handed on."""
        lines = (
            f"{MARK}{item.name} {base64.b64encode(item.id + item.data).decode('ascii')}\n" for item in self.signatures
        )
        return (self.text + "\n" + "".join(lines)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads a note, strictly.

        Raises:
            LedgerError: it does not have the form of one, or no signature at all.
        """
        if len(data) > MAX_BYTES:
            raise LedgerError(f"a note has at most {MAX_BYTES} bytes here")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise LedgerError("a note is text in UTF-8") from error
        text, blank, below = whole.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise LedgerError("a note is a text, an empty line and signatures, each with a line of its own")
        lines = below[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise LedgerError(f"a note has at most {MAX_SIGNATURES} signatures here")
        return cls(text + "\n", tuple(map(_signature, lines)))


def check_signed(note: Note, key: NoteKey, verify: Verify) -> None:
    """Checks that a key signed the text of a note.

    Raises:
        LedgerError: it did not, or one of several signatures that say so is not genuine.
    """
    found = note.of(key)
    if not found:
        raise LedgerError(f"the note is not signed by {key.name}")
    if not all(verify(key.public, note.text.encode(), item.data) for item in found):
        raise LedgerError(f"a signature of {key.name} on the note is not genuine")


def check_fits(note: Note) -> None:
    """Checks that a note that was added to is still one that can be read.

    Raises:
        LedgerError: it is too large, or has too many signatures.
    """
    if len(note.signatures) > MAX_SIGNATURES or len(note.to_bytes()) > MAX_BYTES:
        raise LedgerError(
            f"a note has at most {MAX_BYTES} bytes and {MAX_SIGNATURES} signatures here",
            remedy="take the signatures away that nobody asked for",
        )


def is_key_name(name: str) -> bool:
    """Whether a key can have this name. Half of a surrogate pair, as in an argument that is no UTF-8, is no letter."""
    return bool(name) and not any(
        letter == "+" or letter.isspace() or ord(letter) < 0x20 or 0xD800 <= ord(letter) < 0xE000 for letter in name
    )


def _signature(line: str) -> NoteSignature:
    name, blank, coded = line.removeprefix(MARK).partition(" ")
    data = _decoded(coded)
    if not line.startswith(MARK) or not blank or not is_key_name(name) or data is None or len(data) <= 4:
        raise LedgerError("a signature of a note is a dash, the name of a key and base64")
    return NoteSignature(name, data[:4], data[4:])


def _decoded(text: str) -> bytes | None:
    """The bytes of base64, where it is the one way to write them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None
