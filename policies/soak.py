"""Time has passed with nothing changed."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Duration, Fact, GateContext, Policy, Reason, Verdict, length, timestamp


class Soak(Policy):
    """The release has been in its present round for ``at_least`` so long, without a break.

    Every stage entry, other bytes and another process begin a new round. A correction of the clock begins the wait
    anew, because the time before it was not measured.
    """

    rule: ClassVar[str] = "soak"
    overridable: ClassVar[frozenset[str]] = frozenset({"soaking"})

    at_least: Duration

    def describe(self) -> str:
        """The demand in words."""
        return f"at least {self.at_least} in this stage with nothing changed"

    def evaluate(self, context: GateContext) -> Verdict:
        """Counts from the round's beginning, or from the clock's correction."""
        now, begun = context.now, context.measured_from(context.release.round_at)
        until = begun + length(self.at_least)
        facts = [Fact(label="since", text=timestamp(begun))]
        if now >= until:
            return self.allow(f"soak: {self.at_least} over", facts=facts)
        reason = Reason(
            kind="open",
            code="soaking",
            text=f"not before {timestamp(until)}: {self.at_least} since {timestamp(begun)}",
            remedy="wait; nothing shortens this",
        )
        return self.block(reason, summary=f"soak: until {timestamp(until)}", facts=facts)
