"""What is published of a release: the permits that were given, and what became of each that was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from workflow.clock import parse_timestamp
from workflow.events import ExposureBegun, ExposureConfirmed, ExposureReconciled, PlanMade, Recorded
from workflow.process import Exposure
from workflow.records import replace
from workflow.signoff import Act

PUBLICATION = "publication"
"""The kind of an observation that says what became of a copy."""

End = Literal["confirmed", "aborted", "published", "not_published"]
"""The receipt, the proof that no byte left, or what a person found."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The permission to publish once, as its maker has it. It binds what a sign-off binds."""

    id: str
    act: Act
    publisher: str
    destination: str
    transition: str
    source: str
    dest: str
    round: int
    basis: str
    process: str
    nonce: str
    expires: datetime

    @classmethod
    def of(cls, event: PlanMade, act: Act) -> Self:
        """The permit that an event is of."""
        bound = event.binding
        return cls(
            id=event.id,
            act=act,
            publisher=event.publisher,
            destination=event.destination,
            transition=bound.transition or "",
            source=bound.source or "",
            dest=bound.dest or "",
            round=bound.round or 0,
            basis=bound.basis or "",
            process=bound.process,
            nonce=bound.nonce,
            expires=parse_timestamp(bound.expires or ""),
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """One use of a permit. Without an end nobody knows what came of it, and it counts as out.

    ``exposed`` is how far the release was out before; ``ended`` is the entry that holds the end, ``ended_by`` whose it
    is.
    """

    permit: str
    entry: int
    at: datetime
    by: str
    publisher: str
    destination: str
    manifest: str
    reference: str
    exposed: Exposure
    end: End | None = None
    ended: int | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    @classmethod
    def of(cls, event: ExposureBegun, recorded: Recorded) -> Self:
        """The use that an event records."""
        return cls(
            permit=event.subject,
            entry=recorded.seq,
            at=recorded.at,
            by=recorded.actor,
            publisher=event.publisher,
            destination=event.destination,
            manifest=event.manifest,
            reference=event.reference,
            exposed=event.exposed,
        )

    @property
    def is_open(self) -> bool:
        """Whether nobody has proven, or answered for, what came of it."""
        return self.end is None

    @property
    def is_proven(self) -> bool:
        """Whether it was proven what came of it, so that nothing more can be said."""
        return self.end in ("confirmed", "aborted")

    def ending(self, end: End, recorded: Recorded) -> Self:
        """The same with its end."""
        return replace(self, end=end, ended=recorded.seq, ended_at=recorded.at, ended_by=recorded.actor)


def ended(publications: tuple[Publication, ...], subject: str, end: End, recorded: Recorded) -> tuple[Publication, ...]:
    """The publications, one of them with its end."""
    return tuple(item.ending(end, recorded) if item.permit == subject else item for item in publications)


def end_of(event: ExposureConfirmed | ExposureReconciled) -> End:
    """The end that an event is."""
    return "confirmed" if isinstance(event, ExposureConfirmed) else event.verdict
