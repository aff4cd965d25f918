"""What is kept of the tree gives its frontier at every size, and never takes more than a few hundred hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from workflow.errors import ChainBroken
from workflow.ledger import WIDTH, Frontier, Span, Spans, check_kept, completed, frontier_at, joined

LEAVES = [hashlib.sha256(str(number).encode()).digest() for number in range(WIDTH * WIDTH + 3 * WIDTH + 5)]


@pytest.fixture(scope="module")
def kept() -> list[Span]:
    spans = Spans()
    return [span for leaf in LEAVES for span in spans.add(leaf)]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 66304, 66309])
def test_the_frontier_at_a_size_is_that_of_its_leaves(kept: list[Span], size: int) -> None:
    asked = 0

    def nodes(level: int, first: int, last: int) -> Sequence[bytes]:
        nonlocal asked
        asked += last - first
        if level == 0:
            return LEAVES[first:last]
        return [span.hash for span in kept if span.level == level and first <= span.place < last]

    frontier = frontier_at(size, nodes)

    assert frontier == joined(LEAVES[:size])
    assert asked < 3 * WIDTH


def test_the_last_leaf_of_a_span_completes_it_and_those_above_that_end_with_it(kept: list[Span]) -> None:
    told = [place for size in range(1, len(LEAVES) + 1) for place in completed(size)]

    assert told == [(span.level, span.place) for span in kept]
    assert told[:2] == [(1, 0), (1, 1)]
    assert told[255:257] == [(1, 255), (2, 0)]


def test_a_span_is_the_node_that_the_tree_itself_has_there(kept: list[Span]) -> None:
    [whole] = [span for span in kept if span.level == 2]

    assert Frontier(WIDTH * WIDTH, (whole.hash,)) == joined(LEAVES[: WIDTH * WIDTH])


def test_a_node_that_was_changed_gives_the_tree_no_other_past(kept: list[Span]) -> None:
    """Whoever owns the database changes what is kept of the tree, to have it fit a root that somebody signed."""
    end = joined(LEAVES)
    levels = {0: list(LEAVES), **{level: [span.hash for span in kept if span.level == level] for level in (1, 2)}}

    def nodes(level: int, first: int, last: int) -> list[bytes]:
        return levels[level][first:last]

    for size in (1, WIDTH - 1, WIDTH, WIDTH + 5, WIDTH * WIDTH - 1, WIDTH * WIDTH, WIDTH * WIDTH + WIDTH + 2):
        check_kept(size, end, nodes)
    for level, place, size in (
        (0, 3, 5),
        (0, WIDTH + 3, WIDTH + 5),
        (1, 0, WIDTH),
        (1, 0, 2 * WIDTH),
        (1, 7, 8 * WIDTH + 1),
        (1, WIDTH, WIDTH * WIDTH + WIDTH + 1),
        (2, 0, 5),
        (2, 0, WIDTH * WIDTH + 1),
        (0, WIDTH * WIDTH + WIDTH, WIDTH * WIDTH + WIDTH + 1),
    ):
        before, levels[level][place] = levels[level][place], bytes(32)
        with pytest.raises(ChainBroken):
            check_kept(size, end, nodes)
        levels[level][place] = before
