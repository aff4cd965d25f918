"""What can have happened: frozen facts, in the past tense, as they stand in an entry's ``events``.

Every event names its ``type`` and an integer ``schema``. A field that holds a free text holds the *name* of that text
in the entry's ``texts``; the text itself stands in a table of its own and can be erased. Fields that a command also
has carry the same name there, so that an audit can put the command together again and decide it anew.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from workflow.errors import LedgerError
from workflow.events.administration import (
    AwayDeclared,
    ChangeAccepted,
    ChangeApproved,
    ChangeProposed,
    CommandRefused,
    KeySuspended,
    LedgerCreated,
    ProtectionRestored,
    ReturnDeclared,
    TextErased,
)
from workflow.events.base import Event, Recorded
from workflow.events.course import (
    CandidateReplaced,
    MigrationApproved,
    MigrationProposed,
    ProcessMigrated,
    ReleaseStarted,
    Scheduled,
    TransitionMade,
)
from workflow.events.decisions import (
    ConditionAsserted,
    ObjectionAnswered,
    ObjectionClosed,
    OverrideDecided,
    OverrideUsed,
    Reaffirmed,
    SignOffRecorded,
    SignOffWithdrawn,
)
from workflow.events.grounds import (
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
    RequiredTestJudged,
    RiskReviewed,
    StatementMade,
)
from workflow.events.incidents import IncidentClosed, IncidentOpened
from workflow.events.publishing import (
    ExposureAborted,
    ExposureBegun,
    ExposureConfirmed,
    ExposureReconciled,
    PlanMade,
)
from workflow.events.standing import (
    AffectedGate,
    CompromiseFound,
    FindingRaised,
    HoldPlaced,
    LiftApproved,
    RequirementDischarged,
    RequirementRaised,
    RiskAccepted,
)
from workflow.facts import Binding

__all__ = [
    "AffectedGate",
    "AnyEvent",
    "AwayDeclared",
    "CandidateReplaced",
    "ChangeAccepted",
    "ChangeApproved",
    "ChangeProposed",
    "CommandRefused",
    "CompromiseFound",
    "ConditionAsserted",
    "Event",
    "EvidenceAttached",
    "EvidenceJustified",
    "EvidenceSetAside",
    "ExposureAborted",
    "ExposureBegun",
    "ExposureConfirmed",
    "ExposureReconciled",
    "FindingRaised",
    "HoldPlaced",
    "IncidentClosed",
    "IncidentOpened",
    "KeySuspended",
    "LedgerCreated",
    "LiftApproved",
    "MigrationApproved",
    "MigrationProposed",
    "ObjectionAnswered",
    "ObjectionClosed",
    "OverrideDecided",
    "OverrideUsed",
    "PlanMade",
    "ProcessMigrated",
    "ProtectionRestored",
    "Reaffirmed",
    "Recorded",
    "ReleaseStarted",
    "RequiredTestJudged",
    "RequirementDischarged",
    "RequirementRaised",
    "ReturnDeclared",
    "RiskAccepted",
    "RiskReviewed",
    "Scheduled",
    "SignOffRecorded",
    "SignOffWithdrawn",
    "StatementMade",
    "TextErased",
    "TransitionMade",
    "binding_of",
    "dump",
    "parse",
]

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
    | ProcessMigrated
    | IncidentOpened
    | IncidentClosed
    | RequiredTestJudged
    | FindingRaised
    | RiskAccepted
    | OverrideDecided
    | OverrideUsed
    | PlanMade
    | ExposureBegun
    | ExposureConfirmed
    | ExposureAborted
    | ExposureReconciled,
    Field(discriminator="type"),
]


_EVENTS: TypeAdapter[tuple[AnyEvent, ...]] = TypeAdapter(tuple[AnyEvent, ...])


def dump(event: Event) -> dict[str, Any]:
    """The event as it stands in an entry."""
    return event.model_dump(mode="json", by_alias=True)


def binding_of(event: Event) -> Binding | None:
    """What an event's maker was bound to by it, where it is an act that has such a thing."""
    # Asking a model for a field that it has not takes many times as long.
    return vars(event).get("binding")


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
        bound = binding_of(event)
        if bound is not None and not bound.covers(event):
            raise LedgerError(f"{event.type} says something else than what it is bound to")
        if event.schema_ != 1:
            raise LedgerError(f"schema {event.schema_} of {event.type} is unknown here", remedy="use a newer Holdfast")
    return parsed
