"""The roots that the ledger's tree had: what a signer's copy of size and root is held against."""

from __future__ import annotations

from workflow.ledger import Frontier
from workflow.storage.base import Reader


class Roots:
    """Computes the root at a size from the entries' hashes, and goes on from what it computed before.

    The hashes beside the entries are taken as they stand: every entry that is read for a decision is checked against
    its own, and an audit checks all.
    """

    def __init__(self) -> None:
        self._known: dict[int, Frontier] = {0: Frontier()}

    def at(self, reader: Reader, size: int) -> str | None:
        """The root at a size, in hexadecimal; None where the ledger has not come so far."""
        head = reader.head().frontier
        if not 1 <= size <= head.size:
            return None
        self._known[head.size] = head
        if size not in self._known:
            start = self._known[max(known for known in self._known if known < size)]
            frontier = start
            for stored in reader.entries(start.size, size - start.size):
                frontier = frontier.append(bytes.fromhex(stored.hash))
            self._known[size] = frontier
        return self._known[size].root().hex()
