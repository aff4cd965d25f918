"""Another process for a release that is under way: one that was proposed, and those that took place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from workflow.events import MigrationProposed, ProcessMigrated, Recorded
from workflow.signoff import Act

MIGRATE = "migrate"
"""What letting a release go on under another process is called, where acts and gates have names."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A process that somebody wants a release to go on under, and who has approved that. It ends with the round.

    ``loosens`` are the places where it asks less than the present one; ``reason`` is a commitment.
    """

    entry: int
    at: datetime
    by: str
    process: str
    loosens: tuple[str, ...]
    reason: str
    approvals: tuple[Act, ...] = ()

    @classmethod
    def of(cls, event: MigrationProposed, recorded: Recorded) -> Self:
        """The proposal that an event is of, at its entry."""
        reason = recorded.texts["rationale"]
        return cls(recorded.seq, recorded.at, recorded.actor, event.process, event.loosens, reason)


@dataclass(frozen=True, slots=True)
class Migration:
    """A process that gave way to another, in a stage; with it, ``round`` began.

    ``approved_by`` are the people who filled the places that the process before wanted filled.
    """

    entry: int
    at: datetime
    previous: str
    process: str
    stage: str
    round: int
    loosens: tuple[str, ...]
    approved_by: tuple[str, ...]
    proposal: Proposal

    @classmethod
    def of(cls, event: ProcessMigrated, recorded: Recorded, proposal: Proposal, begun: int) -> Self:
        """The migration that an event is of, at its entry; ``begun`` is the round that begins with it."""
        return cls(
            entry=recorded.seq,
            at=recorded.at,
            previous=event.previous,
            process=event.process,
            stage=event.stage,
            round=begun,
            loosens=event.loosens,
            approved_by=event.approved_by,
            proposal=proposal,
        )
