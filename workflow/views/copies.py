"""A ledger that was copied into another database, as it is told."""

from __future__ import annotations

from workflow.process import Model


class CopyView(Model):
    """What was copied, all of it read again and compared, and the size and root that both ledgers have.

    ``copied`` is false where the other database held exactly this ledger already, and nothing had to be written.
    ``retired`` says whether the one that was copied from is closed for good; where not, both can still be written to,
    and only one of them may be.
    """

    entries: int
    root: str
    texts: int
    blobs: int
    releases: int
    copied: bool
    retired: bool
