"""A measurement made elsewhere counts by whose it is, and while it is fresh: revision 2 of candidate_unchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policies.candidate_unchanged import CandidateMeasured, CandidateUnchanged
from tests.support.build import History, in_review, shown
from tests.support.hands import Hand
from tests.support.parts import START, candidate, digest_of
from workflow.changes import KeyEnrolled, KeyRevoked
from workflow.clock import timestamp
from workflow.events import KeySuspended
from workflow.policy import Observation

DIGEST = candidate("aurora").digest
FOUND: dict[str, Any] = {"manifest": DIGEST, "added": [], "removed": [], "changed": []}
RULE = CandidateMeasured(measured_by=("security",))
Steps = Callable[[History], object]


def enrol(history: History, person: str, *, seed: int = 0, proven: bool = True) -> None:
    shown_by = digest_of("possession") if proven else None
    key = Hand(person, seed).public.line
    history.change(KeyEnrolled(person=person, key=key, verified_by="root", possession=shown_by))


def with_keys(rule: CandidateUnchanged, *people: str, solo: bool = False) -> History:
    """``aurora`` in review, after these people's keys were enrolled."""
    history = History(rule, solo=solo)
    for person in people:
        enrol(history, person)
    history.start().move("submit")
    return history


def measured(by: str = "sam", *, at: datetime = START, key: str | None = None, **found: Any) -> dict[str, Any]:
    word = {
        "by": by,
        "key": key or Hand(by).fingerprint,
        "at": timestamp(at),
        "statement": digest_of("statement"),
        "signature": digest_of("signature"),
    }
    return {**FOUND, "measured": word, **found}


def observed(policy: CandidateUnchanged, history: History, ok: Mapping[str, Any]) -> Observation:
    (need,) = policy.needs(history.context())
    return Observation(kind=need.kind, params=need.params, at=timestamp(history.clock.now()), ok=dict(ok))


def suspend(history: History) -> int:
    return history.record(KeySuspended(key=Hand("sam").fingerprint), "root")


def revoke_key(since: datetime | None = None) -> Steps:
    moment = timestamp(since) if since else None
    return lambda history: history.change(KeyRevoked(key=Hand("sam").fingerprint, compromised_since=moment))


@dataclass(frozen=True)
class Scenario:
    name: str
    found: Mapping[str, Any] = field(default_factory=measured)
    steps: tuple[Steps, ...] = ()
    expected: list[tuple[str, str]] = field(default_factory=list)
    rule: CandidateMeasured = RULE
    caller: str | None = None

    def __str__(self) -> str:
        return self.name


ROLE, EXCLUDED, KEY = ("open", "measurer-role"), ("open", "measurer-excluded"), ("open", "measurer-key")
OLD, FUTURE, CLOCK = ("open", "measured-too-long-ago"), ("error", "from-the-future"), ("error", "cannot-tell")
CHANGED = ("no", "candidate-changed")

SCENARIOS = [
    Scenario("by somebody of the role"),
    Scenario("by one of several roles", rule=CandidateMeasured(measured_by=("legal", "security"))),
    Scenario("hashed here", FOUND),
    Scenario("hashed here, and other files", {**FOUND, "manifest": None, "changed": ["w"]}, expected=[CHANGED]),
    Scenario("other files", measured(manifest=digest_of("other"), changed=["weights/a"]), expected=[CHANGED]),
    Scenario("another digest of the same names", measured(manifest=digest_of("other")), expected=[CHANGED]),
    Scenario("by somebody without the role", measured("mara"), expected=[ROLE]),
    Scenario("by nobody who is known", measured("eve"), expected=[ROLE]),
    Scenario("where nobody may", rule=CandidateMeasured(), expected=[ROLE]),
    Scenario("by somebody who lost the role", steps=(lambda h: h.revoke("sam", "security"),), expected=[ROLE]),
    Scenario("by somebody who left", steps=(lambda h: h.remove("sam"),), expected=[ROLE]),
    Scenario("by whoever calls", caller="sam", expected=[EXCLUDED]),
    Scenario(
        "by whoever started it",
        measured("lee"),
        rule=CandidateMeasured(measured_by=("lead",)),
        expected=[EXCLUDED],
    ),
    Scenario("by the author", measured("ada"), rule=CandidateMeasured(measured_by=("safety",)), expected=[EXCLUDED]),
    Scenario(
        "by somebody who recused themselves",
        steps=(lambda h: h.sign("sam", "security", "recuse"),),
        expected=[EXCLUDED],
    ),
    Scenario("with a key that nobody enrolled", measured(key=Hand("sam", 7).fingerprint), expected=[KEY]),
    Scenario("with somebody else's key", measured(key=Hand("priya").fingerprint), expected=[KEY]),
    Scenario(
        "with a key that was imported alone",
        measured(key=Hand("sam", 2).fingerprint),
        (lambda h: enrol(h, "sam", seed=2, proven=False),),
        [KEY],
    ),
    Scenario(
        "with a key that came in this round, at what nothing undoes",
        measured(key=Hand("sam", 2).fingerprint),
        (lambda h: enrol(h, "sam", seed=2),),
        [KEY],
    ),
    Scenario(
        "with a key that came in a round before",
        measured(key=Hand("sam", 2).fingerprint),
        (lambda h: enrol(h, "sam", seed=2), lambda h: h.move("back"), lambda h: h.move("submit")),
    ),
    Scenario("with a suspended key", steps=(suspend,), expected=[KEY]),
    Scenario("with a revoked key", steps=(revoke_key(),), expected=[KEY]),
    Scenario("with a compromised key", steps=(revoke_key(START - timedelta(1)),), expected=[KEY]),
    Scenario("almost too old", steps=(lambda h: h.clock.forward("23h"),)),
    Scenario("too old", steps=(lambda h: h.clock.forward("24h"),), expected=[OLD]),
    Scenario(
        "not too old where more is given",
        steps=(lambda h: h.clock.forward("24h"),),
        rule=CandidateMeasured(measured_by=("security",), max_age="7d"),
    ),
    Scenario("from the future", measured(at=START + timedelta(hours=1)), expected=[FUTURE]),
    Scenario("at this very moment", measured(at=START)),
    Scenario("the clock stepped back", steps=(lambda h: h.clock.back("1m"),), expected=[CLOCK]),
    Scenario("hashed here, and the clock stepped back", FOUND, (lambda h: h.clock.back("1m"),)),
    Scenario("that does not say whose it is", {**FOUND, "measured": {}}, expected=[CLOCK]),
    Scenario("that is no measurement", {**FOUND, "measured": "sam"}, expected=[CLOCK]),
    Scenario(
        "that gives no time",
        {**FOUND, "measured": {**measured()["measured"], "at": "soon"}},
        expected=[("error", "policy-crashed")],
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_measurement_counts_by_whose_it_is_and_while_it_is_fresh(scenario: Scenario) -> None:
    history = with_keys(scenario.rule, "sam", "priya", "mara", "lee", "ada")
    for step in scenario.steps:
        step(history)

    found = [observed(scenario.rule, history, scenario.found)]

    assert shown(history.verdict(caller=scenario.caller, observations=found)) == scenario.expected


def test_what_counted_is_shown_with_whose_word_it_is() -> None:
    history = with_keys(RULE, "sam")

    verdict = history.verdict(observations=[observed(RULE, history, measured())])

    fact = verdict.facts[-1]
    assert (fact.label, fact.person) == ("measured", "sam")
    assert fact.text == f"elsewhere by sam, from {timestamp(START)} on, with {Hand('sam').fingerprint}"


def test_where_one_does_not_count_the_reason_names_who_could_make_another() -> None:
    history = with_keys(RULE, "sam", "mara")

    reason = history.verdict(observations=[observed(RULE, history, measured("mara"))]).reasons[0]

    assert reason.who == ("sam",)
    assert reason.remedy.startswith("a measurement made anew where the files are: holdfast candidate manifest")


def test_under_solo_the_requester_may_measure_their_own() -> None:
    rule = CandidateMeasured(measured_by=("lead",))
    history = with_keys(rule, "lee", solo=True)

    assert history.verdict(caller="lee", observations=[observed(rule, history, measured("lee"))]).allow


def test_the_first_revision_never_asks_for_a_measurement() -> None:
    history = in_review(CandidateUnchanged())

    (old,), (new,) = CandidateUnchanged().needs(history.context()), RULE.needs(history.context())
    (plain,) = CandidateMeasured().needs(history.context())

    assert old == plain
    assert old.params == {"manifest": DIGEST}
    assert new.params == {"manifest": DIGEST, "measured": True}


def test_what_was_found_for_one_of_them_says_nothing_to_the_other() -> None:
    history = in_review(CandidateUnchanged())

    verdict = history.verdict(observations=[observed(RULE, history, measured())])

    assert shown(verdict) == [("error", "not-observed")]


@pytest.mark.parametrize(
    "params", [{"measured_by": ["Security"]}, {"max_age": "0h"}, {"max_age": "soon"}, {"by": []}], ids=str
)
def test_what_means_nothing_is_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CandidateMeasured.model_validate(params)


def test_it_says_in_words_who_may_measure() -> None:
    assert CandidateMeasured().describe() == CandidateUnchanged().describe()
    assert RULE.describe() == (
        "the files, hashed again, are exactly the candidate; or measured where they are by security, not longer than "
        "24h ago"
    )
