"""The inner nodes of the tree that are kept, so that an earlier root needs not be computed from all leaves.

Of the tree's levels every eighth is kept. A **span** is the root of 256 nodes side by side of the kept level below: on
level 1, of 256 entries; on level 2, of 256 spans of level 1; and so on. Fewer than 256 nodes of each level then give
the tree at any size. The tiles of C2SP tlog-tiles have the same height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from workflow.errors import ChainBroken
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


def check_kept(size: int, end: Frontier, nodes: Callable[[int, int, int], Sequence[bytes]]) -> None:
    """Checks that what is kept of the tree at a size is of the very tree that ends as it does.

    Each node that it takes is held to the span over it, and so on up to the end: whoever changes one to have another
    past would have to change the end as well, and with it every root from then on.

    Args:
        size: an earlier size.
        end: the frontier that the tree has now.
        nodes: as for :func:`frontier_at`.

    Raises:
        ChainBroken: it is of another.
    """
    level, count, there = 0, size, end.size
    while there >= WIDTH:
        group = count // WIDTH
        if (group + 1) * WIDTH <= there:
            found = joined(nodes(level, group * WIDTH, (group + 1) * WIDTH)).root()
            (kept,) = nodes(level + 1, group, group + 1)
            if found != kept:
                raise _another(size, kept, found)
        level, count, there = level + 1, group, there // WIDTH
    again = frontier_at(end.size, nodes)
    if again != end:
        raise _another(size, end.root(), again.root())


def _another(size: int, kept: bytes, found: bytes) -> ChainBroken:
    return ChainBroken(
        f"what is kept of the tree at {size} entries is not of this ledger's tree",
        at=size,
        expected=kept.hex(),
        found=found.hex(),
        remedy="run an audit; then have an administrator rebuild the projections from the entries",
    )
