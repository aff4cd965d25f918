"""Scripts that try again: the same request under the same id is answered as before, and nothing is done twice."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by

ONCE = ("--command-id", "nightly-17")


@pytest.fixture
def review(desk: Desk) -> Desk:
    desk.to_review()
    return desk


def test_a_repeated_command_is_answered_as_before_and_not_done_again(review: Desk) -> None:
    hold = ("hold", "aurora", *ONCE, *by("jun"))

    first, again = review(*hold, "--json"), review(*hold, "--json")
    told = review(*hold)

    assert (first.code, again.code, told.code) == (0, 0, 0)
    assert again.json == {**first.json, "replayed": True}
    assert "on record already; nothing was done again" in told.out
    assert len(review("status", "aurora", "--json").json["holds"]) == 1


def test_a_repeated_move_needs_no_second_confirmation(desk: Desk) -> None:
    desk.ready()
    publish = ("advance", "aurora", "publish", "--confirm", "aurora", *ONCE, *by("lee"))

    first, again = desk(*publish), desk(*publish)

    assert (first.code, again.code) == (0, 0)
    assert first.out.splitlines()[-1] in again.out


def test_a_refusal_is_repeated_too(review: Desk) -> None:
    publish = ("advance", "aurora", "publish", "--confirm", "aurora", *ONCE, *by("lee"), "--json")

    first, again = review(*publish), review(*publish)

    assert (first.code, again.code) == (8, 8)
    assert first.json["error"]["entry"] == again.json["error"]["entry"]


def test_an_id_that_stood_for_another_request_is_refused(review: Desk) -> None:
    review.does("hold", "aurora", *ONCE, *by("jun"))

    result = review("hold", "aurora", *ONCE, *by("jun", "something else"))

    assert result.code == 2
    assert "the command id nightly-17 was used for another request" in " ".join(result.err.split())


def test_what_a_repeated_withdrawal_takes_back_is_named(review: Desk) -> None:
    review.approve("mara")
    unsign = ("unsign", "aurora", *ONCE, *by("mara"))

    unnamed = review(*unsign)
    named = [review(*unsign, "S1"), review(*unsign, "S1")]

    assert unnamed.code == 2
    assert "holdfast unsign RELEASE ID" in unnamed.err
    assert [result.code for result in named] == [0, 0]
