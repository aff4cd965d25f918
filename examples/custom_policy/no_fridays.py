"""A lab's own rule: nothing goes out on a Friday.

A policy is a frozen model. Its fields are the parameters that the process file gives, checked when that is loaded. It
has no clock: the time is a part of what it is asked about, so that an audit can ask it again, years later.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workflow.policy import GateContext, Policy, Reason, Verdict

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class NoFridays(Policy):
    """The transition does not happen on a Friday, nor on the other days named, in UTC."""

    rule: ClassVar[str] = "no_fridays"

    also: tuple[str, ...] = Field(default=(), description="other days in English, such as Saturday")

    def describe(self) -> str:
        """The demand in words."""
        return f"not on a {' or '.join(('Friday', *self.also))} (UTC)"

    def evaluate(self, context: GateContext) -> Verdict:
        """Looks at the present day; ``context.now`` raises where the clock cannot be trusted, and that blocks too."""
        today = DAYS[context.now.weekday()]
        if today not in ("Friday", *self.also):
            return self.allow(f"today is a {today}")
        return self.block(Reason(kind="open", code="wrong-day", text=f"today is a {today}", remedy="wait for Monday"))
