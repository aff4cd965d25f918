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
from workflow.views.databases import ConditionView, CopyView, DatabaseView
from workflow.views.decision import AgainstView, ApprovalView, DecisionView, ReleasedView
from workflow.views.gate import SEALED, Assumptions, Explanation, OverridingView
from workflow.views.page import Page
from workflow.views.proofs import ConsistencyProof, InclusionProof
from workflow.views.record import AuditProblem, AuditReport, HistoryItem, HistoryPage, SignedEntry, Signer
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
    "ConditionView",
    "ConsentView",
    "ConsistencyProof",
    "CopyView",
    "DatabaseView",
    "DecisionView",
    "EvidenceView",
    "Explanation",
    "HistoryItem",
    "HistoryPage",
    "HoldView",
    "InboxItem",
    "IncidentView",
    "InclusionProof",
    "MigrationView",
    "OverridingView",
    "Page",
    "ProposalView",
    "RejectView",
    "ReleaseLine",
    "ReleasedView",
    "RequirementView",
    "SignedEntry",
    "Signer",
    "SlipView",
    "StageView",
    "StatementView",
    "Status",
    "UsedOverrideView",
]
