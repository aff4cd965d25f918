"""What stands open against a release, and how it ends: requirements and holds."""

from __future__ import annotations

from typing import ClassVar

from workflow.commands.base import ReleaseCommand
from workflow.facts import Fingerprint, Identifier, Moment, RequirementBound, Severity, TextName
from workflow.process import Digest, Model, Name


class Require(ReleaseCommand):
    """Raises a requirement; with ``hold``, a condition for lifting that hold."""

    command: ClassVar[str] = "require"
    role: Name
    text: TextName = "text"
    discharged_by: Name
    blocks: tuple[Name, ...] = ()
    due: Moment | None = None
    bound: RequirementBound | None = None
    hold: Identifier | None = None

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what is required."""
        return (*super().texts_named(), self.text)


class Discharge(ReleaseCommand):
    """Says that a requirement is met, for some candidates (none named: the present one), on some evidence."""

    command: ClassVar[str] = "discharge"
    subject: Identifier
    role: Name
    evidence: tuple[Identifier, ...] = ()
    candidates: tuple[Digest, ...] = ()


class RaiseFinding(ReleaseCommand):
    """Says that something is wrong, and how grave that is."""

    command: ClassVar[str] = "finding"
    severity: Severity
    role: Name
    text: TextName = "text"
    discharged_by: Name

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what was found."""
        return (*super().texts_named(), self.text)


class AcceptRisk(ReleaseCommand):
    """Accepts the risk of a finding until a time, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "accept_risk"
    subject: Identifier
    role: Name
    until: Moment
    candidates: tuple[Digest, ...] = ()


class LiftCondition(Model):
    """A requirement that must be discharged before a hold can be lifted."""

    text: TextName
    discharged_by: Name


class PlaceHold(ReleaseCommand):
    """Stops every raise, with no end date."""

    command: ClassVar[str] = "hold"
    role: Name
    review_by: Moment | None = None
    conditions: tuple[LiftCondition, ...] = ()

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and the conditions for lifting it."""
        return (*super().texts_named(), *(condition.text for condition in self.conditions))


class Lift(ReleaseCommand):
    """Says that a hold can go, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "lift"
    subject: Identifier
    role: Name
    candidates: tuple[Digest, ...] = ()


class RaiseCompromise(ReleaseCommand):
    """Raises what has to be decided anew in a release because a key that it passed gates with was compromised."""

    command: ClassVar[str] = "compromise"
    key: Fingerprint
    text: TextName = "text"

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what is required."""
        return (*super().texts_named(), self.text)
