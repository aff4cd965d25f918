"""The same ten writes, each way in a module of its own: :func:`make` opens a new database and returns what does them.

A release is started, two people sign off, it is submitted, delayed, the stop is lifted, it is resumed, two people sign
off, it is released. Every step is durable, and says who did it and why, before the next one begins. A way that needs a
package that is not installed raises ``ImportError``.
"""

from __future__ import annotations

import sqlite3

WHY = "for the reasons that are on record"
TRANSITIONS = 4
WRITES = 10
LEAD = "lee"
SIGNERS = ("mara", "jun")
HOLDER = "priya"
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


def durable(connection: sqlite3.Connection, *_: object) -> None:
    """Makes a connection keep what it commits, as all ways do: WAL, and every commit synced before it returns."""
    for pragma in PRAGMAS:
        connection.execute(pragma)


def check(connection: sqlite3.Connection) -> None:
    """Ends the benchmark where a way does not sync what it commits."""
    mode, level = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
    assert (mode, level) == ("wal", 2), (mode, level)
