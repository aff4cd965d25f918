"""The state graph of a process, with the way that the release took drawn into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflow.report.markup import Child, Element, el
from workflow.report.picture.layers import LABEL_FROM, Box, Bus, Layout, Straight, Way, lay_out
from workflow.report.views import MoveView, ReportedProcess

LONGEST = 22
"""How many letters of a name are drawn; the table beside has all of them."""

SCALE = 1.12
ROUND = 7


def graph(process: ReportedProcess, moves: Sequence[MoveView], present: str, name: str) -> Element:
    """Draws a process. ``present`` is the stage the release is or was in last, ``name`` makes the picture's ids."""
    rows = {stage.name: row for row, stage in enumerate(process.stages)}
    ways = [
        Way(number, _short(item.trigger), tuple(rows[source] for source in item.sources), rows[item.dest])
        for number, item in enumerate(process.transitions)
    ]
    triggers = [item.trigger for item in process.transitions]
    layout = lay_out(len(process.stages), ways)
    taken: dict[tuple[str, str], list[int]] = {}
    for move in moves:
        if move.number in process.moves:
            taken.setdefault((move.trigger, move.source), []).append(move.number)
    made = [move for move in moves if move.number in process.moves]
    been = {present, process.began, *(move.dest for move in made), *(move.source for move in made)}
    names = [stage.name for stage in process.stages]
    drawn: list[Child] = [_start(layout.boxes[0], on=process.began == process.stages[0].name)]
    used, unused = [], []
    for bus in layout.buses:
        parts = _bus(bus, {row: taken.get((triggers[bus.way.number], names[row]), []) for row in bus.way.sources})
        unused += parts[0]
        used += parts[1]
    for line in layout.straights:
        numbers = taken.get((triggers[line.way.number], names[line.way.sources[0]]), [])
        (used if numbers else unused).append(_straight(line, numbers))
    boxes = [
        _box(box, stage.name, stage.exposure, _state(stage.name, present, been))
        for box, stage in zip(layout.boxes, process.stages, strict=True)
    ]
    return _picture(layout, [*drawn, *unused, *used, *boxes], process, moves, name)


def _picture(
    layout: Layout, drawn: Sequence[Child], process: ReportedProcess, moves: Sequence[MoveView], name: str
) -> Element:
    told = [move for move in moves if move.number in process.moves]
    path = "; ".join(f"{move.number}. {move.trigger} from {move.source} to {move.dest}" for move in told)
    return el(
        "svg",
        el("title", f"The stages of {process.label} and the way taken", id=f"{name}-title"),
        el(
            "desc",
            f"{len(process.stages)} stages, from {process.stages[0].name} down. "
            + (f"The moves made: {path}." if told else "No move was made."),
            id=f"{name}-desc",
        ),
        *drawn,
        viewBox=f"0 0 {layout.width:.0f} {layout.height:.0f}",
        width=f"{layout.width * SCALE:.0f}",
        class_="graph",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _state(stage: str, present: str, been: set[str]) -> str:
    return "current" if stage == present else "passed" if stage in been else "ahead"


_WORDS = {"current": "here now", "passed": "was here", "ahead": "not reached"}


def _box(box: Box, stage: str, exposure: str, state: str) -> Element:
    on = " on-fill" if state == "current" else ""
    middle, height = box.x + box.width / 2, box.y + box.height / 2
    ring = el("rect", x=box.x - 3.5, y=box.y - 3.5, width=box.width + 7, height=box.height + 7, rx=10, class_="ring")
    return el(
        "g",
        ring if state == "current" else None,
        el("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=7, class_=f"box {state}"),
        el("text", _short(stage), x=middle, y=height - 3, text_anchor="middle", class_=f"b{on}"),
        el(
            "text",
            f"{exposure} · {_WORDS[state]}",
            x=middle,
            y=height + 13,
            text_anchor="middle",
            class_=on.strip() or "faint",
        ),
    )


def _start(box: Box, *, on: bool) -> Element:
    x = box.x + box.width / 2
    return el(
        "g",
        el("circle", cx=x, cy=7.0, r=5, class_="badge" if on else "head"),
        el("path", d=f"M{x:.1f} 12V{box.y - 3:.1f}", class_="taken" if on else "line"),
        _head(x, box.y, "down", on=on),
    )


def _straight(line: Straight, numbers: Sequence[int]) -> Element:
    on = bool(numbers)
    down = line.end > line.start
    end = line.end - 4 if down else line.end + 4
    middle = (line.start + line.end) / 2
    return el(
        "g",
        el("path", d=f"M{line.x:.1f} {line.start:.1f}V{end:.1f}", class_="taken" if on else "line"),
        _head(line.x, line.end, "down" if down else "up", on=on),
        _badge(line.x, middle, numbers, on_right=line.on_right),
        _label(line.way.name, _beside(line, numbers), middle + 4, on_right=line.on_right, on=on),
    )


def _beside(line: Straight, numbers: Sequence[int]) -> float:
    wide = max(0.0, _badge_width(numbers) - 18) if numbers else -6.0
    return line.label_x + wide if line.on_right else line.label_x - wide


def _bus(bus: Bus, numbers: Mapping[int, Sequence[int]]) -> tuple[list[Child], list[Child]]:
    """The parts of a bus that were not taken, and on top of them those that were."""
    unused: list[Child] = []
    used: list[Child] = []
    out = 1 if bus.on_right else -1
    tip = bus.node_x + 4 * out
    for row, height in bus.joins.items():
        taken = numbers[row]
        turn = ROUND if bus.end > height else -ROUND
        path = (
            f"M{bus.node_x:.1f} {height:.1f}H{bus.lane_x - ROUND * out:.1f}Q{bus.lane_x:.1f} {height:.1f} "
            f"{bus.lane_x:.1f} {height + turn:.1f}V{bus.end - turn:.1f}Q{bus.lane_x:.1f} {bus.end:.1f} "
            f"{bus.lane_x - ROUND * out:.1f} {bus.end:.1f}H{tip:.1f}"
        )
        line = el("path", d=path, class_="taken" if taken else "line")
        (used if taken else unused).append(line)
        if taken:
            used.append(
                _badge(
                    bus.node_x + (8 + _badge_width(taken) / 2) * out, height, taken, on_right=bus.on_right, centred=True
                )
            )
    on = any(numbers.values())
    (used if on else unused).append(
        [
            _head(bus.node_x, bus.end, "left" if bus.on_right else "right", on=on),
            _label(bus.way.name, bus.node_x + LABEL_FROM * out, bus.end - 4, on_right=bus.on_right, on=on),
        ]
    )
    return unused, used


_HEADS = {"down": (0, -1), "up": (0, 1), "left": (1, 0), "right": (-1, 0)}


def _head(x: float, y: float, direction: str, *, on: bool) -> Element:
    """The head of an arrow whose tip is at a place."""
    back_x, back_y = _HEADS[direction]
    size, half = 8.0, 4.4
    points = [
        (x, y),
        (x + back_x * size + back_y * half, y + back_y * size + back_x * half),
        (x + back_x * size - back_y * half, y + back_y * size - back_x * half),
    ]
    written = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
    return el("polygon", points=written, class_="head on" if on else "head")


def _badge_width(numbers: Sequence[int]) -> float:
    return max(18.0, 6.6 * len(_numbers(numbers)) + 10)


def _numbers(numbers: Sequence[int]) -> str:
    told = [str(number) for number in numbers]
    return ", ".join(told) if len(told) < 5 else f"{told[0]}, {told[1]} … {told[-1]}"


def _badge(x: float, y: float, numbers: Sequence[int], *, on_right: bool, centred: bool = False) -> Child:
    """The numbers of the moves that went this way, on the line."""
    if not numbers:
        return None
    width = _badge_width(numbers)
    left = x - width / 2 if centred or width <= 18 else x - 9 if on_right else x + 9 - width
    return el(
        "g",
        el("rect", x=left, y=y - 9, width=width, height=18, rx=9, class_="badge"),
        el("text", _numbers(numbers), x=left + width / 2, y=y + 4, text_anchor="middle", class_="badge-text"),
    )


def _label(text: str, x: float, y: float, *, on_right: bool, on: bool) -> Element:
    anchor = "start" if on_right else "end"
    return el("text", text, x=x, y=y, text_anchor=anchor, class_="b" if on else "faint")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
