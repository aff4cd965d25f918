"""The inner nodes of the tree that are kept, so that an earlier root needs not be computed from all leaves.

Of the tree's levels every eighth is kept. A **span** is the root of 256 nodes side by side of the kept level below: on
level 1, of 256 entries; on level 2, of 256 spans of level 1; and so on. Fewer than 256 nodes of each level then give
the tree at any size. The tiles of C2SP tlog-tiles have the same height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from workflow.ledger.merkle import Frontier, node_hash

LEVELS = 8
"""How many levels of the tree there are from one that is kept to the next."""

WIDTH = 1 << LEVELS

REMEMBERED = 1 << 16
"""About how many nodes are remembered at most, while proofs are made."""


class Span(NamedTuple):
    """A kept node: its level, its place among those of its level, and its hash."""

    level: int
    place: int
    hash: bytes


class Spans:
    """Finds the spans of a tree while its leaves come."""

    def __init__(self) -> None:
        self._open: list[list[bytes]] = [[]]
        self._made: list[int] = [0]

    def add(self, leaf: bytes) -> Iterator[Span]:
        """The spans that one more leaf hash completes, lowest level first."""
        node = leaf
        for level in range(len(self._open) + 1):
            if level == len(self._open):
                self._open.append([])
                self._made.append(0)
            self._open[level].append(node)
            if len(self._open[level]) < WIDTH:
                return
            node = joined(self._open[level]).root()
            yield Span(level + 1, self._made[level], node)
            self._open[level] = []
            self._made[level] += 1


def joined(nodes: Iterable[bytes]) -> Frontier:
    """The frontier over some nodes side by side, as if they were leaves."""
    frontier = Frontier()
    for node in nodes:
        frontier = frontier.append(node)
    return frontier


def completed(size: int) -> Iterator[tuple[int, int]]:
    """The level and the place of each span that the last leaf of a tree of some size completes, lowest level first."""
    level, left = 1, size
    while left and left % WIDTH == 0:
        left //= WIDTH
        yield level, left - 1
        level += 1


class Subtrees:
    """The complete subtrees of a tree, made from what is kept of it: what proofs are made from.

    Of a level that is kept, 256 nodes are read at a time, and remembered for a while: a proof takes two or three such
    reads a level.

    Args:
        size: of the whole tree.
        nodes: gives the hashes of a kept level from a place up to another; those of level 0 are the leaves.
    """

    def __init__(self, size: int, nodes: Callable[[int, int, int], Sequence[bytes]]) -> None:
        self._size = size
        self._nodes = nodes
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, place: int) -> bytes:
        """The root of the subtree over the ``2**level`` leaves from ``place * 2**level`` on."""
        found = self._known.get((level, place))
        if found is None:
            found = self._made(level, place)
            self._known[level, place] = found
        return found

    def _made(self, level: int, place: int) -> bytes:
        kept, above = divmod(level, LEVELS)
        if above:
            return node_hash(self(level - 1, 2 * place), self(level - 1, 2 * place + 1))
        if len(self._known) > REMEMBERED:
            self._known.clear()
        first = place - place % WIDTH
        nodes = self._nodes(kept, first, min(first + WIDTH, self._size >> level))
        self._known.update(((level, first + at), node) for at, node in enumerate(nodes))
        return nodes[place - first]
