"""The roots that the ledger's tree had: what a signer's copy of size and root is held against."""

from __future__ import annotations

from workflow.ledger import Frontier
from workflow.storage.base import Reader


class Roots:
    """Computes the root at a size from the entries' hashes, and goes on from what it computed before.

    What is remembered holds for a tree that only grew: where the present one does not continue the last one that was
    seen, it is forgotten. The hashes beside the entries are taken as they stand: every entry that is read for a
    decision is checked against its own, and an audit checks all.
    """

    def __init__(self) -> None:
        self._known: dict[int, Frontier] = {0: Frontier()}
        self._last = Frontier()

    def at(self, reader: Reader, size: int) -> str | None:
        """The root at a size, in hexadecimal; None where the ledger has not come so far."""
        head = reader.head().frontier
        if not 1 <= size <= head.size:
            return None
        if self._last.size and _grown(reader, self._last, head.size) != head:
            self._known = {0: Frontier()}
        self._last = self._known[head.size] = head
        if size not in self._known:
            start = self._known[max(known for known in self._known if known < size)]
            self._known[size] = _grown(reader, start, size)
        return self._known[size].root().hex()


def _grown(reader: Reader, start: Frontier, size: int) -> Frontier:
    """A tree with the entries after it, up to a size."""
    frontier = start
    if size > start.size:
        for stored in reader.entries(start.size, size - start.size):
            frontier = frontier.append(bytes.fromhex(stored.hash))
    return frontier
