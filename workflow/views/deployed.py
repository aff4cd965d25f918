"""What a serving host is told before it loads files: are they the released ones, and how fresh is that knowledge?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Exposure, Model
from workflow.views.decision import ReleasedView


class DeployedFile(Model):
    """A file of the released candidate, or one that is not: ``extra`` where it lies there, and was not released.

    ``released`` and ``found`` are SHA-256s; null where there is none.
    """

    component: str
    path: str
    state: Literal["same", "differs", "missing", "extra"]
    released: str | None
    found: str | None


class VoucherView(Model):
    """What stands for a pack being of the ledger that it names.

    ``size`` is for how many of its entries; of a pin, for the release's own up to that one, and null of pins that stand
    for who may sign. ``at`` is when the ledger's log attested the decision, or a witness saw as many entries.
    """

    kind: Literal["log key", "witness", "checkpoint", "attestation", "pin"]
    name: str
    size: int | None = None
    at: datetime | None = None


class KnowledgeView(Model):
    """Until when it is known what became of the release: as ``at`` the last of its entries, or of an attestation.

    ``by`` says which of both. ``age`` is in seconds, by the clock of whoever asks.
    """

    at: datetime
    by: str
    age: int


class DeployedReason(Model):
    """Why files are not to be loaded: ``no``, ``unknown`` (nothing says so), or ``failed`` (the pack is damaged)."""

    kind: Literal["no", "unknown", "failed"]
    code: str
    text: str
    remedy: str


class DeployedReport(Model):
    """Whether the files at a path are the released ones, as far as a pack knows.

    ``outcome`` is ``ok`` only where nothing is in the way. ``files`` has each file; null where they were not looked at,
    because what was known before was enough to say no. ``released`` is null where the pack is damaged, and
    ``knowledge`` where nobody vouches for it. ``despite`` are the names of what stands against the candidate and was
    accepted, and ``notice`` is what the public was told when the release ended.
    """

    outcome: Literal["ok", "no", "unknown", "failed"]
    path: str
    asked: Exposure
    reasons: tuple[DeployedReason, ...]
    released: ReleasedView | None
    manifest: str | None
    files: tuple[DeployedFile, ...] | None
    vouched: tuple[VoucherView, ...]
    entries: int
    packed_at: str
    knowledge: KnowledgeView | None
    despite: tuple[str, ...]
    notice: str | None
