"""The floor: ``sqlite3`` of the standard library, one row a write, in a transaction of its own. Nothing is decided."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY, check, durable

STEPS = (
    ("start", LEAD),
    *(("sign submit", person) for person in SIGNERS),
    ("submit", LEAD),
    ("delay", HOLDER),
    ("lift", HOLDER),
    ("resume", LEAD),
    *(("sign release", person) for person in SIGNERS),
    ("release", LEAD),
)
BLOCK = b"\0" * 4096


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new database of one table."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    durable(connection)
    check(connection)
    connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def work(release: str) -> None:
        for step, person in STEPS:
            row = {"release": release, "step": step, "by": person, "why": WHY, "at": datetime.now(UTC).isoformat()}
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entry (body) VALUES (?)", (json.dumps(row),))
            connection.execute("COMMIT")

    return work


def fsyncs_per_s(folder: Path, times: int) -> float:
    """How often a block is written behind the last one and synced in a second: what the disk allows."""
    with (folder / "blocks").open("ab", buffering=0) as stream:
        begun = perf_counter()
        for _ in range(times):
            stream.write(BLOCK)
            os.fsync(stream.fileno())
        return times / (perf_counter() - begun)
