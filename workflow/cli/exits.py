"""Exit codes: by them a script tells allowed, waiting, refused and broken apart."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from workflow.errors import (
    CheckpointMissing,
    ConcurrentUpdate,
    LedgerError,
    LogUnusable,
    PublishingFailed,
    Refused,
    StorageError,
    WitnessConflict,
    WorkflowError,
)
from workflow.policy import OutcomeKind, Reason
from workflow.views import AuditReport, Explanation

if TYPE_CHECKING:
    from workflow.views.packs import PackReport

NOT_LOOKED_AT = "not-observed"
"""The code of an error that says no more than that nobody looked; the next look may allow."""


class ExitCode(IntEnum):
    """What a command's end means."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    INTEGRITY = 3
    ENVIRONMENT = 4
    WAITING = 8
    INTERRUPTED = 130


_OUTCOMES: dict[OutcomeKind, ExitCode] = {
    "no": ExitCode.REFUSED,
    "open": ExitCode.WAITING,
    "error": ExitCode.ENVIRONMENT,
}
_AUDITS = {
    "ok": ExitCode.DONE,
    "partial": ExitCode.DONE,
    "failed": ExitCode.INTEGRITY,
    "incomplete": ExitCode.WAITING,
}


def of_error(error: WorkflowError) -> ExitCode:
    """The exit code of an error; one of no family of its own is a mistake in what was asked."""
    if isinstance(error, Refused):
        return _OUTCOMES[error.outcome]
    if isinstance(error, LedgerError):
        return ExitCode.INTEGRITY
    if isinstance(error, CheckpointMissing):
        # What was asked for is done, whatever kept the checkpoint from being made.
        return ExitCode.INTEGRITY if isinstance(error.cause, LedgerError) else ExitCode.ENVIRONMENT
    if isinstance(error, WitnessConflict):
        return ExitCode.REFUSED
    if isinstance(error, StorageError | ConcurrentUpdate | PublishingFailed | LogUnusable):
        return ExitCode.ENVIRONMENT
    return ExitCode.USAGE


def unseen(reason: Reason) -> bool:
    """Whether a reason says no more than that nobody looked. A policy's own no is a no, whatever code it bears."""
    return reason.kind == "error" and reason.code == NOT_LOOKED_AT


def outcome_of(explanation: Explanation) -> OutcomeKind | None:
    """Where a gate stands, None where it allows: what was merely not looked at waits, and hides nothing else."""
    if explanation.allowed:
        return None
    if not explanation.here or not explanation.blockers:
        return "no"
    kinds = {reason.kind for verdict in explanation.blockers for reason in verdict.reasons if not unseen(reason)}
    return "no" if "no" in kinds else "error" if "error" in kinds else "open"


def of_explanation(explanation: Explanation) -> ExitCode:
    """The exit code of an answer about a gate; never 0 unless it allows."""
    outcome = outcome_of(explanation)
    return ExitCode.DONE if outcome is None else _OUTCOMES[outcome]


def of_audit(report: AuditReport) -> ExitCode:
    """The exit code of an audit."""
    return _AUDITS[report.outcome]


def of_pack(report: PackReport) -> ExitCode:
    """The exit code of what was found in a pack."""
    return _AUDITS[report.outcome]
