"""Every one of several rules."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Composed, GateContext, Verdict


class AllOf(Composed):
    """Every rule allows. It is for use inside of ``any_of``: in a gate, all rules must allow anyhow."""

    rule: ClassVar[str] = "all_of"

    def describe(self) -> str:
        """The demand in words."""
        return f"all of these: {'; '.join(part.describe() for part in self.parts)}"

    def evaluate(self, context: GateContext) -> Verdict:
        """Gives every reason of every rule that does not allow."""
        verdicts = self.judged(context)
        met = sum(verdict.allow for verdict in verdicts)
        reasons = [reason for verdict in verdicts for reason in verdict.reasons]
        facts = [fact for verdict in verdicts for fact in verdict.facts]
        summary = f"all of these: {met} of {len(verdicts)}"
        return self.block(*reasons, summary=summary, facts=facts) if reasons else self.allow(summary, facts=facts)
