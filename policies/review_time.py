"""What is approved has been the same for long enough to be looked at."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Duration, Fact, GateContext, Policy, Reason, Verdict, last_change, length, timestamp


class ReviewTime(Policy):
    """What approvals of this gate rest on has been what it is for ``at_least`` so long, without a break.

    Other bytes, another stage or process begin the wait anew, and so does every report, review or other word that this
    gate reads, the one that puts something back as it was among them. What the gate does not read begins nothing. A
    correction of the clock begins it anew, because the time before it was not measured.
    """

    rule: ClassVar[str] = "review_time"
    overridable: ClassVar[frozenset[str]] = frozenset({"under-review"})

    at_least: Duration

    def describe(self) -> str:
        """The demand in words."""
        return f"at least {self.at_least} since what is approved here last changed"

    def evaluate(self, context: GateContext) -> Verdict:
        """Counts from the last change of the basis, or from the clock's correction."""
        now, change = context.now, last_change(context)
        begun = context.measured_from(change.at)
        until = begun + length(self.at_least)
        facts = [Fact(label="changed", text=f"{change.what}, {timestamp(change.at)}", entry=change.entry)]
        if begun != change.at:
            facts.append(Fact(label="since", text=f"the clock was corrected, {timestamp(begun)}"))
        if now >= until:
            return self.allow(f"review time: {self.at_least} over", facts=facts)
        where = f", entry {change.entry}" if change.entry is not None else ""
        reason = Reason(
            kind="open",
            code="under-review",
            text=f"not before {timestamp(until)}: {self.at_least} since {timestamp(begun)}; last changed{where}: "
            f"{change.what}",
            remedy="wait; nothing shortens this",
        )
        return self.block(reason, summary=f"review time: until {timestamp(until)}", facts=facts)
