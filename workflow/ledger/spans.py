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

    Of a level that is kept, 256 nodes are read at a time, with what they give up to the next one, and remembered for a
    while. Those at the tree's right edge are its frontier, and need not be read.

    Args:
        end: the frontier of the whole tree.
        nodes: gives the hashes of a kept level from a place up to another; those of level 0 are the leaves.
    """

    def __init__(self, end: Frontier, nodes: Callable[[int, int, int], Sequence[bytes]]) -> None:
        self._end = end
        self._nodes = nodes
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, place: int) -> bytes:
        """The root of the subtree over the ``2**level`` leaves from ``place * 2**level`` on."""
        found = self._known.get((level, place))
        if found is None:
            if not self._known or len(self._known) > REMEMBERED:
                self._known = dict(_edge(self._end))
            if (level, place) not in self._known:
                self._read(level, place)
            found = self._known[level, place]
        return found

    def _read(self, level: int, place: int) -> None:
        """Reads the group of kept nodes that a subtree is made of, and makes all that it gives."""
        kept, above = divmod(level, LEVELS)
        first = (place << above) // WIDTH * WIDTH
        nodes = self._nodes(kept, first, min(first + WIDTH, self._end.size >> (LEVELS * kept)))
        for height in range(LEVELS):
            at = (LEVELS * kept + height, first >> height)
            self._known.update(((at[0], at[1] + number), node) for number, node in enumerate(nodes))
            # A last one without its other half is in no subtree that is complete.
            nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=False)]


def _edge(end: Frontier) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Where each subtree of a frontier stands in the tree."""
    left, before = end.size, 0
    for node in end.subtrees:
        level = left.bit_length() - 1
        yield (level, before >> level), node
        before, left = before + (1 << level), left - (1 << level)
