"""Only at certain times."""

from __future__ import annotations

from typing import ClassVar

from policies.calendar import CalendarPolicy
from workflow.policy import GateContext, Reason, Twice, Verdict


class Window(CalendarPolicy):
    """The moment lies in one of the spans.

    Of a local time that comes twice it takes what makes a span shortest. It decides nothing but the time: a window that
    is open lets through what everything else lets through.
    """

    rule: ClassVar[str] = "window"
    overridable: ClassVar[frozenset[str]] = frozenset({"window-closed"})
    twice: ClassVar[Twice] = "narrowest"

    def describe(self) -> str:
        """The demand in words."""
        return f"only within, {self.zone} time: {self._listed()}"

    def evaluate(self, context: GateContext) -> Verdict:
        """Compares the present moment with what was observed."""
        found, fact = self._looked(context)
        if found.covered:
            return self.allow(f"window: {found.by}", facts=[fact])
        if found.next is None:
            reason = Reason(
                kind="no",
                code="window-closed",
                text="no window is open, and none opens any more",
                remedy="a process that has one",
            )
            return self.block(reason, summary="window: none any more", facts=[fact])
        opens = f"{found.local} {self.zone} ({found.next_by}, {found.next})"
        reason = Reason(
            kind="open", code="window-closed", text=f"the next window opens {opens}", remedy="wait until it opens"
        )
        return self.block(reason, summary=f"window: closed until {found.local} {self.zone}", facts=[fact])
