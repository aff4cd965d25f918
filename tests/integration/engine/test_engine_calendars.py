"""A freeze is asked at the second of the decision: what was looked at before it began lets nothing through in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, Lab, refused
from workflow import ConcurrentUpdate

FREEZE = {"freeze": {"zone": "UTC", "spans": [{"name": "summer", "from": "2025-07-02", "to": "2025-07-10"}]}}
WINDOW = {"window": {"zone": "UTC", "spans": [{"name": "mornings", "from": "09:00", "to": "12:00"}]}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` before ``host``, which is frozen from the second day on and goes in the mornings alone."""
    lab = Lab.with_people(tmp_path)
    host = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, FREEZE, WINDOW]}
    lab.allow(lab.load(host=host))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def set_clock(lab: Lab, text: str) -> None:
    lab.clock.at = datetime.fromisoformat(text)


def late(lab: Lab, monkeypatch: pytest.MonkeyPatch, *lengths: str) -> list[int]:
    """After each look at the outside world, so much time passes before the decision."""
    observer, passing, looks = lab.engine._pipeline.observer, list(lengths), []
    gather = observer.gather

    def slow(*args: object, **settings: object) -> object:
        looks.append(1)
        found = gather(*args, **settings)  # type: ignore[arg-type]
        if passing:
            lab.clock.forward(passing.pop(0))
        return found

    monkeypatch.setattr(observer, "gather", slow)
    return looks


def test_it_moves_within_a_window_and_outside_a_freeze(lab: Lab) -> None:
    lab.advance("host")

    assert lab.stage() == "hosted"


def test_a_closed_window_is_waited_for_and_a_freeze_refuses(lab: Lab) -> None:
    set_clock(lab, "2025-07-01T13:00:00+00:00")
    with refused("gate-denied", "open"):
        lab.advance("host")
    assert lab.blocking("host") == {"window-closed"}

    set_clock(lab, "2025-07-03T13:00:00+00:00")
    with refused("gate-denied", "no"):
        lab.advance("host")
    assert lab.blocking("host") == {"window-closed", "frozen"}


def test_a_freeze_that_begins_between_the_look_and_the_decision_refuses(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(lab, "2025-07-01T23:59:50+00:00")
    looks = late(lab, monkeypatch, "30s")

    with refused("gate-denied", "no"):
        lab.advance("host")

    assert len(looks) == 2
    assert lab.engine.history(limit=1)[0].verdicts[1]["reasons"][0]["code"] == "frozen"


def test_a_window_that_closes_between_the_look_and_the_decision_lets_nothing_through(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(lab, "2025-07-01T11:59:50+00:00")
    late(lab, monkeypatch, "30s")

    with refused("gate-denied", "open"):
        lab.advance("host")


def test_what_never_holds_long_enough_is_given_up_and_not_recorded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = lab.entries()
    late(lab, monkeypatch, "4h", "20h", "4h")

    with pytest.raises(ConcurrentUpdate):
        lab.advance("host")

    assert lab.entries() == entries


def test_status_does_not_look_and_says_so(lab: Lab) -> None:
    answer = lab.engine.explain("aurora", "host", observe=False)

    assert [reason.code for verdict in answer.blockers for reason in verdict.reasons][-2:] == ["not-observed"] * 2


def test_what_would_be_later_is_asked_of_the_calendar_of_then(lab: Lab) -> None:
    def codes(text: str) -> set[str]:
        answer = lab.engine.explain("aurora", "host", actor="lee", at=datetime.fromisoformat(text))
        return {reason.code for verdict in answer.blockers for reason in verdict.reasons}

    assert codes("2025-07-01T11:59:00+00:00") == set()
    assert codes("2025-07-01T12:00:00+00:00") == {"window-closed"}
    assert codes("2025-07-05T13:00:00+00:00") == {"frozen", "window-closed"}
    assert codes("2025-07-10T09:00:00+00:00") == set()
