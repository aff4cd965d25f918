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
from workflow.views.gate import SEALED, Assumptions, Explanation, OverridingView
from workflow.views.proofs import ConsistencyProof, InclusionProof
from workflow.views.record import AuditProblem, AuditReport, HistoryItem, SignedEntry
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
    "Assumptions",
    "AuditProblem",
    "AuditReport",
    "CheckpointView",
    "ConsentView",
    "ConsistencyProof",
    "EvidenceView",
    "Explanation",
    "HistoryItem",
    "HoldView",
    "InboxItem",
    "IncidentView",
    "InclusionProof",
    "MigrationView",
    "OverridingView",
    "ProposalView",
    "RejectView",
    "ReleaseLine",
    "RequirementView",
    "SignedEntry",
    "SlipView",
    "StageView",
    "StatementView",
    "Status",
    "UsedOverrideView",
]
