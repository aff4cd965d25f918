"""The keys that a ledger names as its log's own, each with the entries from which and up to which it counts."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.ledger.note import NoteKey


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key whose checkpoints count for the trees over at least ``entry`` entries, and at most ``ended``.

    ``entry`` is the entry by which the administrators named it, ``ended`` the one by which they named the next: that
    one may still be the last of its tree, so that the old key can vouch for who comes after it.
    """

    key: NoteKey
    entry: int
    ended: int | None = None

    def counts_at(self, size: int) -> bool:
        """Whether its checkpoint of a tree of some size counts."""
        return self.entry <= size and (self.ended is None or size <= self.ended)
