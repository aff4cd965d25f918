"""A date that no calendar has gets into no command and no event, because no fold could read it again."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workflow.commands import PlaceHold, Schedule
from workflow.errors import LedgerError
from workflow.events import HoldPlaced, dump, parse

GOOD = "2025-07-11T09:00:00.000000Z"
BAD = ["2025-02-30T09:00:00.000000Z", "2025-13-01T09:00:00.000000Z", "2025-07-11T09:00:00Z", "2025-07-11", ""]


@pytest.mark.parametrize("date", BAD, ids=repr)
def test_a_command_with_an_impossible_date_is_refused(date: str) -> None:
    with pytest.raises(ValidationError):
        PlaceHold(actor="mara", release="aurora", role="safety", review_by=date)
    with pytest.raises(ValidationError):
        Schedule(actor="mara", release="aurora", planned=date)


@pytest.mark.parametrize("date", BAD, ids=repr)
def test_an_event_with_an_impossible_date_is_no_event(date: str) -> None:
    event = dump(HoldPlaced(id="H1", role="safety", review_by=GOOD))

    assert parse([event])
    with pytest.raises(LedgerError):
        parse([{**event, "review_by": date}])
