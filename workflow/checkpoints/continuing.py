"""Whether one tree goes on from another: what a log asks itself before it signs, and a witness before it cosigns."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.errors import HistoryForked, LedgerError
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.proofs import check_consistency


def check_continues(known: Checkpoint, new: Checkpoint, proof: Sequence[bytes], *, remedy: str) -> None:
    """Checks that a tree is the known one, or goes on from it.

    Args:
        known: what was given out, or cosigned, before.
        new: what is to be now.
        proof: of consistency between them; empty where they have one size.
        remedy: what to do where it does not.

    Raises:
        HistoryForked: it does not.
    """
    try:
        if new.size < known.size:
            raise LedgerError("a tree never gets smaller")
        check_consistency(known.size, known.root, new.size, new.root, proof)
    except LedgerError as error:
        raise HistoryForked(
            f"the tree of {new.size} entries with the root {new.root.hex()[:16]} does not go on from the one of "
            f"{known.size} entries with the root {known.root.hex()[:16]}, of which a checkpoint of {known.origin} was "
            f"given out: {error.message}",
            size=new.size,
            root=new.root.hex(),
            known_size=known.size,
            known_root=known.root.hex(),
            remedy=remedy,
        ) from error
