"""The worst report on the candidate decides, and at least one must support it in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policies.evidence import EvidencePolicy
from tests.support.build import History, in_review, shown
from tests.support.parts import START, candidate, report

BOUND = {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"}
WEEK = {"max_age": "7d"}
DECLARED = {"candidate": "declared"}
Steps = Callable[[History], object]


def policy(**params: Any) -> EvidencePolicy:
    return EvidencePolicy.model_validate({**BOUND, **params})


def attach(*args: Any, stated: bool = True, **facts: Any) -> Steps:
    return lambda history: history.attach(report(*args, **facts), stated=stated)


def set_aside(subject: str) -> Steps:
    return lambda history: history.set_aside(subject)


def forward(duration: str) -> Steps:
    return lambda history: history.clock.forward(duration)


def back(duration: str) -> Steps:
    return lambda history: history.clock.back(duration)


def correct(history: History) -> None:
    history.record_time()
    history.clock.back("30d")
    history.correct_clock()


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    expected: list[tuple[str, str]] = field(default_factory=list)
    params: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


GOOD, BAD = attach("0.10"), attach("0.31")
FAILED = attach("0.10", status="errored", detail="out of memory")
NO, NONE, DOUBT = ("no", "bound-not-met"), ("open", "no-report"), ("open", "inconclusive")
NOT_STATED, OLD, UNKNOWN = ("open", "not-stated"), ("open", "too-old"), ("open", "age-unknown")
FUTURE, CLOCK = ("error", "from-the-future"), ("error", "cannot-tell")

SCENARIOS = [
    Scenario("no report", (), [NONE]),
    Scenario("of another name", (attach("0.10", name="cyber_range"),), [NONE]),
    Scenario("of another kind", (attach("0.10", kind="document"),), [NONE]),
    Scenario("of the bytes before", (GOOD, lambda history: history.replace(candidate("second"))), [NONE]),
    Scenario("within the bound", (GOOD,)),
    Scenario("on the bound", (attach("0.25"),)),
    Scenario("beyond the bound", (BAD,), [NO]),
    Scenario("beyond it first and then within", (BAD, GOOD), [NO]),
    Scenario("within it first and then beyond", (GOOD, BAD), [NO]),
    Scenario("beyond it but set aside", (BAD, GOOD, set_aside("E1"))),
    Scenario("the only one is set aside", (GOOD, set_aside("E1")), [NONE]),
    Scenario("errored", (FAILED,), [DOUBT]),
    Scenario("errored beside a good one", (FAILED, GOOD)),
    Scenario("errored beside a bad one", (FAILED, BAD), [NO]),
    Scenario("without the metric", (attach("0.10", metrics=()),), [DOUBT]),
    Scenario("without the metric, beside a good one", (attach("0.10", metrics=()), GOOD), [DOUBT]),
    Scenario("without a number", (attach(None),), [DOUBT]),
    Scenario("too few samples", (attach("0.10", samples=99),), [DOUBT], {"min_samples": "100"}),
    Scenario("within the margin", (attach("0.21"),), [NO], {"margin": "0.05"}),
    Scenario("not confidently within", (attach("0.24"),), [NO], {"confidence": "0.95"}),
    Scenario("no standard error", (attach("0.10", stderr=None),), [DOUBT], {"confidence": "0.95"}),
    Scenario("at least, met", (attach("0.97"),), [], {"at_most": "", "at_least": "0.95"}),
    Scenario("at least, not met", (attach("0.94"),), [NO], {"at_most": "", "at_least": "0.95"}),
    Scenario("declared", (attach("0.10", stated=False),), [NOT_STATED]),
    Scenario("declared, which is enough", (attach("0.10", stated=False),), [], DECLARED),
    Scenario("declared, beside one that states it", (attach("0.10", stated=False), GOOD)),
    Scenario("declared, beside an errored one that states it", (attach("0.10", stated=False), FAILED), [NOT_STATED]),
    Scenario("declared and beyond, beside one that states it", (attach("0.31", stated=False), GOOD), [NO]),
    Scenario("stated where declared is enough", (GOOD,), [], DECLARED),
    Scenario("almost too old", (GOOD, forward("167h")), [], WEEK),
    Scenario("too old", (GOOD, forward("168h")), [OLD], WEEK),
    Scenario(
        "too old, beside a fresh one",
        (GOOD, forward("30d"), attach("0.10", completed_at=START + timedelta(29))),
        [],
        WEEK,
    ),
    Scenario("too old and beyond", (BAD, forward("30d")), [NO], WEEK),
    Scenario(
        "too old and beyond, beside a fresh good one",
        (BAD, forward("30d"), attach("0.10", completed_at=START + timedelta(29))),
        [NO],
        WEEK,
    ),
    Scenario("of unknown age", (attach("0.10", completed_at=None),), [UNKNOWN], WEEK),
    Scenario("of unknown age where age does not matter", (attach("0.10", completed_at=None),)),
    Scenario("of unknown age and beyond", (attach("0.31", completed_at=None),), [NO], WEEK),
    Scenario("from the future", (attach("0.10", completed_at=START + timedelta(1)),), [FUTURE], WEEK),
    Scenario(
        "from the future, beside a good one", (attach("0.10", completed_at=START + timedelta(1)), GOOD), [FUTURE], WEEK
    ),
    Scenario("the clock stepped back", (GOOD, back("1m")), [CLOCK], WEEK),
    Scenario("the clock stepped back, where age does not matter", (GOOD, back("1m"))),
    Scenario("beyond, and the clock stepped back", (BAD, back("1m")), [NO], WEEK),
    Scenario("too old before the clock was corrected", (GOOD, forward("30d"), correct), [OLD], WEEK),
    Scenario("new since the clock was corrected", (forward("30d"), correct, GOOD), [], WEEK),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_worst_report_decides_and_only_a_fitting_one_supports(scenario: Scenario) -> None:
    params = {name: value for name, value in {**BOUND, **scenario.params}.items() if value}
    history = in_review(EvidencePolicy.model_validate(params))
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict()) == scenario.expected


def test_a_broken_bound_is_shown_with_its_numbers_and_its_entry() -> None:
    history = in_review(policy())
    history.attach(report("0.31", stderr="0.02"))

    verdict = history.verdict()

    assert verdict.reasons[0].text == f"E1 says 0.31 > 0.25 (stderr 0.02, n=400), entry {history.seq}"
    assert (verdict.facts[0].label, verdict.facts[0].entry) == ("have", history.seq)


def test_a_report_that_decides_nothing_says_why() -> None:
    history = in_review(policy())
    FAILED(history)

    verdict = history.verdict()

    assert verdict.reasons[0].text == "no report decides: E1 is errored, out of memory"
    assert [fact.label for fact in verdict.facts] == ["ignored"]


@pytest.mark.parametrize(
    ("step", "moves"),
    [
        (GOOD, True),
        (attach("0.31", stated=False), True),
        (FAILED, True),
        (set_aside("E1"), True),
        (attach("0.31", name="cyber_range"), False),
        (forward("30d"), False),
    ],
    ids=["a report", "a declared one", "one that errored", "one set aside", "one that nobody asks for", "time"],
)
def test_what_approvals_rest_on_moves_with_the_reports_that_match(step: Steps, moves: bool) -> None:
    history = in_review(policy())
    history.attach(report("0.20"))
    before = history.context().basis

    step(history)

    assert (history.context().basis != before) is moves


@pytest.mark.parametrize(
    "params",
    [
        {"at_most": None},
        {"at_least": "0.1"},
        {"margin": "0.1", "confidence": "0.95"},
        {"margin": "-0.1"},
        {"confidence": "0.8"},
        {"min_samples": "0"},
        {"max_age": "0d"},
        {"max_age": "a week"},
        {"candidate": "guessed"},
        {"at_most": 0.25},
        {"name": ""},
        {"threshold": "0.25"},
    ],
    ids=str,
)
def test_a_bound_that_means_nothing_is_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**params)


def test_parameters_are_read_back_as_they_were_written() -> None:
    written = policy(margin="0.010", min_samples="100", max_age="14d")

    assert EvidencePolicy.model_validate(written.model_dump(mode="json", by_alias=True)) == written
    assert written.describe() == (
        "bio_uplift (inspect): accuracy at most 0.25, with a margin of 0.010, over at least 100 samples, "
        "not older than 14d, in the worst report on this candidate"
    )
