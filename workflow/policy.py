"""What the author of a policy needs, and nothing more.

A policy is one rule of a gate: parameters, checked when the process is loaded, and a pure function from what is known
to a verdict. It has no clock, no database and no network; what it must know from outside it declares in ``needs``, and
the engine gathers that first and records it. A policy allows, or it gives reasons. It cannot abstain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, WithJsonSchema

from workflow.artifact.names import check_component
from workflow.basis import BasisChange, last_change
from workflow.calendars import COVERAGE, Calendar, Coverage, Span, Spans, Twice, Zone
from workflow.clock import DURATION_FORM, parse_duration, parse_timestamp, timestamp
from workflow.errors import InvalidInput
from workflow.evidence import Bound, EvidenceReport, Judgement, judge, worst
from workflow.facts import Severity
from workflow.gate_context import GateContext
from workflow.grounds import Evidence, JudgedTest, Justification, Review, Statement
from workflow.lineage import Objection
from workflow.process import Exposure, Model, Name
from workflow.requirement import FINDING, Acceptance, Accepting, Hold, Incident, Requirement
from workflow.signoff import Quorum, QuorumResult, SignOff
from workflow.verdict import (
    CannotTell,
    Fact,
    Need,
    NotObserved,
    Observation,
    OutcomeKind,
    Reason,
    Verdict,
)

__all__ = [
    "COVERAGE",
    "FINDING",
    "Acceptance",
    "Accepting",
    "BasisChange",
    "Bound",
    "Calendar",
    "CannotTell",
    "Component",
    "Coverage",
    "Duration",
    "Evidence",
    "EvidenceReport",
    "Exposure",
    "Fact",
    "GateContext",
    "Hold",
    "Incident",
    "JudgedTest",
    "Judgement",
    "Justification",
    "Name",
    "Need",
    "NotObserved",
    "Objection",
    "Observation",
    "OutcomeKind",
    "Policy",
    "Quorum",
    "QuorumResult",
    "Reason",
    "Requirement",
    "Review",
    "Severity",
    "SignOff",
    "Span",
    "Spans",
    "Statement",
    "Twice",
    "Verdict",
    "Zone",
    "judge",
    "last_change",
    "length",
    "moment",
    "timestamp",
    "worst",
]


def _duration(text: str) -> str:
    try:
        parse_duration(text)
    except InvalidInput as error:
        raise ValueError(f"{error.message}; {error.remedy}") from None
    return text


Duration = Annotated[
    str,
    AfterValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION_FORM}$", "examples": ["14d", "72h", "1d12h"]}),
]
"""A length of time as people write it, such as ``72h``; checked, and kept as it was written."""


def _component(name: str) -> str:
    try:
        check_component(name)
    except InvalidInput as error:
        raise ValueError(f"{error.message}; {error.remedy}") from None
    return name


Component = Annotated[str, AfterValidator(_component)]
"""The name of a part of a candidate, such as ``weights``."""


def length(duration: Duration) -> timedelta:
    """The time that a :data:`Duration` stands for."""
    return parse_duration(duration)


def moment(text: str) -> datetime:
    """The time that a ledger timestamp stands for."""
    return parse_timestamp(text)


class Policy(Model, ABC):
    """The base of every policy: a frozen model whose fields are the parameters that a process file gives.

    ``rule`` and ``revision`` identify the rule in the ledger. A change of what a policy decides is a new revision, and
    the old one stays.
    """

    rule: ClassVar[str]
    revision: ClassVar[int] = 1

    def needs(self, context: GateContext) -> tuple[Need, ...]:  # noqa: ARG002
        """What must be observed before this policy can be decided."""
        return ()

    def quorums(self) -> tuple[Quorum, ...]:
        """The sign-offs that this policy demands."""
        return ()

    def sign_off_lifetime(self) -> timedelta | None:
        """How long a sign-off on this gate counts at most, where this policy limits it."""
        return None

    def roles_named(self) -> tuple[str, ...]:
        """The roles that this policy names; the process must define them."""
        return tuple(quorum.role for quorum in self.quorums())

    def areas_named(self) -> tuple[str, ...]:
        """The risk areas that this policy wants reviewed."""
        return ()

    def tests_named(self) -> tuple[str, ...]:
        """The tests that this policy wants done."""
        return ()

    def risks_accepted(self) -> Accepting | None:
        """Who may accept the risk of which findings, where this policy lets anybody."""
        return None

    def rests_on(self, context: GateContext) -> Sequence[str]:  # noqa: ARG002
        """The evidence and verdicts that approvals of this gate rest on, one text each: when one changes, they end."""
        return ()

    @abstractmethod
    def describe(self) -> str:
        """What the rule demands, as one sentence for somebody who does not program."""

    @abstractmethod
    def evaluate(self, context: GateContext) -> Verdict:
        """The verdict on what is known. Whatever this raises blocks the gate."""

    def allow(self, summary: str | None = None, *, facts: Sequence[Fact] = ()) -> Verdict:
        """A verdict that allows."""
        return Verdict(
            policy=self.rule,
            revision=self.revision,
            summary=summary or self.describe(),
            allow=True,
            facts=tuple(facts),
        )

    def block(self, *reasons: Reason, summary: str | None = None, facts: Sequence[Fact] = ()) -> Verdict:
        """A verdict with at least one reason."""
        return Verdict(
            policy=self.rule,
            revision=self.revision,
            summary=summary or self.describe(),
            allow=False,
            reasons=reasons,
            facts=tuple(facts),
        )
