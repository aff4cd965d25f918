"""No hold stands. The loader adds this to every raise."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Fact, GateContext, Policy, Reason, Verdict


class Holds(Policy):
    """No hold stands against the candidate, here or in a release that it descends from. Time lifts none."""

    rule: ClassVar[str] = "holds"

    def describe(self) -> str:
        """The demand in words."""
        return "no hold stands against the candidate or anything it descends from"

    def evaluate(self, context: GateContext) -> Verdict:
        """One reason a hold, with who can lift it."""
        reasons = []
        facts = []
        for objection in context.objections.holds:
            hold = objection.source
            eligible = context.eligible(hold.role)
            owner = hold.by if hold.count is None else f"{hold.count} of {hold.role}"
            reasons.append(
                Reason(
                    kind="no",
                    code="hold",
                    text=f"{hold.id} in {objection.release} stands, entry {hold.entry}; it belongs to {owner}"
                    f"{objection.closed_elsewhere('lifted')}",
                    remedy=f"lifted by {owner}, citing what changed",
                    who=eligible,
                    role=hold.role,
                    subject=hold.id,
                    release=objection.release,
                )
            )
            # The role of a hold that belongs to so many people is theirs; whoever placed it may not have it.
            placed = f"by {hold.by} as {hold.role}" if hold.count is None else f"by {hold.by}"
            facts.append(Fact(label="placed", text=placed, person=hold.by, entry=hold.entry))
        return self.block(*reasons, summary=f"holds: {len(reasons)} open", facts=facts) if reasons else self.allow()
