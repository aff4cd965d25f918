"""What the author of a policy needs, and nothing more.

A policy is one rule of a gate: parameters, checked when the process is loaded, and a pure function from what is known
to a verdict. It has no clock, no database and no network; what it must know from outside it declares in ``needs``, and
the engine gathers that first and records it. A policy allows, or it gives reasons. It cannot abstain.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from workflow.artifact.names import check_component
from workflow.basis import BasisChange, last_change
from workflow.calendars import COVERAGE, Calendar, Coverage, Span, Spans, Twice, Zone
from workflow.clock import DURATION_FORM, parse_duration, parse_timestamp, timestamp
from workflow.composition import Composed
from workflow.errors import InvalidInput
from workflow.evidence import Bound, EvidenceReport, Judgement, judge, worst
from workflow.facts import Severity
from workflow.gate_context import GateContext
from workflow.grounds import Evidence, JudgedTest, Justification, Review, Statement
from workflow.lineage import Objection, Parent
from workflow.process import Exposure, Name
from workflow.requirement import FINDING, Acceptance, Accepting, Hold, Incident, Requirement
from workflow.rule import Policy, outcome
from workflow.signoff import Quorum, QuorumResult, SignOff
from workflow.verdict import (
    COMPARED,
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
    "COMPARED",
    "COVERAGE",
    "FINDING",
    "Acceptance",
    "Accepting",
    "BasisChange",
    "Bound",
    "Calendar",
    "CannotTell",
    "Component",
    "Composed",
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
    "Parent",
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
    "outcome",
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
