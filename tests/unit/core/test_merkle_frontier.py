"""The frontier gives the root of RFC 6962 section 2.1 for every size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.errors import LedgerError
from workflow.ledger import Frontier, leaf_hash

LEAVES = st.lists(st.binary(max_size=8), max_size=80)


def root_of(leaves: list[bytes]) -> bytes:
    """The tree hash as the RFC defines it: split at the largest power of two below the number of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def frontier_of(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf_hash(leaf))
    return frontier


@given(LEAVES)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert frontier_of(leaves).root() == root_of(leaves)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 7, 8, 9, 255, 256, 257])
def test_the_root_is_that_of_the_definition_around_powers_of_two(size: int) -> None:
    leaves = [str(number).encode() for number in range(size)]

    assert frontier_of(leaves).root() == root_of(leaves)
    assert len(frontier_of(leaves).subtrees) == size.bit_count()


@pytest.mark.parametrize(
    ("leaves", "root"),
    [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ([b""], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ],
)
def test_known_roots(leaves: list[bytes], root: str) -> None:
    assert frontier_of(leaves).root().hex() == root


@given(LEAVES, LEAVES)
def test_a_frontier_that_was_put_away_goes_on_where_it_stopped(first: list[bytes], then: list[bytes]) -> None:
    before = frontier_of(first)
    frontier = Frontier.from_bytes(before.size, before.to_bytes())
    for leaf in then:
        frontier = frontier.append(leaf_hash(leaf))

    assert frontier == frontier_of(first + then)


@given(LEAVES, st.binary(max_size=8))
def test_an_append_changes_the_root_and_not_the_frontier_before_it(leaves: list[bytes], leaf: bytes) -> None:
    before = frontier_of(leaves)
    root = before.root()

    assert before.append(leaf_hash(leaf)).root() != root
    assert before.root() == root


@pytest.mark.parametrize(("size", "count"), [(0, 1), (1, 0), (3, 1), (4, 2), (-1, 0)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, count: int) -> None:
    with pytest.raises(LedgerError):
        Frontier.from_bytes(size, bytes(32 * count))


def test_a_frontier_cut_in_the_middle_of_a_hash_is_refused() -> None:
    with pytest.raises(LedgerError):
        Frontier.from_bytes(1, bytes(31))
