"""How much of a large release a page shows. What is left out is counted, and said where it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")

MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most rows of a table, gates with every verdict, entries in the appendix, and letters of somebody's words."""

    rows: int
    gates: int
    entries: int
    letters: int

    def last(self, items: Sequence[Item], most: int | None = None) -> tuple[Sequence[Item], int]:
        """The last of some things, and how many are left out before them."""
        most = self.rows if most is None else most
        return items[max(0, len(items) - most) :], max(0, len(items) - most)


LEVELS = (
    Limits(rows=400, gates=60, entries=3000, letters=2400),
    Limits(rows=200, gates=25, entries=1000, letters=800),
    Limits(rows=80, gates=10, entries=300, letters=300),
    Limits(rows=20, gates=3, entries=60, letters=120),
)
"""The first is tried first; one that is too large gives way to the next."""
