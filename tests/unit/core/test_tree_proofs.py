"""Proofs of inclusion and consistency: what is so is shown, what is not is refused, as in RFC 9162 section 2.1."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.errors import LedgerError
from workflow.ledger import Frontier, leaf_hash, node_hash
from workflow.ledger.proofs import (
    Nodes,
    check_consistency,
    check_inclusion,
    consistency,
    inclusion,
    tree_root,
)

LARGEST = 40
LEAVES = [leaf_hash(bytes([number])) for number in range(LARGEST)]

# The eight leaves and the roots of the trees over the first of them, from the reference tests of Certificate
# Transparency (google/certificate-transparency, merkletree tests), as transparency-dev/merkle keeps them.
KNOWN_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    def node(level: int, place: int) -> bytes:
        if level == 0:
            return leaves[place]
        return node_hash(node(level - 1, 2 * place), node(level - 1, 2 * place + 1))

    return node


NODES = nodes_of(LEAVES)


def root_of(size: int) -> bytes:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier = frontier.append(leaf)
    return frontier.root()


def test_the_roots_are_the_published_ones() -> None:
    nodes = nodes_of([leaf_hash(bytes.fromhex(data)) for data in KNOWN_LEAVES])

    assert [tree_root(size, nodes).hex() for size in range(1, 9)] == KNOWN_ROOTS


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_the_root_is_that_of_the_frontier(size: int) -> None:
    assert tree_root(size, NODES) == root_of(size)


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_leaf_of_every_tree_is_shown_to_be_there(size: int) -> None:
    for index in range(size):
        proof = inclusion(index, size, NODES)

        check_inclusion(LEAVES[index], index, size, proof, root_of(size))
        assert len(proof) <= (size - 1).bit_length()


@pytest.mark.parametrize("second", range(1, LARGEST + 1))
def test_every_smaller_tree_is_shown_to_be_the_beginning(second: int) -> None:
    for first in range(1, second + 1):
        proof = consistency(first, second, NODES)

        check_consistency(first, root_of(first), second, root_of(second), proof)


SIZES = st.integers(min_value=1, max_value=LARGEST)


@given(SIZES, st.data())
def test_a_proof_of_inclusion_shows_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = list(inclusion(index, size, NODES))
    what = data.draw(st.sampled_from(["leaf", "place", "size", "root", "longer", "shorter", "other"]))
    leaf, place, other_size, root = LEAVES[index], index, size, root_of(size)
    if what == "leaf":
        leaf = leaf_hash(b"another")
    elif what == "place":
        place = data.draw(st.integers(min_value=0, max_value=size).filter(lambda number: number != index))
    elif what == "size":
        # Only a size that gives this leaf another way up is another claim; the root settles which tree is meant.
        other_size, root = size + 1, leaf_hash(b"another root")
    elif what == "root":
        root = leaf_hash(b"another root")
    elif what == "longer":
        proof.append(leaf_hash(b"more"))
    elif what == "shorter" and proof:
        proof.pop(data.draw(st.integers(min_value=0, max_value=len(proof) - 1)))
    elif what == "other" and proof:
        proof[data.draw(st.integers(min_value=0, max_value=len(proof) - 1))] = leaf_hash(b"another")
    else:
        leaf = leaf_hash(b"another")

    with pytest.raises(LedgerError):
        check_inclusion(leaf, place, other_size, proof, root)


@given(SIZES, SIZES, st.data())
def test_a_proof_of_consistency_shows_nothing_else(one: int, other: int, data: st.DataObject) -> None:
    first, second = min(one, other), max(one, other)
    proof = list(consistency(first, second, NODES))
    what = data.draw(st.sampled_from(["first", "second", "longer", "shorter", "other"]))
    first_root, second_root = root_of(first), root_of(second)
    if what == "first":
        first_root = leaf_hash(b"another")
    elif what == "longer":
        proof.append(leaf_hash(b"more"))
    elif what == "shorter" and proof:
        proof.pop(data.draw(st.integers(min_value=0, max_value=len(proof) - 1)))
    elif what == "other" and proof:
        proof[data.draw(st.integers(min_value=0, max_value=len(proof) - 1))] = leaf_hash(b"another")
    else:
        second_root = leaf_hash(b"another")

    with pytest.raises(LedgerError):
        check_consistency(first, first_root, second, second_root, proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (40, 40)])
def test_a_leaf_that_a_tree_does_not_have_is_not_shown(index: int, size: int) -> None:
    with pytest.raises(LedgerError):
        inclusion(index, size, NODES)
    with pytest.raises(LedgerError):
        check_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_a_tree_that_is_empty_or_larger_is_no_beginning(first: int, second: int) -> None:
    with pytest.raises(LedgerError):
        consistency(first, second, NODES)
    with pytest.raises(LedgerError):
        check_consistency(first, LEAVES[0], second, LEAVES[0], [])


@pytest.mark.parametrize("proof", [[b"short"], [bytes(33)], [bytes(32)] * 65])
def test_what_is_no_list_of_hashes_is_no_proof(proof: list[bytes]) -> None:
    with pytest.raises(LedgerError):
        check_inclusion(LEAVES[0], 0, 2, proof, root_of(2))
    with pytest.raises(LedgerError):
        check_consistency(1, root_of(1), 2, root_of(2), proof)
