"""What the engine answers with: frozen values, the same for Python and, as JSON, for scripts.

Every model here is a stable schema: fields are added, never renamed or dropped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from workflow.policy import OutcomeKind, Reason, Verdict
from workflow.process import Exposure, Model
from workflow.publication_view import PublicationView

SEALED = "(sealed)"
"""Stands where somebody's handle would, until the quorum of a sealed role is in. No handle is written like that."""


class Assumptions(Model):
    """What an answer supposes that is not so: it says nothing about now.

    ``at`` is the later time that it is about; ``signed`` are the roles whose quorums are taken to be in; ``process`` is
    another one that the release is taken to have gone on under, and ``obstacle`` is why it could not now. Each is None
    or empty where nothing of the kind was supposed. ``asked_at`` is when it was asked.
    """

    asked_at: datetime
    at: datetime | None = None
    signed: tuple[str, ...] = ()
    process: str | None = None
    process_label: str | None = None
    obstacle: str | None = None


class Explanation(Model):
    """Whether a transition would be allowed now, with every policy's verdict. Asking changed nothing.

    ``basis`` is what an approval has to name. ``outcome`` is None where it is allowed. ``caller`` is None where the
    question was not asked for anybody, so that who calls was not checked. ``signed`` is whether what opens this gate
    must be signed. Where ``assuming`` is not None, all of this is about what was supposed, and not about now. With a
    ``publisher``, the move is made by a plan, to a place ``below`` one of these.
    """

    release: str
    trigger: str
    source: str
    dest: str
    here: bool
    allowed: bool
    outcome: OutcomeKind | None
    irreversible: bool
    raises: bool
    solo: bool
    candidate: str
    label: str
    process: str
    process_label: str
    round: int
    basis: str
    at: datetime
    caller: str | None
    verdicts: tuple[Verdict, ...]
    signed: bool = False
    assuming: Assumptions | None = None
    publisher: str | None = None
    below: tuple[str, ...] = ()

    @property
    def blockers(self) -> tuple[Verdict, ...]:
        """The verdicts that stand in the way."""
        return tuple(verdict for verdict in self.verdicts if not verdict.allow)


class StageView(Model):
    """A stage of the release's process, and what became of it here."""

    name: str
    exposure: Exposure
    state: Literal["passed", "current", "ahead"]
    entered_at: datetime | None


class HoldView(Model):
    """A hold, lifted for the present candidate or standing."""

    id: str
    release: str
    owner: str
    role: str
    by: str
    placed_at: datetime
    entry: int
    reason: str | None
    review_by: datetime | None
    lapsed: bool
    standing: bool
    lifted_for: tuple[str, ...]


class AcceptanceView(Model):
    """Somebody's word that they accept the risk of a finding until a time. ``ended``: that has come."""

    by: str
    role: str
    until: datetime
    ended: bool
    candidates: tuple[str, ...]
    entry: int
    reason: str | None


class RequirementView(Model):
    """A requirement, discharged for the present candidate or open.

    ``by`` is ``(sealed)`` where it came with an approval that is sealed. A finding has a ``severity``, and whoever
    accepted its risk stands in ``accepted``; whether that counts is said by the gates.
    """

    id: str
    release: str
    kind: str
    text: str | None
    by: str
    role: str
    discharged_by: str
    blocks: tuple[str, ...]
    due: datetime | None
    overdue: bool
    hold: str | None
    entry: int
    open: bool
    severity: str | None = None
    accepted: tuple[AcceptanceView, ...] = ()


class RejectView(Model):
    """A reject that stands against the present candidate."""

    id: str
    release: str
    by: str
    role: str
    authority: str
    transition: str
    candidate: str
    entry: int
    reason: str | None


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


class IncidentView(Model):
    """What became known, and what was said of it since.

    It stands in ``release`` and reaches everything that has one of the ``affected`` digests (of candidates and of
    weight files) in its line. ``open`` is whether it stands against the present candidate of the release that was asked
    about, ``reaches`` the releases against whose present candidate it stands (null where nobody asked that), and
    ``closed_for`` the candidates for which it is dealt with. ``known_since`` is by its maker's word, ``recorded_at`` by
    the ledger's clock.
    """

    id: str
    release: str
    by: str
    role: str
    owner: str
    text: str | None
    known_since: datetime
    recorded_at: datetime
    affected: tuple[str, ...]
    entry: int
    open: bool
    closed_for: tuple[str, ...]
    updates: tuple[StatementView, ...]
    reaches: tuple[str, ...] | None = None


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


class InboxItem(Model):
    """Something that waits for one person. ``changed`` is what is different since they last signed there.

    With a ``publisher``, the move is made by a plan.
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


class ReleaseLine(Model):
    """A line of the list of releases."""

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


class HistoryItem(Model):
    """One entry, in words and as it was recorded. ``texts`` are None where they were erased.

    Where it is ``sealed``, ``actor`` and ``command_id`` are ``(sealed)``, and texts, verdicts and events are left out
    until the quorum of the role is in or the round has ended. ``key`` is the fingerprint of the key that its maker
    signed it with; None where who made it is a claim.
    """

    entry: int
    at: datetime
    stream: str
    actor: str
    proof: str
    refused: bool
    summary: tuple[str, ...]
    texts: dict[str, str | None]
    verdicts: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    hash: str
    command_id: str
    sealed: bool = False
    key: str | None = None


class SignedEntry(Model):
    """What the maker of an entry signed: with it, ``ssh-keygen -Y verify`` needs nothing else of Holdfast's.

    ``statement`` and ``signature`` are the two files; ``allowed_signer`` is the line of a file of allowed signers, by
    the key as the roster has it.
    """

    entry: int
    actor: str
    key: str
    namespace: str
    statement: str
    signature: str
    allowed_signer: str


class AuditProblem(Model):
    """Something that is not as it must be. ``kind`` is a stable word; ``entry`` is None where no entry can be named."""

    kind: Literal[
        "altered", "out-of-place", "link", "tree", "unreadable", "not-allowed", "missing", "projection", "protection"
    ]
    message: str
    entry: int | None = None
    stream: str | None = None


class AuditReport(Model):
    """What an audit found, what it covered, and what it did not.

    ``ok`` only where everything was covered and nothing was found; ``incomplete`` where nothing was found but something
    could not be recomputed. ``first_bad`` is the first entry with a problem; those before it can still be trusted.
    ``root`` is the Merkle tree hash over all entries, in hexadecimal, to be compared with one that is held elsewhere.
    """

    outcome: Literal["ok", "failed", "incomplete"]
    origin: str
    entries: int
    root: str
    streams: int
    releases: int
    transitions: int
    redecided: int
    refusals: int
    signatures: int
    blobs: int
    texts: int
    erased: tuple[str, ...]
    problems: tuple[AuditProblem, ...]
    first_bad: int | None
    not_recomputed: tuple[str, ...]
    not_covered: tuple[str, ...]
