"""A hold stops every raise until those whom it belongs to lift it; time never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.integration.engine.lab import WHY, Lab, refused, types
from workflow import InvalidInput

STAGES: list[tuple[str, list[str]]] = [
    ("testing", []),
    ("review", ["submit"]),
    ("delay", ["submit", "wait"]),
    ("hosted", ["submit", "host"]),
    ("public", ["submit", "publish"]),
    ("withdrawn", ["submit", "withdraw"]),
]


@pytest.mark.parametrize(("stage", "way"), STAGES, ids=[stage for stage, _ in STAGES])
@pytest.mark.parametrize(("person", "role"), [("lee", "lead"), ("kim", "safety"), ("ivy", "legal")])
def test_any_one_signer_stops_it_in_any_stage(lab: Lab, stage: str, way: list[str], person: str, role: str) -> None:
    lab.start()
    for trigger in way:
        if trigger == "publish":
            lab.approve_publish()
        if trigger == "host":
            lab.sign("mara", "host")
            lab.sign("jun", "host")
        lab.advance(trigger)

    hold = lab.hold(person, role)

    assert lab.stage() == stage
    assert {(hold, person)} <= {(item.id, item.by) for item in lab.engine.status("aurora").holds if item.standing}


def test_somebody_without_the_role_stops_nothing(review: Lab) -> None:
    with refused("no-role"):
        review.hold("sam", "safety")
    with refused("unknown-person"):
        review.hold("nobody", "safety")
    assert review.engine.status("aurora").holds == ()


def test_it_stops_raises_and_leaves_the_ways_back_open(review: Lab) -> None:
    review.approve_publish()
    review.hold()

    assert review.blocking() == review.blocking("host") - {"sign-offs-missing"} == {"hold"}
    for trigger in ("wait", "resume", "return", "submit", "withdraw"):
        review.advance(trigger)


def test_holds_stack_and_each_is_lifted_by_itself(review: Lab) -> None:
    review.approve_publish()
    first, second = review.hold("sam", "security"), review.hold("ivy", "legal")

    review.lift(first, "sam", "security")
    assert review.blocking() == {"hold"}

    review.lift(second, "ivy", "legal")
    assert review.blocking() == set()
    review.advance("publish")


def test_its_owner_lifts_it_alone(review: Lab) -> None:
    hold = review.hold("mara", "safety")

    assert types(review.lift(hold, "mara", "safety")) == ["lift_approved", "objection_closed"]


def test_without_its_owner_the_quorum_of_the_role_lifts_it(review: Lab) -> None:
    hold = review.hold("mara", "safety")

    assert types(review.lift(hold, "jun", "safety")) == ["lift_approved"]
    assert types(review.lift(hold, "jun", "safety")) == ["lift_approved"]
    assert "hold" in review.blocking()
    assert types(review.lift(hold, "priya", "safety")) == ["lift_approved", "objection_closed"]
    assert "hold" not in review.blocking()


def test_another_role_lifts_nothing(review: Lab) -> None:
    hold = review.hold("mara", "safety")

    with refused("no-role"):
        review.lift(hold, "sam", "security")
    with refused("no-role"):
        review.lift(hold, "sam", "safety")


@pytest.mark.parametrize("person", ["max", "kim"])
def test_requesters_and_authors_lift_no_hold_not_even_their_own(lab: Lab, person: str) -> None:
    lab.in_review(by="max")
    hold = lab.hold(person, "safety")

    with refused("excluded"):
        lab.lift(hold, person, "safety")
    assert "hold" in lab.blocking()


def a_variant_by_jun(lab: Lab) -> str:
    lab.start("borealis", path=lab.model("other"), authors=["jun"], derived_from=["aurora"])
    return lab.candidate("borealis")


def the_same_bytes_started_by_jun(lab: Lab) -> str:
    lab.engine.grant("jun", ["lead"], actor="ana", rationale=WHY)
    lab.start("borealis", by="jun")
    return lab.candidate("borealis")


@pytest.mark.parametrize("other", [a_variant_by_jun, the_same_bytes_started_by_jun])
def test_who_may_not_open_the_gate_of_another_release_lifts_no_hold_for_its_bytes(
    review: Lab, other: Callable[[Lab], str]
) -> None:
    hold = review.hold("jun", "safety")
    candidate = other(review)

    with refused("excluded"):
        review.lift(hold, "jun", "safety", candidates=[candidate])
    assert "hold" in review.blocking(slug="borealis")


def test_no_hold_is_lifted_in_advance_for_bytes_that_nobody_knows(review: Lab) -> None:
    hold = review.hold("mara", "safety")

    with pytest.raises(InvalidInput, match="no release here ever had the candidate"):
        review.lift(hold, "mara", "safety", candidates=["0" * 64])


def test_what_was_lifted_stays_lifted_only_for_the_bytes_that_it_was_lifted_for(review: Lab) -> None:
    hold = review.hold("mara", "safety")
    review.lift(hold, "mara", "safety")

    review.replace(review.model("second"))

    assert "hold" in review.blocking()


def test_a_lift_counts_only_while_its_maker_may_say_so(review: Lab) -> None:
    hold = review.hold("mara", "safety")
    review.lift(hold, "jun", "safety")
    review.leave("jun")

    assert types(review.lift(hold, "priya", "safety")) == ["lift_approved"]
    assert "hold" in review.blocking()


def test_a_hold_that_is_gone_is_not_lifted_again(review: Lab) -> None:
    hold = review.hold("mara", "safety")
    review.lift(hold, "mara", "safety")
    before = review.entries()

    with pytest.raises(InvalidInput, match="does not stand"):
        review.lift(hold, "jun", "safety")
    assert review.entries() == before


def test_when_its_review_is_due_nothing_is_released(review: Lab) -> None:
    review.approve_publish()
    review.hold(review_by=review.clock.now())

    review.clock.forward("900d")

    status = review.engine.status("aurora")
    assert (status.holds[0].lapsed, status.holds[0].standing) == (True, True)
    assert review.blocking() == {"hold"}
    with refused("gate-denied"):
        review.advance("publish")


def test_lift_conditions_come_first(review: Lab) -> None:
    hold = review.hold("sam", "security", conditions=[("scan it once more", "security"), ("ask legal", "legal")])

    with refused("lift-conditions", "open") as caught:
        review.lift(hold, "sam", "security")
    assert caught.value.message == "H1 cannot be lifted while R1, R2 stands open"

    review.discharge("R1", "sam", "security")
    review.discharge("R2", "ivy", "legal")
    review.lift(hold, "sam", "security")

    assert {"hold", "requirement-open"}.isdisjoint(review.blocking())


def test_a_condition_can_be_added_to_a_hold_that_stands(review: Lab) -> None:
    hold = review.hold("sam", "security")
    review.require("mara", "safety", hold=hold)

    with refused("lift-conditions", "open"):
        review.lift(hold, "sam", "security")


def test_entering_the_delay_opens_a_hold_that_belongs_to_whom_the_process_names(review: Lab) -> None:
    assert types(review.advance("wait", by="mara")) == ["transition_made", "hold_placed"]

    hold = review.engine.status("aurora").holds[0]
    assert (hold.owner, hold.by, hold.standing) == ("2 of safety", "mara", True)
    assert hold.review_by == hold.placed_at + timedelta(days=14)


def test_who_moved_it_into_the_delay_does_not_own_its_hold(review: Lab) -> None:
    review.advance("wait", by="mara")

    assert types(review.lift("H1", "mara", "safety")) == ["lift_approved"]
    assert types(review.lift("H1", "jun", "safety")) == ["lift_approved", "objection_closed"]


def test_the_hold_of_a_delay_outlives_the_delay(review: Lab) -> None:
    review.advance("wait", by="mara")
    review.advance("resume", by="mara")

    assert "hold" in review.blocking()


@pytest.mark.parametrize("slug", ["twin", "descendant"])
def test_a_hold_follows_the_bytes_and_is_lifted_where_it_was_placed(review: Lab, slug: str) -> None:
    hold = review.hold()
    review.in_review("twin")
    review.in_review("descendant", path=review.model("other"), derived_from=["aurora"])
    assert "hold" in review.blocking(slug=slug)

    review.advance("withdraw")
    review.lift(hold, "sam", "security", candidates=[review.candidate(slug)])

    assert "hold" not in review.blocking(slug=slug)
