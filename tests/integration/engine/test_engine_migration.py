"""A release goes on under another process only where those who sign under the present one let it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab, refused, types
from tests.integration.engine.migrations import (
    EVERYBODY,
    STRICTER,
    approve,
    missing,
    propose,
    second,
)
from workflow import InvalidInput, NotFound


def test_the_last_approval_that_the_present_process_asks_for_puts_the_other_in_force(review: Lab) -> None:
    process = second(review)
    before = review.engine.status("aurora")

    propose(review, process)
    asked = review.engine.status("aurora").proposal
    first = approve(review, process, *EVERYBODY[:-1])
    last = approve(review, process, EVERYBODY[-1])

    after = review.engine.status("aurora")
    assert asked is not None
    assert [(item.role, item.count) for item in asked.consents] == [("safety", 2), ("security", 1)]
    assert (types(first), types(last)) == (["migration_approved"], ["migration_approved", "process_migrated"])
    assert (after.process, after.process_label, after.proposal) == (process.digest, "lab@2", None)
    assert (after.stage, after.entered_at, after.round) == (before.stage, before.entered_at, before.round + 1)
    assert review.engine.list()[0].process_label == "lab@2"


@pytest.mark.parametrize(
    ("people", "still"),
    [
        ((), {"safety": 2, "security": 1}),
        ((("mara", "safety"),), {"safety": 1, "security": 1}),
        ((("mara", "safety"), ("jun", "safety")), {"security": 1}),
        ((("mara", "safety"), ("sam", "security")), {"safety": 1}),
        ((("mara", "safety"), ("jun", "safety"), ("priya", "safety")), {"security": 1}),
        ((("mara", "safety"), ("both", "safety"), ("both", "security")), {"safety": 1}),
    ],
    ids=["nobody", "one", "a role missing", "a person missing", "more of the same role", "one person in two places"],
)
def test_too_few_approvals_change_nothing(
    review: Lab, people: tuple[tuple[str, str], ...], still: dict[str, int]
) -> None:
    process = second(review)
    propose(review, process)

    if people:
        approve(review, process, *people)

    status = review.engine.status("aurora")
    assert (status.process_label, status.round, status.migrations) == ("lab@1", 2, ())
    assert sum(missing(review).values()) == sum(still.values())


def steps_aside(lab: Lab) -> None:
    lab.sign("jun", "publish", decision="recuse")


def goes_away(lab: Lab) -> None:
    lab.tick().away(actor="jun", rationale=WHY)


def leaves(lab: Lab) -> None:
    lab.leave("jun")


def nothing(_: Lab) -> None:
    return


@pytest.mark.parametrize(
    ("happens", "person", "role", "code"),
    [
        (nothing, "max", "safety", "excluded"),
        (nothing, "kim", "safety", "excluded"),
        (steps_aside, "jun", "safety", "excluded"),
        (goes_away, "jun", "safety", "excluded"),
        (leaves, "jun", "safety", "unknown-person"),
        (nothing, "sam", "safety", "no-role"),
        (nothing, "ivy", "legal", "no-role"),
        (nothing, "eve", "safety", "unknown-person"),
    ],
    ids=["proposed it", "author", "recused", "away", "left", "not theirs", "not asked", "unknown"],
)
def test_whoever_could_open_no_gate_approves_no_process(
    review: Lab, happens: Callable[[Lab], None], person: str, role: str, code: str
) -> None:
    process = second(review)
    happens(review)
    propose(review, process, by="max")

    with refused(code):
        approve(review, process, (person, role))


def test_the_requester_approves_nothing_whatever_else_they_are(review: Lab) -> None:
    process = second(review)
    review.engine.grant("lee", ["safety"], actor=ADMINISTRATOR, rationale=WHY)
    propose(review, process, by="max")

    with refused("excluded"):
        approve(review, process, ("lee", "safety"))


def test_only_who_may_start_a_release_proposes(review: Lab) -> None:
    with refused("no-role"):
        propose(review, second(review), by="mara")


# What ends approvals.


def another_round(lab: Lab) -> None:
    lab.advance("return")
    lab.advance("submit")


def other_files(lab: Lab) -> None:
    lab.replace(lab.model("second"))


@pytest.mark.parametrize("ends", [another_round, other_files])
def test_a_proposal_ends_with_its_round_and_its_candidate_and_takes_its_approvals_along(
    review: Lab, ends: Callable[[Lab], None]
) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *EVERYBODY[:-1])

    ends(review)

    assert review.engine.status("aurora").proposal is None
    with pytest.raises(NotFound, match="in round"):
        approve(review, process, EVERYBODY[-1])
    propose(review, process)
    approve(review, process, EVERYBODY[-1])
    assert missing(review) == {"safety": 2}


def test_another_proposal_takes_the_place_of_the_first_and_of_its_approvals(review: Lab) -> None:
    process, other = second(review), review.allow(review.load(*STRICTER, version=3))
    propose(review, process)
    approve(review, process, *EVERYBODY[:-1])

    propose(review, other)

    with pytest.raises(NotFound, match="nobody has proposed"):
        approve(review, process, EVERYBODY[-1])
    propose(review, process)
    approve(review, process, EVERYBODY[-1])
    assert missing(review) == {"safety": 2}


def loses_the_role(lab: Lab) -> None:
    lab.engine.revoke("mara", ["safety"], actor=ADMINISTRATOR, rationale=WHY)


def loses_and_regains_the_role(lab: Lab) -> None:
    loses_the_role(lab)
    lab.engine.grant("mara", ["safety"], actor=ADMINISTRATOR, rationale=WHY)


def recuses_later(lab: Lab) -> None:
    lab.sign("mara", "publish", decision="recuse")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (loses_the_role, "no longer holds safety"),
        (loses_and_regains_the_role, "lost safety in between"),
        (recuses_later, "recused"),
        (lambda lab: lab.leave("mara"), "has left"),
    ],
    ids=["role lost", "role regained", "recused", "left"],
)
def test_an_approval_counts_only_while_its_maker_could_still_give_it(
    review: Lab, happens: Callable[[Lab], None], why: str
) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, ("mara", "safety"))

    happens(review)
    approve(review, process, ("jun", "safety"), ("sam", "security"))

    proposal = review.engine.status("aurora").proposal
    assert proposal is not None
    assert [why in told for item in proposal.consents for told in item.ignored] == [True]
    assert missing(review) == {"safety": 1}
    last = approve(review, process, ("priya", "safety"))
    assert last.events[1].approved_by == ("jun", "priya", "sam")  # type: ignore[attr-defined]


# Requests that mean nothing.


def test_the_present_process_and_one_that_is_proposed_already_are_not_proposed(review: Lab) -> None:
    process = second(review)
    with pytest.raises(InvalidInput, match="under this very process"):
        propose(review, review.engine.status("aurora").process)
    propose(review, process)

    with pytest.raises(InvalidInput, match="proposed already"):
        propose(review, process, by="max")


@pytest.mark.parametrize("people", [EVERYBODY[:1], (("mara", "safety"), ("jun", "safety"), ("priya", "safety"))])
def test_nobody_approves_twice(review: Lab, people: tuple[tuple[str, str], ...]) -> None:
    process = second(review)
    propose(review, process)
    approve(review, process, *people)

    for person in people:
        with pytest.raises(InvalidInput, match="already"):
            approve(review, process, person)


def test_what_nobody_proposed_is_not_approved(review: Lab) -> None:
    with pytest.raises(NotFound, match="there is none"):
        approve(review, second(review), EVERYBODY[0])


def test_a_repeated_request_is_answered_as_before(review: Lab) -> None:
    process = second(review)
    request = {"actor": "lee", "rationale": WHY, "command_id": "nightly-17"}

    first = review.engine.propose_migration("aurora", process, **request)
    again = review.engine.propose_migration("aurora", process, **request)

    assert (again.entry, again.replayed) == (first.entry, True)
