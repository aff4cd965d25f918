"""The course of a release along time: its stages, its holds, what was planned, and what happened when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from workflow.report.markup import Child, Element, el
from workflow.report.picture.axis import Days, gridlines, label, mark, percent, wide
from workflow.report.spans import span
from workflow.report.views import Report, ReportedHold, StayView
from workflow.views import SlipView

ROW = 44
BAR = 12
MOST_HOLDS = 12
MOST_DATES = 12


def timeline(report: Report) -> Element:
    """Draws it."""
    first, last = ends_of(report)
    days = Days.of(first, last)
    rows: list[tuple[str, list[Child]]] = [_stage(days, stage, stays, last) for stage, stays in _by_stage(report.stays)]
    rows += [_hold(days, hold, last) for hold in report.holds[:MOST_HOLDS]]
    rows += [_planned(days, item) for item in report.status.schedule[-MOST_DATES:]]
    rows += _happened(days, report)
    ticks = days.ticks()
    top = 40 if any("\n" in name for _, name in ticks) else 26
    drawn: list[Child] = gridlines(ticks, top, top + ROW * len(rows))
    for number, (text, shapes) in enumerate(rows):
        y = top + ROW * number
        drawn.append(label(text, y + 14))
        drawn.append(el("svg", *shapes, x=0, y=y + 19, width="100%", height=BAR + 6, overflow="visible"))
    about = (
        f"From {_day(first)} to {_day(last)}: {len(report.stays)} stays in stages, {len(report.holds)} holds, "
        f"{len(report.status.schedule)} planned dates. The tables beside have all of it."
    )
    return wide("timeline", f"Timeline of {report.release}", about, top + ROW * len(rows) + 4, *drawn)


def ends_of(report: Report) -> tuple[datetime, datetime]:
    """From when to when it is drawn: what happened, and the dates that were planned, if they lie not too far off."""
    first, last = report.status.started_at, report.lines[-1].at
    length = max(last - first, last - last.replace(minute=0, second=0, microsecond=0))
    planned = [item.planned for item in report.status.schedule if item.planned is not None]
    near = [time for time in planned if last < time <= last + length]
    return first, max([last, *near])


def _by_stage(stays: Sequence[StayView]) -> list[tuple[str, list[StayView]]]:
    found: dict[str, list[StayView]] = {}
    for stay in stays:
        found.setdefault(stay.stage, []).append(stay)
    return list(found.items())


def _stage(days: Days, stage: str, stays: Sequence[StayView], last: datetime) -> tuple[str, list[Child]]:
    bars = [_bar(days, stay.since, stay.until or last, "bar", opened=stay.until is None) for stay in stays]
    if len(stays) == 1 and stays[0].until is None:
        return f"{stage} · since {_day(stays[0].since)}", bars
    whole = sum(int(((stay.until or last) - stay.since).total_seconds()) for stay in stays)
    times = "" if len(stays) == 1 else f" in {len(stays)} stays"
    return f"{stage} · {span(whole)}{times}", bars


def _bar(days: Days, since: datetime, until: datetime, kind: str, *, opened: bool) -> Child:
    left, right = days.at(since), days.at(until)
    drawn: list[Child] = [
        el("rect", x=percent(left), y=1, width=percent(right - left), height=BAR, rx=2, class_=kind),
        # What was short still leaves a line.
        el("line", x1=percent(left), x2=percent(left), y1=0.5, y2=BAR + 1.5, class_=kind),
    ]
    if opened:
        drawn.append(mark(right, 7, el("polygon", points="0,-6 9,0 0,6", class_=kind)))
    return drawn


def _hold(days: Days, hold: ReportedHold, last: datetime) -> tuple[str, list[Child]]:
    until = hold.lifted_at
    ended = f"lifted {_day(until)}" if until is not None else "standing" if hold.standing else "not lifted"
    text = f"Hold {hold.id} · {_day(hold.at)}, {ended}"
    begun = max(hold.at, datetime.fromtimestamp(days.axis.first, UTC))
    return text, [_bar(days, begun, until or last, "stop", opened=until is None)]


def _planned(days: Days, item: SlipView) -> tuple[str, list[Child]]:
    where = _day(item.planned) if item.planned is not None else "no date"
    what = f"Slip to {where}" if item.slip else f"Planned for {where}"
    said = days.at(item.at)
    drawn: list[Child] = []
    if item.planned is None:
        drawn.append(el("line", x1=percent(said), x2="98%", y1=7, y2=7, class_="line", stroke_dasharray="2 4"))
    else:
        goal = days.at(item.planned)
        drawn.append(el("line", x1=percent(said), x2=percent(goal), y1=7, y2=7, class_="line"))
        drawn.append(mark(goal, 7, el("polygon", points=arrow(side(days, item.planned)), class_="dot")))
    drawn.append(mark(said, 7, el("circle", cx=0, cy=0, r=4, class_="open")))
    return f"{what} · said {_day(item.at)}", drawn


Side = Literal["before", "within", "after"]

_SHAPES: dict[Side, str] = {"before": "0,-6 -9,0 0,6", "within": "0,-7 7,0 0,7 -7,0", "after": "0,-6 9,0 0,6"}


def arrow(where: Side) -> str:
    """The shape at a planned date: a diamond, or an arrow that points to where it lies outside."""
    return _SHAPES[where]


def side(days: Days, time: datetime) -> Side:
    """Whether a time lies on the scale, or before or after all of it."""
    return "within" if days.holds(time) else "before" if time.timestamp() < days.axis.first else "after"


def legend(report: Report) -> str:
    """What the shapes in the picture mean: those that are in it."""
    days, schedule = Days.of(*ends_of(report)), report.status.schedule[-MOST_DATES:]
    told = ["Times are UTC. Bars are stages"]
    told[0] += " and holds" if report.holds else ""
    running = any(stay.until is None for stay in report.stays) or any(hold.lifted_at is None for hold in report.holds)
    told[0] += "; a bar that ends in an arrow had not ended." if running else "."
    sides = {side(days, item.planned) for item in schedule if item.planned is not None}
    if schedule:
        told.append("A ring is when a date was said, at the other end of its line is the date:")
        ends = ["a diamond"] if "within" in sides else []
        ends += ["an arrow that points out of the picture where it lies outside"] if sides - {"within"} else []
        ends += ["no end where it was dropped"] if any(item.planned is None for item in schedule) else []
        told[-1] += f" {', '.join(ends)}."
    if report.gates or report.sign_offs:
        told.append("What a dot, a triangle and a cross are stands with their lines.")
    return " ".join(told)


def _happened(days: Days, report: Report) -> list[tuple[str, list[Child]]]:
    rows: list[tuple[str, list[Child]]] = []
    made = report.gates
    if made:
        crossed = sum(1 for gate in made if gate.crossed)
        text = f"Moves · ● {crossed} made, ✕ {len(made) - crossed} refused"
        rows.append((text, [_dot(days, gate.at) if gate.crossed else _cross(days, gate.at) for gate in made]))
    signed = report.sign_offs
    if signed:
        approved = sum(1 for item in signed if item.decision == "approve")
        no = sum(1 for item in signed if item.decision == "reject")
        others = len(signed) - approved - no
        text = f"Sign-offs · ▲ {approved} yes, ✕ {no} no" + (f", ○ {others} other" if others else "")
        rows.append((text, [_signed(days, item.at, item.decision) for item in signed]))
    reports = [item.at for item in report.lines if any("attached E" in text for text in item.summary)]
    if reports:
        rows.append((f"Reports attached · {len(reports)}", [_tick(days, at) for at in reports]))
    return rows


def _dot(days: Days, at: datetime) -> Child:
    return mark(days.at(at), 7, el("circle", cx=0, cy=0, r=5, class_="dot"))


def _cross(days: Days, at: datetime) -> Child:
    return mark(days.at(at), 7, el("path", d="M-4 -4L4 4M4 -4L-4 4", class_="no"))


def _tick(days: Days, at: datetime) -> Child:
    return mark(days.at(at), 7, el("rect", x=-1.5, y=-6, width=3, height=12, class_="bar"))


def _signed(days: Days, at: datetime, decision: str) -> Child:
    if decision == "reject":
        return _cross(days, at)
    if decision == "approve":
        return mark(days.at(at), 7, el("polygon", points="0,-6 6,5 -6,5", class_="dot"))
    return mark(days.at(at), 7, el("circle", cx=0, cy=0, r=4, class_="open"))


def _day(time: datetime) -> str:
    return f"{time.astimezone(UTC).day} {time.astimezone(UTC):%b %Y}"
