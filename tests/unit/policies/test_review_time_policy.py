"""What is approved must have been the same for long enough, whatever changed it, and whatever else happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.evidence import EvidenceOfAncestors
from policies.review_time import ReviewTime
from policies.risk_areas import RiskAreas
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate, report
from workflow.policy import last_change

Steps = Callable[[History], object]
BIO = EvidenceOfAncestors.model_validate({"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"})
AREA = RiskAreas(areas=("bio",), roles=("safety",))
GATE = (ReviewTime(at_least="48h"), BIO, AREA)


def forward(duration: str) -> Steps:
    return lambda history: history.clock.forward(duration)


def back(duration: str) -> Steps:
    return lambda history: history.clock.back(duration)


def other_bytes(history: History) -> None:
    history.replace(candidate("second"))


def bounce(history: History) -> None:
    history.move("back")
    history.move("submit")


def attach(history: History) -> None:
    history.attach(report("0.10"))


def set_aside(history: History) -> None:
    history.set_aside("E1")


def acceptable(history: History) -> None:
    history.review("mara", "safety", "bio", "acceptable")


def unclear(history: History) -> None:
    history.review("mara", "safety", "bio", "unclear")


def beside_the_point(history: History) -> None:
    history.attach(report("0.9", name="poetry"))
    history.review("mara", "safety", "cyber", "unacceptable")
    history.review("sam", "security", "bio", "unacceptable")
    history.sign("mara", "safety")
    history.sign("jun", "safety", "reject")
    history.hold("mara", "safety")
    history.require("mara", "safety")
    history.make_statement("lee", "lead")
    history.grant("ivy", "safety")
    history.revoke("jun", "safety")
    history.record_time()
    if "other" not in history.releases:
        history.start("other", facts=candidate("other"))
    history.attach(report("0.9"), slug="other")


def same_files_elsewhere(history: History) -> None:
    history.start("twin", facts=candidate("aurora"))
    history.attach(report("0.9"), slug="twin")
    history.review("jun", "safety", "bio", "unacceptable", slug="twin")


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


WAIT, CLOCK = ("open", "under-review"), ("error", "cannot-tell")
SCENARIOS = [
    Scenario("no time", (), [WAIT]),
    Scenario("a second too little", (forward("47h59m59s"),), [WAIT]),
    Scenario("enough", (forward("48h"),), []),
    Scenario("other bytes at hour 47", (forward("47h"), other_bytes, forward("1h")), [WAIT]),
    Scenario("other bytes, and enough since", (forward("47h"), other_bytes, forward("48h")), []),
    Scenario("the stage bounced", (forward("47h"), bounce, forward("1h")), [WAIT]),
    Scenario("a report that the gate reads", (forward("47h"), attach, forward("1h")), [WAIT]),
    Scenario("one that is set aside", (attach, forward("47h"), set_aside, forward("1h")), [WAIT]),
    Scenario("one that is set aside, and enough since", (attach, forward("47h"), set_aside, forward("48h")), []),
    Scenario("a review that the gate reads", (forward("47h"), acceptable, forward("1h")), [WAIT]),
    Scenario("a review said again", (acceptable, forward("47h"), acceptable, forward("1h")), []),
    Scenario("there and back", (acceptable, forward("40h"), unclear, forward("7h"), acceptable, forward("1h")), [WAIT]),
    Scenario(
        "there and back, and enough since",
        (acceptable, forward("40h"), unclear, forward("7h"), acceptable, forward("48h")),
        [],
    ),
    Scenario("whatever the gate does not read", (forward("47h"), beside_the_point, forward("1h")), []),
    Scenario("what stands in another release", (forward("47h"), same_files_elsewhere, forward("1h")), []),
    Scenario("the clock stepped back", (forward("49h"), record, back("1h")), [CLOCK]),
    Scenario("the clock was corrected", (forward("48h"), correct), [WAIT]),
    Scenario("the clock was corrected, and enough since", (forward("1h"), correct, forward("48h")), []),
    Scenario("changed by a clock ahead, then corrected", (forward("365d"), attach, back("365d"), correct), [WAIT]),
    Scenario(
        "changed by a clock ahead, then corrected, and enough since",
        (forward("365d"), attach, back("365d"), correct, forward("48h")),
        [],
    ),
    Scenario("corrected first, and changed since", (correct, forward("24h"), attach, forward("24h")), [WAIT]),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_wait_is_measured_from_the_last_change_of_what_is_approved(scenario: Scenario) -> None:
    history = in_review(*GATE)
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict()) == scenario.expected


def test_it_says_what_changed_last_and_from_when_it_is_long_enough() -> None:
    history = in_review(*GATE)
    history.clock.forward("1h")
    history.attach(report("0.10"))
    entry = history.seq
    history.clock.forward("1h")
    beside_the_point(history)
    verdict = history.verdict()

    (reason,) = verdict.reasons
    assert reason.text.startswith(
        "not before 2025-07-03T10:00:00.000000Z: 48h since 2025-07-01T10:00:00.000000Z; "
        f"last changed, entry {entry}: new: report E1 ("
    )
    assert [fact.entry for fact in verdict.facts] == [entry]
    assert verdict.summary == "review time: until 2025-07-03T10:00:00.000000Z"


def test_before_anything_was_said_it_is_the_round_that_began() -> None:
    (reason,) = in_review(*GATE).verdict().reasons

    assert reason.text.endswith("round 2 began")


@pytest.mark.parametrize("length", ["0h", "", "48", "-48h", "soon"])
def test_a_wait_of_nothing_is_refused_at_load(length: str) -> None:
    with pytest.raises(ValidationError):
        ReviewTime(at_least=length)


def justify(history: History) -> None:
    history.start("base", facts=candidate("base"))
    history.attach(report("0.10"), slug="base")
    history.replace(candidate("child", parents=[candidate("base").digest]))
    history.justify("E1", source="base")


def set_aside_once(history: History, slug: str) -> None:
    attached = history.releases[slug].evidence if slug in history.releases else ()
    if attached and attached[0].set_aside is None:
        history.set_aside("E1", slug=slug)


def begun(history: History) -> None:
    if "base" not in history.releases:
        justify(history)


STEPS: list[Steps] = [
    *(attach, acceptable, unclear, beside_the_point, bounce, begun, record),
    lambda history: history.replace(candidate(f"bytes {history.seq}")),
    lambda history: set_aside_once(history, "aurora"),
    lambda history: set_aside_once(history, "base"),
    lambda history: history.review("jun", "safety", "bio", "unacceptable"),
]


@settings(deadline=None, max_examples=100)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=9))
def test_the_last_change_is_where_the_basis_was_seen_to_change_last(steps: list[Steps]) -> None:
    history = in_review(*GATE)
    seen = [(history.context().basis, history.seq, history.clock.now())]
    record_one = history.record

    def recorded(*args: object, **settings: object) -> int:
        entry = record_one(*args, **settings)  # type: ignore[arg-type]
        seen.append((history.context().basis, entry, history.clock.now()))
        return entry

    history.record = recorded  # type: ignore[method-assign]
    for step in steps:
        history.clock.forward("1h")
        step(history)

    # What came last and was another basis than what came before it; at first, the round that began.
    changed = [after for before, after in pairwise(seen) if before[0] != after[0]]
    _, entry, at = changed[-1] if changed else seen[0]
    found = last_change(history.context())
    assert (found.entry, found.at) == (entry, at)
