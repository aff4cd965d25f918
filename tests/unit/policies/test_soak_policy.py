"""Time counts only while nothing changes, and only by a clock that can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from policies.soak import Soak
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate

Steps = Callable[[History], object]


def forward(duration: str) -> Steps:
    return lambda history: history.clock.forward(duration)


def back(duration: str) -> Steps:
    return lambda history: history.clock.back(duration)


def other_bytes(history: History) -> None:
    history.replace(candidate("second"))


def bounce(history: History) -> None:
    history.move("back")
    history.move("submit")


def unrelated(history: History) -> None:
    history.hold("mara", "safety")
    history.sign("mara", "safety")
    history.record_time()


def correct(history: History) -> None:
    history.correct_clock()


def record(history: History) -> None:
    history.record_time()


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    expected: list[tuple[str, str]]

    def __str__(self) -> str:
        return self.name


SOAKING, CLOCK = ("open", "soaking"), ("error", "cannot-tell")
SCENARIOS = [
    Scenario("no time", (), [SOAKING]),
    Scenario("a second too little", (forward("71h59m59s"),), [SOAKING]),
    Scenario("enough", (forward("72h"),), []),
    Scenario("other bytes", (forward("72h"), other_bytes), [SOAKING]),
    Scenario("other bytes, and enough since", (forward("72h"), other_bytes, forward("72h")), []),
    Scenario("the stage bounced", (forward("72h"), bounce), [SOAKING]),
    Scenario("what begins no round", (forward("71h"), unrelated, forward("1h")), []),
    Scenario("the clock stepped back", (forward("73h"), record, back("1h")), [CLOCK]),
    Scenario("the clock was corrected", (forward("72h"), correct), [SOAKING]),
    Scenario("the clock was corrected, and enough since", (forward("1h"), correct, forward("72h")), []),
    Scenario("the clock was corrected, and nearly enough since", (forward("1h"), correct, forward("71h")), [SOAKING]),
    Scenario("begun by a clock ahead, then corrected", (forward("365d"), bounce, back("365d"), correct), [SOAKING]),
    Scenario(
        "begun by a clock ahead, then corrected, and enough since",
        (forward("365d"), bounce, back("365d"), correct, forward("72h")),
        [],
    ),
    Scenario("corrected first, and a round begun since", (correct, forward("24h"), bounce, forward("48h")), [SOAKING]),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_wait_is_measured_from_the_last_thing_that_begins_it_anew(scenario: Scenario) -> None:
    history = in_review(Soak(at_least="72h"))
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict()) == scenario.expected


def test_it_says_until_when() -> None:
    verdict = in_review(Soak(at_least="72h")).verdict()

    assert verdict.summary == "soak: until 2025-07-04T09:00:00.000000Z"
    assert verdict.reasons[0].text == "not before 2025-07-04T09:00:00.000000Z: 72h since 2025-07-01T09:00:00.000000Z"


@pytest.mark.parametrize("length", ["0h", "0d0s", "", "72", "-72h", "soon"])
def test_a_wait_of_nothing_is_refused_at_load(length: str) -> None:
    with pytest.raises(ValidationError):
        Soak(at_least=length)
