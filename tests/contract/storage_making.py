"""Entries for the tests: each continues whatever ledger it is given."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow.ledger import Frontier, leaf_hash, sha256
from workflow.storage import Append, Head, Reader, ReleaseRow, Storage, StoredEntry

AT = "2025-07-11T09:00:00.000000Z"
STREAM = "release/aurora"
LARGE = b"a large report " * 10_000


def following(reader: Reader, stream: str = STREAM, *, body: bytes | None = None, **parts: Any) -> Append:
    """The append that continues the ledger and a stream."""
    frontier, last = reader.head().frontier, reader.stream_head(stream)
    seq, version = frontier.size + 1, 1 if last is None else last.version + 1
    body = f"entry {seq}".encode() if body is None else body
    leaf = leaf_hash(body)
    entry = StoredEntry(seq, stream, version, leaf.hex(), parts.pop("command_id", f"command-{seq}"), body)
    return Append(entry, Head(frontier.append(leaf), AT, AT), **parts)


def add(storage: Storage, stream: str = STREAM, **parts: Any) -> StoredEntry:
    """Appends and commits one entry."""
    with storage.lock() as unit:
        append = following(unit, stream, **parts)
        unit.finish(append)
    return append.entry


def grown(storage: Storage, count: int) -> list[Frontier]:
    """Appends so many entries at once, and returns the frontier that there was at each size."""
    frontiers = [Frontier()]
    with storage.lock() as unit:
        for _ in range(count):
            append = following(unit)
            unit.append(append)
            frontiers.append(append.head.frontier)
        unit.commit()
    return frontiers


def frontier_of(entries: list[StoredEntry]) -> Frontier:
    """The frontier that the bytes of all entries lead to."""
    frontier = Frontier()
    for entry in entries:
        frontier = frontier.append(leaf_hash(entry.body))
    return frontier


def line(slug: str = "aurora", **changes: Any) -> ReleaseRow:
    """A line of the list of releases."""
    values: dict[str, Any] = {
        "slug": slug,
        "process": "c" * 64,
        "process_label": "open-weights",
        "stage": "testing",
        "exposure": "internal",
        "round": 1,
        "candidate": "d" * 64,
        "label": "Aurora 7B",
        "planned": None,
        "closed": False,
        "version": 1,
        "started_at": AT,
        "updated_at": AT,
    }
    return ReleaseRow(**{**values, **changes})


def blobs(*parts: bytes) -> Mapping[str, bytes]:
    """The contents by their digests."""
    return {sha256(content): content for content in parts}


def url_of(path: Path) -> str:
    """The address of a ledger in a file."""
    return f"sqlite:///{path}"


def contents(directory: Path) -> dict[str, object]:
    """What stands in a directory, and the bytes of its files."""
    return {
        entry.name: entry.read_bytes() if entry.is_file() else stat.S_IFMT(entry.lstat().st_mode)
        for entry in directory.iterdir()
    }
