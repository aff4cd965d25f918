"""What people decide on a transition, and what becomes of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from workflow.commands.base import ReleaseCommand
from workflow.facts import Decision, Identifier, OverrideDecision, TextName
from workflow.process import Digest, Model, Name


class YesIf(Model):
    """A requirement that an approval depends on, and that blocks the transition until it is discharged."""

    text: TextName
    discharged_by: Name


class SignOff(ReleaseCommand):
    """Decides on a transition. An approval names the basis that was seen; a reject is taken at any.

    ``conditions`` name the texts that say under what it ceases to hold; ``requirements`` are raised with it; ``cites``
    is an earlier approval of one's own that this one reaffirms.
    """

    command: ClassVar[str] = "sign"
    added: ClassVar[tuple[str, ...]] = ("conditions", "requirements", "cites")
    transition: Name
    role: Name
    decision: Decision
    basis: Digest | None = None
    conditions: tuple[TextName, ...] = ()
    requirements: tuple[YesIf, ...] = ()
    cites: Identifier | None = None

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and its conditions and requirements."""
        return (*super().texts_named(), *self.conditions, *(wanted.text for wanted in self.requirements))


def depending(
    conditions: Sequence[str], requirements: Sequence[tuple[str, str]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a sign-off that depends on something, and the texts that they name.

    Args:
        conditions: under what it ceases to hold.
        requirements: what must be discharged, each with the role that discharges it.
    """
    fields = {
        "conditions": tuple(f"condition.{place}" for place in range(1, len(conditions) + 1)),
        "requirements": tuple(
            {"text": f"requirement.{place}", "discharged_by": role} for place, (_, role) in enumerate(requirements, 1)
        ),
    }
    texts = {f"condition.{place}": text for place, text in enumerate(conditions, 1)}
    return fields, {**texts, **{f"requirement.{place}": text for place, (text, _) in enumerate(requirements, 1)}}


class Override(ReleaseCommand):
    """Lets one policy of a gate be passed all the same, naming the basis that was seen; or takes that back."""

    command: ClassVar[str] = "override"
    transition: Name
    policy: str = Field(min_length=1, max_length=255)
    role: Name
    decision: OverrideDecision
    basis: Digest | None = None


class WithdrawSignOff(ReleaseCommand):
    """Takes one's own sign-off back; a reject, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "unsign"
    subject: Identifier
    candidates: tuple[Digest, ...] = ()


class AssertCondition(ReleaseCommand):
    """Says that a condition of a sign-off has come about."""

    command: ClassVar[str] = "assert"
    subject: Identifier
    condition: TextName
    role: Name


class Answer(ReleaseCommand):
    """Answers a reject of one's role, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "answer"
    subject: Identifier
    candidates: tuple[Digest, ...] = ()
