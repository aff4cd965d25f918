"""The whole tree over a ledger's entries, every level of it: any root that it ever had is a few reads away."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from workflow.audit.scratch import Flat, Folder
from workflow.ledger import Frontier, Span
from workflow.ledger.merkle import HASH_BYTES
from workflow.ledger.proofs import frontier_of, tree_root

AT_ONCE = 4096
FEW = 4
REMEMBERED = 4096
"""So many nodes of the upper levels are remembered: what neighbours saw of the tree is mostly the same."""
KEPT_LEVELS = 8
"""Every eighth level is kept in the ledger."""


class Levels:
    """The complete subtrees of a tree of some size. It is a :class:`~workflow.audit.scope.Tree` once it is grown.

    Args:
        place: where its files are.
        size: of the tree.
    """

    def __init__(self, place: Folder, size: int) -> None:
        self.size = size
        self._known: dict[tuple[int, int], bytes] = {}
        self._files = [Flat(place, f"level-{level}", HASH_BYTES) for level in range(max(size, 1).bit_length())]

    def put(self, first: int, leaves: list[bytes], height: int) -> None:
        """Puts some leaves side by side, and the subtrees that are complete over them alone.

        Args:
            first: the place of the first, a multiple of ``2**height``.
            leaves: their hashes, at most ``2**height``.
            height: the highest level to be made.
        """
        nodes = leaves
        for level in range(min(height + 1, len(self._files))):
            self._files[level].put(first >> level, b"".join(nodes))
            nodes = _above(nodes)

    def grow(self, height: int) -> None:
        """Makes the levels above one, over everything that was put."""
        level = height
        while self.size >> level > 1:
            for first in range(0, self.size >> level, AT_ONCE):
                count = min(AT_ONCE, (self.size >> level) - first)
                self._files[level + 1].put(first // 2, b"".join(_above(_parts(self._files[level].get(first, count)))))
            level += 1

    def leaves(self, first: int, count: int) -> list[bytes]:
        """Some leaves side by side."""
        return _parts(self._files[0].get(first, count))

    def node(self, level: int, place: int) -> bytes:
        """The root of the subtree over the ``2**level`` leaves from ``place * 2**level`` on."""
        if level < FEW:
            return self._files[level].get(place)
        known = self._known.get((level, place))
        if known is None:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            known = self._known[level, place] = self._files[level].get(place)
        return known

    @property
    def root(self) -> str:
        """The root over all of them, in hexadecimal."""
        return self.frontier.root().hex()

    @property
    def frontier(self) -> Frontier:
        """The right edge of the tree."""
        return frontier_of(self.size, self.node)

    def check(self, seq: int, leaf: bytes) -> None:
        """Every entry that was walked through is in the tree that they make."""

    def root_at(self, size: int) -> str | None:
        """The root that the tree had at a size; None where it was never that large."""
        if not 1 <= size <= self.size:
            return None
        return tree_root(size, self.node).hex()

    def spans(self) -> Iterator[Span]:
        """The nodes that a ledger of these entries keeps of its tree, in their order."""
        for level in range(KEPT_LEVELS, self.size.bit_length(), KEPT_LEVELS):
            count = self.size >> level
            for first in range(0, count, AT_ONCE):
                found = _parts(self._files[level].get(first, min(AT_ONCE, count - first)))
                yield from (Span(level // KEPT_LEVELS, first + at, node) for at, node in enumerate(found))

    def close(self) -> None:
        """Lets go of the files."""
        for file in self._files:
            file.close()


def _above(nodes: list[bytes]) -> list[bytes]:
    """The nodes over pairs; one that is left over has none."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=False)]


def _parts(data: bytes) -> list[bytes]:
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
