"""What a release cannot become: nothing of it is lost under another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, WHY, Lab, definition, refused, types
from tests.integration.engine.migrations import (
    EASIER,
    EVERYBODY,
    HOSTED_BY_LEAD,
    LOOSENED,
    STRICTER,
    approve,
    edited,
    exposed,
    holding,
    migrate,
    propose,
    renamed,
    second,
    without_legal,
)
from workflow import Exposure


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (renamed("review", "judging"), "has no stage review"),
        (exposed("review", "vetted"), "calls it vetted"),
        (holding("review"), "holds what enters it"),
    ],
    ids=["no such stage", "another exposure", "a hold there"],
)
def test_a_release_stays_where_it_is(review: Lab, edit: Callable[[dict[str, Any]], None], told: str) -> None:
    process = edited(review, edit)

    with refused("stage") as caught:
        propose(review, process)

    assert told in caught.value.message


def test_a_release_that_waits_goes_on_waiting(lab: Lab) -> None:
    held = edited(lab, holding("review"))
    lab.in_review(process=held)

    with refused("stage") as caught:
        propose(lab, lab.load())

    assert "does not hold what enters it" in caught.value.message


@pytest.mark.parametrize(
    ("way", "edit", "told"),
    [
        (["wait"], renamed("testing", "measuring"), "has no stage testing"),
        (["submit", "wait"], holding("review"), "would wait there too"),
    ],
)
def test_the_stage_in_which_a_waiting_release_was_stopped_stays_what_it_is(
    lab: Lab, way: list[str], edit: Callable[[dict[str, Any]], None], told: str
) -> None:
    lab.start()
    for trigger in way:
        lab.advance(trigger)

    with refused("stage") as caught:
        propose(lab, edited(lab, edit))

    assert told in caught.value.message


def test_a_stage_that_the_release_left_for_good_may_be_gone(review: Lab) -> None:
    migrate(review, edited(review, renamed("testing", "measuring")))

    review.advance("wait", by="mara")
    for person in ("jun", "priya"):
        review.lift("H1", person, "safety")
    review.advance("resume", by="mara")

    stages = {view.name: view.state for view in review.engine.status("aurora").stages}
    assert (stages["measuring"], stages["review"]) == ("ahead", "current")


def rejects(lab: Lab) -> None:
    lab.reject("ivy", role="legal")


def holds(lab: Lab) -> None:
    lab.hold("ivy", "legal")


def requires(lab: Lab) -> None:
    lab.require("mara", discharged_by="legal")


def rejects_and_takes_it_back(lab: Lab) -> None:
    lab.take_back(lab.reject("ivy", role="legal"), "ivy")


@pytest.mark.parametrize("objects", [rejects, holds, requires, rejects_and_takes_it_back])
def test_every_role_that_an_objection_is_closed_by_stays(review: Lab, objects: Callable[[Lab], None]) -> None:
    objects(review)

    with refused("roles-missing") as caught:
        propose(review, edited(review, without_legal))

    assert "legal" in caught.value.message


def test_a_role_that_nothing_was_objected_by_may_go(review: Lab) -> None:
    migrate(review, edited(review, without_legal))

    migration = review.engine.status("aurora").migrations[-1]
    assert "roles.legal" in migration.loosens


def test_a_process_that_the_charter_does_not_allow_is_proposed_to_nobody(review: Lab) -> None:
    process = review.load(*EASIER, version=2)
    with refused("not-chartered"):
        propose(review, process)

    review.allow(process, Exposure.HOSTED)
    with refused("not-chartered"):
        propose(review, process)


def test_a_process_that_left_the_charter_meanwhile_is_not_put_in_force(review: Lab) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *EVERYBODY[:-1])
    review.engine.disallow_process(process.digest, actor=ADMINISTRATOR, rationale=WHY)

    with refused("not-chartered"):
        approve(review, process, EVERYBODY[-1])

    assert review.engine.status("aurora").process_label == "lab@1"


def hosted(lab: Lab) -> None:
    lab.sign("mara", "host")
    lab.sign("jun", "host")
    lab.advance("host")


def hosted_and_pulled_back(lab: Lab) -> None:
    hosted(lab)
    lab.advance("pull", by="mara")


@pytest.mark.parametrize("happens", [hosted, hosted_and_pulled_back])
def test_what_was_exposed_goes_on_only_under_a_process_that_loosens_nothing(
    review: Lab, happens: Callable[[Lab], None]
) -> None:
    happens(review)
    with refused("exposed") as caught:
        propose(review, second(review))
    assert LOOSENED[0] in caught.value.message

    migrate(review, review.allow(review.load(*STRICTER, version=3)))

    assert review.engine.status("aurora").migrations[-1].loosens == ()


def test_a_release_that_has_ended_goes_on_under_nothing(review: Lab) -> None:
    review.advance("withdraw")

    with refused("ended"):
        propose(review, second(review))


def test_a_process_that_asks_nobody_to_sign_is_left_by_nobody(lab: Lab) -> None:
    written = definition(host=HOSTED_BY_LEAD)
    del written["stages"]["public"], written["transitions"]["publish"]
    written["transitions"]["withdraw"]["from"].remove("public")
    lab.in_review(process=lab.allow(lab.read(written)))

    with refused("no-signers"):
        propose(lab, second(lab))


def test_who_does_everything_alone_lets_it_go_on_alone(lab: Lab) -> None:
    alone = lab.load(CALLED_BY_LEAD, "candidate_unchanged", solo="true", host=HOSTED_BY_LEAD)
    lab.in_review(process=lab.allow(alone))
    other = second(lab)
    propose(lab, other)

    outcome = approve(lab, other, ("lee", "lead"))

    assert types(outcome) == ["migration_approved", "process_migrated"]
