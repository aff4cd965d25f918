"""Windows and freezes are decided at the very moment of the decision, over what was observed of their calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from policies.freeze import Freeze
from policies.window import Window
from tests.support.build import History, in_review, shown
from tests.support.parts import ScriptedClock
from workflow import gate
from workflow.calendars import coverage
from workflow.clock import timestamp
from workflow.policy import Observation, Policy, Verdict

OFFICE = {"name": "office", "days": ["mon", "tue", "wed", "thu"], "from": "10:00", "to": "16:00"}
YEAR_END = {"name": "year-end", "from": "12-20", "to": "01-05 09:00"}
FREEZE = Freeze.model_validate({"zone": "Europe/London", "spans": [YEAR_END]})
WINDOW = Window.model_validate({"zone": "Europe/London", "spans": [OFFICE]})
LAST_WINDOW = Window.model_validate(
    {"zone": "UTC", "spans": [{"name": "launch", "from": "2026-03-01T12:00", "to": "2026-03-02"}]}
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def history_at(text: str, *policies: Policy) -> History:
    history = in_review(*policies)
    history.clock.at = at(text)
    return history


def observed(history: History, policy: Policy, when: str | None = None, **facts: Any) -> Observation:
    (need,) = policy.needs(history.context())
    moment = at(when) if when else history.clock.now()
    found = facts or {"ok": coverage(need.params, moment)}
    return Observation(kind=need.kind, params=need.params, at=timestamp(moment), **found)


def decided(text: str, policy: Policy, when: str | None = None) -> Verdict:
    history = history_at(text, policy)
    return history.verdict(observations=[observed(history, policy, when)])


def test_a_freeze_refuses_and_says_until_when_by_the_clocks_of_its_zone() -> None:
    verdict = decided("2026-12-24 12:00", FREEZE)

    assert shown(verdict) == [("no", "frozen")]
    assert verdict.reasons[0].text == (
        "frozen until Tue 5 Jan 2027 09:00 Europe/London (year-end, 2027-01-05T09:00:00.000000Z)"
    )


def test_a_window_that_is_closed_says_when_the_next_one_opens() -> None:
    verdict = decided("2026-06-12 12:00", WINDOW)

    assert shown(verdict) == [("open", "window-closed")]
    assert verdict.reasons[0].text == (
        "the next window opens Mon 15 Jun 2026 10:00 Europe/London (office, 2026-06-15T09:00:00.000000Z)"
    )


def test_a_window_that_never_opens_again_refuses() -> None:
    assert shown(decided("2026-06-12 12:00", LAST_WINDOW)) == [("no", "window-closed")]


def test_outside_a_freeze_and_inside_a_window_both_allow() -> None:
    assert decided("2026-06-15 09:00", FREEZE).allow
    assert decided("2026-06-15 09:00", WINDOW).allow


def test_a_freeze_refuses_whatever_window_is_open() -> None:
    history = history_at("2026-12-21 12:00", FREEZE, WINDOW)
    observations = [observed(history, FREEZE), observed(history, WINDOW)]

    verdicts = gate.evaluate(history.context(observations=observations))

    assert [verdict.allow for verdict in verdicts] == [False, True]
    assert not gate.allows(verdicts)


@pytest.mark.parametrize(
    ("policy", "looked", "now"),
    [
        (FREEZE, "2026-12-19 23:59:59", "2026-12-20 00:00"),
        (FREEZE, "2026-06-01 12:00", "2027-01-01 12:00"),
        (WINDOW, "2026-06-15 14:59:59", "2026-06-15 15:00"),
        (WINDOW, "2026-06-15 12:00", "2026-06-16 12:00"),
        (WINDOW, "2026-06-15 12:00", "2026-06-12 12:00"),
    ],
)
def test_what_was_open_when_it_was_looked_at_lets_nothing_through_later(policy: Policy, looked: str, now: str) -> None:
    assert shown(decided(now, policy, looked)) == [("error", "cannot-tell")]


def test_an_answer_that_still_holds_is_good_whenever_it_was_observed() -> None:
    assert decided("2026-12-19 23:59:59", FREEZE, "2026-12-19 12:00").allow


def test_without_an_observation_nothing_is_let_through() -> None:
    history = history_at("2026-06-15 12:00", FREEZE)

    assert shown(history.verdict()) == [("error", "not-observed")]


def test_an_observation_of_another_calendar_does_not_count() -> None:
    history = history_at("2026-12-21 12:00", FREEZE)
    other = Freeze.model_validate({"zone": "Europe/London", "spans": [{**YEAR_END, "from": "12-24"}]})
    narrow = observed(history, FREEZE).params | {"twice": "narrowest"}

    for observation in (
        observed(history, other),
        Observation(kind="zoned_calendar", params=narrow, at=timestamp(history.clock.now()), ok={"covered": False}),
    ):
        assert shown(history.verdict(observations=[observation])) == [("error", "not-observed")]


@pytest.mark.parametrize(
    "facts",
    [
        {"error": "no time zone data"},
        {"ok": {}},
        {"ok": {"covered": False}},
        {"ok": {"covered": 0, "until": None}},
    ],
    ids=str,
)
def test_an_observation_that_says_nothing_clear_blocks(facts: dict[str, Any]) -> None:
    history = history_at("2026-06-15 12:00", FREEZE)

    assert shown(history.verdict(observations=[observed(history, FREEZE, **facts)])) == [("error", "cannot-tell")]


def test_a_clock_behind_its_mark_lets_nothing_through() -> None:
    history = in_review(FREEZE, clock=ScriptedClock(at("2026-12-24 12:00")))
    history.record_time()
    history.clock.at = at("2026-12-19 12:00")

    assert shown(history.verdict(observations=[observed(history, FREEZE)])) == [("error", "cannot-tell")]


def test_they_say_in_words_what_they_demand() -> None:
    assert FREEZE.describe() == "not within, Europe/London time: year-end (20 Dec up to 5 Jan 09:00, every year)"
    assert WINDOW.describe() == "only within, Europe/London time: office (mon, tue, wed, thu 10:00 up to 16:00)"
