"""The ledger's formats: pure bytes in, pure bytes out. Knows no database, no clock and no release."""

from workflow.ledger.canonical import decode, digest, encode, parse, sha256
from workflow.ledger.entry import (
    FORMAT,
    INLINE_BYTES,
    LEDGER,
    MAX_ENTRY_BYTES,
    RELEASE_PREFIX,
    ROSTER,
    Entry,
    Json,
    Listing,
    entry_hash,
    is_digest,
    is_word,
    release_stream,
)
from workflow.ledger.merkle import Frontier, leaf_hash, node_hash
from workflow.ledger.spans import WIDTH, Span, Spans, Subtrees, completed, joined
from workflow.ledger.text import SaltedText, commitment

__all__ = [
    "FORMAT",
    "INLINE_BYTES",
    "LEDGER",
    "MAX_ENTRY_BYTES",
    "RELEASE_PREFIX",
    "ROSTER",
    "WIDTH",
    "Entry",
    "Frontier",
    "Json",
    "Listing",
    "SaltedText",
    "Span",
    "Spans",
    "Subtrees",
    "commitment",
    "completed",
    "decode",
    "digest",
    "encode",
    "entry_hash",
    "is_digest",
    "is_word",
    "joined",
    "leaf_hash",
    "node_hash",
    "parse",
    "release_stream",
    "sha256",
]
