"""Where a release stands, and what waits for whom."""

from __future__ import annotations

from datetime import datetime

from workflow.policy import Reason
from workflow.process import Exposure, Model
from workflow.publication_view import PublicationView
from workflow.views.course import (
    EvidenceView,
    MigrationView,
    ProposalView,
    SlipView,
    StageView,
    StatementView,
)
from workflow.views.gate import Explanation
from workflow.views.standing import HoldView, IncidentView, RejectView, RequirementView, UsedOverrideView


class Status(Model):
    """Where a release stands, what is in its way, and who can act next.

    ``next`` is the way onward: the explanation of the first transition that leads forward from the present stage, or
    None at the end. It is asked for ``actor`` where they may call that trigger, and else for nobody. ``exits`` are all
    triggers that lead out of the stage. ``chain_checked`` counts the entries of the release's own stream whose bytes
    and links were checked for this answer. ``publications`` are the permits to publish, and what came of them.
    ``migrations`` are the processes that gave way to others, and ``proposal`` is one that is proposed now.
    """

    release: str
    label: str
    candidate: str
    components: tuple[str, ...]
    files: int
    size: int
    authors: tuple[str, ...]
    process: str
    process_label: str
    solo: bool
    stage: str
    exposure: Exposure
    exposed: Exposure
    round: int
    started_by: str
    started_at: datetime
    entered_at: datetime
    planned: datetime | None
    at: datetime
    entries: int
    chain_checked: int
    refusals: int
    stages: tuple[StageView, ...]
    next: Explanation | None
    exits: tuple[str, ...]
    holds: tuple[HoldView, ...]
    requirements: tuple[RequirementView, ...]
    rejects: tuple[RejectView, ...]
    evidence: tuple[EvidenceView, ...]
    schedule: tuple[SlipView, ...]
    statements: tuple[StatementView, ...]
    incidents: tuple[IncidentView, ...] = ()
    publications: tuple[PublicationView, ...] = ()
    migrations: tuple[MigrationView, ...]
    proposal: ProposalView | None
    actor: str | None
    actor_roles: tuple[str, ...]
    actor_can: tuple[Reason, ...]
    overrides: tuple[UsedOverrideView, ...] = ()


class InboxItem(Model):
    """Something that waits for one person. ``changed`` is what is different since they last signed there.

    With a ``publisher``, the move is made by a plan. Where ``entry`` is not null, nothing is asked: at that entry
    somebody else answered, lifted or discharged what this person objected by, or tried to and was refused, and ``said``
    why. Of a release that goes nowhere any more the ``trigger`` is empty.
    """

    release: str
    label: str
    trigger: str
    stage: str
    dest: str
    irreversible: bool
    reason: Reason
    basis: str
    waiting_since: datetime
    last_signed: int | None
    changed: tuple[str, ...]
    publisher: str | None = None
    entry: int | None = None
    said: str | None = None


class ReleaseLine(Model):
    """A line of the list of releases. ``exposed`` is how far one was out that was withdrawn; null of all others."""

    release: str
    label: str
    stage: str
    exposure: Exposure
    candidate: str
    process: str
    process_label: str
    round: int
    planned: datetime | None
    closed: bool
    started_at: datetime
    updated_at: datetime
    exposed: Exposure | None = None
