"""Where the stages and the ways between them lie in the picture of a process. Numbers in, numbers out.

The stages stand one below the other in the order of the process, so the picture is as narrow as a phone. A way to the
next stage is a straight line between the two. Every other way is a *bus*: a line beside the stages, down on their right
or up on their left, that its sources join and that ends at its destination. Buses that would touch lie in different
lanes, and every end of one has a place of its own at its stage, so that no two lines lie on one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 150
HEIGHT = 44
GAP = 54
PORT = 20
LANE = 15
TOP = 30
APART = 20
MARGIN = 12
LETTER = 8.4
LABEL_FROM = 14


@dataclass(frozen=True, slots=True)
class Way:
    """A transition, by its number, the name that is drawn, and the rows of its sources and of its destination."""

    number: int
    name: str
    sources: tuple[int, ...]
    dest: int


@dataclass(frozen=True, slots=True)
class Box:
    """A stage in the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Straight:
    """A way to the stage below or above: its line, and where its name begins (or ends, on the left)."""

    way: Way
    x: float
    start: float
    end: float
    label_x: float
    on_right: bool


@dataclass(frozen=True, slots=True)
class Bus:
    """A way along the side: its lane, the heights at which its sources join it, and at which it ends."""

    way: Way
    lane_x: float
    node_x: float
    joins: Mapping[int, float]
    end: float
    on_right: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything in its place."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    straights: tuple[Straight, ...]
    buses: tuple[Bus, ...]


def lay_out(stages: int, ways: Sequence[Way]) -> Layout:
    """Places so many stages, and the ways between them."""
    straight, beside = _straight(ways)
    right = [way for way in beside if _goes_right(way)]
    left = [way for way in beside if not _goes_right(way)]
    lanes = {True: _lanes(right), False: _lanes(left)}
    places = {True: _places(right, lanes[True], down=True), False: _places(left, lanes[False], down=False)}
    most = [max(len(places[True].get(row, ())), len(places[False].get(row, ()))) for row in range(stages)]
    heights = [max(HEIGHT, PORT * count + 8) for count in most]
    tops, y = [], float(TOP)
    for height in heights:
        tops.append(y)
        y += height + GAP
    gutters = {
        True: _gutter(right, straight, lanes[True], up=False),
        False: _gutter(left, straight, lanes[False], up=True),
    }
    x = MARGIN + gutters[False]
    boxes = tuple(Box(x, top, WIDTH, height) for top, height in zip(tops, heights, strict=True))
    buses = [
        _bus(way, lanes[side][way], places[side], boxes, gutters[side], lanes[side], on_right=side)
        for side, found in ((True, right), (False, left))
        for way in found
    ]
    width = x + WIDTH + gutters[True] + MARGIN
    return Layout(width, y - GAP + 8, boxes, tuple(_line(way, boxes) for way in straight), tuple(buses))


def _straight(ways: Sequence[Way]) -> tuple[list[Way], list[Way]]:
    """The ways that are straight lines, one down and one up between two neighbours, and all others."""
    taken: set[tuple[int, int]] = set()
    straight, beside = [], []
    for way in ways:
        pair = (way.sources[0], way.dest)
        if len(way.sources) == 1 and abs(way.dest - way.sources[0]) == 1 and pair not in taken:
            taken.add(pair)
            straight.append(way)
        else:
            beside.append(way)
    return straight, beside


def _goes_right(way: Way) -> bool:
    return any(source < way.dest for source in way.sources)


def _reach(way: Way) -> tuple[int, int]:
    rows = (*way.sources, way.dest)
    return min(rows), max(rows)


def _lanes(ways: Sequence[Way]) -> dict[Way, int]:
    """The lane of each bus, the short ones nearest to the stages, with none on another."""
    found: dict[Way, int] = {}
    for way in sorted(ways, key=lambda way: (_reach(way)[1] - _reach(way)[0], _reach(way), way.number)):
        first, last = _reach(way)
        taken = {lane for other, lane in found.items() if _reach(other)[0] <= last and first <= _reach(other)[1]}
        found[way] = next(lane for lane in range(len(ways) + 1) if lane not in taken)
    return found


def _places(ways: Sequence[Way], lanes: Mapping[Way, int], *, down: bool) -> dict[int, list[tuple[Way, bool]]]:
    """The ends of buses at each stage, from its top to its bottom; with each, whether the bus ends there.

    What comes along an inner lane lies nearer to where it comes from, and what leaves by one, nearer to where it goes.
    """
    found: dict[int, list[tuple[Way, bool]]] = {}
    for way in ways:
        for source in way.sources:
            found.setdefault(source, []).append((way, False))
        found.setdefault(way.dest, []).append((way, True))
    for ends in found.values():
        coming = sorted((end for end in ends if end[1]), key=lambda end: lanes[end[0]])
        going = sorted((end for end in ends if not end[1]), key=lambda end: -lanes[end[0]])
        ends[:] = [*coming, *going] if down else [*reversed(going), *reversed(coming)]
    return found


def _gutter(ways: Sequence[Way], straight: Sequence[Way], lanes: Mapping[Way, int], *, up: bool) -> float:
    """How much room is needed beside the stages: for names, and behind them for the lanes."""
    names = [LABEL_FROM + LETTER * len(way.name) + 8 for way in ways]
    half = WIDTH / 2 - APART
    names += [24 + LETTER * len(way.name) - half for way in straight if (way.dest < way.sources[0]) == up]
    room = max([0.0, *names])
    return room + (LANE * (max(lanes.values()) + 1) if lanes else 0)


def _line(way: Way, boxes: Sequence[Box]) -> Straight:
    source, dest = boxes[way.sources[0]], boxes[way.dest]
    middle = source.x + source.width / 2
    if way.dest > way.sources[0]:
        x = middle + APART
        return Straight(way, x, source.y + source.height, dest.y, x + 16, on_right=True)
    x = middle - APART
    return Straight(way, x, source.y, dest.y + dest.height, x - 16, on_right=False)


def _bus(
    way: Way,
    lane: int,
    places: Mapping[int, list[tuple[Way, bool]]],
    boxes: Sequence[Box],
    gutter: float,
    lanes: Mapping[Way, int],
    *,
    on_right: bool,
) -> Bus:
    room = gutter - LANE * (max(lanes.values()) + 1)
    away = room + LANE * (lane + 0.5)
    edge = boxes[0].x + (boxes[0].width if on_right else 0)

    def height(row: int, *, ends: bool) -> float:
        at = places[row].index((way, ends))
        box = boxes[row]
        return box.y + box.height / 2 + PORT * (at - (len(places[row]) - 1) / 2)

    joins = {row: height(row, ends=False) for row in way.sources}
    return Bus(way, edge + away if on_right else edge - away, edge, joins, height(way.dest, ends=True), on_right)
