"""What stands open against a release, and how it ends: requirements and holds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow.events.base import Event
from workflow.facts import (
    Binding,
    Fingerprint,
    Identifier,
    Moment,
    RequirementBound,
    RequirementKind,
    Severity,
    TextName,
)
from workflow.process import Digest, Model, Name


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


class FindingRaised(Event):
    """Somebody found something wrong: a requirement with a severity, which blocks every raise until it is settled."""

    type: Literal["finding_raised"] = "finding_raised"
    id: Identifier
    severity: Severity
    text: TextName
    role: Name
    discharged_by: Name


class RiskAccepted(Event):
    """A person accepted the risk of a finding, for exactly these candidates, until a time."""

    type: Literal["risk_accepted"] = "risk_accepted"
    subject: Identifier
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
