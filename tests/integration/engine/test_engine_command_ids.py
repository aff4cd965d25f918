"""The same command id with the same request has the recorded outcome, and with another one is an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import WHY, Lab, refused
from workflow import GateDenied, InvalidInput


def test_a_repeated_request_is_not_done_twice(review: Lab) -> None:
    first = review.tick().hold("aurora", role="security", actor="sam", rationale=WHY, command_id="one")
    before = review.entries()

    again = review.tick().hold("aurora", role="security", actor="sam", rationale=WHY, command_id="one")

    assert again.replayed
    assert not first.replayed
    assert (again.entry, again.events, again.at, again.command_id) == (first.entry, first.events, first.at, "one")
    assert review.entries() == before


def test_a_repeated_request_that_was_refused_is_refused_again_even_if_it_would_be_allowed_now(review: Lab) -> None:
    with pytest.raises(GateDenied) as first:
        review.advance("publish", command_id="one")
    review.approve_publish()
    before = review.entries()

    with pytest.raises(GateDenied) as again:
        review.advance("publish", command_id="one")

    assert again.value.diagnostics() == first.value.diagnostics()
    assert review.entries() == before
    review.advance("publish", command_id="two")


def test_a_repeated_request_needs_no_second_look_at_the_files(review: Lab) -> None:
    review.approve_publish()
    review.advance("publish", command_id="one")
    (review.directory / "model").rename(review.directory / "elsewhere")
    looked: list[object] = []

    assert review.advance("publish", command_id="one", progress=looked.append).replayed
    assert looked == []


def test_a_refused_start_is_recognised_too(lab: Lab) -> None:
    for _ in range(2):
        with refused("no-role"):
            lab.start(by="mara", command_id="one")

    assert len([item for item in lab.engine.history() if item.refused]) == 1


OTHERS: list[tuple[str, Callable[[Lab], object]]] = [
    (
        "another actor",
        lambda lab: lab.tick().hold("aurora", role="security", actor="both", rationale=WHY, command_id="one"),
    ),
    (
        "another role",
        lambda lab: lab.tick().hold("aurora", role="safety", actor="sam", rationale=WHY, command_id="one"),
    ),
    ("another command", lambda lab: lab.advance("return", command_id="one")),
    (
        "another text",
        lambda lab: lab.tick().hold("aurora", role="security", actor="sam", rationale=WHY + "!", command_id="one"),
    ),
    (
        "one text more",
        lambda lab: lab.tick().hold(
            "aurora",
            role="security",
            actor="sam",
            rationale=WHY,
            conditions=[("scan it", "security")],
            command_id="one",
        ),
    ),
]


@pytest.mark.parametrize("ask", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_the_same_id_with_another_request_is_an_error_and_not_recorded(
    review: Lab, ask: Callable[[Lab], object]
) -> None:
    entry = review.tick().hold("aurora", role="security", actor="sam", rationale=WHY, command_id="one").entry
    before = review.entries()

    with pytest.raises(InvalidInput, match=f"was used for another request, entry {entry}"):
        ask(review)

    assert review.entries() == before


def test_once_the_text_was_erased_the_rest_of_the_request_still_decides(review: Lab) -> None:
    entry = review.tick().hold("aurora", role="security", actor="sam", rationale=WHY, command_id="one").entry
    review.engine.erase(entry, "rationale", actor="ana", rationale=WHY)

    assert review.tick().hold("aurora", role="security", actor="sam", rationale="as said", command_id="one").replayed
    with pytest.raises(InvalidInput, match="was used for another request"):
        review.tick().hold("aurora", role="safety", actor="sam", rationale=WHY, command_id="one")


def test_blanks_around_a_text_and_its_unicode_form_make_no_other_request(review: Lab) -> None:
    review.tick().hold("aurora", role="security", actor="sam", rationale="the caf\u00e9 said so", command_id="one")

    again = review.tick().hold(
        "aurora", role="security", actor="sam", rationale="  the cafe\u0301 said so\n", command_id="one"
    )

    assert again.replayed


def test_without_an_id_every_request_is_a_new_one(review: Lab) -> None:
    assert review.hold() != review.hold()


@pytest.mark.parametrize("identifier", ["\ud800", "e\u0301", "x" * 70_000])
def test_an_id_that_cannot_be_kept_is_refused_as_input(review: Lab, identifier: str) -> None:
    before = review.entries()

    with pytest.raises(InvalidInput):
        review.tick().hold("aurora", role="security", actor="sam", rationale=WHY, command_id=identifier)

    assert review.entries() == before
