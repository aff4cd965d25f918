"""Decides one gate: every policy of a transition, over one context. Pure."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from workflow.policy import CannotTell, GateContext, NotObserved, OutcomeKind, Policy, Reason, Verdict

CRASHED = "policy-crashed"


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
        if not isinstance(verdict, Verdict):
            return _error(policy, CRASHED, f"the policy answered with {type(verdict).__name__}, not with a verdict")
        # Checked anew, because a model can be made past its own checks, and signed with the policy's own name.
        own = {"policy": policy.rule, "revision": policy.revision}
        return Verdict.model_validate({**verdict.model_dump(warnings=False), **own}, strict=True)
    except CannotTell as error:
        return _error(policy, "not-observed" if isinstance(error, NotObserved) else "cannot-tell", str(error))
    except Exception as error:  # a rule that fails must block, whatever it failed with
        said = "".join(traceback.format_exception_only(error)).strip()
        return _error(policy, CRASHED, f"the policy failed with {said}")


def _error(policy: Policy, code: str, text: str) -> Verdict:
    try:
        summary = policy.describe()
    except Exception:  # the author's code, like the rule itself
        summary = f"{policy.rule}, which cannot describe itself"
    return Verdict(
        policy=policy.rule,
        revision=policy.revision,
        summary=summary,
        allow=False,
        reasons=(Reason(kind="error", code=code, text=text),),
    )
