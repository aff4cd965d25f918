"""What a report says of a release, as values: the page is drawn from them, and ``--json`` prints them.

Every fact names the entry that it stands in. Fields are added over time, never renamed or dropped.
"""

from __future__ import annotations

from workflow.report.views.course import (
    ComponentView,
    GateView,
    LineView,
    MoveView,
    ReportedCandidate,
    ReportedProcess,
    ReportedStage,
    ReportedTransition,
    StayView,
)
from workflow.report.views.grounds import MeasurementView, OpinionView, ReportedHold, ReportedRequirement, SetAsideView
from workflow.report.views.people import (
    IN_USE,
    DissentView,
    Ending,
    FateWord,
    PressureView,
    RefusalView,
    ReportedKey,
    ReportedSignOff,
    RosterChangeView,
    SignerView,
    WordView,
)
from workflow.report.views.report import ErasedView, Proof, Report, ReportedException, Summary, VerdictWord

__all__ = [
    "IN_USE",
    "ComponentView",
    "DissentView",
    "Ending",
    "ErasedView",
    "FateWord",
    "GateView",
    "LineView",
    "MeasurementView",
    "MoveView",
    "OpinionView",
    "PressureView",
    "Proof",
    "RefusalView",
    "Report",
    "ReportedCandidate",
    "ReportedException",
    "ReportedHold",
    "ReportedKey",
    "ReportedProcess",
    "ReportedRequirement",
    "ReportedSignOff",
    "ReportedStage",
    "ReportedTransition",
    "RosterChangeView",
    "SetAsideView",
    "SignerView",
    "StayView",
    "Summary",
    "VerdictWord",
    "WordView",
]
