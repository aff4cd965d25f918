"""Dates are planned and slip; they release nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.engine.lab import Lab, refused
from workflow import InvalidInput

FIRST = datetime(2025, 7, 11, 9, tzinfo=UTC)
SECOND = datetime(2025, 7, 17, 9, tzinfo=UTC)


def plan(lab: Lab, date: datetime | None, *, by: str = "lee", why: str = "more tests are needed") -> None:
    lab.tick().schedule("aurora", date, actor=by, rationale=why)


def test_the_first_date_is_no_slip(review: Lab) -> None:
    plan(review, FIRST)

    status = review.engine.status("aurora")
    assert status.planned == FIRST
    assert [change.slip for change in status.schedule] == [False]


def test_every_later_change_is_a_slip_with_its_reason_also_to_no_date(review: Lab) -> None:
    plan(review, FIRST)
    plan(review, SECOND, why="the second red team starts late")
    plan(review, None, why="we do not know how long it takes")
    plan(review, SECOND)

    told = [(change.previous, change.planned, change.slip) for change in review.engine.status("aurora").schedule]
    assert told == [
        (None, FIRST, False),
        (FIRST, SECOND, True),
        (SECOND, None, True),
        (None, SECOND, False),
    ]
    assert review.engine.status("aurora").schedule[2].reason == "we do not know how long it takes"


def test_the_list_of_releases_has_the_date(review: Lab) -> None:
    plan(review, SECOND)
    assert review.engine.list()[0].planned == SECOND

    plan(review, None)
    assert review.engine.list()[0].planned is None


@pytest.mark.parametrize("dates", [[None], [FIRST, FIRST], [FIRST, None, None]])
def test_what_changes_nothing_is_refused_as_input(review: Lab, dates: list[datetime | None]) -> None:
    for date in dates[:-1]:
        plan(review, date)

    with pytest.raises(InvalidInput):
        plan(review, dates[-1])


def test_a_date_without_a_zone_is_refused(review: Lab) -> None:
    with pytest.raises(InvalidInput, match="has no zone"):
        plan(review, FIRST.replace(tzinfo=None))


def test_somebody_without_a_role_of_the_process_plans_nothing(review: Lab) -> None:
    review.engine.add_person("zoe", roles=["press"], actor="ana", rationale="joins the press team")

    with refused("no-role"):
        plan(review, FIRST, by="zoe")
    with refused("unknown-person"):
        plan(review, FIRST, by="nobody")


def test_a_date_that_has_come_opens_nothing(review: Lab) -> None:
    plan(review, SECOND)
    review.clock.forward("60d")

    with refused("gate-denied", "open"):
        review.advance("publish")
