"""What was measured, against the bounds: a scale for each, with the side that is not allowed, and error bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from workflow.report.markup import Child, Element, el
from workflow.report.picture.axis import Axis, label, mark, percent, wide
from workflow.report.views import MeasurementView

LARGEST = 1e12
LONGEST = 16
ROW = 40
HEAD = 46
MOST = 12
"""How many reports are drawn for one bound: those on the present candidate first, then the last."""

_TONES = {"met": "good", "not_met": "bad", "inconclusive": "wait"}
_WORDS = {"met": "within", "not_met": "NOT within", "inconclusive": "decides nothing"}


def bounds(measured: Sequence[MeasurementView], name: str) -> Element:
    """Draws the reports that were held against one bound."""
    shown = drawn_of(measured)
    first = measured[0]
    limit = _number(first.limit) or 0.0
    axis = _axis(shown, limit)
    edge = axis.at(limit)
    bottom = HEAD + ROW * len(shown)
    beyond = (edge, 100.0) if first.direction == "at most" else (0.0, edge)
    drawn: list[Child] = [
        el(
            "rect",
            x=percent(beyond[0]),
            y=HEAD - 16,
            width=percent(beyond[1] - beyond[0]),
            height=bottom - HEAD + 16,
            class_="beyond",
        ),
        el("line", x1=percent(edge), x2=percent(edge), y1=HEAD - 20, y2=bottom, class_="limit"),
        el(
            "text",
            f"{first.direction} {first.limit}",
            x=percent(edge),
            y=HEAD - 26,
            text_anchor="start" if edge < 15 else "end" if edge > 85 else "middle",
            class_="b",
        ),
    ]
    for number, item in enumerate(shown):
        drawn.append(_row(item, axis, HEAD + ROW * number))
    told = "; ".join(f"{item.evidence} says {item.shown}: {_WORDS[item.judged]}" for item in shown)
    title = f"{first.name}, {first.bound}"
    return wide(name, title, told, bottom + 4, *drawn)


def drawn_of(measured: Sequence[MeasurementView]) -> list[MeasurementView]:
    """The reports that are drawn, in their order."""
    wanted = sorted(measured, key=lambda item: (not item.current, -item.entry))[:MOST]
    return [item for item in measured if item in wanted]


def _axis(shown: Sequence[MeasurementView], limit: float) -> Axis:
    numbers = [limit]
    for item in shown:
        value, error = _number(item.value), _number(item.stderr) or 0.0
        numbers += [value - error, value + error] if value is not None else []
        compared = _number(item.compared)
        numbers += [compared] if compared is not None else []
    low, high = min(numbers), max(numbers)
    room = (high - low) * 0.18 or abs(limit) * 0.5 or 1.0
    first, last = low - room, high + room
    if low >= 0.0 and high <= 1.0:
        first, last = max(0.0, first), min(1.0, last)
    return Axis(first, last)


def _row(item: MeasurementView, axis: Axis, y: float) -> list[Child]:
    tone = _TONES[item.judged]
    value, error, compared = _number(item.value), _number(item.stderr), _number(item.compared)
    aside = item.set_aside is not None
    text = f"{item.evidence} · {_said(item)} · {'set aside' if aside else _WORDS[item.judged]}"
    middle = y + 24
    drawn: list[Child] = [
        label(text, y + 10, faint=aside or not item.current),
        el("line", x1="0%", x2="100%", y1=middle, y2=middle, class_="track"),
    ]
    if value is None:
        return drawn
    if error:
        left, right = axis.at(value - error), axis.at(value + error)
        ends = f"M0 {-5}V5"
        drawn.append(el("line", x1=percent(left), x2=percent(right), y1=middle, y2=middle, class_=f"whisker {tone}"))
        drawn += [mark(at, middle, el("path", d=ends, class_=f"whisker {tone}")) for at in (left, right)]
    if compared is not None and compared != value:
        drawn.append(
            mark(axis.at(compared), middle, el("path", d="M0 -8V8", class_=f"whisker {tone}", stroke_dasharray="3 2"))
        )
    shape: Child
    if item.judged == "met":
        shape = el("circle", cx=0, cy=0, r=5, class_=tone)
    elif item.judged == "not_met":
        shape = el("rect", x=-5, y=-5, width=10, height=10, class_=tone)
    else:
        shape = el("polygon", points="0,-6 6,5 -6,5", class_=tone)
    drawn.append(mark(axis.at(value), middle, shape))
    return drawn


def _said(item: MeasurementView) -> str:
    if item.value is None:
        return item.shown
    error = f" ± {short(item.stderr)}" if item.stderr is not None else ""
    return f"{short(item.value)}{error}, n={item.samples}"


def short(number: str) -> str:
    """A decimal with four digits that mean something, or all of those before the point."""
    rounded = Decimal(number)
    if rounded:
        rounded = round(rounded, max(0, 3 - rounded.adjusted()))
    text = f"{rounded:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if len(text) <= LONGEST else f"{rounded:.3e}"


def _number(text: str | None) -> float | None:
    """A number to draw; None where there is none, or none that a picture could hold."""
    number = float(text) if text is not None else math.inf
    return number if abs(number) < LARGEST else None
