"""Whether a calendar covers a moment, and in which interval that answer holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from workflow.calendars import zones
from workflow.calendars.form import DAY, MONTHS, WEEKDAYS, Calendar
from workflow.clock import parse_timestamp, timestamp
from workflow.errors import InvalidInput
from workflow.process import Model

COVERAGE = "zoned_calendar"
"""The kind of need that asks whether a calendar covers the present moment."""

AHEAD = timedelta(days=15)
"""How far ahead a span that comes again is looked for; where none is found, the answer holds for two weeks."""

LOOKED = timedelta(days=14)
JOINED = 40
"""How many occurrences that follow one another without a gap are taken for one, before the answer is left at that."""


class Coverage(Model):
    """The answer: whether a span covers the moment that was asked about.

    The answer is good from ``since`` on and up to ``until``. ``by`` is the span that covers it; ``next`` is when that
    changes, ``next_by`` the span that begins then, and ``local`` that moment by the clocks of the zone. What is not
    known is None: nothing comes, or nothing came before.
    """

    covered: bool
    by: str | None
    since: str | None
    until: str | None
    next: str | None
    next_by: str | None
    local: str | None
    tzdata: str

    @property
    def interval(self) -> tuple[datetime | None, datetime | None]:
        """From when on, and up to when the answer holds."""
        since, until = (parse_timestamp(text) if text is not None else None for text in (self.since, self.until))
        return since, until

    def holds(self, at: datetime) -> bool:
        """Whether the answer holds at a moment."""
        since, until = self.interval
        return (since is None or since <= at) and (until is None or at < until)


@dataclass(frozen=True, slots=True)
class _Stretch:
    begins: datetime
    ends: datetime
    name: str


def coverage(params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Whether a calendar, given as it stands in a need, covers a moment: what is recorded of it.

    Raises:
        InvalidInput: that is no calendar, or nothing is known of its time zone here.
    """
    try:
        calendar = Calendar.model_validate(params)
        where = zones.zone(calendar.zone)
    except ValidationError as error:
        raise InvalidInput(f"this is no calendar: {error.error_count()} mistakes in it") from error
    except zones.NoSuchZone as error:
        raise InvalidInput(str(error), remedy="install a newer tzdata") from error
    return _answer(calendar, where, at).model_dump(mode="json")


def holds_at(found: Mapping[str, Any], at: datetime) -> bool:
    """Whether what was recorded of a calendar holds at a moment; what cannot be read holds never."""
    try:
        return Coverage.model_validate(found, strict=True).holds(at)
    except (ValidationError, InvalidInput):
        return False


def _answer(calendar: Calendar, where: ZoneInfo, at: datetime) -> Coverage:
    here = list(_stretches(calendar, where, at))
    covering = [item for item in here if item.begins <= at < item.ends]
    if covering:
        last = max(covering, key=lambda item: item.ends)
        until, open_end = _joined(calendar, where, last.ends)
        return Coverage(
            covered=True,
            by=last.name,
            since=timestamp(min(item.begins for item in covering)),
            until=timestamp(until),
            next=None if open_end else timestamp(until),
            next_by=None,
            local=None if open_end else _said(until, where),
            tzdata=zones.version(),
        )
    past = max((item.ends for item in here if item.ends <= at), default=None)
    daily = any(span.ends[0].kind == "times" for span in calendar.spans)
    recurs = any(span.recurs for span in calendar.spans)
    if daily or (past is None and recurs):
        past = max(past or at - DAY, at - DAY)  # of the days before, not all was looked for
    coming = min((item for item in here if item.begins > at), key=lambda item: item.begins, default=None)
    until_then = coming.begins if coming else None
    if daily or (until_then is None and recurs):
        until_then = min(until_then or at + LOOKED, at + LOOKED)
    return Coverage(
        covered=False,
        by=None,
        since=timestamp(past) if past else None,
        until=timestamp(until_then) if until_then else None,
        next=timestamp(coming.begins) if coming else None,
        next_by=coming.name if coming else None,
        local=_said(coming.begins, where) if coming else None,
        tzdata=zones.version(),
    )


def _joined(calendar: Calendar, where: ZoneInfo, end: datetime) -> tuple[datetime, bool]:
    """Where what is covered ends, one stretch going on where another ends; and whether it may go on further."""
    for _ in range(JOINED):
        further = max(
            (item.ends for item in _stretches(calendar, where, end) if item.begins <= end < item.ends), default=None
        )
        if further is None:
            return end, False
        end = further
    return end, True


def _stretches(calendar: Calendar, where: ZoneInfo, at: datetime) -> Iterator[_Stretch]:
    """What is covered around a moment; of a span of every week, as far as it is looked for."""
    widest = calendar.twice == "widest"
    today = at.astimezone(where).date()
    for span in calendar.spans:
        for begins, ends in span.near(today, before=3, after=AHEAD.days):
            first = zones.instant(begins, where, later=not widest)
            last = zones.instant(ends, where, later=widest)
            # What falls into an hour that clocks skip, or between two that are the same, is nothing.
            if first < last:
                yield _Stretch(first, last, span.name)


def _said(moment: datetime, where: ZoneInfo) -> str:
    """A moment as the clocks of a zone show it, for people: ``Mon 5 Jan 2026 09:00``."""
    local = moment.astimezone(where)
    day = WEEKDAYS[local.weekday()].capitalize()
    return f"{day} {local.day} {MONTHS[local.month - 1]} {local.year} {local:%H:%M}"
