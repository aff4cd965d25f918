"""What people decide on a transition, and what becomes of that."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow.events.base import Event
from workflow.facts import Binding, ComponentChange, Decision, Identifier, TextName
from workflow.process import Digest, Exposure, Name


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
