"""What is kept of the tree gives every subtree of it, and so every root and proof, from a few hundred hashes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from workflow.errors import LedgerError, NotFound
from workflow.ledger import WIDTH, Frontier, Span, Spans, Subtrees, completed, joined, node_hash, spans
from workflow.ledger.proofs import check_consistency, check_inclusion, consistency, inclusion
from workflow.roots import Tree, root_at
from workflow.storage.base import Head

LEAVES = [hashlib.sha256(str(number).encode()).digest() for number in range(WIDTH * WIDTH + 3 * WIDTH + 5)]
SMALL = 2 * WIDTH + 3
SIZES = (1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 66304, 66309)


@pytest.fixture(scope="module")
def kept() -> list[Span]:
    made = Spans()
    return [span for leaf in LEAVES for span in made.add(leaf)]


@dataclass
class Kept:
    """A reader of nothing but what is kept of the tree; ``asked`` counts the hashes that were read."""

    levels: dict[int, list[bytes]]
    end: Frontier
    asked: int = field(default=0)

    def head(self) -> Head:
        return Head(self.end)

    def nodes(self, level: int, first: int, last: int) -> Sequence[bytes]:
        self.asked += last - first
        return self.levels[level][first:last]


@pytest.fixture
def reader(kept: list[Span]) -> Kept:
    levels = {level: [span.hash for span in kept if span.level == level] for level in (1, 2)}
    return Kept({0: list(LEAVES), **levels}, joined(LEAVES))


@pytest.fixture(scope="module")
def whole() -> Callable[[int, int], bytes]:
    """Every node of the tree, made from the leaves alone and all in memory."""
    known: dict[tuple[int, int], bytes] = {(0, place): leaf for place, leaf in enumerate(LEAVES)}

    def node(level: int, place: int) -> bytes:
        if (level, place) not in known:
            known[level, place] = node_hash(node(level - 1, 2 * place), node(level - 1, 2 * place + 1))
        return known[level, place]

    return node


@pytest.fixture(scope="module")
def frontiers() -> list[Frontier]:
    found = [Frontier()]
    for leaf in LEAVES[:SMALL]:
        found.append(found[-1].append(leaf))
    return found


def test_the_last_leaf_of_a_span_completes_it_and_those_above_that_end_with_it(kept: list[Span]) -> None:
    told = [place for size in range(1, len(LEAVES) + 1) for place in completed(size)]

    assert told == [(span.level, span.place) for span in kept]
    assert told[:2] == [(1, 0), (1, 1)]
    assert told[255:257] == [(1, 255), (2, 0)]


def test_a_span_is_the_node_that_the_tree_itself_has_there(kept: list[Span]) -> None:
    [whole] = [span for span in kept if span.level == 2]

    assert Frontier(WIDTH * WIDTH, (whole.hash,)) == joined(LEAVES[: WIDTH * WIDTH])


@pytest.mark.parametrize("size", SIZES)
def test_the_root_at_a_size_is_that_of_its_leaves(reader: Kept, size: int) -> None:
    assert root_at(reader, size) == joined(LEAVES[:size]).root().hex()
    assert reader.asked < 6 * WIDTH


def test_of_a_size_that_the_tree_never_had_nothing_is_told(reader: Kept) -> None:
    for size in (-1, 0, len(LEAVES) + 1):
        assert root_at(reader, size) is None
        with pytest.raises(NotFound, match="never had a tree"):
            Tree(reader).inclusion(1, size)
        with pytest.raises(NotFound, match="never had a tree"):
            Tree(reader).consistency(size, len(LEAVES))
    for seq in (-1, 0, 6):
        with pytest.raises(NotFound, match="has no entry"):
            Tree(reader).inclusion(seq, 5)
    with pytest.raises(NotFound, match="no beginning"):
        Tree(reader).consistency(6, 5)


def test_proofs_of_every_small_tree_are_those_made_in_memory(
    reader: Kept, whole: Callable[[int, int], bytes], frontiers: list[Frontier]
) -> None:
    nodes = Subtrees(len(LEAVES), reader.nodes)
    for size in range(1, SMALL + 1):
        for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
            proof = inclusion(index, size, nodes)
            assert proof == inclusion(index, size, whole)
            check_inclusion(LEAVES[index], index, size, proof, frontiers[size].root())
        for first in {1, 2, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
            proof = consistency(first, size, nodes)
            assert proof == consistency(first, size, whole)
            check_consistency(first, frontiers[first].root(), size, frontiers[size].root(), proof)


def test_every_proof_of_every_tree_up_to_a_few_hundred_leaves_is_the_one_made_in_memory(
    reader: Kept, whole: Callable[[int, int], bytes]
) -> None:
    nodes = Subtrees(len(LEAVES), reader.nodes)
    for size in range(1, WIDTH + 10):
        for leaf in range(size):
            assert inclusion(leaf, size, nodes) == inclusion(leaf, size, whole)
            assert consistency(leaf + 1, size, nodes) == consistency(leaf + 1, size, whole)


def any_sizes(count: int) -> Iterator[tuple[int, int]]:
    """The same pairs of sizes each time, the smaller first."""
    numbers = random.Random(6962)  # noqa: S311 -- nothing secret: the same numbers each time
    for _ in range(count):
        first, second = sorted(numbers.randint(1, len(LEAVES)) for _ in range(2))
        yield first, second


def test_proofs_of_any_large_tree_are_those_made_in_memory(reader: Kept, whole: Callable[[int, int], bytes]) -> None:
    for first, second in any_sizes(100):
        assert Tree(reader).inclusion(first, second) == inclusion(first - 1, second, whole)
        assert Tree(reader).consistency(first, second) == consistency(first, second, whole)


def test_a_proof_takes_a_few_hundred_hashes_a_level(reader: Kept) -> None:
    for first, second in any_sizes(100):
        for proof_of in (Tree.inclusion, Tree.consistency):
            reader.asked = 0
            proof_of(Tree(reader), first, second)
            # Three levels are kept of it, and three places matter: where it is, where the tree ends, and where it did.
            assert reader.asked <= 3 * 3 * WIDTH


def test_a_node_is_remembered_and_not_for_ever(reader: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Tree(reader)
    tree.inclusion(1000, len(LEAVES))
    before = reader.asked
    tree.inclusion(1001, len(LEAVES))
    assert reader.asked == before

    monkeypatch.setattr(spans, "REMEMBERED", 2)
    assert tree.inclusion(20_000, len(LEAVES)) == Tree(reader).inclusion(20_000, len(LEAVES))
    assert len(tree._nodes._groups) <= 2


def told(reader: Kept, size: int) -> tuple[object, ...]:
    """The root at a size, and proofs of it."""
    return root_at(reader, size), Tree(reader).inclusion(1, size), Tree(reader).consistency(1, size)


def test_a_node_that_was_changed_gives_the_tree_no_other_past(reader: Kept) -> None:
    """Whoever owns the database changes what is kept of the tree, to have it fit a root that somebody signed."""
    sizes = (1, 4, WIDTH - 1, WIDTH, WIDTH + 5, 8 * WIDTH + 1, WIDTH * WIDTH, WIDTH * WIDTH + WIDTH + 2)
    changed = ((0, 3), (0, WIDTH + 3), (1, 0), (1, 7), (1, WIDTH), (2, 0), (0, WIDTH * WIDTH + WIDTH))
    right = {size: told(reader, size) for size in sizes}
    refused = 0
    for level, place in changed:
        before, reader.levels[level][place] = reader.levels[level][place], bytes(32)
        for size in sizes:
            try:
                found = told(reader, size)
            except LedgerError as error:
                assert "not of this ledger's tree" in error.message
                refused += 1
            else:
                assert found == right[size]
        reader.levels[level][place] = before
    assert refused > len(changed)


@pytest.mark.parametrize(
    ("level", "place", "size"),
    [
        (0, 3, 5),
        (0, WIDTH + 3, WIDTH + 5),
        (1, 0, WIDTH),
        (1, 0, 2 * WIDTH),
        (1, 7, 8 * WIDTH + 1),
        (1, WIDTH, WIDTH * WIDTH + WIDTH + 1),
        (0, WIDTH * WIDTH + WIDTH, WIDTH * WIDTH + WIDTH + 1),
    ],
)
def test_a_node_that_a_root_rests_on_is_held_to_the_end(reader: Kept, level: int, place: int, size: int) -> None:
    reader.levels[level][place] = bytes(32)

    with pytest.raises(LedgerError, match="not of this ledger's tree"):
        root_at(reader, size)
