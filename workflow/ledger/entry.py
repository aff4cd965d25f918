"""The entry: one accepted or refused command, as the bytes that are hashed and kept.

The stored bytes are what is verified. They are never serialized a second time from what was parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from workflow.errors import LedgerError
from workflow.ledger.canonical import MAX_INTEGER, decode, encode
from workflow.ledger.merkle import leaf_hash

FORMAT = 1
MAX_ENTRY_BYTES = 65_535
INLINE_BYTES = 8 * 1024
"""Observations or verdicts whose canonical bytes are longer than this are kept as a blob, by content address."""

LEDGER = "ledger"
ROSTER = "roster"
RELEASE_PREFIX = "release/"

_WORD = re.compile(r"[!-~]{1,255}")
_HASH = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)

Json = dict[str, Any]
Listing = list[Json] | Json
"""A list of objects, or ``{"blob": digest, "count": n}`` where the list was too long to stand in the entry."""


def release_stream(slug: str) -> str:
    """The stream that holds everything about one release."""
    return RELEASE_PREFIX + slug


@dataclass(frozen=True, slots=True)
class Entry:
    """One parsed entry. ``seq`` and ``version`` count from 1; the entry is leaf ``seq - 1`` of the tree."""

    format: int
    origin: str
    seq: int
    stream: str
    version: int
    prev: str | None
    at: str
    actor: str
    command_id: str
    request_digest: str
    observations: Listing
    verdicts: Listing
    events: list[Json]
    texts: dict[str, str]
    proof: Json

    def to_bytes(self, *, most: int | None = MAX_ENTRY_BYTES) -> bytes:
        """The canonical bytes of a new entry; None for ``most`` is for whoever makes it smaller if they are too many.

        Raises:
            LedgerError: a field does not have its form, or the entry is larger than 65,535 bytes.
        """
        _check(self)
        data = encode({name: getattr(self, name) for name in _NAMES})
        if most is not None and len(data) > most:
            raise LedgerError(f"the entry would have {len(data)} bytes; at most {most} fit")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """Parses stored bytes, strictly.

        Raises:
            LedgerError: the bytes are not canonical, a field is missing or unknown, or does not have its form.
        """
        if len(data) > MAX_ENTRY_BYTES:
            raise LedgerError(f"the entry has {len(data)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
        value = decode(data)
        if not isinstance(value, dict) or set(value) != _NAMES:
            raise LedgerError("the entry does not have exactly the fields of its format")
        entry = cls(**value)
        _check(entry)
        return entry


_NAMES = {field.name for field in fields(Entry)}


def entry_hash(data: bytes) -> str:
    """The hash of an entry's stored bytes: the RFC 6962 leaf hash, in lower-case hexadecimal."""
    return leaf_hash(data).hex()


def is_word(text: object) -> bool:
    """Whether this is 1 to 255 printable ASCII characters without blanks, as entries are named by."""
    return isinstance(text, str) and _WORD.fullmatch(text) is not None


def is_digest(text: object) -> bool:
    """Whether this is a SHA-256 in lower-case hexadecimal."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def _check(entry: Entry) -> None:
    if entry.format != FORMAT:
        raise LedgerError(f"entry format {entry.format!r} is unknown here", remedy="read it with a newer Holdfast")
    for name in ("seq", "version"):
        number = getattr(entry, name)
        if type(number) is not int or not 1 <= number <= MAX_INTEGER:
            raise LedgerError(f"{name} must be a positive integer, not {number!r}")
    for name in ("origin", "stream", "actor", "command_id"):
        text = getattr(entry, name)
        if not is_word(text):
            raise LedgerError(f"{name} must be 1 to 255 printable ASCII characters without blanks, not {text!r}")
    if not (isinstance(entry.at, str) and _TIME.fullmatch(entry.at)):
        raise LedgerError(f"at must be a time in UTC with six digits and Z, not {entry.at!r}")
    if (entry.version == 1) != (entry.prev is None) or not (entry.prev is None or is_digest(entry.prev)):
        raise LedgerError("prev must be the hash of the stream's previous entry, and null in its first")
    if not is_digest(entry.request_digest):
        raise LedgerError("request_digest must be a SHA-256 in hexadecimal")
    for name in ("observations", "verdicts"):
        _check_listing(name, getattr(entry, name))
    if not (isinstance(entry.events, list) and entry.events and all(map(_is_event, entry.events))):
        raise LedgerError("events must be a list of at least one event, each with a type and an integer schema")
    if not (isinstance(entry.texts, dict) and all(map(is_digest, entry.texts.values()))):
        raise LedgerError("texts must map names to commitments")
    if not (isinstance(entry.proof, dict) and isinstance(entry.proof.get("kind"), str)):
        raise LedgerError("proof must be an object with a kind")


def _check_listing(name: str, listing: object) -> None:
    inline = isinstance(listing, list) and all(isinstance(item, dict) for item in listing)
    kept = isinstance(listing, dict) and set(listing) == {"blob", "count"} and is_digest(listing["blob"])
    if not (inline or kept):
        raise LedgerError(f"{name} must be a list of objects, or name the blob that holds the list")


def _is_event(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("type"), str) and type(event.get("schema")) is int
