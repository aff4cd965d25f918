"""The picture of a process: everything in its place, and no line on another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.definition import load_process, shipped
from workflow.process import Process
from workflow.registry import Registry
from workflow.report.picture.layers import Layout, Way, lay_out

GOLDEN = Path(__file__).parents[2] / "golden"
PROCESSES = {**shipped(), **{f"golden/{path.parent.name}": path for path in GOLDEN.glob("**/process.yaml")}}
PHONE = 360


def drawn(process: Process) -> Layout:
    rows = {stage.name: row for row, stage in enumerate(process.stages)}
    ways = [
        Way(number, item.trigger, tuple(rows[source] for source in item.sources), rows[item.dest])
        for number, item in enumerate(process.transitions)
    ]
    return lay_out(len(process.stages), ways)


def overlapping(layout: Layout) -> list[tuple[str, str]]:
    """The pairs of ways of which a part lies on a part of the other."""
    parts: list[tuple[str, str, float, float, float]] = []
    for line in layout.straights:
        parts.append((line.way.name, "down", line.x, min(line.start, line.end), max(line.start, line.end)))
    for bus in layout.buses:
        heights = [*bus.joins.values(), bus.end]
        parts.append((bus.way.name, "down", bus.lane_x, min(heights), max(heights)))
        first, last = min(bus.node_x, bus.lane_x), max(bus.node_x, bus.lane_x)
        parts += [(bus.way.name, "across", height, first, last) for height in heights]
    return [
        (name, other)
        for place, (name, kind, at, first, last) in enumerate(parts)
        for other, other_kind, other_at, other_first, other_last in parts[place + 1 :]
        if name != other and kind == other_kind and abs(at - other_at) < 4 and first < other_last and other_first < last
    ]


def through_a_stage(layout: Layout) -> list[str]:
    """The buses whose lane leads through a stage instead of past it."""
    return [
        bus.way.name for bus in layout.buses for box in layout.boxes if box.x - 8 < bus.lane_x < box.x + box.width + 8
    ]


@pytest.mark.parametrize("name", PROCESSES)
def test_no_line_lies_on_another_or_leads_through_a_stage(name: str) -> None:
    layout = drawn(load_process(PROCESSES[name], Registry()))

    assert overlapping(layout) == []
    assert through_a_stage(layout) == []


@pytest.mark.parametrize("name", shipped())
def test_a_ready_made_process_is_hardly_wider_than_a_phone(name: str) -> None:
    assert drawn(load_process(shipped()[name], Registry())).width < 1.25 * PHONE


def test_every_way_is_drawn_once_and_every_end_within_its_stage() -> None:
    process = load_process(shipped()["staged_access"], Registry())
    layout = drawn(process)

    names = [item.way.name for item in (*layout.straights, *layout.buses)]
    assert sorted(names) == sorted(item.trigger for item in process.transitions)
    for bus in layout.buses:
        for row, height in (*bus.joins.items(), (bus.way.dest, bus.end)):
            assert layout.boxes[row].y < height < layout.boxes[row].y + layout.boxes[row].height


rows = st.integers(0, 5)
many = st.lists(st.tuples(st.lists(rows, min_size=1, max_size=4, unique=True), rows), max_size=9)


@given(many)
def test_whatever_the_process_no_line_lies_on_another(found: list[tuple[list[int], int]]) -> None:
    ways = [Way(number, f"way{number}", tuple(sources), dest) for number, (sources, dest) in enumerate(found)]
    layout = lay_out(6, ways)

    assert overlapping(layout) == []
    assert through_a_stage(layout) == []
    assert all(box.y + box.height < below.y for box, below in zip(layout.boxes, layout.boxes[1:], strict=False))
