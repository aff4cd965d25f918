"""Whether a calendar covers a moment: half-open, past midnights and years, and where clocks are set on or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.calendars import Coverage, Span, coverage, holds_at, zones
from workflow.clock import parse_timestamp, timestamp
from workflow.errors import InvalidInput

MINUTE = timedelta(minutes=1)
LONDON, NEW_YORK, LORD_HOWE, APIA = "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(*spans: dict[str, Any], zone: str = "UTC", twice: str = "widest") -> dict[str, Any]:
    named = [{"name": f"span {number}", **span} for number, span in enumerate(spans, 1)]
    return {"zone": zone, "spans": named, "twice": twice}


def asked(params: dict[str, Any], at: datetime) -> Coverage:
    return Coverage.model_validate(coverage(params, at), strict=True)


WEEKLY = {"days": ["mon", "tue"], "from": "10:00", "to": "16:00"}
NIGHTLY = {"days": ["fri"], "from": "22:00", "to": "02:00"}
WEEKEND = {"days": ["sat", "sun"]}
YEAR_END = {"from": "12-20", "to": "01-05 09:00"}
ONCE = {"from": "2026-03-01T12:00", "to": "2026-03-02"}


@pytest.mark.parametrize(
    ("span", "at", "covered"),
    [
        (WEEKLY, "2026-11-23 09:59:59.999999", False),
        (WEEKLY, "2026-11-23 10:00", True),
        (WEEKLY, "2026-11-23 15:59:59.999999", True),
        (WEEKLY, "2026-11-23 16:00", False),
        (WEEKLY, "2026-11-25 12:00", False),
        (NIGHTLY, "2026-11-27 21:59", False),
        (NIGHTLY, "2026-11-27 22:00", True),
        (NIGHTLY, "2026-11-28 01:59", True),
        (NIGHTLY, "2026-11-28 02:00", False),
        (NIGHTLY, "2026-11-28 22:00", False),
        (WEEKEND, "2026-11-28 00:00", True),
        (WEEKEND, "2026-11-29 23:59", True),
        (WEEKEND, "2026-11-30 00:00", False),
        (YEAR_END, "2026-12-19 23:59", False),
        (YEAR_END, "2026-12-20 00:00", True),
        (YEAR_END, "2027-01-05 08:59", True),
        (YEAR_END, "2027-01-05 09:00", False),
        (ONCE, "2026-03-01 11:59", False),
        (ONCE, "2026-03-01 12:00", True),
        (ONCE, "2026-03-02 00:00", False),
        (ONCE, "2027-03-01 12:00", False),
    ],
)
def test_a_span_covers_its_first_moment_and_not_its_last(span: dict[str, Any], at: str, covered: bool) -> None:
    assert asked(calendar(span), utc(at)).covered is covered


def test_spans_that_follow_one_another_are_told_as_one() -> None:
    found = asked(calendar(WEEKEND, {"days": ["mon"], "from": "00:00", "to": "06:00"}), utc("2026-11-28 12:00"))

    assert (found.by, found.since, found.next) == (
        "span 1",
        "2026-11-28T00:00:00.000000Z",
        "2026-11-30T06:00:00.000000Z",
    )
    assert (found.local, found.tzdata) == ("Mon 30 Nov 2026 06:00", zones.version())


def test_what_never_ends_is_known_only_so_far_ahead() -> None:
    found = asked(calendar({"from": "00:00", "to": "24:00"}), utc("2026-11-28 12:00"))

    assert found.covered
    assert found.next is None
    assert found.until is not None


def test_it_says_which_span_comes_next() -> None:
    found = asked(calendar(WEEKEND, YEAR_END, zone=LONDON), utc("2026-11-26 12:00"))

    assert (found.covered, found.next_by, found.local) == (False, "span 1", "Sat 28 Nov 2026 00:00")


def test_what_lies_wholly_in_the_past_holds_for_good() -> None:
    found = asked(calendar(ONCE), utc("2026-11-26 12:00"))

    assert (found.since, found.until, found.next) == ("2026-03-02T00:00:00.000000Z", None, None)


HOUR_LOST = {"days": ["sun"], "from": "01:30", "to": "03:00"}
HOUR_TWICE = {"days": ["sun"], "from": "01:15", "to": "01:45"}


@pytest.mark.parametrize(
    ("zone", "span", "twice", "day", "expected"),
    [
        # Clocks go from 01:00 to 02:00: what was to begin in between begins with the jump.
        (LONDON, HOUR_LOST, "widest", "2026-03-29", ("01:00", "02:00")),
        (LONDON, HOUR_LOST, "narrowest", "2026-03-29", ("01:00", "02:00")),
        (LONDON, HOUR_TWICE, "widest", "2026-03-29", None),
        # Clocks go from 02:00 back to 01:00, 01:00 in UTC.
        (LONDON, HOUR_TWICE, "widest", "2026-10-25", ("00:15", "01:45")),
        (LONDON, HOUR_TWICE, "narrowest", "2026-10-25", None),
        (LONDON, {"from": "01:30", "to": "03:00"}, "widest", "2026-10-25", ("00:30", "03:00")),
        (LONDON, {"from": "01:30", "to": "03:00"}, "narrowest", "2026-10-25", ("01:30", "03:00")),
        # Half an hour, from 02:00 back to 01:30, at 15:00 of the day before in UTC.
        (LORD_HOWE, {"from": "2026-04-05T01:45", "to": "2026-04-05T03:00"}, "widest", "2026-04-04", ("14:45", "16:30")),
        (
            LORD_HOWE,
            {"from": "2026-04-05T01:45", "to": "2026-04-05T03:00"},
            "narrowest",
            "2026-04-04",
            ("15:15", "16:30"),
        ),
        # A whole day that never was.
        (APIA, {"from": "2011-12-30T06:00", "to": "2011-12-31T01:00"}, "widest", "2011-12-30", ("10:00", "11:00")),
    ],
)
def test_where_clocks_jump_a_rule_takes_what_lets_less_through(
    zone: str, span: dict[str, Any], twice: str, day: str, expected: tuple[str, str] | None
) -> None:
    start = utc(day)
    params = calendar(span, zone=zone, twice=twice)
    covered = [
        start + n * MINUTE
        for n in range(5 if zone == LONDON else 0, 24 * 60)
        if asked(params, start + n * MINUTE).covered
    ]

    if expected is None:
        assert covered == []
    else:
        assert (f"{covered[0]:%H:%M}", f"{covered[-1] + MINUTE:%H:%M}") == expected
        assert len(covered) == (covered[-1] - covered[0]) // MINUTE + 1


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
PAIRS = st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1])
SPANS = st.builds(
    lambda days, pair: {"days": days, "from": pair[0], "to": pair[1]},
    st.lists(st.sampled_from(DAYS), unique=True, max_size=7),
    PAIRS,
)
ZONES = st.sampled_from(["UTC", LONDON, NEW_YORK, LORD_HOWE, "Asia/Kolkata", "America/Sao_Paulo"])
NEAR_JUMPS = st.sampled_from(
    ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-06-15", "2026-12-31"]
)


def shows(span: dict[str, Any], wall: datetime) -> bool:
    """Whether clocks that show this are within the span: the plain reading, which knows no jumps."""
    clock = f"{wall:%H:%M}"
    days = span["days"] or DAYS
    today, yesterday = (DAYS[(wall.weekday() - back) % 7] in days for back in (0, 1))
    if span["from"] < span["to"]:
        return today and span["from"] <= clock < span["to"]
    return (today and clock >= span["from"]) or (yesterday and clock < span["to"])


@settings(max_examples=60, deadline=None)
@given(spans=st.lists(SPANS, min_size=1, max_size=2), zone=ZONES, day=NEAR_JUMPS, step=st.integers(7, 29))
def test_it_agrees_with_clocks_read_minute_by_minute(
    spans: list[dict[str, Any]], zone: str, day: str, step: int
) -> None:
    where = zones.zone(zone)
    wide, narrow = (calendar(*spans, zone=zone, twice=twice) for twice in ("widest", "narrowest"))
    start = utc(day) - timedelta(hours=14)
    for number in range(0, 40 * 60, step):
        at = start + number * MINUTE
        plain = any(shows(span, at.astimezone(where)) for span in spans)
        most, least = asked(wide, at).covered, asked(narrow, at).covered
        assert least <= plain <= most
        if not near_a_jump(at, where):
            assert most == least == plain


def near_a_jump(at: datetime, where: ZoneInfo) -> bool:
    around = [(at + timedelta(hours=hours)).astimezone(where).utcoffset() for hours in (-2, 0, 2)]
    return len(set(around)) > 1


@settings(max_examples=60, deadline=None)
@given(
    spans=st.lists(st.one_of(SPANS, st.sampled_from([YEAR_END, ONCE, WEEKEND])), min_size=1, max_size=3),
    zone=ZONES,
    minutes=st.integers(0, 2 * 365 * 24 * 60),
    twice=st.sampled_from(["widest", "narrowest"]),
)
def test_an_answer_is_the_same_all_through_the_interval_in_which_it_holds(
    spans: list[dict[str, Any]], zone: str, minutes: int, twice: str
) -> None:
    params = calendar(*spans, zone=zone, twice=twice)
    at = utc("2025-06-01") + minutes * MINUTE
    found = asked(params, at)
    since, until = found.interval
    assert found.holds(at)
    first, last = since or at - timedelta(days=9), (until or at + timedelta(days=9)) - timedelta(microseconds=1)
    for part in range(9):
        assert asked(params, first + (last - first) * part / 8).covered is found.covered
    if found.next is not None and found.next == found.until:
        assert asked(params, parse_timestamp(found.next)).covered is not found.covered
    if until is not None:
        assert not found.holds(until)
    if since is not None:
        assert not found.holds(since - timedelta(microseconds=1))


def test_it_can_be_asked_again_at_any_moment_in_a_common_form() -> None:
    found = coverage(calendar(WEEKLY), utc("2026-11-23 12:00"))

    assert found["since"] == timestamp(utc("2026-11-23 10:00"))
    assert holds_at(found, utc("2026-11-23 15:59"))
    assert not holds_at(found, utc("2026-11-23 16:00"))


@pytest.mark.parametrize("found", [{}, {"covered": False}, {"covered": "no", "until": 5}])
def test_what_cannot_be_read_holds_never(found: dict[str, Any]) -> None:
    assert not holds_at(found, utc("2026-11-23 12:00"))


@pytest.mark.parametrize(
    "params",
    [{}, {"name": "releases"}, calendar(WEEKLY, zone="Mars/Olympus"), calendar(WEEKLY, zone="../../etc/passwd")],
)
def test_what_is_no_calendar_or_in_no_known_zone_is_not_answered(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        coverage(params, utc("2026-11-23 12:00"))


def test_neither_the_systems_data_nor_the_environment_change_a_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTZPATH", "/nowhere")
    zones.zone.cache_clear()

    assert zones.zone(LONDON).utcoffset(datetime(2026, 7, 1)) == timedelta(hours=1)


@settings(max_examples=80, deadline=None)
@given(
    one=SPANS,
    days=st.lists(st.sampled_from(DAYS), unique=True, max_size=7),
    pair=PAIRS,
    minutes=st.integers(0, 14 * 24 * 60),
    twice=st.sampled_from(["widest", "narrowest"]),
)
def test_a_span_that_contains_another_covers_every_moment_that_it_covers(
    one: dict[str, Any], days: list[str], pair: tuple[str, str], minutes: int, twice: str
) -> None:
    # Near to the first, so that one of them often contains the other.
    other = {**one, "days": days, "to": pair[1] if pair[1] != one["from"] else one["to"]}
    first, second = (Span.model_validate({"name": "x", **span}) for span in (one, other))
    at = utc("2026-06-01") + minutes * MINUTE
    covered = [asked(calendar(span, zone="Asia/Kolkata", twice=twice), at).covered for span in (one, other)]

    assert first.contains(first)
    if first.contains(second):
        assert covered[0] >= covered[1]
    if second.contains(first):
        assert covered[1] >= covered[0]
