"""What can have happened: frozen facts, in the past tense, as they stand in an entry's ``events``.

Every event names its ``type`` and an integer ``schema``. A field that holds a free text holds the *name* of that text
in the entry's ``texts``; the text itself stands in a table of its own and can be erased. Fields that a command also
has carry the same name there, so that an audit can put the command together again and decide it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from workflow.changes import Change
from workflow.errors import LedgerError
from workflow.evidence import EvidenceReport
from workflow.facts import (
    Binding,
    CandidateFacts,
    CharteredProcess,
    ComponentChange,
    Decision,
    Fingerprint,
    Identifier,
    Moment,
    Outcome,
    RequirementBound,
    RequirementKind,
    RiskVerdict,
    Slug,
    TextName,
)
from workflow.process import Digest, Exposure, Handle, Model, Name


class Event(Model):
    """Anything that happened."""

    type: str
    schema_: int = Field(default=1, alias="schema")

    model_config = ConfigDict(populate_by_name=True)


class LedgerCreated(Event):
    """The genesis: who administers this ledger, by which threshold, and which processes it allows."""

    type: Literal["ledger_created"] = "ledger_created"
    nonce: str
    administrators: tuple[Handle, ...] = Field(min_length=1)
    threshold: int = Field(ge=1)
    charter: tuple[CharteredProcess, ...]


class ProtectionRestored(Event):
    """An administrator acknowledged that append-only triggers were missing, and had them put back."""

    type: Literal["protection_restored"] = "protection_restored"
    triggers: tuple[str, ...]


class CommandRefused(Event):
    """A command was evaluated and not allowed. ``request`` is all of it but its texts."""

    type: Literal["command_refused"] = "command_refused"
    command: Name
    request: dict[str, Any]
    code: str
    outcome: Outcome
    message: str
    remedy: str | None = None


# The roster's stream.


class ChangeProposed(Event):
    """An administrator proposed a change, and so approved it."""

    type: Literal["change_proposed"] = "change_proposed"
    id: Identifier
    change: Change


class ChangeApproved(Event):
    """Another administrator approved a proposed change; ``content`` is its digest."""

    type: Literal["change_approved"] = "change_approved"
    id: Identifier
    content: Digest


class ChangeAccepted(Event):
    """The threshold of administrators was reached: the change is in force. It raises the roster's version by one."""

    type: Literal["change_accepted"] = "change_accepted"
    id: Identifier
    change: Change


class KeySuspended(Event):
    """An administrator, or its owner, stopped a key at once. Only the threshold restores it."""

    type: Literal["key_suspended"] = "key_suspended"
    key: Fingerprint


class AwayDeclared(Event):
    """Somebody is away: their deputies may act, and they themselves open no gate. ``until`` null has no end."""

    type: Literal["away_declared"] = "away_declared"
    until: Moment | None = None


class ReturnDeclared(Event):
    """Somebody who was away is back."""

    type: Literal["return_declared"] = "return_declared"


# A release's stream.


class ReleaseStarted(Event):
    """A candidate entered a process, in its first stage and in round 1."""

    type: Literal["release_started"] = "release_started"
    release: Slug
    process: Digest
    stage: Name
    candidate: CandidateFacts


class CandidateReplaced(Event):
    """Other bytes took the candidate's place; the old candidate is among the parents of the new one."""

    type: Literal["candidate_replaced"] = "candidate_replaced"
    candidate: CandidateFacts


class TransitionMade(Event):
    """Every policy of the gate allowed it, and the release is in another stage."""

    type: Literal["transition_made"] = "transition_made"
    trigger: Name
    source: Name
    dest: Name
    forward: bool
    exposure: Exposure
    irreversible: bool
    basis: Digest


class SignOffRecorded(Event):
    """A person in a role approved, rejected, abstained or recused themselves. ``exposure`` is the destination's."""

    type: Literal["sign_off_recorded"] = "sign_off_recorded"
    id: Identifier
    decision: Decision
    authority: Literal["veto", "advice"]
    exposure: Exposure
    binding: Binding


class Reaffirmed(Event):
    """The approval beside this cites an earlier one of the same person, and what became of each component since."""

    type: Literal["reaffirmed"] = "reaffirmed"
    subject: Identifier
    entry: int
    candidate: Digest
    difference: dict[str, ComponentChange]


class ConditionAsserted(Event):
    """Somebody said that a condition of a sign-off has come about, under which that ceases to hold."""

    type: Literal["condition_asserted"] = "condition_asserted"
    subject: Identifier
    condition: TextName
    role: Name


class SignOffWithdrawn(Event):
    """A person took their own sign-off back; that of a reject holds for ``candidates`` only."""

    type: Literal["sign_off_withdrawn"] = "sign_off_withdrawn"
    subject: Identifier
    candidates: tuple[Digest, ...]
    binding: Binding


class ObjectionAnswered(Event):
    """A person of the objecting role answered a reject, for some candidates."""

    type: Literal["objection_answered"] = "objection_answered"
    subject: Identifier
    candidates: tuple[Digest, ...] = Field(min_length=1)
    binding: Binding


class ObjectionClosed(Event):
    """A reject or a hold no longer stands against exactly these candidates."""

    type: Literal["objection_closed"] = "objection_closed"
    subject: Identifier
    candidates: tuple[Digest, ...] = Field(min_length=1)


class AffectedGate(Model):
    """A move that rested on something signed with a key that was compromised by then."""

    entry: int
    trigger: Name


class CompromiseFound(Event):
    """A key was compromised, and gates of this release were passed on what it signed since then."""

    type: Literal["compromise_found"] = "compromise_found"
    key: Fingerprint
    since: Moment
    gates: tuple[AffectedGate, ...] = Field(min_length=1)


class RequirementRaised(Event):
    """Something must be discharged first. ``blocks`` names triggers; none means every raise."""

    type: Literal["requirement_raised"] = "requirement_raised"
    id: Identifier
    kind: RequirementKind
    text: TextName
    role: Name
    discharged_by: Name
    blocks: tuple[Name, ...] = ()
    due: Moment | None = None
    bound: RequirementBound | None = None
    hold: Identifier | None = None


class RequirementDischarged(Event):
    """A requirement was met, for exactly these candidates, on the evidence named."""

    type: Literal["requirement_discharged"] = "requirement_discharged"
    subject: Identifier
    evidence: tuple[Identifier, ...]
    candidates: tuple[Digest, ...] = Field(min_length=1)
    binding: Binding


class HoldPlaced(Event):
    """An open-ended stop. ``count`` is how many of the role it takes to lift it; null where its maker owns it."""

    type: Literal["hold_placed"] = "hold_placed"
    id: Identifier
    role: Name
    count: int | None = None
    review_by: Moment | None = None


class LiftApproved(Event):
    """A person who may lift a hold said that it can go, for some candidates, citing what changed."""

    type: Literal["lift_approved"] = "lift_approved"
    subject: Identifier
    candidates: tuple[Digest, ...] = Field(min_length=1)
    binding: Binding


class EvidenceAttached(Event):
    """A report or a document was attached. ``made_for`` says for which candidate, and whether it says so itself."""

    type: Literal["evidence_attached"] = "evidence_attached"
    id: Identifier
    blob: Digest
    filename: str
    report: EvidenceReport
    made_for: Digest
    stated: bool
    binding: Binding | None = None


class EvidenceSetAside(Event):
    """A report no longer counts, for a reason that somebody answers for."""

    type: Literal["evidence_set_aside"] = "evidence_set_aside"
    subject: Identifier
    binding: Binding


class EvidenceJustified(Event):
    """A person answers for letting a report that was made for a relative count for the present candidate too."""

    type: Literal["evidence_justified"] = "evidence_justified"
    source: Slug
    subject: Identifier
    made_for: Digest
    difference: dict[str, ComponentChange]
    binding: Binding


class RiskReviewed(Event):
    """A person in a role gave their verdict on a risk area of the candidate."""

    type: Literal["risk_reviewed"] = "risk_reviewed"
    id: Identifier
    area: Name
    verdict: RiskVerdict
    binding: Binding


class StatementMade(Event):
    """A named person said something about the release, in public or not."""

    type: Literal["statement_made"] = "statement_made"
    id: Identifier
    public: bool
    text: TextName
    binding: Binding


class Scheduled(Event):
    """The planned date was set or changed; null is *no date*. A change of a date that stood is a slip."""

    type: Literal["scheduled"] = "scheduled"
    planned: Moment | None
    previous: Moment | None
    slip: bool


class MigrationProposed(Event):
    """Somebody proposed that the release goes on under another process; ``loosens`` says where that asks less."""

    type: Literal["migration_proposed"] = "migration_proposed"
    process: Digest
    loosens: tuple[str, ...]


class MigrationApproved(Event):
    """A person in a role of the present process approved the other one; ``proposal`` is the entry that proposed it."""

    type: Literal["migration_approved"] = "migration_approved"
    process: Digest
    proposal: int
    loosens: tuple[str, ...]
    binding: Binding


class ProcessMigrated(Event):
    """Everybody whom the process before asks has approved: the release goes on under the other, in its next round."""

    type: Literal["process_migrated"] = "process_migrated"
    previous: Digest
    process: Digest
    stage: Name
    loosens: tuple[str, ...]
    approved_by: tuple[Handle, ...] = Field(min_length=1)


class TextErased(Event):
    """A text was deleted; its commitment still stands in the entry that carried it."""

    type: Literal["text_erased"] = "text_erased"
    entry: int
    name: TextName
    commitment: Digest


AnyEvent = Annotated[
    LedgerCreated
    | ProtectionRestored
    | CommandRefused
    | ChangeProposed
    | ChangeApproved
    | ChangeAccepted
    | ReleaseStarted
    | CandidateReplaced
    | TransitionMade
    | SignOffRecorded
    | SignOffWithdrawn
    | ObjectionAnswered
    | ObjectionClosed
    | RequirementRaised
    | RequirementDischarged
    | HoldPlaced
    | LiftApproved
    | EvidenceAttached
    | EvidenceSetAside
    | RiskReviewed
    | StatementMade
    | Scheduled
    | TextErased
    | KeySuspended
    | AwayDeclared
    | ReturnDeclared
    | Reaffirmed
    | ConditionAsserted
    | CompromiseFound
    | EvidenceJustified
    | MigrationProposed
    | MigrationApproved
    | ProcessMigrated,
    Field(discriminator="type"),
]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an entry says around its events: its place, its reading of the clock, its actor and its texts.

    ``key`` is the fingerprint of the key that the actor signed with; None where they only claimed to be it.
    """

    seq: int
    at: datetime
    actor: str
    texts: Mapping[str, str]
    key: str | None = None


_EVENTS: TypeAdapter[tuple[AnyEvent, ...]] = TypeAdapter(tuple[AnyEvent, ...])


def dump(event: Event) -> dict[str, Any]:
    """The event as it stands in an entry."""
    return event.model_dump(mode="json", by_alias=True)


def parse(events: list[dict[str, Any]]) -> tuple[AnyEvent, ...]:
    """Reads an entry's events.

    Raises:
        LedgerError: a type or a schema is unknown here, or an event does not have its form.
    """
    try:
        parsed = _EVENTS.validate_python(events)
    except ValueError as error:
        raise LedgerError(f"an event cannot be read: {error}") from error
    for event in parsed:
        bound: Binding | None = getattr(event, "binding", None)
        if bound is not None and not bound.covers(event):
            raise LedgerError(f"{event.type} says something else than what it is bound to")
        if event.schema_ != 1:
            raise LedgerError(f"schema {event.schema_} of {event.type} is unknown here", remedy="use a newer Holdfast")
    return parsed
