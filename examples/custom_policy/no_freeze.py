"""A lab's own rule that must look outside: nothing goes out while the calendar says that changes are frozen.

The policy is pure, so it does not look itself. It declares the need; the observer below looks, before the gate is
decided; and what it found is recorded, so that an audit decides by what was known then and not by today's calendar.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from workflow import InvalidInput
from workflow.policy import CannotTell, GateContext, Need, Policy, Reason, Verdict

KIND = "calendar"


class NoFreeze(Policy):
    """The ``calendar``, a file, has no freeze that covers the present day in UTC; the last day of one is covered."""

    rule: ClassVar[str] = "no_freeze"

    calendar: str

    def describe(self) -> str:
        """The demand in words."""
        return f"no freeze in {self.calendar} covers the day"

    def needs(self, context: GateContext) -> tuple[Need, ...]:  # noqa: ARG002
        """A look at the calendar."""
        return (Need(kind=KIND, params={"calendar": self.calendar}),)

    def evaluate(self, context: GateContext) -> Verdict:
        """Judges what was found; where nobody looked, or the look failed, ``observation`` raises and that blocks."""
        found = context.observation(self.needs(context)[0]).ok or {}
        today = context.now.date()
        try:
            frozen = [
                freeze["why"]
                for freeze in found["freezes"]
                if date.fromisoformat(freeze["from"]) <= today <= date.fromisoformat(freeze["to"])
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise CannotTell(f"the calendar cannot be understood: {error!r}") from error
        if not frozen:
            return self.allow()
        return self.block(Reason(kind="no", code="frozen", text=f"frozen: {'; '.join(frozen)}", remedy="wait"))


def read_calendar(params: Mapping[str, Any]) -> dict[str, Any]:
    """The observer: looks into the calendar that the need names.

    Raises:
        InvalidInput: it cannot be read. That is recorded as well, and blocks.
    """
    path = Path(params["calendar"])
    try:
        return {"freezes": json.loads(path.read_text(encoding="utf-8"))}
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the calendar {path} cannot be read: {error}") from error
