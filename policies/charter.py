"""The charter allows the process this far. The loader adds this to every raise."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Fact, GateContext, Policy, Reason, Verdict


class Charter(Policy):
    """The exposure of the destination is within what the administrators allow this very process now.

    What counts is the charter at the ledger's head: a process that was allowed when the release started, and is not
    any more, leads no further.
    """

    rule: ClassVar[str] = "charter"

    def describe(self) -> str:
        """The demand in words."""
        return "the charter allows this process that far"

    def evaluate(self, context: GateContext) -> Verdict:
        """Compares two rungs of the exposure ladder."""
        process, wanted = context.process, context.exposure
        allowed = context.roster.chartered(process.digest)
        summary = f"charter: up to {allowed}"
        if wanted.rank <= allowed.rank:
            return self.allow(summary, facts=[Fact(label="allowed", text=f"{process.label} up to {allowed}")])
        reason = Reason(
            kind="no",
            code="not-chartered",
            text=f"{context.transition.dest} is {wanted}, and the charter allows {process.label} "
            f"({process.digest[:12]}) up to {allowed}",
            remedy=f"the administrators charter this process up to {wanted}",
            who=context.roster.administrators,
        )
        return self.block(reason, summary=summary)
