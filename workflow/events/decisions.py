"""What people decide on a transition, and what becomes of that."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow.events.base import Event
from workflow.facts import Binding, ComponentChange, Decision, Identifier, Moment, OverrideDecision, TextName
from workflow.process import Digest, Exposure, Handle, Name


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


class OverrideDecided(Event):
    """A person let one policy of a gate be passed all the same, for a time, or took that back."""

    type: Literal["override_decided"] = "override_decided"
    id: Identifier
    policy: str
    decision: OverrideDecision
    binding: Binding


class OverrideUsed(Event):
    """The move beside this passed a policy by an override. ``review`` is the requirement that this raises: its review.

    ``words`` are what people said, by their ids, and ``until`` is when the first of these ends.
    """

    type: Literal["override_used"] = "override_used"
    policy: str
    trigger: Name
    words: tuple[Identifier, ...] = Field(min_length=1)
    by: tuple[Handle, ...] = Field(min_length=1)
    until: Moment
    review: Identifier
    role: Name
    due: Moment


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
