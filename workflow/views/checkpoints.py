"""A checkpoint, as it is told."""

from __future__ import annotations

from workflow.process import Model


class CheckpointView(Model):
    """A checkpoint: that the first ``size`` entries of a ledger have a tree with this root (in hexadecimal).

    ``note`` is the signed note, to be kept and handed on as it is. ``names`` are those of the keys that it says it is
    signed with; which of them counts, and whether it is genuine, is not looked at for this.
    """

    origin: str
    size: int
    root: str
    note: str
    names: tuple[str, ...]
