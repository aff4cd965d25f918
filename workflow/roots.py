"""The roots that the ledger's tree had: what a signer's copy of size and root is held against."""

from __future__ import annotations

from workflow.storage.base import Reader


def root_at(reader: Reader, size: int) -> str | None:
    """The root at a size, in hexadecimal; None where the ledger has not come so far.

    What is kept of the tree is held to the end that it has. That both are of the entries, an audit checks; whoever
    reads an entry for a decision checks that one against its own hash.
    """
    head = reader.head().frontier
    if not 1 <= size <= head.size:
        return None
    frontier = head if size == head.size else reader.frontier(size)
    return frontier.root().hex()
