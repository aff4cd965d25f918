"""Proofs over a tree as others have published them: each that is right is taken, each that is wrong is refused.

The vectors are those of transparency-dev/merkle; ``vectors/merkle_proofs.json`` says which, and from where. The worked
example is that of RFC 9162, section 2.1.5 (RFC 6962, section 2.1.3), a tree of seven leaves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workflow.errors import LedgerError
from workflow.ledger import leaf_hash, node_hash
from workflow.ledger.proofs import check_consistency, check_inclusion, consistency, inclusion, tree_root

VECTORS = json.loads(Path(__file__).with_name("vectors").joinpath("merkle_proofs.json").read_text(encoding="utf-8"))
HASHES = [bytes.fromhex(text) for text in VECTORS["hashes"]]


STRICTER = "additional/sizes-are-equal-one-and-proof-is-empty"
"""Taken where the vectors come from, whose two roots are equal and have no bytes; here a root has its 32."""


def named(kind: str) -> Any:
    return pytest.mark.parametrize("vector", VECTORS[kind], ids=lambda vector: vector[0])


def proof_of(numbers: list[int]) -> list[bytes]:
    return [HASHES[number] for number in numbers]


@named("inclusion")
def test_a_published_proof_of_inclusion_is_taken_where_it_is_right_and_only_there(vector: list[Any]) -> None:
    _, right, index, size, leaf, root, path = vector
    arguments = (HASHES[leaf], index, size, proof_of(path), HASHES[root])

    if right:
        check_inclusion(*arguments)
    else:
        with pytest.raises(LedgerError):
            check_inclusion(*arguments)


@named("consistency")
def test_a_published_proof_of_consistency_is_taken_where_it_is_right_and_only_there(vector: list[Any]) -> None:
    name, right, first, second, old, new, path = vector
    arguments = (first, HASHES[old], second, HASHES[new], proof_of(path))

    if right and name != STRICTER:
        check_consistency(*arguments)
    else:
        with pytest.raises(LedgerError):
            check_consistency(*arguments)


def test_the_published_vectors_are_all_here_and_some_are_right() -> None:
    kinds = ("inclusion", "consistency")
    counts = {kind: (len(VECTORS[kind]), sum(vector[1] for vector in VECTORS[kind])) for kind in kinds}

    assert counts == {"inclusion": (98, 6), "consistency": (98, 6)}


LEAVES = [leaf_hash(bytes([number])) for number in range(7)]


def node(level: int, place: int) -> bytes:
    return LEAVES[place] if level == 0 else node_hash(node(level - 1, 2 * place), node(level - 1, 2 * place + 1))


# The names that the nodes have in the figure of RFC 9162, section 2.1.5.
A, B, C, D, E, F, J = LEAVES
G, H, I, K = node(1, 0), node(1, 1), node(1, 2), node(2, 0)  # noqa: E741 - so they are called
L = node_hash(I, J)


def test_the_worked_example_of_the_rfc_is_proved_as_it_says() -> None:
    assert tree_root(7, node) == node_hash(K, L)
    assert inclusion(0, 7, node) == (B, H, L)
    assert inclusion(3, 7, node) == (C, G, L)
    assert inclusion(4, 7, node) == (F, J, K)
    assert inclusion(6, 7, node) == (I, K)
    assert consistency(3, 7, node) == (C, D, G, L)
    assert consistency(4, 7, node) == (L,)
    assert consistency(6, 7, node) == (I, J, K)
