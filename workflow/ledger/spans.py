"""The inner nodes of the tree that are kept, so that an earlier root needs not be computed from all leaves.

Of the tree's levels every eighth is kept. A **span** is the root of 256 nodes side by side of the kept level below: on
level 1, of 256 entries; on level 2, of 256 spans of level 1; and so on. Fewer than 256 nodes of each level then give
the tree at any size. The tiles of C2SP tlog-tiles have the same height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from workflow.ledger.merkle import Frontier, parents

LEVELS = 8
"""How many levels of the tree there are from one that is kept to the next."""

WIDTH = 1 << LEVELS

REMEMBERED = 128
"""How many groups of kept nodes are remembered at most, while proofs are made."""


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
    while. Those at the tree's right edge are its frontier: where that is known, they need not be read.

    Args:
        size: of the whole tree.
        nodes: gives the hashes of a kept level from a place up to another; those of level 0 are the leaves.
        end: the frontier of the whole tree, where it is known.
    """

    def __init__(
        self, size: int, nodes: Callable[[int, int, int], Sequence[bytes]], end: Frontier | None = None
    ) -> None:
        self._size = size
        self._edge = dict(_edge(end)) if end else {}
        self._nodes = nodes
        self._groups: dict[tuple[int, int], list[Sequence[bytes]]] = {}

    def __call__(self, level: int, place: int) -> bytes:
        """The root of the subtree over the ``2**level`` leaves from ``place * 2**level`` on."""
        found = self._edge.get((level, place))
        if found is not None:
            return found
        kept, above = divmod(level, LEVELS)
        group, within = divmod(place, WIDTH >> above)
        return (self._groups.get((kept, group)) or self._read(kept, group))[above][within]

    def _read(self, kept: int, group: int) -> list[Sequence[bytes]]:
        """Reads a group of kept nodes, and makes every level above them up to the next that is kept."""
        if len(self._groups) >= REMEMBERED:
            self._groups.clear()
        first = group * WIDTH
        nodes = self._nodes(kept, first, min(first + WIDTH, self._size >> (LEVELS * kept)))
        # Of the lowest level there are too many groups for one to come again soon.
        levels = _made_before(tuple(nodes)) if kept else _made(nodes)
        self._groups[kept, group] = levels
        return levels


def _made(nodes: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Some nodes side by side, and every level above them up to the next that is kept."""
    levels = [nodes]
    while len(levels) < LEVELS:
        levels.append(parents(levels[-1]))
    return levels


@lru_cache(maxsize=REMEMBERED)
def _made_before(nodes: tuple[bytes, ...]) -> list[Sequence[bytes]]:
    # By the nodes themselves, so that nothing that was altered gives what was there before.
    return _made(nodes)


def _edge(end: Frontier) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Where each subtree of a frontier stands in the tree."""
    left, before = end.size, 0
    for node in end.subtrees:
        level = left.bit_length() - 1
        yield (level, before >> level), node
        before, left = before + (1 << level), left - (1 << level)
