"""What comes along where a transaction begins, so that it needs not be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflow.storage.base import Head, Stamp, StoredEntry, StreamHead


@dataclass(frozen=True, slots=True)
class Brought:
    """What came with the beginning of a transaction, and needs not be asked for: None, or no key, where it did not.

    ``last`` is the entry that the ledger ends with, ``heads`` are the ends of streams, ``kin`` the slugs of digests.
    """

    head: Head | None = None
    last: StoredEntry | None = None
    heads: Mapping[str, StreamHead | None] = field(default_factory=dict)
    kin: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def stamp(self) -> Stamp | None:
        """The end: no two states of a ledger end alike, because it has the hash of all of it.

        None where the last entry was looked for, and is not there or is another one. Then all is looked at again.
        """
        if self.head is None or not self.heads or not self.head.frontier.size:
            return self.head
        # A tree of an odd size ends with its last entry alone.
        alone = self.head.frontier.size % 2 == 1
        there = self.last is not None and not (alone and self.last.hash != self.head.frontier.subtrees[-1].hex())
        return self.head if there else None
