"""What if: an answer about what is supposed says so, and asking changes nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, PUBLISH, WHY, Lab, definition, refused
from tests.integration.engine.test_engine_questions import bytes_of
from workflow import Explanation, InvalidInput, NotFound

SOAKED = (*PUBLISH, {"soak": {"at_least": "72h"}})


def open_codes(answer: Explanation) -> set[str]:
    return {reason.code for verdict in answer.blockers for reason in verdict.reasons}


def later(lab: Lab, **length: float) -> datetime:
    return lab.clock.now() + timedelta(**length)


@pytest.fixture
def soaking(lab: Lab) -> Lab:
    """A release in review, under a process that waits for three days before it publishes."""
    lab.allow(lab.load(*SOAKED, name="slow"))
    return lab.in_review(process="slow")


def ask(lab: Lab, trigger: str = "publish", **supposed: Any) -> Explanation:
    return lab.engine.explain("aurora", trigger, actor="lee", **supposed)


def test_an_answer_about_now_supposes_nothing(review: Lab) -> None:
    assert ask(review).assuming is None
    assert review.engine.status("aurora").next.assuming is None  # type: ignore[union-attr]


def test_a_wait_is_over_at_the_time_when_it_will_be(soaking: Lab) -> None:
    soaking.approve_publish()
    over = later(soaking, hours=72)

    before = ask(soaking, at=over - timedelta(minutes=1))
    after = ask(soaking, at=over)

    assert open_codes(ask(soaking)) == open_codes(before) == {"soaking"}
    assert (after.allowed, after.outcome, after.at) == (True, None, over)
    assert after.assuming is not None
    assert (after.assuming.at, after.assuming.asked_at) == (over, soaking.clock.now())
    assert (after.assuming.signed, after.assuming.process) == ((), None)


def test_what_expires_until_then_does_not_count_then(lab: Lab) -> None:
    lasting = {"sign_offs": {"role": "safety", "count": "2", "expires_after": "7d"}}
    lab.allow(lab.load(CALLED_BY_LEAD, lasting, "candidate_unchanged", name="brief"))
    lab.in_review(process="brief")
    lab.sign("mara", "publish")
    lab.sign("jun", "publish")

    assert ask(lab).allowed
    assert open_codes(ask(lab, at=later(lab, days=8))) == {"sign-offs-missing"}
    assert ask(lab).allowed


def test_a_deputy_whose_time_is_over_then_does_nothing_then(lab: Lab) -> None:
    lab.tick().name_deputy("mara", "ivy", ["safety"], until=later(lab, days=5), actor=ADMINISTRATOR, rationale=WHY)
    lab.in_review()
    lab.tick().away(actor="mara", rationale=WHY)
    lab.sign("ivy", "host")
    lab.sign("jun", "host")

    assert ask(lab, "host").allowed
    assert open_codes(ask(lab, "host", at=later(lab, days=6))) == {"sign-offs-missing"}


@pytest.mark.parametrize("time", [timedelta(seconds=-1), timedelta(days=-400)])
def test_what_was_is_no_supposition(review: Lab, time: timedelta) -> None:
    with pytest.raises(InvalidInput, match="has passed") as caught:
        ask(review, at=review.clock.now() + time)

    assert "holdfast history" in str(caught.value.remedy)


@pytest.mark.parametrize("time", [datetime(2030, 1, 1), "2030-01-01T00:00:00Z"])
def test_a_time_has_a_zone(review: Lab, time: Any) -> None:
    with pytest.raises(InvalidInput):
        ask(review, at=time)


def test_a_quorum_that_is_supposed_fills_what_is_missing_and_nothing_else(review: Lab) -> None:
    review.sign("mara", "publish")

    answer = ask(review, assume_signed=["safety"])

    assert open_codes(answer) == {"sign-offs-missing"}
    (found,) = [verdict for verdict in answer.verdicts if verdict.summary.startswith("sign-offs safety")]
    assert found.summary == "sign-offs safety: 1 of 2, 1 assumed"
    assert [(fact.label, fact.text) for fact in found.facts] == [
        ("counted", "mara"),
        ("assumed", "1 more as safety; both, jun, max, priya could"),
    ]
    assert ask(review, assume_signed=["safety", "security"]).allowed
    assert not ask(review).allowed


def test_a_quorum_that_cannot_be_is_supposed_all_the_same_and_said_to_be_out_of_reach(review: Lab) -> None:
    for person in ("jun", "max", "priya", "both"):
        review.leave(person)

    answer = ask(review, assume_signed=["safety", "security"])

    assert answer.allowed
    assert "2 more as safety; only mara could, which is too few" in [
        fact.text for verdict in answer.verdicts for fact in verdict.facts
    ]


def test_a_refusal_stands_whoever_is_supposed_to_have_signed(review: Lab) -> None:
    review.reject("mara")

    answer = ask(review, assume_signed=["safety", "security"])

    assert (answer.allowed, answer.outcome, open_codes(answer)) == (False, "no", {"rejected"})


def test_a_role_that_the_gate_does_not_ask_cannot_be_supposed(review: Lab) -> None:
    with pytest.raises(InvalidInput, match="asks for no sign-offs as legal") as caught:
        ask(review, assume_signed=["safety", "legal"])

    assert caught.value.remedy == "it asks for those of: safety, security"
    with pytest.raises(InvalidInput, match="is a sequence of texts"):
        ask(review, assume_signed="safety")
    with pytest.raises(NotFound):
        ask(review, "no_such_trigger", assume_signed=["safety"])


def test_under_another_process_approvals_have_ended_and_a_wait_begins_now(review: Lab) -> None:
    review.approve_publish()
    slow = review.load(*SOAKED, name="slow")
    review.clock.forward("72h")

    answer = ask(review, process=slow)

    assert open_codes(answer) == {"sign-offs-missing", "soaking", "not-chartered"}
    assert answer.assuming is not None
    assert (answer.process, answer.round) == (slow.digest, review.engine.status("aurora").round + 1)
    assert (answer.assuming.process, answer.assuming.process_label) == (slow.digest, "slow@1")
    assert answer.assuming.obstacle is not None
    assert "charter" in answer.assuming.obstacle


def test_the_gate_is_what_it_really_is_after_the_migration(review: Lab) -> None:
    slow = review.allow(review.load(*SOAKED, name="slow"))
    review.approve_publish()
    supposed = ask(review, process="slow")

    review.tick().propose_migration("aurora", slow, actor="lee", rationale=WHY)
    for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
        review.tick().approve_migration("aurora", slow.digest, role=role, actor=person, rationale=WHY)
    real = ask(review)

    assert supposed.assuming is not None
    assert supposed.assuming.obstacle is None
    assert (supposed.process, supposed.round, supposed.basis) == (real.process, real.round, real.basis)
    assert [(verdict.policy, verdict.allow) for verdict in supposed.verdicts] == [
        (verdict.policy, verdict.allow) for verdict in real.verdicts
    ]
    assert open_codes(supposed) == open_codes(real)


def test_a_process_that_does_not_know_the_present_stage_is_no_supposition(review: Lab) -> None:
    other = review.engine.load_process(json.dumps(definition(), indent=1).replace('"review"', '"draft"'))

    with pytest.raises(InvalidInput, match="has no stage of that name"):
        ask(review, process=other)
    with pytest.raises(InvalidInput, match="under this very process"):
        ask(review, process="lab")
    with pytest.raises(NotFound):
        ask(review, process="nowhere")


def test_all_of_it_joins_and_changes_no_byte(review: Lab) -> None:
    slow = review.allow(review.load(*SOAKED, name="slow"))
    entries, files = review.entries(), bytes_of(review.directory)

    answer = ask(review, process=slow, assume_signed=["safety", "security"], at=later(review, hours=72))
    too_early = ask(review, process=slow, assume_signed=["safety", "security"], at=later(review, hours=71))

    assert answer.allowed
    assert open_codes(too_early) == {"soaking"}
    assert (review.entries(), bytes_of(review.directory)) == (entries, files)


def test_what_was_supposed_opens_no_gate(review: Lab) -> None:
    assert ask(review, "host", assume_signed=["safety"]).allowed

    assert review.blocking("host") == {"sign-offs-missing"}
    with refused("gate-denied", "open"):
        review.advance("host")
    assert review.stage() == "review"


def test_the_present_supposed_is_the_present(soaking: Lab) -> None:
    soaking.sign("mara", "publish")

    supposed, real = ask(soaking, at=soaking.clock.now()), ask(soaking)

    assert supposed.assuming is not None
    assert supposed.model_copy(update={"assuming": None}) == real
