"""``audit prove``: what is handed to somebody who has no ledger."""

from __future__ import annotations

from cli_desk import Desk


def test_a_proof_is_shown_with_what_it_is_of(desk: Desk) -> None:
    inside, grown = desk.does("audit", "prove", "3", "--size", "5"), desk.does("audit", "prove", "--consistency", "4")

    with desk.engine() as engine:
        entry, beginning = engine.prove_inclusion(3, 5), engine.prove_consistency(4)
    told = " ".join(inside.out.split())
    assert f"Entry 3 of {entry.origin} is in the tree over the first 5 entries." in told
    assert all(node in told for node in (entry.hash, entry.root, *entry.proof))
    told = " ".join(grown.out.split())
    assert f"are the beginning of its first {beginning.second}." in told
    assert all(node in told for node in (beginning.first_root, beginning.second_root, *beginning.proof))


def test_what_cannot_be_proven_is_one_clear_error(desk: Desk) -> None:
    for args in ((), ("3", "--consistency", "4"), ("0",), ("99",), ("--consistency", "99"), ("1", "--size", "0")):
        result = desk("audit", "prove", *args)

        assert (result.code, result.out) == (2, "")
        assert "hint" in result.err or "name" in result.err
