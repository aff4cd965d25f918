"""A proof over the ledger's tree convinces somebody who has nothing but the root."""

from __future__ import annotations

import pytest

from tests.integration.engine.lab import Lab
from tests.support.raw import raw
from workflow import LedgerError, NotFound
from workflow.ledger.proofs import check_consistency, check_inclusion


def unhexed(nodes: tuple[str, ...]) -> list[bytes]:
    return [bytes.fromhex(node) for node in nodes]


def test_every_entry_is_shown_to_be_in_the_tree_of_every_size(review: Lab) -> None:
    count = len(review.entries())
    for size in (1, 2, count - 1, count):
        for entry in range(1, size + 1):
            shown = review.engine.prove_inclusion(entry, size)

            leaf, root = bytes.fromhex(shown.hash), bytes.fromhex(shown.root)
            check_inclusion(leaf, entry - 1, size, unhexed(shown.proof), root)
    assert review.engine.prove_inclusion(3) == review.engine.prove_inclusion(3, count)


def test_the_ledger_is_shown_to_have_only_grown(review: Lab) -> None:
    count = len(review.entries())
    before = review.engine.prove_consistency(count)
    review.hold()

    shown = review.engine.prove_consistency(count)

    assert (shown.first, shown.first_root) == (count, before.second_root)
    first, second = bytes.fromhex(shown.first_root), bytes.fromhex(shown.second_root)
    check_consistency(count, first, count + 1, second, unhexed(shown.proof))
    assert shown.second_root == review.engine.audit().root
    assert shown.origin == review.engine.roster().origin


def test_what_there_is_not_is_not_proven(review: Lab) -> None:
    count = len(review.entries())

    for entry, size in ((0, None), (count + 1, None), (3, 2), (1, count + 1), (1, 0), (-1, -1)):
        with pytest.raises(NotFound):
            review.engine.prove_inclusion(entry, size)
    for first, second in ((0, None), (count + 1, None), (3, 2), (1, count + 1)):
        with pytest.raises(NotFound):
            review.engine.prove_consistency(first, second)


def test_an_altered_entry_is_proven_by_nobody(empty: Lab) -> None:
    empty.engine.add_person("mara", actor="ana", rationale="She joined.")
    with raw(empty.url) as database:
        database.unprotect()
        database.run("UPDATE entry SET body = x'7b7d' WHERE seq = 1")

    with pytest.raises(LedgerError, match="entry 1 is altered"):
        empty.engine.prove_inclusion(1)
