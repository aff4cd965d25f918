"""What a pack consists of: its members, their order and their limits, and what its first member says.

This form is fixed: ``format`` is 1, and what may stand in a pack of that format never changes (docs/pack-format.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workflow import ledger
from workflow.errors import LedgerError, misfit
from workflow.ledger import MAX_ENTRY_BYTES, Frontier, SaltedText
from workflow.ledger.note import MAX_BYTES as MAX_NOTE
from workflow.pack.archive import damaged

FORMAT: Literal[1] = 1
KIND: Literal["holdfast-pack"] = "holdfast-pack"

CONTENTS = "pack.json"
README = "README.txt"
CHECKPOINT = "checkpoint"
ENTRIES = "entries.jsonl"
PROOFS = "proofs.jsonl"
ROOTS = "roots.jsonl"
TEXTS = "texts.jsonl"
BLOBS = "blobs/"
SUMS = "SHA256SUMS"

ORDER = (CONTENTS, README, CHECKPOINT, ENTRIES, PROOFS, ROOTS, TEXTS, BLOBS, SUMS)
"""The members in their order; ``checkpoint`` may be absent, and the blobs are as many as there are, by digest."""

MAX_CONTENTS = 16 * 1024 * 1024
MAX_README = 64 * 1024
MAX_SUMS = 16 * 1024 * 1024
MAX_BLOB = 512 * 1024 * 1024
MAX_ENTRIES = 1_000_000
MAX_LINE = {ENTRIES: MAX_ENTRY_BYTES, PROOFS: 8 * 1024, ROOTS: 8 * 1024, TEXTS: 1024 * 1024}
"""How long a line may be, its newline not counted."""

LIMITS = {CONTENTS: MAX_CONTENTS, README: MAX_README, CHECKPOINT: MAX_NOTE, SUMS: MAX_SUMS}
MAX_NODES = 64

_Digest = Field(pattern=r"^[0-9a-f]{64}$")
_Word = Field(pattern=r"^[!-~]{1,255}$")
_Number = Field(ge=1, lt=2**53)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PackedStream(_Part):
    """A stream that is in a pack as a whole, by its last entry."""

    stream: str = _Word
    version: int = _Number
    hash: str = _Digest


class WithheldText(_Part):
    """A text that was left out: the entry, its name there and its commitment."""

    entry: int = _Number
    name: str = Field(min_length=1, max_length=255)
    commitment: str = _Digest


class WithheldEvidence(_Part):
    """A piece of evidence that was left out: an entry that names it, and its digest."""

    entry: int = _Number
    blob: str = _Digest


class LeftOut(_Part):
    """What was left out of a pack by choice. It is committed to, by the entries, all the same."""

    evidence: tuple[WithheldEvidence, ...] = ()
    texts: tuple[WithheldText, ...] = ()


class Contents(_Part):
    """What ``pack.json`` says.

    ``size``, ``root`` and ``subtrees`` are the tree that every entry is proven to be in. ``streams`` are complete up to
    that size, ``clock`` are single entries of others, of which only the clock's reading matters. ``at`` and ``by`` are
    when and by what it was made, as its maker says.
    """

    format: Literal[1]
    kind: Literal["holdfast-pack"]
    origin: str = _Word
    size: int = _Number
    root: str = _Digest
    subtrees: tuple[str, ...]
    release: str = Field(min_length=1, max_length=247)
    streams: tuple[PackedStream, ...]
    clock: tuple[int, ...]
    entries: int = Field(ge=1, le=MAX_ENTRIES)
    checkpoint: bool
    at: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$")
    by: str = Field(pattern=r"^holdfast [0-9]{1,6}(\.[0-9]{1,6}){2}((a|b|rc|\.post|\.dev)[0-9]{1,6}){0,3}$")
    left_out: LeftOut

    @model_validator(mode="after")
    def _fits(self) -> Contents:
        if self.frontier.root().hex() != self.root:
            raise ValueError("the subtrees do not have the root")
        names = [item.stream for item in self.streams]
        needed = {ledger.LEDGER, ledger.release_stream(self.release)}
        if names != sorted(set(names)) or not needed <= set(names):
            raise ValueError("the streams are not in order, or one that must be there is not")
        if self.entries != sum(item.version for item in self.streams) + len(self.clock):
            raise ValueError("the streams do not have as many entries as there are")
        return self

    @property
    def frontier(self) -> Frontier:
        """The right edge of the tree."""
        return Frontier.from_bytes(self.size, b"".join(map(bytes.fromhex, self.subtrees)))

    def to_bytes(self) -> bytes:
        """The member."""
        return ledger.encode(self.model_dump(mode="json")) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Contents:
        """Reads the member.

        Raises:
            LedgerError: it is not as this format has it.
        """
        try:
            value = ledger.decode(data.removesuffix(b"\n"))
            number = value.get("format") if isinstance(value, dict) else None
            if type(number) is int and number > FORMAT:
                raise LedgerError(f"this pack has format {number}", remedy="read it with a newer Holdfast")
            found = cls.model_validate_json(json.dumps(value))
        except (LedgerError, ValidationError, ValueError) as error:
            if isinstance(error, LedgerError) and error.remedy is not None:
                raise
            why = misfit(dict(error.errors()[0])) if isinstance(error, ValidationError) else str(error)
            raise damaged(CONTENTS, why) from error
        if found.to_bytes() != data:
            raise damaged(CONTENTS, "the same value has other bytes")
        return found


def line(value: Any) -> bytes:
    """One line of a member: RFC 8785, and a newline. A text may be in another form than Unicode NFC."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def parse_line(data: bytes, fields: dict[str, type]) -> dict[str, Any]:
    """The object that a line is.

    Raises:
        LedgerError: it is none in its one spelling, or does not have exactly these fields.
    """
    try:
        value = json.loads(data)
        same = line(value) == data + b"\n"
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"it is no JSON: {error}") from error
    if not same or not isinstance(value, dict) or {name: type(part) for name, part in value.items()} != fields:
        raise LedgerError("it does not have its form")
    return value


def proof_line(seq: int, path: tuple[bytes, ...]) -> bytes:
    """A line of ``proofs.jsonl``."""
    return line({"seq": seq, "proof": [node.hex() for node in path]})


def parse_proof(data: bytes) -> tuple[int, tuple[bytes, ...]]:
    """The entry and the proof of a line of ``proofs.jsonl``."""
    found = parse_line(data, {"seq": int, "proof": list})
    return found["seq"], _path(found["proof"])


def root_line(size: int, root: str, path: tuple[bytes, ...]) -> bytes:
    """A line of ``roots.jsonl``."""
    return line({"size": size, "root": root, "proof": [node.hex() for node in path]})


def parse_root(data: bytes) -> tuple[int, str, tuple[bytes, ...]]:
    """The size, the root and the proof of a line of ``roots.jsonl``."""
    found = parse_line(data, {"size": int, "root": str, "proof": list})
    if not ledger.is_digest(found["root"]):
        raise LedgerError("its root is no hash")
    return found["size"], found["root"], _path(found["proof"])


def text_line(text: SaltedText) -> bytes:
    """A line of ``texts.jsonl``."""
    return line({"commitment": text.commitment, "salt": text.salt.hex(), "text": text.text})


def parse_text(data: bytes) -> SaltedText:
    """The text of a line of ``texts.jsonl``."""
    found = parse_line(data, {"commitment": str, "salt": str, "text": str})
    if not ledger.is_digest(found["salt"]):
        raise LedgerError("its salt does not have 32 bytes")
    text = SaltedText(bytes.fromhex(found["salt"]), found["text"])
    if text.commitment != found["commitment"]:
        raise LedgerError("it is not the text that its commitment was made for")
    return text


def sums_of(sums: dict[str, str]) -> bytes:
    """The member that lists all others, as ``sha256sum`` writes it."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode("ascii")


def parse_sums(data: bytes) -> dict[str, str]:
    """What the member says.

    Raises:
        LedgerError: it was altered.
    """
    sums = dict(_sum(item) for item in data.decode("latin-1").splitlines())
    if sums_of(sums) != data:
        raise damaged(SUMS, "it does not have its form")
    return sums


def _sum(text: str) -> tuple[str, str]:
    digest, gap, name = text[:64], text[64:66], text[66:]
    if not ledger.is_digest(digest) or gap != "  " or not name.isascii():
        raise damaged(SUMS, "it does not have its form")
    return name, digest


def blob_name(digest: str) -> str:
    """The member that a blob is."""
    return BLOBS + digest


def in_order(names: Iterator[str]) -> str | None:
    """The first name that no member of a pack has, or not at its place; None where all are right."""
    places: list[tuple[int, str]] = []
    for name in names:
        digest = name.removeprefix(BLOBS)
        kind = BLOBS if name.startswith(BLOBS) and ledger.is_digest(digest) else name
        if kind not in ORDER or (kind == BLOBS and digest == name):
            return name
        places.append((ORDER.index(kind), digest))
        if len(places) > 1 and places[-1] <= places[-2]:
            return name
    return None


def _path(nodes: list[Any]) -> tuple[bytes, ...]:
    if len(nodes) > MAX_NODES or not all(map(ledger.is_digest, nodes)):
        raise LedgerError("its proof is no list of hashes")
    return tuple(map(bytes.fromhex, nodes))
