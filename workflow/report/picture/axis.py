"""A scale along the width of a picture that is as wide as its page: places are percentages, letters keep their size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from workflow.report.markup import Child, Element, el

LETTERS = 48
"""How long a line of text is at most; the table beside has all of it."""

_DAY = 86_400
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600 * hours for hours in (1, 2, 3, 6, 12)),
    *(_DAY * days for days in (1, 2, 3, 7, 14, 30, 61, 91, 182, 365)),
)
"""From one name on the scale to the next, in seconds."""

INSET = 2.0
"""How much of the width, in percent, is left free at either end."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From one number to another; what lies outside is drawn at the end that it lies behind."""

    first: float
    last: float

    def at(self, value: float) -> float:
        """The place of a number, in percent of the width."""
        length = self.last - self.first
        share = (value - self.first) / length if length else 0.5
        return INSET + (100 - 2 * INSET) * min(1.0, max(0.0, share))

    def place(self, value: float) -> str:
        """The same as an attribute."""
        return percent(self.at(value))


def percent(place: float) -> str:
    """A place as an attribute."""
    return f"{place:.2f}%"


@dataclass(frozen=True, slots=True)
class Days:
    """The same for times."""

    axis: Axis

    @classmethod
    def of(cls, first: datetime, last: datetime) -> Days:
        """The scale from one time to another, with a little room behind it."""
        length = max((last - first).total_seconds(), 60.0)
        return cls(Axis(first.timestamp(), first.timestamp() + length * 1.02))

    def at(self, time: datetime) -> float:
        """The place of a time, in percent of the width."""
        return self.axis.at(time.timestamp())

    def holds(self, time: datetime) -> bool:
        """Whether a time lies on it."""
        return self.axis.first <= time.timestamp() <= self.axis.last

    def ticks(self) -> list[tuple[float, str]]:
        """Some two to six places with a name each: days, or times of the day where it is about less.

        Names are UTC. The first time of a day says above which day that is.
        """
        first = datetime.fromtimestamp(self.axis.first, UTC)
        length = self.axis.last - self.axis.first
        step = next((step for step in _STEPS if length / step <= 5), length / 4)
        if step >= _DAY:
            step = _DAY * round(step / _DAY)
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        past = (first - midnight).total_seconds()
        time = midnight + timedelta(seconds=step * ceil(past / step))
        found: list[tuple[float, str]] = []
        day = None
        while time.timestamp() <= self.axis.last:
            found.append((self.at(time), _named(time, step, length, anew=time.date() != day)))
            day = time.date()
            time += timedelta(seconds=step)
        return found


def _named(time: datetime, step: float, length: float, *, anew: bool) -> str:
    """A time on the scale, as exactly as its step asks."""
    date = f"{time.day} {time:%b}"
    if step >= _DAY:
        return date if length < 300 * _DAY else f"{time:%b %Y}"
    clock = f"{time:%H:%M}" if step % 60 == 0 else f"{time:%H:%M:%S}"
    return f"{date}\n{clock}" if anew else clock


def gridlines(ticks: list[tuple[float, str]], top: float, bottom: float) -> list[Child]:
    """Thin lines down the picture, each with its name above, on the line of the scale."""
    drawn: list[Child] = [el("line", x1="0%", x2="100%", y1=top, y2=top, class_="line")]
    for place, name in ticks:
        drawn.append(el("line", x1=percent(place), x2=percent(place), y1=top, y2=bottom, class_="grid"))
        anchor = "start" if place < 6 else "end" if place > 92 else "middle"
        drawn.append(el("line", x1=percent(place), x2=percent(place), y1=top - 4, y2=top, class_="line"))
        for line, text in enumerate(reversed(name.split("\n"))):
            drawn.append(el("text", text, x=percent(place), y=top - 7 - 14 * line, text_anchor=anchor, class_="faint"))
    return drawn


def mark(place: float, y: float, *shapes: Child) -> Element:
    """Shapes around a place, which keep their size however wide the picture is."""
    return el("svg", *shapes, x=percent(place), y=y, overflow="visible", width=1, height=1)


def label(text: str, y: float, *, faint: bool = False) -> Element:
    """A line of text above what it is about, cut to what fits on a phone."""
    shown = text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
    return el("text", shown, x=0, y=y, class_="faint" if faint else None)


def wide(name: str, title: str, about: str, height: float, *drawn: Child) -> Element:
    """A picture as wide as its place."""
    return el(
        "svg",
        el("title", title, id=f"{name}-title"),
        el("desc", about, id=f"{name}-desc"),
        *drawn,
        width="100%",
        height=f"{height:.0f}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )
