"""The tables of docs/json.md, made from the models. Run it to write the page's last part anew."""

from __future__ import annotations

import re
import types
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from workflow import rehearsal, roster_views, views
from workflow.checkpoints import Cosignature, Vouched
from workflow.policy import Fact, Reason, Verdict
from workflow.publication_view import PublicationView
from workflow.publishing import PlanFile
from workflow.report import views as report_views
from workflow.views import deployed, inquiry, packs

MODELS: tuple[type[BaseModel], ...] = (
    views.Status,
    views.StageView,
    views.HoldView,
    views.RequirementView,
    views.AcceptanceView,
    views.RejectView,
    views.UsedOverrideView,
    views.EvidenceView,
    views.SlipView,
    views.StatementView,
    views.IncidentView,
    PublicationView,
    views.MigrationView,
    views.ProposalView,
    views.ConsentView,
    views.Explanation,
    views.OverridingView,
    views.Assumptions,
    Verdict,
    Reason,
    Fact,
    rehearsal.Rehearsal,
    rehearsal.CheckView,
    rehearsal.LeavingFile,
    PlanFile,
    rehearsal.Applied,
    views.InboxItem,
    views.ReleaseLine,
    views.CopyView,
    views.DatabaseView,
    views.ConditionView,
    views.HistoryItem,
    views.HistoryPage,
    roster_views.RosterView,
    roster_views.PersonView,
    roster_views.PendingView,
    roster_views.KeyView,
    roster_views.DeputyView,
    roster_views.AwayView,
    roster_views.AdmittedView,
    roster_views.DeciderView,
    roster_views.LogKeyView,
    roster_views.CharterLine,
    inquiry.WhoCould,
    inquiry.GateThen,
    inquiry.CallerThen,
    inquiry.RoleThen,
    inquiry.Sign,
    inquiry.StopperThen,
    inquiry.LedgerDiff,
    inquiry.DiffPoint,
    inquiry.DiffGroup,
    inquiry.StateThen,
    inquiry.DiffFact,
    inquiry.EndView,
    inquiry.Waiting,
    inquiry.ReleaseWaits,
    inquiry.StageWait,
    inquiry.ApprovalWait,
    inquiry.HoldWait,
    inquiry.StoodWait,
    inquiry.RuleWait,
    inquiry.RoleWait,
    inquiry.RoleMedian,
    inquiry.ExceptionView,
    inquiry.ReviewAfter,
    inquiry.ReleaseSlips,
    inquiry.PlanChange,
    inquiry.Coverage,
    inquiry.CoverageLine,
    inquiry.CoveragePlace,
    views.AuditReport,
    views.AuditProblem,
    views.Signer,
    report_views.Report,
    report_views.Summary,
    report_views.ReportedException,
    report_views.SignerView,
    report_views.ReportedCandidate,
    report_views.ComponentView,
    report_views.ReportedProcess,
    report_views.ReportedStage,
    report_views.ReportedTransition,
    report_views.MoveView,
    report_views.StayView,
    report_views.GateView,
    report_views.RefusalView,
    report_views.ReportedSignOff,
    report_views.ReportedKey,
    report_views.DissentView,
    report_views.WordView,
    report_views.ReportedHold,
    report_views.ReportedRequirement,
    report_views.MeasurementView,
    report_views.OpinionView,
    report_views.SetAsideView,
    report_views.PressureView,
    report_views.RosterChangeView,
    report_views.ErasedView,
    report_views.LineView,
    report_views.Proof,
    views.InclusionProof,
    views.ConsistencyProof,
    views.CheckpointView,
    Vouched,
    Cosignature,
    packs.PackView,
    packs.PackReport,
    packs.PackSource,
    packs.AnchorView,
    packs.LeftOutText,
    packs.LeftOutFile,
    packs.LinesView,
    views.ReleasedView,
    views.DecisionView,
    views.ApprovalView,
    views.AgainstView,
    deployed.DeployedReport,
    deployed.DeployedReason,
    deployed.DeployedFile,
    deployed.VoucherView,
    deployed.KnowledgeView,
)
START = "<!-- from here on made by tests/acceptance/cli/json_reference.py -->\n"


def reference() -> str:
    """One section a model: what it is, and its fields with their types."""
    return "\n".join(_section(model) for model in MODELS)


def _section(model: type[BaseModel]) -> str:
    about = " ".join(re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", model.__doc__ or "").split())
    rows = [f"| `{name}` | {_type(field.annotation)} |" for name, field in model.model_fields.items()]
    return "\n".join([f"### {model.__name__}", "", about, "", "| field | type |", "|---|---|", *rows, ""])


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(item) for item in inner)
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"object of {_type(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{item.value}`" for item in annotation)
    if origin is not None:
        return _type(inner[0])
    return {"str": "text", "int": "number", "bool": "true or false", "datetime": "time", "NoneType": "null"}.get(
        getattr(annotation, "__name__", ""), "anything"
    )


if __name__ == "__main__":
    page = Path(__file__).parents[3] / "docs" / "json.md"
    written = page.read_text("utf-8").partition(START)[0]
    page.write_text(written + START + "\n" + reference(), "utf-8")
