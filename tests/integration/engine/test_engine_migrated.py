"""What is left of a release that went on under another process, and what is recorded of that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import WHY, Lab
from tests.integration.engine.migrations import (
    EVERYBODY,
    LOOSENED,
    STRICTER,
    approve,
    migrate,
    propose,
    second,
)


def test_where_it_loosens_is_recorded_and_shown(review: Lab) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *EVERYBODY)

    (done,) = review.engine.status("aurora").migrations
    history = review.engine.history("aurora")
    assert (done.previous_label, done.process_label, done.stage, done.round) == ("lab@1", "lab@2", "review", 3)
    assert (done.loosens, done.approved_by, done.proposed_by) == (LOOSENED, ("jun", "mara", "sam"), "lee")
    assert (done.entry, done.reason) == (history[0].entry, WHY)
    assert "MIGRATED in review" in history[0].summary[1]
    assert LOOSENED[0] in history[0].summary[1]
    assert "LOOSENS 1" in history[0].summary[0]
    assert LOOSENED[0] in history[3].summary[0]


def test_every_process_that_a_release_was_under_stays_on_record(review: Lab) -> None:
    migrate(review, second(review))
    third = review.allow(review.load(*STRICTER, version=3))

    propose(review, third)
    approve(review, third, ("mara", "safety"), ("jun", "safety"), ("sam", "security"))

    told = [(item.previous_label, item.process_label, item.round) for item in review.engine.status("aurora").migrations]
    assert told == [("lab@1", "lab@2", 3), ("lab@2", "lab@3", 4)]


def test_approvals_of_gates_end(review: Lab) -> None:
    review.approve_publish()
    process = review.allow(review.load(version=2))
    assert review.blocking() == set()

    migrate(review, process)

    assert review.blocking() == {"sign-offs-missing"}
    assert review.ignored("safety") == ["mara (made under another process)", "jun (made under another process)"]


def test_soak_begins_anew(lab: Lab) -> None:
    soaking = lab.allow(lab.load(*STRICTER, version=2))
    lab.in_review(process=soaking)
    lab.clock.forward("2h")
    assert "soaking" not in lab.blocking()
    process = lab.allow(lab.load(*STRICTER, version=3))
    propose(lab, process)
    approve(lab, process, *EVERYBODY, ("priya", "safety"))

    assert "soaking" in lab.blocking()


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        (lambda lab: lab.reject("mara"), "rejected"),
        (lambda lab: lab.reject("mara", "host"), "rejected"),
        (lambda lab: lab.hold(), "hold"),
        (lambda lab: lab.require(), "requirement-open"),
        (lambda lab: lab.require(blocks=["host"]), "requirement-open"),
    ],
    ids=["reject", "reject of a lesser raise", "hold", "requirement", "requirement that named a trigger"],
)
def test_objections_stay(review: Lab, objects: Callable[[Lab], object], code: str) -> None:
    objects(review)
    process = second(review)
    propose(review, process)
    approve(review, process, ("jun", "safety"), ("priya", "safety"), ("sam", "security"))

    review.sign("jun", "publish")
    review.sign("sam", "publish", "security")

    assert review.blocking() == {code}


def test_what_stays_is_closed_under_the_other_process(review: Lab) -> None:
    requirement, hold = review.require(), review.hold()
    migrate(review, second(review))

    review.discharge(requirement, "jun")
    review.lift(hold, "sam", "security")

    assert review.blocking() == {"sign-offs-missing"}


def test_a_release_moves_on_by_the_gates_of_the_other_process(review: Lab) -> None:
    migrate(review, second(review))

    review.sign("priya", "publish")
    review.sign("sam", "publish", "security")
    review.advance("publish")

    assert review.stage() == "public"


def test_only_the_release_that_it_was_proposed_for_goes_on_under_another_process(review: Lab) -> None:
    review.in_review("borealis", path=review.model("other"))
    migrate(review, second(review))

    assert {line.release: line.process_label for line in review.engine.list()} == {
        "aurora": "lab@2",
        "borealis": "lab@1",
    }
