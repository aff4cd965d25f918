"""How planned dates changed, with what that means for those who wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.engine.lab import WHY, Lab
from workflow import NotFound

DAY = 86400


@pytest.fixture
def slipped(review: Lab) -> Lab:
    start = review.clock.now() + timedelta(days=10)
    for planned in (start, start + timedelta(days=3), None, start - timedelta(days=1)):
        review.tick().schedule("aurora", planned, actor="lee", rationale=WHY)
    review.clock.forward("20d")
    review.tick().schedule("aurora", start + timedelta(days=30), actor="max", rationale="The red team is not done.")
    return review


def test_each_change_says_from_what_to_what_and_how_shortly_before(slipped: Lab) -> None:
    (found,) = slipped.engine.slips()

    assert [(item.by, item.shift) for item in found.changes] == [
        ("lee", 3 * DAY),
        ("lee", None),
        ("lee", None),
        ("max", 31 * DAY),
    ]
    assert [(item.previous is None, item.planned is None) for item in found.changes[1:3]] == [
        (False, True),
        (True, False),
    ]
    assert [item.notice is not None and item.notice > 0 for item in found.changes] == [True, True, False, False]
    assert found.changes[-1].reason == "The red team is not done."


def test_the_sum_is_from_the_first_date_to_the_present_one(slipped: Lab) -> None:
    (found,) = slipped.engine.slips("aurora")

    assert (found.shift, found.without_date) == (30 * DAY, 1)
    assert found.planned == slipped.engine.status("aurora").planned


def test_a_release_that_never_had_a_date_is_told_only_where_it_is_asked_about(review: Lab) -> None:
    assert review.engine.slips() == ()
    (found,) = review.engine.slips("aurora")
    assert (found.first, found.planned, found.changes, found.shift) == (None, None, (), None)
    with pytest.raises(NotFound):
        review.engine.slips("nebula")
