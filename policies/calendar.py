"""What the rules about time of day, week and year share: a calendar, and what was observed of it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ValidationError

from workflow.policy import (
    COVERAGE,
    Calendar,
    CannotTell,
    Coverage,
    Fact,
    GateContext,
    Need,
    Policy,
    Spans,
    Twice,
    Zone,
    timestamp,
)


class CalendarPolicy(Policy):
    """A calendar and the moment of the decision: ``spans`` of local time, by the clocks of ``zone``."""

    twice: ClassVar[Twice]

    zone: Zone
    spans: Spans

    def needs(self, context: GateContext) -> tuple[Need, ...]:  # noqa: ARG002
        """Whether the calendar covers the moment."""
        calendar = Calendar(zone=self.zone, spans=self.spans, twice=self.twice)
        return (Need(kind=COVERAGE, params=calendar.model_dump(mode="json", by_alias=True)),)

    def _listed(self) -> str:
        return "; ".join(map(str, self.spans))

    def _looked(self, context: GateContext) -> tuple[Coverage, Fact]:
        """What was observed, which must hold at the very moment of the decision."""
        observation = context.observation(self.needs(context)[0])
        try:
            found = Coverage.model_validate(observation.ok, strict=True)
            holds = found.holds(context.now)
        except ValidationError as error:
            raise CannotTell("what was observed of the calendar says nothing that can be decided on") from error
        if not holds:
            raise CannotTell(
                f"what was observed of the calendar at {observation.at} does not hold at {timestamp(context.now)}: "
                "have it looked at again"
            )
        until = f", until {found.until}" if found.until else ""
        covered = f"in {found.by}" if found.covered else "in none of the spans"
        return found, Fact(label="calendar", text=f"{covered}{until}, by time zone data {found.tzdata}")
