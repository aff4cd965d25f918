"""The inner nodes of the tree that are kept, so that an earlier root needs not be computed from all leaves.

Of the tree's levels every eighth is kept. A **span** is the root of 256 nodes side by side of the kept level below: on
level 1, of 256 entries; on level 2, of 256 spans of level 1; and so on. Fewer than 256 nodes of each level then give
the tree at any size. The tiles of C2SP tlog-tiles have the same height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from workflow.ledger.merkle import Frontier

WIDTH = 256


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


def frontier_at(size: int, nodes: Callable[[int, int, int], Sequence[bytes]]) -> Frontier:
    """The frontier that the tree had at a size.

    Args:
        size: of the tree.
        nodes: gives the hashes of a level from a place up to another; those of level 0 are the leaves.
    """
    subtrees: list[bytes] = []
    level, count = 0, size
    while count:
        first = count - count % WIDTH
        # What is left over at a level stands to the right of everything that the levels above it cover.
        subtrees = [*joined(nodes(level, first, count)).subtrees, *subtrees]
        level, count = level + 1, count // WIDTH
    return Frontier(size, tuple(subtrees))
