"""Decides one gate: every policy of a transition, over one context. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.policy import CannotTell, GateContext, NotObserved, OutcomeKind, Policy, Reason, Verdict


def evaluate(context: GateContext) -> tuple[Verdict, ...]:
    """The verdict of every policy of the gate, in the order of the process.

    A policy that crashes blocks, and says so. An empty gate allows nothing.
    """
    if not context.gate:
        reason = Reason(kind="error", code="empty-gate", text="the gate has no policy, so nothing can allow it")
        return (Verdict(policy="gate", revision=1, summary="an empty gate", allow=False, reasons=(reason,)),)
    return tuple(_evaluate(policy, context) for policy in context.gate)


def allows(verdicts: Sequence[Verdict]) -> bool:
    """Whether every policy allowed it. No verdict is no permission."""
    return bool(verdicts) and all(verdict.allow for verdict in verdicts)


def outcome(verdicts: Sequence[Verdict]) -> OutcomeKind:
    """What a gate that does not allow says on the whole: a no stands above a failed check, and that above waiting."""
    kinds = {reason.kind for verdict in verdicts for reason in verdict.reasons}
    if "no" in kinds:
        return "no"
    return "open" if kinds == {"open"} else "error"


def _evaluate(policy: Policy, context: GateContext) -> Verdict:
    try:
        verdict = policy.evaluate(context)
    except CannotTell as error:
        code = "not-observed" if isinstance(error, NotObserved) else "cannot-tell"
        return policy.block(Reason(kind="error", code=code, text=str(error)))
    except Exception as error:  # a rule that fails must block, whatever it failed with
        text = f"the policy failed with {type(error).__name__}: {error}"
        return policy.block(Reason(kind="error", code="policy-crashed", text=text))
    if not isinstance(verdict, Verdict):
        text = f"the policy answered with {type(verdict).__name__}, not with a verdict"
        return policy.block(Reason(kind="error", code="policy-crashed", text=text))
    return verdict
