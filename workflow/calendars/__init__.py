"""Calendars: spans of time as people write them, in a time zone, and whether one of them covers a moment.

Time zone data change over the years, so an answer is an observation: it is recorded with the data's version and with
the interval in which it holds, and nobody who decides anew looks at a time zone again.
"""

from workflow.calendars.answer import COVERAGE, Coverage, coverage, holds_at
from workflow.calendars.form import Calendar, Span, Spans, Twice, Weekday, Zone, named_once

__all__ = [
    "COVERAGE",
    "Calendar",
    "Coverage",
    "Span",
    "Spans",
    "Twice",
    "Weekday",
    "Zone",
    "coverage",
    "holds_at",
    "named_once",
]
