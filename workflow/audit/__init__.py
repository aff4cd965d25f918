"""The audit: everything again from nothing, with the recorded rules over what was known at each entry.

It trusts the entries' bytes and nothing else. Every decision is made anew and compared, so that an entry which the
rules would not have allowed is found, even where all hashes fit. What cannot be made anew is said, and never counts as
checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workflow.audit.walk import Audit, Remembered
from workflow.folding import read_entry
from workflow.pins import Pins
from workflow.replay import Replay
from workflow.rulebook import Rulebook
from workflow.storage.base import Head, Reader, ReleaseRow
from workflow.views import AuditReport

__all__ = ["Remembered", "audit", "projections"]


def audit(
    reader: Reader,
    rulebook: Rulebook,
    missing_protection: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
    remembered: Remembered | None = None,
    pinned: Pins | None = None,
) -> AuditReport:
    """Checks a whole ledger. It never raises for damage: damage is what it reports."""
    return Audit(reader, rulebook, remembered, pinned or {}).run(missing_protection, progress)


def projections(reader: Reader) -> tuple[Head, list[tuple[ReleaseRow, frozenset[str]]]]:
    """The projections that belong to the entries, folded from nothing.

    Raises:
        LedgerError: an entry is damaged.
    """
    replay = Replay(reader)
    for stored in reader.entries():
        replay.step(read_entry(stored))
    return replay.head, list(replay.rows().values())
