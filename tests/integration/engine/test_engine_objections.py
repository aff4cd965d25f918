"""A refusal stands until those who may end it do, wherever the bytes go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, definition, refused, types
from workflow import InvalidInput, NotFound


def test_a_refusal_blocks_its_own_transition_and_every_raise_that_goes_as_far(review: Lab) -> None:
    review.reject("mara", "host")

    assert "rejected" in review.blocking("host")
    assert "rejected" in review.blocking("publish")
    assert review.blocking("return") == review.blocking("wait") == set()


def test_a_refusal_of_the_highest_raise_leaves_a_lesser_one_open(review: Lab) -> None:
    review.reject("mara", "publish")

    assert "rejected" not in review.blocking("host")


def test_the_refusal_is_told_with_its_maker_and_what_ends_it(review: Lab) -> None:
    review.reject("mara")

    reasons = [reason for verdict in review.explain().blockers for reason in verdict.reasons]
    reason = next(reason for reason in reasons if reason.code == "rejected")
    assert (reason.who, reason.subject, reason.remedy) == (("mara",), "S1", "only mara can take it back")


def into_a_twin(lab: Lab) -> str:
    lab.in_review("borealis")
    return "borealis"


def into_a_descendant(lab: Lab) -> str:
    lab.in_review("borealis", path=lab.model("other"), derived_from=["aurora"], variant="quantized")
    return "borealis"


def into_a_descendant_of_a_descendant(lab: Lab) -> str:
    lab.start("between", path=lab.model("between"), derived_from=["aurora"])
    lab.in_review("borealis", path=lab.model("other"), derived_from=["between"])
    return "borealis"


def into_shared_weights(lab: Lab) -> str:
    path = lab.model("repacked", model__safetensors="weights of model", readme__txt="the same weights")
    lab.in_review("borealis", path=path)
    return "borealis"


def into_other_bytes(lab: Lab) -> str:
    lab.replace(lab.model("second"))
    return "aurora"


def into_another_process(lab: Lab) -> str:
    lab.allow(lab.load(name="other"))
    lab.in_review("borealis", process="other")
    return "borealis"


def after_the_release_was_withdrawn(lab: Lab) -> str:
    lab.advance("withdraw")
    return into_a_twin(lab)


FOLLOWS = [
    into_a_twin,
    into_a_descendant,
    into_a_descendant_of_a_descendant,
    into_shared_weights,
    into_other_bytes,
    into_another_process,
    after_the_release_was_withdrawn,
]


@pytest.mark.parametrize("goes", FOLLOWS)
def test_a_refusal_follows_the_candidate(review: Lab, goes: Callable[[Lab], str]) -> None:
    review.reject("mara")

    slug = goes(review)
    review.approve_publish(slug) if slug != "aurora" else None

    assert "rejected" in review.blocking(slug=slug)
    with refused("gate-denied"):
        review.advance("publish", slug)


def test_a_refusal_of_a_descendant_does_not_stop_what_it_descends_from(review: Lab) -> None:
    slug = into_a_descendant(review)
    review.reject("mara", slug=slug)

    assert "rejected" not in review.blocking()


def test_a_refusal_of_other_bytes_does_not_follow(review: Lab) -> None:
    review.in_review("borealis", path=review.model("unrelated"))
    review.reject("mara")

    assert "rejected" not in review.blocking(slug="borealis")


def test_taking_it_back_frees_exactly_the_candidates_named(review: Lab) -> None:
    rejected = review.reject("mara")
    old = review.candidate()
    review.replace(review.model("second"))
    new = review.candidate()

    review.take_back(rejected, "mara", candidates=[old])
    assert "rejected" in review.blocking()

    review.take_back(rejected, "mara", candidates=[new])
    assert "rejected" not in review.blocking()

    review.replace(review.model("third"))
    assert "rejected" in review.blocking()


def test_taking_it_back_names_the_present_candidate_where_none_is_named(review: Lab) -> None:
    rejected = review.reject("mara")
    review.replace(review.model("second"))

    outcome = review.take_back(rejected, "mara")

    assert outcome.events[0].candidates == (review.candidate(),)  # type: ignore[attr-defined]
    assert "rejected" not in review.blocking()


def test_it_is_ended_in_its_own_stream_for_the_bytes_of_another_release(review: Lab) -> None:
    rejected = review.reject("mara")
    slug = into_a_descendant(review)
    review.advance("withdraw")

    review.take_back(rejected, "mara", candidates=[review.candidate(slug)])

    assert "rejected" not in review.blocking(slug=slug)
    assert "rejected" in {reason.code for verdict in review.explain().blockers for reason in verdict.reasons}


@pytest.mark.parametrize("person", ["jun", "lee", "ivy"])
def test_a_veto_ends_by_its_maker_alone(review: Lab, person: str) -> None:
    rejected = review.reject("mara")

    with refused("sign-off-rejected"):
        review.take_back(rejected, person)
    with refused("veto" if person == "jun" else "no-role"):
        review.answer(rejected, person)
    assert "rejected" in review.blocking()


def test_a_veto_whose_maker_lost_the_role_is_still_theirs(review: Lab) -> None:
    rejected = review.reject("mara")
    review.engine.revoke("mara", ["safety"], actor="ana", rationale=WHY)

    with refused("veto"):
        review.answer(rejected, "jun")
    review.take_back(rejected, "mara")

    assert "rejected" not in review.blocking()


def test_when_the_maker_has_left_a_quorum_of_the_role_answers_the_veto(review: Lab) -> None:
    rejected = review.reject("mara")
    review.leave("mara")
    assert "rejected" in review.blocking()

    assert types(review.answer(rejected, "jun")) == ["objection_answered"]
    assert types(review.answer(rejected, "jun")) == ["objection_answered"]
    assert "rejected" in review.blocking()
    assert types(review.answer(rejected, "priya")) == ["objection_answered", "objection_closed"]

    assert "rejected" not in review.blocking()


def test_who_has_left_takes_nothing_back(review: Lab) -> None:
    rejected = review.reject("mara")
    review.leave("mara")

    with refused("unknown-person"):
        review.take_back(rejected, "mara")


def test_when_the_maker_comes_back_the_veto_is_theirs_again(review: Lab) -> None:
    rejected = review.reject("mara")
    review.leave("mara")
    review.answer(rejected, "jun")
    review.engine.add_person("mara", roles=["safety"], actor="ana", rationale=WHY)

    with refused("veto"):
        review.answer(rejected, "priya")


@pytest.mark.parametrize("person", ["max", "kim"])
def test_who_started_it_or_made_it_answers_no_refusal(lab: Lab, person: str) -> None:
    lab.in_review(by="max")
    rejected = lab.reject("mara")
    lab.leave("mara")

    with refused("excluded"):
        lab.answer(rejected, person)


def test_advice_is_answered_while_its_maker_is_here(review: Lab) -> None:
    rejected = review.reject("ivy", role="legal")

    assert types(review.answer(rejected, "noor")) == ["objection_answered", "objection_closed"]

    assert "rejected" not in review.blocking()


def test_nobody_answers_their_own_refusal(review: Lab) -> None:
    rejected = review.reject("ivy", role="legal")

    with pytest.raises(InvalidInput) as caught:
        review.answer(rejected, "ivy")

    assert caught.value.remedy == f"holdfast unsign aurora {rejected}"


def test_a_refusal_that_does_not_stand_is_not_answered_again(review: Lab) -> None:
    rejected = review.reject("ivy", role="legal")
    review.answer(rejected, "noor")
    before = review.entries()

    with pytest.raises(InvalidInput, match="does not stand"):
        review.answer(rejected, "noor")

    assert review.entries() == before


def test_an_answer_frees_exactly_the_candidates_named(review: Lab) -> None:
    rejected = review.reject("ivy", role="legal")
    review.answer(rejected, "noor")

    review.replace(review.model("second"))

    assert "rejected" in review.blocking()


def test_after_withdrawal_refusals_are_still_made_and_ended(review: Lab) -> None:
    first = review.reject("mara")
    review.advance("withdraw")
    review.take_back(first, "mara")
    second = review.reject("jun")
    slug = into_a_twin(review)

    assert "rejected" in review.blocking(slug=slug)
    review.take_back(second, "jun")
    assert "rejected" not in review.blocking(slug=slug)


def test_a_refusal_given_from_elsewhere_stops_every_way_into_the_stage(empty: Lab) -> None:
    two_ways = {"from": ["testing", "delay"], "to": "review", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY]}
    empty.people().allow(empty.load(submit=two_ways))
    empty.start()
    empty.reject("mara", "submit")

    empty.advance("wait", by="priya")

    assert "rejected" in empty.blocking("submit")


def test_a_refusal_is_found_only_among_the_refusals(review: Lab) -> None:
    approved = review.sign("mara", "publish")

    with pytest.raises(NotFound, match="there is no reject S1"):
        review.answer(approved, "jun")


def test_what_a_role_may_is_what_it_was_when_it_refused(review: Lab) -> None:
    rejected = review.reject("mara")
    gentle = definition(name="gentle")
    gentle["roles"]["safety"] = {"authority": "advice"}
    review.allow(review.read(gentle))
    review.in_review("borealis", process="gentle")

    with refused("veto"):
        review.answer(rejected, "jun", candidates=[review.candidate("borealis")])
