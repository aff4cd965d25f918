"""What the engine answers with: frozen values, the same for Python and, as JSON, for scripts.

Every model here is a stable schema: fields are added, never renamed or dropped.
"""

from __future__ import annotations

from workflow.views.checkpoints import CheckpointView
from workflow.views.course import (
    ConsentView,
    EvidenceView,
    MigrationView,
    ProposalView,
    SlipView,
    StageView,
    StatementView,
)
from workflow.views.decision import AgainstView, ApprovalView, DecisionView, ReleasedView
from workflow.views.deployed import DeployedFile, DeployedReason, DeployedReport, KnowledgeView, VoucherView
from workflow.views.gate import SEALED, Assumptions, Explanation, OverridingView
from workflow.views.inquiry import (
    Coverage,
    CoverageLine,
    CoveragePlace,
    ExceptionKind,
    ExceptionView,
    PlanChange,
    ReleaseSlips,
    ReviewAfter,
)
from workflow.views.packs import LeftOutFile, LeftOutText, LinesView, PackView
from workflow.views.proofs import ConsistencyProof, InclusionProof
from workflow.views.record import AuditProblem, AuditReport, HistoryItem, HistoryPage, SignedEntry
from workflow.views.release import InboxItem, ReleaseLine, Status
from workflow.views.standing import (
    AcceptanceView,
    HoldView,
    IncidentView,
    RejectView,
    RequirementView,
    UsedOverrideView,
)

__all__ = [
    "SEALED",
    "AcceptanceView",
    "AgainstView",
    "ApprovalView",
    "Assumptions",
    "AuditProblem",
    "AuditReport",
    "CheckpointView",
    "ConsentView",
    "ConsistencyProof",
    "Coverage",
    "CoverageLine",
    "CoveragePlace",
    "DecisionView",
    "DeployedFile",
    "DeployedReason",
    "DeployedReport",
    "EvidenceView",
    "ExceptionKind",
    "ExceptionView",
    "Explanation",
    "HistoryItem",
    "HistoryPage",
    "HoldView",
    "InboxItem",
    "IncidentView",
    "InclusionProof",
    "KnowledgeView",
    "LeftOutFile",
    "LeftOutText",
    "LinesView",
    "MigrationView",
    "OverridingView",
    "PackView",
    "PlanChange",
    "ProposalView",
    "RejectView",
    "ReleaseLine",
    "ReleaseSlips",
    "ReleasedView",
    "RequirementView",
    "ReviewAfter",
    "SignedEntry",
    "SlipView",
    "StageView",
    "StatementView",
    "Status",
    "UsedOverrideView",
    "VoucherView",
]
