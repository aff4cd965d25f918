"""The same ten writes, each way in a module of its own: :func:`make` opens a new database and returns what does them.

A release is started, two people sign off, it is submitted, delayed, the stop is lifted, it is resumed, two people sign
off, it is released. Every step is durable, and says who did it and why, before the next one begins. A way that needs a
package that is not installed raises ``ImportError``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

WHY = "for the reasons that are on record"
TRANSITIONS = 4
WRITES = 10
LEAD = "lee"
SIGNERS = ("mara", "jun")
HOLDER = "priya"


class Acts(Protocol):
    """How a way does the steps, with releases by their names. Each is durable when it returns."""

    def start(self, name: str) -> None:
        """A new release."""

    def sign(self, name: str, trigger: str) -> None:
        """Everybody who signs approves: two writes."""

    def move(self, name: str, trigger: str, person: str = LEAD) -> None:
        """A transition."""

    def lift(self, name: str) -> None:
        """The only hold goes."""


@dataclass(frozen=True)
class Step:
    """One of the steps in their order; ``moves`` is how many transitions it is."""

    act: Callable[[Acts, str], None]
    moves: int = 0


STEPS = (
    Step(lambda way, name: way.start(name)),
    Step(lambda way, name: way.sign(name, "submit")),
    Step(lambda way, name: way.move(name, "submit"), 1),
    Step(lambda way, name: way.move(name, "delay", HOLDER), 1),
    Step(lambda way, name: way.lift(name)),
    Step(lambda way, name: way.move(name, "resume"), 1),
    Step(lambda way, name: way.sign(name, "release")),
    Step(lambda way, name: way.move(name, "release"), 1),
)
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


def durable(connection: sqlite3.Connection, *_: object) -> None:
    """Makes a connection keep what it commits, as all ways do: WAL, and every commit synced before it returns."""
    for pragma in PRAGMAS:
        connection.execute(pragma)


def check(connection: sqlite3.Connection) -> None:
    """Ends the benchmark where a way does not sync what it commits."""
    mode, level = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
    assert (mode, level) == ("wal", 2), (mode, level)
