"""What a policy is told: the time, the basis, and what was observed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from policies.risk_areas import RiskAreas
from policies.sign_offs import SignOffs
from tests.support.build import History, in_review
from tests.support.parts import START, candidate, report
from workflow.clock import timestamp
from workflow.policy import CannotTell, Need, Observation

TOMORROW = START + timedelta(days=1)
AREAS = RiskAreas.model_validate({"areas": ["bio"], "roles": ["safety"]})


def test_the_time_is_the_clocks_reading_while_it_goes_forward() -> None:
    history = in_review()
    history.clock.forward("1h")

    assert history.context().now == START + timedelta(hours=1)


def test_a_reading_before_the_highest_is_no_time() -> None:
    history = in_review()
    history.clock.back("1s")

    with pytest.raises(CannotTell, match="earlier than"):
        _ = history.context().now


def test_after_a_correction_the_lower_reading_is_the_time() -> None:
    history = in_review()
    history.clock.back("1h")
    history.correct_clock()

    assert history.context().now == START - timedelta(hours=1)


@pytest.mark.parametrize(("entry_after", "passed"), [(False, True), (True, False)], ids=["before", "after"])
def test_what_had_passed_stays_passed_for_what_was_there_before_the_correction(entry_after: bool, passed: bool) -> None:
    history = in_review()
    history.clock.forward("2d")
    before = history.record_time()
    history.clock.back("2d")
    after = history.correct_clock() + 1

    assert history.context().passed(TOMORROW, after if entry_after else before) is passed


@pytest.mark.parametrize(("hours", "passed"), [(23, False), (24, True), (25, True)])
def test_a_time_has_come_when_the_clock_reaches_it(hours: int, passed: bool) -> None:
    history = in_review()
    history.clock.forward(f"{hours}h")

    assert history.context().passed(TOMORROW, history.seq) is passed


@pytest.mark.parametrize(
    ("happens", "moves"),
    [
        (lambda history: history.replace(candidate("second")), True),
        (lambda history: history.move("wait"), True),
        (lambda history: history.review("mara", "safety", "bio", "acceptable"), True),
        (lambda history: history.review("mara", "safety", "cyber", "acceptable"), False),
        (lambda history: history.sign("mara", "safety"), False),
        (lambda history: history.sign("mara", "safety", "reject"), False),
        (lambda history: history.hold("mara", "safety"), False),
        (lambda history: history.require("mara", "safety"), False),
        (lambda history: history.attach(report()), False),
        (lambda history: history.make_statement("lee", "lead"), False),
        (lambda history: history.grant("mara", "legal"), False),
        (lambda history: history.start("other"), False),
        (lambda history: history.clock.forward("9d"), False),
    ],
    ids=[
        "other bytes",
        "another stage",
        "a review of an area of the gate",
        "a review of another area",
        "an approval",
        "a refusal",
        "a hold",
        "a requirement",
        "a report that the gate does not read",
        "a statement",
        "a role",
        "another release",
        "time",
    ],
)
def test_the_basis_moves_with_what_the_gate_reads_and_with_nothing_else(
    happens: Callable[[History], object], moves: bool
) -> None:
    history = in_review(SignOffs(role="safety", count=1), AREAS)
    before = history.context().basis

    happens(history)

    assert (history.context().basis != before) is moves


def test_every_transition_has_a_basis_of_its_own() -> None:
    history = in_review()
    bases = {history.context(trigger).basis for trigger in ("publish", "host", "wait", "back")}

    assert len(bases) == 4


def test_from_another_source_the_same_transition_has_another_basis() -> None:
    history = in_review()
    from_review = history.context().basis_parts
    history.move("host")

    assert (from_review["from"], history.context().basis_parts["from"]) == ("review", "hosted")


def test_an_observation_answers_exactly_one_need() -> None:
    found = Observation(kind="calendar", params={"day": "friday"}, at=timestamp(START), ok={"freeze": False})
    context = in_review().context(observations=[found])

    assert context.observation(Need(kind="calendar", params={"day": "friday"})) == found
    for other in (Need(kind="calendar", params={"day": "monday"}), Need(kind="rehash", params={"day": "friday"})):
        with pytest.raises(CannotTell, match="not looked at"):
            context.observation(other)
