"""What people said to let a policy of a gate be passed all the same, and what became of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from workflow.clock import parse_timestamp
from workflow.events import OverrideDecided, OverrideUsed, Recorded
from workflow.signoff import Act


@dataclass(frozen=True, slots=True)
class OverrideWord:
    """One person's word that a policy of a gate may be passed all the same, or that they take that back.

    It is bound as an approval is: to one transition, from and to, one round and one basis; ``reason`` is a commitment.
    """

    id: str
    act: Act
    decision: str
    policy: str
    transition: str
    source: str
    dest: str
    round: int
    basis: str
    process: str
    expires: datetime
    reason: str

    @classmethod
    def of(cls, event: OverrideDecided, act: Act, recorded: Recorded) -> Self:
        """The word that an event is of, at its entry."""
        bound = event.binding
        return cls(
            id=event.id,
            act=act,
            decision=event.decision,
            policy=event.policy,
            transition=bound.transition or "",
            source=bound.source or "",
            dest=bound.dest or "",
            round=bound.round or 0,
            basis=bound.basis or "",
            process=bound.process,
            # One that says no end, as no process lets anybody do, had none when it was given: it never holds.
            expires=parse_timestamp(bound.expires) if bound.expires else act.at,
            reason=recorded.texts["rationale"],
        )


@dataclass(frozen=True, slots=True)
class UsedOverride:
    """A move that passed a policy by an override, by whose words, and the requirement that is its review."""

    entry: int
    at: datetime
    mover: str
    policy: str
    trigger: str
    words: tuple[str, ...]
    by: tuple[str, ...]
    until: datetime
    review: str

    @classmethod
    def of(cls, event: OverrideUsed, recorded: Recorded) -> Self:
        """The use that an event is of, at its entry."""
        return cls(
            entry=recorded.seq,
            at=recorded.at,
            mover=recorded.actor,
            policy=event.policy,
            trigger=event.trigger,
            words=event.words,
            by=event.by,
            until=parse_timestamp(event.until),
            review=event.review,
        )
