"""The database behind the ledger, as it is told: looked at, and copied into another."""

from __future__ import annotations

from typing import Literal

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


class ConditionView(Model):
    """One thing about a database: how it is, and what is to be done where that is ``not`` as it must be.

    A ``note`` may be as it is wanted. ``damage`` is true where it is the ledger that is not what it must be, and not
    what stands around it.
    """

    name: str
    state: Literal["ok", "note", "not"]
    said: str
    remedy: str | None
    damage: bool


class DatabaseView(Model):
    """What was seen of a database without reading all of it: ``ok``, ``failed``, or ``damaged``; an audit sees more."""

    outcome: Literal["ok", "failed", "damaged"]
    conditions: tuple[ConditionView, ...]
