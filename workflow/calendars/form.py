"""What a calendar says: a time zone and spans, each of one kind. Nothing here knows any time zone's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from workflow.calendars import zones
from workflow.process import LOADING, Model

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Twice = Literal["widest", "narrowest"]
"""What a local time stands for that comes twice: of a span, what makes it longest or what makes it shortest."""

MAX_SPANS = 100
YEARS = range(1970, 3000)
DAY = timedelta(days=1)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TIME = re.compile(r"(?P<hour>\d\d):(?P<minute>\d\d)", re.ASCII)
_DATE = re.compile(r"(?:(?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)(?:[T ](?P<time>\d\d:\d\d))?", re.ASCII)
_LEAP_YEAR = 2000

Part = TypeVar("Part")


def _zone(name: str, info: ValidationInfo) -> str:
    # Asked of a definition alone: what was once loaded is decided by what was recorded, on whatever machine.
    if info.context == LOADING:
        zones.check(name)
    return name


Zone = Annotated[str, StringConstraints(pattern=zones.FORM, max_length=64), AfterValidator(_zone)]
"""The name of a time zone, such as ``Europe/London``."""


class Local(Model):
    """A local time: of a day where only ``minutes`` are said, of a year where there is a date too, or of one year."""

    minutes: int = 0
    month: int | None = None
    day: int | None = None
    year: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """What somebody wrote. A date alone is the moment at which it begins; ``24:00`` is the end of a day.

        Raises:
            ValueError: it is none.
        """
        if match := _TIME.fullmatch(text):
            return cls(minutes=_minutes(text, match, last=24 * 60))
        match = _DATE.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text[:40]!r} is neither 09:30 nor 12-20 nor 2026-12-20, the dates with or without a time"
            )
        year, month, day = (int(part) if part else None for part in match.group("year", "month", "day"))
        assert month is not None and day is not None  # noqa: S101 -- the pattern has both
        if year is not None and year not in YEARS:
            raise ValueError(f"{text!r} is not within the years {YEARS[0]} to {YEARS[-1]}")
        try:
            date(year or _LEAP_YEAR, month, day)
        except ValueError:
            raise ValueError(f"{text!r} names no day that there is") from None
        if year is None and (month, day) == (2, 29):
            raise ValueError(f"{text!r} does not come every year: write 02-28 or 03-01")
        hours = match["time"]
        minutes = _minutes(text, _TIME.fullmatch(hours), last=24 * 60 - 1) if hours else 0
        return cls(minutes=minutes, month=month, day=day, year=year)

    @property
    def kind(self) -> Literal["times", "yearly dates", "dates"]:
        """What it is, in a word."""
        return "times" if self.month is None else "yearly dates" if self.year is None else "dates"

    def on(self, day: date) -> datetime:
        """The local time on a day."""
        return datetime.combine(day, time()) + timedelta(minutes=self.minutes)

    def in_year(self, year: int) -> datetime:
        """The local time in a year."""
        return self.on(date(year, self.month or 1, self.day or 1))

    def __str__(self) -> str:
        clock = f"{self.minutes // 60:02}:{self.minutes % 60:02}"
        if self.month is None:
            return clock
        named = f"{self.day} {MONTHS[self.month - 1]}" + (f" {self.year}" if self.year else "")
        return f"{named} {clock}" if self.minutes else named


def _minutes(text: str, match: re.Match[str] | None, last: int) -> int:
    hour, minute = (int(part) for part in match.group("hour", "minute")) if match else (99, 0)
    minutes = hour * 60 + minute
    if minute > 59 or minutes > last:
        raise ValueError(f"{text!r} names no time of day that there is")
    return minutes


class Span(Model):
    """A stretch of local time that comes every week, every day, every year or once.

    ``name`` is what messages call it. On the ``days`` named, or on every day, ``from`` and ``to`` are times such as
    09:30; without them a day is whole. Otherwise they are dates: 12-20 of every year or 2026-12-20 once, with or
    without a time after them. The first moment that is not covered any more is ``to``; where it does not come after
    ``from`` in its day or its year, it is meant in the next one.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(populate_by_name=True)

    name: str = Field(min_length=1, max_length=80)
    days: tuple[Weekday, ...] = ()
    start: str | None = Field(default=None, alias="from")
    end: str | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if len(set(self.days)) < len(self.days):
            raise ValueError("a day stands twice")
        if (self.start is None) != (self.end is None) or not (self.days or self.start):
            raise ValueError("a span has `from` and `to`, or `days`, or all of them")
        start, end = self.ends
        if start.kind != end.kind:
            raise ValueError(f"`from` has {start.kind} and `to` has {end.kind}: write both alike")
        if self.days and start.kind != "times":
            raise ValueError(f"`days` go with times such as 09:00, not with {start.kind}")
        if start.minutes == 24 * 60:
            raise ValueError("`from` is 24:00, which is the end of a day: write 00:00 of the next")
        if start == end:
            raise ValueError("`from` and `to` are the same: for a whole day write 00:00 and 24:00")
        if start.year and end.year and start.in_year(start.year) > end.in_year(end.year):
            raise ValueError("`to` comes before `from`")
        return self

    @cached_property
    def ends(self) -> tuple[Local, Local]:
        """From when, and until when; of days without times, the whole of each."""
        if self.start is None or self.end is None:
            return Local(), Local(minutes=24 * 60)
        return Local.read(self.start), Local.read(self.end)

    @property
    def recurs(self) -> bool:
        """Whether it comes again and again."""
        return self.ends[0].year is None

    def contains(self, other: Span) -> bool:
        """Whether it surely covers whatever another one does; where that cannot be told from what is written, not."""
        mine, theirs = self._reach(), other._reach()
        days, fewer = (set(span.days or WEEKDAYS) for span in (self, other))
        alike = self.ends[0].kind == other.ends[0].kind
        return alike and days >= fewer and mine[0] <= theirs[0] and mine[1] >= theirs[1]

    def _reach(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Its two ends in the order of time, the second after the first also where it lies in the next day or year."""
        first, last = ((0, end.year or 0, end.month or 0, end.day or 0, end.minutes) for end in self.ends)
        return first, last if last > first else (1, *last[1:])

    def near(self, day: date, *, before: int, after: int) -> Iterable[tuple[datetime, datetime]]:
        """Its occurrences around a day as local times: of every week, so many days before and after; else by years."""
        start, end = self.ends
        if start.kind == "times":
            for distance in range(-before, after + 1):
                on = day + distance * DAY
                if not self.days or WEEKDAYS[on.weekday()] in self.days:
                    yield start.on(on), end.on(on if end.minutes > start.minutes else on + DAY)
        elif start.year and end.year:
            yield start.in_year(start.year), end.in_year(end.year)
        else:
            for year in range(day.year - 1, day.year + 3):
                begins, ends = start.in_year(year), end.in_year(year)
                yield begins, ends if ends > begins else end.in_year(year + 1)

    def __str__(self) -> str:
        start, end = self.ends
        if start.kind != "times":
            return f"{self.name} ({start} up to {end}{', every year' if self.recurs else ''})"
        days = ", ".join(self.days) or "every day"
        return f"{self.name} ({days}{f' {start} up to {end}' if self.start else ''})"


def named_once(spans: Sequence[Span]) -> Sequence[Span]:
    """The spans, of which no two have the same name.

    Raises:
        ValueError: two have.
    """
    names = [span.name for span in spans]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two spans are called {twice!r}")
    return spans


Spans = Annotated[tuple[Span, ...], Field(min_length=1, max_length=MAX_SPANS), AfterValidator(named_once)]
"""The spans of a calendar: at least one, and no two of the same name."""


class Calendar(Model):
    """What is asked of a calendar: its time zone and spans, and which of two equal local times is meant."""

    zone: Zone
    spans: Spans
    twice: Twice
