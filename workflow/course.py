"""The course of a release: the moves that it made, and the changes of its planned date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self, TypeVar

from workflow.clock import parse_timestamp
from workflow.events import Recorded, Scheduled, TransitionMade


@dataclass(frozen=True, slots=True)
class Slip:
    """A change of the planned date. ``planned`` None is *no date*; ``reason`` is a commitment."""

    entry: int
    at: datetime
    by: str
    previous: datetime | None
    planned: datetime | None
    reason: str
    slip: bool

    @classmethod
    def of(cls, event: Scheduled, recorded: Recorded) -> Self:
        """The change that an event records."""
        return cls(
            entry=recorded.seq,
            at=recorded.at,
            by=recorded.actor,
            previous=parse_timestamp(event.previous) if event.previous else None,
            planned=parse_timestamp(event.planned) if event.planned else None,
            reason=recorded.texts["rationale"],
            slip=event.slip,
        )


class Change(Protocol):
    """A change of the planned date, however it is told."""

    @property
    def slip(self) -> bool:
        """Whether a date stood."""
        ...


Changed = TypeVar("Changed", bound=Change)


def slipped(schedule: Iterable[Changed]) -> tuple[Changed, ...]:
    """The slips among the changes of a planned date: a change of a date that stood. A date after none is no slip."""
    return tuple(item for item in schedule if item.slip)


@dataclass(frozen=True, slots=True)
class Move:
    """A stage that was entered, and by whom."""

    entry: int
    at: datetime
    by: str
    trigger: str
    source: str
    dest: str
    forward: bool

    @classmethod
    def of(cls, event: TransitionMade, recorded: Recorded) -> Self:
        """The move that an event records."""
        return cls(recorded.seq, recorded.at, recorded.actor, event.trigger, event.source, event.dest, event.forward)
