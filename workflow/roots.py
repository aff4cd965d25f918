"""The roots that the ledger's tree had: what a signer's copy of size and root is held against."""

from __future__ import annotations

from workflow.storage.base import Reader


def root_at(reader: Reader, size: int) -> str | None:
    """The root at a size, in hexadecimal; None where the ledger has not come so far.

    What is kept of the tree is taken as it stands: every entry that is read for a decision is checked against its own
    hash, and an audit checks all of both.
    """
    head = reader.head().frontier
    if not 1 <= size <= head.size:
        return None
    frontier = head if size == head.size else reader.frontier(size)
    return frontier.root().hex()
