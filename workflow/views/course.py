"""What a release went through, for people to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from workflow.process import Exposure, Model


class StageView(Model):
    """A stage of the release's process, and what became of it here."""

    name: str
    exposure: Exposure
    state: Literal["passed", "current", "ahead"]
    entered_at: datetime | None


class EvidenceView(Model):
    """A report that was attached to the release.

    ``detail`` says why it decides nothing; ``tool`` what made it, ``run`` which run or version of a task, ``model`` on
    what, all by the report's own word.
    """

    id: str
    name: str
    kind: str
    status: str
    filename: str
    blob: str
    candidate: str
    current: bool
    stated: bool
    set_aside: bool
    by: str
    entry: int
    samples: int
    completed_at: str | None
    metrics: tuple[dict[str, Any], ...]
    detail: str = ""
    tool: str = ""
    run: str = ""
    model: str = ""


class SlipView(Model):
    """A change of the planned date; ``planned`` None is *no date*."""

    entry: int
    at: datetime
    by: str
    previous: datetime | None
    planned: datetime | None
    slip: bool
    reason: str | None


class StatementView(Model):
    """What somebody said about the release; ``about`` is the incident that they said it on, or null."""

    id: str
    by: str
    role: str
    public: bool
    text: str | None
    at: datetime
    entry: int
    about: str | None = None


class ConsentView(Model):
    """How far a role lets a release go on under a proposed process.

    ``people`` fill its places, ``ignored`` do not count, and ``who_can`` could fill what is missing.
    """

    role: str
    count: int
    people: tuple[str, ...]
    ignored: tuple[str, ...]
    who_can: tuple[str, ...]


class ProposalView(Model):
    """A process that is proposed in the place of the present one; ``loosens`` are the places where it asks less."""

    process: str
    process_label: str
    loosens: tuple[str, ...]
    by: str
    entry: int
    at: datetime
    reason: str | None
    consents: tuple[ConsentView, ...]


class MigrationView(Model):
    """A process that gave way to another, and where that asks less; with it, ``round`` began."""

    previous: str
    previous_label: str
    process: str
    process_label: str
    stage: str
    round: int
    loosens: tuple[str, ...]
    proposed_by: str
    proposed_in: int
    approved_by: tuple[str, ...]
    entry: int
    at: datetime
    reason: str | None
