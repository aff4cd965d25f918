"""The roots that the ledger's tree had, and the proofs over it, from what is kept of the tree.

What a signer's copy of size and root is held against, and what is handed to whoever has no ledger. Every eighth level
of the tree is kept, so that each answer takes a logarithmic number of nodes: two or three reads of at most 256 hashes
for each of these levels, of which a million entries have three.

What is kept is held to the end that the tree has: whoever changes a node to have another past would have to change the
end as well, and with it every root from then on. That both are of the entries, an audit checks; whoever reads an entry
for a decision checks that one against its own hash.
"""

from __future__ import annotations

from collections.abc import Callable

from workflow.errors import LedgerError, NotFound
from workflow.ledger import Subtrees
from workflow.ledger.proofs import check_consistency, check_inclusion, consistency, inclusion, tree_root
from workflow.storage.base import Reader


class Tree:
    """The tree of a ledger as one reader sees it. What it read of the tree it remembers."""

    def __init__(self, reader: Reader) -> None:
        self._end = reader.head().frontier
        self._nodes = Subtrees(self._end.size, reader.nodes, self._end)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._end.size

    def root(self, size: int) -> bytes:
        """The root that the tree had at a size.

        Raises:
            NotFound: it never had that size.
            LedgerError: what is kept of it is not of the tree that ends as this one does.
        """
        if not 1 <= size <= self._end.size:
            raise NotFound(
                f"this ledger never had a tree of {size} entries", remedy=f"name a size from 1 to {self._end.size}"
            )
        if size == self._end.size:
            return self._end.root()
        root, end = tree_root(size, self._nodes), self._end.root()
        proof = consistency(size, self._end.size, self._nodes)
        _held(size, lambda: check_consistency(size, root, self._end.size, end, proof))
        return root

    def inclusion(self, seq: int, size: int) -> tuple[bytes, ...]:
        """What shows that an entry is in the tree over the first ``size`` entries.

        Raises:
            NotFound: that tree has no such entry, or there never was one of that size.
            LedgerError: what is kept of it is not of the tree that ends as this one does.
        """
        root = self.root(size)
        if not 1 <= seq <= size:
            raise NotFound(f"the tree over {size} entries has no entry {seq}", remedy=f"name one from 1 to {size}")
        leaf, proof = self._nodes(0, seq - 1), inclusion(seq - 1, size, self._nodes)
        _held(seq, lambda: check_inclusion(leaf, seq - 1, size, proof, root))
        return proof

    def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        """What shows that the tree over ``first`` entries is the beginning of that over ``second``.

        Raises:
            NotFound: there never was a tree of one of the sizes, or the second is the smaller one.
            LedgerError: what is kept of it is not of the tree that ends as this one does.
        """
        roots = self.root(first), self.root(second)
        if second < first:
            raise NotFound(f"a tree of {first} entries is no beginning of one of {second}", remedy="name them in order")
        proof = consistency(first, second, self._nodes)
        _held(first, lambda: check_consistency(first, roots[0], second, roots[1], proof))
        return proof


def root_at(reader: Reader, size: int) -> str | None:
    """The root at a size, in hexadecimal; None where the ledger has not come so far."""
    tree = Tree(reader)
    return tree.root(size).hex() if 1 <= size <= tree.size else None


def _held(at: int, check: Callable[[], None]) -> None:
    try:
        check()
    except LedgerError as error:
        raise LedgerError(
            f"what is kept of the tree at {at} entries is not of this ledger's tree: {error.message}",
            remedy="run an audit; then have an administrator rebuild the projections from the entries",
        ) from error
