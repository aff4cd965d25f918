"""A scale along the width of a picture that is as wide as its page: places are percentages, letters keep their size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from workflow.report.markup import Child, Element, el

LETTERS = 48
"""How long a line of text is at most; the table beside has all of it."""

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
        """At most six places with a name: days, or hours where it is about one day."""
        first = datetime.fromtimestamp(self.axis.first, UTC)
        length = self.axis.last - self.axis.first
        if length < 2 * 86_400:
            step = next((hours for hours in (1, 2, 3, 6, 12) if length / (hours * 3600) <= 5), 24)
            time = first.replace(minute=0, second=0, microsecond=0)
            return self._named(time, timedelta(hours=step), "%H:%M")
        days = next((days for days in (1, 2, 3, 7, 14, 30, 61, 91, 182, 365) if length / (days * 86_400) <= 5), 0)
        step_of = timedelta(days=days or length / 86_400 // 4)
        time = first.replace(hour=0, minute=0, second=0, microsecond=0)
        return self._named(time, step_of, "%d %b" if length < 300 * 86_400 else "%b %Y")

    def _named(self, time: datetime, step: timedelta, form: str) -> list[tuple[float, str]]:
        found = []
        while time.timestamp() <= self.axis.last:
            if time.timestamp() >= self.axis.first:
                found.append((self.at(time), f"{time:{form}}".lstrip("0") or "0"))
            time += step
        return found


def gridlines(ticks: list[tuple[float, str]], top: float, bottom: float) -> list[Child]:
    """Thin lines down the picture, each with its name above."""
    drawn: list[Child] = []
    for place, name in ticks:
        drawn.append(el("line", x1=percent(place), x2=percent(place), y1=top, y2=bottom, class_="grid"))
        anchor = "start" if place < 6 else "end" if place > 92 else "middle"
        drawn.append(el("text", name, x=percent(place), y=top - 5, text_anchor=anchor, class_="faint"))
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
