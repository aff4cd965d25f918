"""Proofs over the tree: that an entry is in it, and that a smaller tree is the beginning of a larger one.

Proofs are made and checked as in RFC 9162 section 2.1 (RFC 6962 section 2.1 has the same trees and proofs). Whoever
makes one has the roots of the complete subtrees at hand; whoever checks one needs nothing but the proof and the roots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workflow.errors import LedgerError
from workflow.ledger.merkle import EMPTY_ROOT, HASH_BYTES, Frontier, node_hash

MAX_HASHES = 64

Nodes = Callable[[int, int], bytes]
"""The root of a complete subtree: the one over the ``2**level`` leaves from ``place * 2**level`` on."""


def tree_root(size: int, nodes: Nodes) -> bytes:
    """The root of the tree over the first ``size`` leaves; of none, the hash of no bytes."""
    return _root(0, size, nodes) if size else EMPTY_ROOT


def frontier_of(size: int, nodes: Nodes) -> Frontier:
    """The right edge of the tree over the first ``size`` leaves."""
    subtrees, first = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            subtrees.append(nodes(level, first >> level))
            first += 1 << level
    return Frontier(size, tuple(subtrees))


def inclusion(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """What shows that leaf ``index``, counted from 0, is in the tree over ``size`` leaves: its audit path, leaf first.

    Raises:
        LedgerError: that tree has no such leaf.
    """
    if not 0 <= index < size:
        raise LedgerError(f"a tree of {size} leaves has no leaf {index}")
    return tuple(_path(index, 0, size, nodes))


def consistency(first: int, second: int, nodes: Nodes) -> tuple[bytes, ...]:
    """What shows that the tree over ``first`` leaves is the beginning of that over ``second``; of equal trees, nothing.

    Raises:
        LedgerError: the first tree is empty or larger than the second.
    """
    if not 1 <= first <= second:
        raise LedgerError(f"a tree of {first} leaves is no beginning of one of {second}")
    return tuple(_beginning(first, 0, second, nodes, whole=True))


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Checks that a leaf hash stands at ``index``, counted from 0, in the tree of that size and root.

    RFC 9162 section 2.1.3.2.

    Raises:
        LedgerError: the proof does not show it.
    """
    _check_form(proof, leaf, root)
    if not 0 <= index < size:
        raise LedgerError(f"a tree of {size} leaves has no leaf {index}")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise LedgerError("the proof of inclusion is longer than the tree is high")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _up_a_right_edge(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise LedgerError("the proof of inclusion is shorter than the tree is high")
    if found != root:
        raise LedgerError(f"the proof of inclusion leads to {found.hex()[:12]}, not to the root {root.hex()[:12]}")


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Checks that the first tree is the beginning of the second.

    RFC 9162 section 2.1.4.2.

    Raises:
        LedgerError: the proof does not show it.
    """
    _check_form(proof, first_root, second_root)
    if not 1 <= first <= second:
        raise LedgerError(f"a tree of {first} leaves is no beginning of one of {second}")
    if first == second:
        if proof or first_root != second_root:
            raise LedgerError("two trees of one size are equal, or one was not the other's beginning")
        return
    # A first tree that is complete is the subtree that the proof begins with, and is not said twice.
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        raise LedgerError("the proof of consistency is empty")
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise LedgerError("the proof of consistency is longer than the tree is high")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _up_a_right_edge(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise LedgerError("the proof of consistency is shorter than the tree is high")
    if old != first_root:
        raise LedgerError(f"the proof leads to {old.hex()[:12]} for {first} leaves, not to {first_root.hex()[:12]}")
    if new != second_root:
        raise LedgerError(f"the proof leads to {new.hex()[:12]} for {second} leaves, not to {second_root.hex()[:12]}")


def _up_a_right_edge(place: int, last: int) -> tuple[int, int]:
    """Past the levels on which a node at the right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _root(begin: int, end: int, nodes: Nodes) -> bytes:
    size = end - begin
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, begin >> level)
    middle = begin + _left(size)
    return node_hash(_root(begin, middle, nodes), _root(middle, end, nodes))


def _path(index: int, begin: int, end: int, nodes: Nodes) -> Iterator[bytes]:
    if end - begin == 1:
        return
    middle = begin + _left(end - begin)
    if index < middle:
        yield from _path(index, begin, middle, nodes)
        yield _root(middle, end, nodes)
    else:
        yield from _path(index, middle, end, nodes)
        yield _root(begin, middle, nodes)


def _beginning(first: int, begin: int, end: int, nodes: Nodes, *, whole: bool) -> Iterator[bytes]:
    """``whole`` is whether the subtree from ``begin`` on is all of the first tree, whose root the checker has."""
    if first == end:
        if not whole:
            yield _root(begin, end, nodes)
        return
    middle = begin + _left(end - begin)
    if first <= middle:
        yield from _beginning(first, begin, middle, nodes, whole=whole)
        yield _root(middle, end, nodes)
    else:
        yield from _beginning(first, middle, end, nodes, whole=False)
        yield _root(begin, middle, nodes)


def _left(size: int) -> int:
    """How many leaves are in the left half: the largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_form(proof: Sequence[bytes], *ends: bytes) -> None:
    if len(proof) > MAX_HASHES or any(len(node) != HASH_BYTES for node in (*proof, *ends)):
        raise LedgerError(f"a proof is at most {MAX_HASHES} hashes of {HASH_BYTES} bytes, between two more")
