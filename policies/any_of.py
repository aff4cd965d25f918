"""One of several rules."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Composed, Fact, GateContext, OutcomeKind, Reason, Verdict, outcome

HOPE: tuple[OutcomeKind, ...] = ("open", "error", "no")
"""Of ways that are all closed, the one that says how it stands: somebody can still open it, or nobody knows."""


class AnyOf(Composed):
    """At least one rule allows, whatever the others say; a refusal by one of them is no refusal of the move.

    While none does, it is open as long as one of them is. Else it is an error where one of them could not be checked,
    and a refusal where all of them refuse.
    """

    rule: ClassVar[str] = "any_of"

    def describe(self) -> str:
        """The demand in words."""
        return f"one of these: {'; or '.join(part.describe() for part in self.parts)}"

    def evaluate(self, context: GateContext) -> Verdict:
        """Allows by the first rule that does; else gives the reasons of the rules that can still allow."""
        verdicts = self.judged(context)
        for verdict in verdicts:
            if verdict.allow:
                return self.allow(f"one of {len(verdicts)}: {verdict.summary}", facts=verdict.facts)
        stands = [outcome([verdict]) for verdict in verdicts]
        best = next(kind for kind in HOPE if kind in stands)
        reasons: list[Reason] = []
        facts: list[Fact] = []
        for kind, verdict in zip(stands, verdicts, strict=True):
            facts += [Fact(label=f"way ({kind})", text=verdict.summary), *verdict.facts]
            if kind == best:
                reasons += [_one_way(reason, verdict) for reason in verdict.reasons]
            else:
                facts += [Fact(label=f"not this way ({kind})", text=reason.text) for reason in verdict.reasons]
        ways = "; or ".join(verdict.summary for verdict in verdicts)
        return self.block(*reasons, summary=f"one of these: {ways}", facts=facts)


def _one_way(reason: Reason, verdict: Verdict) -> Reason:
    return reason.model_copy(update={"text": f"one way ({verdict.policy}): {reason.text}"})
