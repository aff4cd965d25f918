"""The refusal of somebody who has left: it ends by a named person's decision and a fresh quorum of that role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import WHY, Lab, refused, types
from workflow import InvalidInput, NotFound
from workflow.commands import Answer


def decider(lab: Keyed, person: str, objection: str = "S1", release: str = "aurora") -> None:
    lab.tick().name_decision_maker(release, objection, person, actor="ana", rationale=WHY)


@pytest.fixture
def orphaned(signing: Keyed) -> Keyed:
    """``mara`` refused as safety, S1, and left."""
    signing.reject("mara")
    signing.leave("mara")
    return signing


def test_leaving_ends_approvals_and_no_objection(signing: Keyed) -> None:
    signing.sign("jun", "publish")
    signing.reject("mara")
    signing.leave("mara")
    signing.leave("jun")

    assert signing.ignored("safety") == ["jun (has left)"]
    assert "rejected" in signing.blocking()


def test_a_quorum_alone_does_not_end_it(orphaned: Keyed) -> None:
    for person in ("jun", "priya", "max"):
        assert types(orphaned.answer("S1", person)) == ["objection_answered"]

    assert "rejected" in orphaned.blocking()


def test_the_decision_maker_alone_does_not_end_it(orphaned: Keyed) -> None:
    decider(orphaned, "priya")

    assert types(orphaned.answer("S1", "priya")) == ["objection_answered"]
    assert "rejected" in orphaned.blocking()


@pytest.mark.parametrize("order", [("priya", "jun"), ("jun", "priya")], ids=["first", "last"])
def test_the_decision_maker_and_the_quorum_end_it_in_any_order(orphaned: Keyed, order: tuple[str, str]) -> None:
    decider(orphaned, "priya")

    outcomes = [types(orphaned.answer("S1", person)) for person in order]

    assert outcomes == [["objection_answered"], ["objection_answered", "objection_closed"]]
    assert "rejected" not in orphaned.blocking()


def test_a_decision_maker_who_is_named_last_still_has_to_say_it(orphaned: Keyed) -> None:
    orphaned.answer("S1", "priya")
    orphaned.answer("S1", "jun")
    decider(orphaned, "priya")
    assert "rejected" in orphaned.blocking()

    orphaned.answer("S1", "priya")

    assert "rejected" not in orphaned.blocking()


def test_answers_from_before_the_departure_do_not_count(keyed: Keyed) -> None:
    """An adviser's refusal can be answered while they are there, by a quorum; one answer was, and then they left."""
    process = keyed.signed(roles={"safety": {"authority": "advice"}}, name="advised")
    keyed.allow(process)
    keyed.in_review(process=process)
    advice = keyed.reject("mara")
    keyed.answer(advice, "jun")
    keyed.leave("mara")
    decider(keyed, "priya", advice)

    assert types(keyed.answer(advice, "priya")) == ["objection_answered"]
    assert types(keyed.answer(advice, "max")) == ["objection_answered", "objection_closed"]


def test_an_answer_that_was_signed_before_the_departure_is_one_from_before_it(keyed: Keyed) -> None:
    process = keyed.signed(roles={"safety": {"authority": "advice"}}, name="advised")
    keyed.allow(process)
    keyed.in_review(process=process)
    advice = keyed.reject("mara")
    held = keyed.held_back(Answer(actor="jun", release="aurora", subject=advice), keyed.hands["jun"])
    keyed.leave("mara")
    decider(keyed, "priya", advice)
    keyed.answer(advice, "priya")

    assert types(keyed.hand_in(held)) == ["objection_answered"]
    assert "rejected" in keyed.blocking()


def test_an_answer_counts_for_the_candidates_that_it_names(orphaned: Keyed) -> None:
    first = orphaned.candidate()
    decider(orphaned, "priya")
    orphaned.answer("S1", "priya")
    orphaned.replace(orphaned.model(model__safetensors="other weights"))
    second = orphaned.candidate()

    orphaned.answer("S1", "jun", candidates=[first, second])
    assert "rejected" in orphaned.blocking()
    orphaned.answer("S1", "priya", candidates=[second])

    assert "rejected" not in orphaned.blocking()


def test_the_decision_maker_s_word_has_to_count_itself(orphaned: Keyed) -> None:
    decider(orphaned, "priya")
    orphaned.answer("S1", "priya")
    orphaned.tick().suspend_key(orphaned.hands["priya"].fingerprint, actor="ana", rationale=WHY)

    orphaned.answer("S1", "jun")
    orphaned.answer("S1", "max")

    assert "rejected" in orphaned.blocking()


def test_somebody_else_can_be_named_instead(orphaned: Keyed) -> None:
    decider(orphaned, "priya")
    orphaned.leave("priya")
    decider(orphaned, "jun")

    orphaned.answer("S1", "max")
    orphaned.answer("S1", "jun")

    assert "rejected" not in orphaned.blocking()
    view = orphaned.claimed.roster().deciders
    assert [(item.release, item.objection, item.person) for item in view] == [("aurora", "S1", "jun")]


def test_a_veto_of_somebody_who_is_there_is_nobody_else_s(signing: Keyed) -> None:
    signing.reject("mara")

    with pytest.raises(InvalidInput, match="mara has not left"):
        decider(signing, "priya")
    with refused("veto"):
        signing.answer("S1", "jun")


NONSENSE: dict[str, tuple[Callable[[Keyed], None], type[Exception], str]] = {
    "no release": (lambda lab: decider(lab, "priya", release="nothing"), NotFound, "there is no release"),
    "no objection": (lambda lab: decider(lab, "priya", "S9"), NotFound, "no refusal S9"),
    "a stranger": (lambda lab: decider(lab, "eve"), NotFound, "eve is not on the roster"),
    "another role": (lambda lab: decider(lab, "sam"), InvalidInput, "sam does not hold safety"),
}


@pytest.mark.parametrize("case", NONSENSE.values(), ids=NONSENSE)
def test_what_makes_no_sense_names_no_decision_maker(
    orphaned: Keyed, case: tuple[Callable[[Keyed], None], type[Exception], str]
) -> None:
    name, error, says = case
    before = orphaned.entries()

    with pytest.raises(error, match=says):
        name(orphaned)

    assert orphaned.entries() == before


def test_where_nobody_has_to_sign_a_quorum_is_enough_as_ever(lab: Lab) -> None:
    lab.in_review()
    lab.reject("mara")
    lab.leave("mara")

    lab.answer("S1", "jun")
    lab.answer("S1", "priya")

    assert "rejected" not in lab.blocking()
