"""The scale of a timeline, what is drawn outside of it, and what its legend says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.report.picture.axis import Days
from workflow.report.picture.timeline import arrow, side

START = datetime(2025, 7, 1, 9, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "names"),
    [
        ("60s", ["1 Jul\n09:30:15", "09:30:30", "09:30:45"]),
        ("8m", ["1 Jul\n09:32", "09:34", "09:36", "09:38"]),
        ("3h", ["1 Jul\n10:00", "11:00", "12:00"]),
        ("20h", ["1 Jul\n12:00", "18:00", "2 Jul\n00:00"]),
        ("10d", ["4 Jul", "7 Jul", "10 Jul"]),
    ],
)
def test_the_scale_has_times_or_dates_as_long_as_it_is(length: str, names: list[str]) -> None:
    spans = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    end = START + timedelta(seconds=int(length[:-1]) * spans[length[-1]])

    assert [name for _, name in Days.of(START, end).ticks()][: len(names)] == names


@given(st.integers(min_value=0, max_value=40 * 365 * 86_400))
def test_no_scale_is_without_a_name_and_none_is_crowded(seconds: int) -> None:
    ticks = Days.of(START, START + timedelta(seconds=seconds)).ticks()

    assert 1 <= len(ticks) <= 7
    assert all(0 <= place <= 100 for place, _ in ticks)


@pytest.mark.parametrize(("days", "where", "tip"), [(-3, "before", -1), (1, "within", 0), (40, "after", 1)])
def test_an_arrow_points_to_where_a_date_outside_lies(days: int, where: str, tip: int) -> None:
    scale = Days.of(START, START + timedelta(days=10))

    assert side(scale, START + timedelta(days=days)) == where
    places = [float(point.split(",")[0]) for point in arrow(side(scale, START + timedelta(days=days))).split()]
    assert (max(places) + min(places) > 0) - (max(places) + min(places) < 0) == tip
