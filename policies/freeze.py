"""Not at certain times."""

from __future__ import annotations

from typing import ClassVar

from policies.calendar import CalendarPolicy
from workflow.policy import GateContext, Reason, Twice, Verdict


class Freeze(CalendarPolicy):
    """The moment lies in none of the spans, whenever what is decided on began.

    Of a local time that comes twice it takes what makes a span longest. A freeze refuses whatever windows are open
    beside it, because every rule of a gate must allow.
    """

    rule: ClassVar[str] = "freeze"
    overridable: ClassVar[frozenset[str]] = frozenset({"frozen"})
    twice: ClassVar[Twice] = "widest"

    def describe(self) -> str:
        """The demand in words."""
        return f"not within, {self.zone} time: {self._listed()}"

    def evaluate(self, context: GateContext) -> Verdict:
        """Compares the present moment with what was observed."""
        found, fact = self._looked(context)
        if not found.covered:
            return self.allow("freeze: none", facts=[fact])
        ends = f"until {found.local} {self.zone}" if found.local else "with no end in sight"
        reason = Reason(
            kind="no",
            code="frozen",
            text=f"frozen {ends} ({found.by}{f', {found.next}' if found.next else ''})",
            remedy="wait until the freeze ends",
        )
        return self.block(reason, summary=f"freeze: {found.by}, {ends}", facts=[fact])
