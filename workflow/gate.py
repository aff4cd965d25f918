"""Decides one gate: every policy of a transition, over one context. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.policy import GateContext, Reason, Verdict
from workflow.rule import CRASHED, judged, outcome

__all__ = ["CRASHED", "allows", "evaluate", "outcome"]


def evaluate(context: GateContext) -> tuple[Verdict, ...]:
    """The verdict of every policy of the gate, in the order of the process.

    A policy that crashes blocks, and says so. An empty gate allows nothing.
    """
    if not context.gate:
        reason = Reason(kind="error", code="empty-gate", text="the gate has no policy, so nothing can allow it")
        return (Verdict(policy="gate", revision=1, summary="an empty gate", allow=False, reasons=(reason,)),)
    return tuple(judged(policy, context) for policy in context.gate)


def allows(verdicts: Sequence[Verdict]) -> bool:
    """Whether every policy allowed it. No verdict is no permission."""
    return bool(verdicts) and all(verdict.allow for verdict in verdicts)
