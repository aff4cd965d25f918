"""Times have one form, and what has another is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.clock import SystemClock, parse_duration, parse_moment, parse_timestamp, timestamp
from workflow.errors import InvalidInput

MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones())
ARABIC_SEVEN = "\N{ARABIC-INDIC DIGIT SEVEN}"


@given(MOMENTS)
def test_a_time_is_read_back_as_it_was_written(moment: datetime) -> None:
    assert parse_timestamp(timestamp(moment)) == moment.astimezone(UTC)


@given(MOMENTS, MOMENTS)
def test_the_order_of_timestamps_as_texts_is_their_order_in_time(first: datetime, second: datetime) -> None:
    assert (timestamp(first) < timestamp(second)) is (first.astimezone(UTC) < second.astimezone(UTC))


def test_a_time_is_written_in_utc_with_six_digits() -> None:
    moment = datetime(2025, 7, 11, 11, tzinfo=timezone(timedelta(hours=2)))

    assert timestamp(moment) == "2025-07-11T09:00:00.000000Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        timestamp(datetime(2025, 7, 11))

    assert refused.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-07-11",
        "2025-07-11T09:00:00Z",
        "2025-07-11T09:00:00.000000",
        "2025-07-11T09:00:00.000000+00:00",
        "2025-07-11 09:00:00.000000Z",
        "2025-02-30T09:00:00.000000Z",
        "2025-07-11T24:61:00.000000Z",
        "2025-07-11T09:00:00.000000Z\n",
        f"2025-0{ARABIC_SEVEN}-11T09:00:00.000000Z",
    ],
    ids=repr,
)
def test_only_the_one_form_is_read_from_the_ledger(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_timestamp(text)


@pytest.mark.parametrize("text", ["2025-07-17T17:00:00Z", "2025-07-17T19:00+02:00", "20250717T170000Z"])
def test_a_person_may_write_a_time_in_any_form_with_a_zone(text: str) -> None:
    assert parse_moment(text) == datetime(2025, 7, 17, 17, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2025-07-17", "2025-07-17T17:00:00", "tomorrow", "", "0001-01-01T00:00:00+02:00"])
def test_a_time_that_is_none_or_has_no_zone_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("14d", timedelta(days=14)),
        ("72h", timedelta(days=3)),
        ("1d12h", timedelta(hours=36)),
        ("90m", timedelta(minutes=90)),
        ("1d1h1m1s", timedelta(days=1, hours=1, minutes=1, seconds=1)),
        (" 5s ", timedelta(seconds=5)),
    ],
)
def test_lengths_of_time_are_written_as_people_do(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", " ", "0d", "0h0m", "7", "d", "-1d", "1.5h", "1h1d", "1w", "1 d", f"{ARABIC_SEVEN}d", "9999999d"]
)
def test_what_is_no_length_of_time_or_nothing_at_all_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_duration(text)


def test_the_machines_clock_has_a_zone() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
