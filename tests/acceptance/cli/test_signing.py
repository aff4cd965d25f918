"""Deciding: an approval is for what was seen, a refusal takes one command, and both can be taken back."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by


@pytest.fixture
def review(desk: Desk) -> Desk:
    desk.to_review()
    return desk


def decisions(desk: Desk) -> list[tuple[str, str, str]]:
    """Everybody's decisions, as they stand in the history."""
    return [
        (item["actor"], event["decision"], event["binding"]["role"])
        for item in reversed(desk("history", "aurora", "--json").json)
        for event in item["events"]
        if event["type"] == "sign_off_recorded"
    ]


@pytest.mark.parametrize("digits", [16, 20, 64])
def test_an_approval_names_the_basis_that_was_seen(review: Desk, digits: int) -> None:
    basis = review("explain", "aurora", "publish", "--json").json["basis"]

    review.does("sign", "aurora", "publish", "--approve", "--seen", basis[:digits], *by("mara"))

    assert decisions(review) == [("mara", "approve", "safety")]


def test_the_printed_basis_is_enough_to_approve(review: Desk) -> None:
    printed = review("explain", "aurora", "publish").out.split("basis ")[1][:16]

    review.does("sign", "aurora", "publish", "--approve", "--seen", printed, *by("mara"))


@pytest.mark.parametrize(
    ("flag", "decision"), [("--reject", "reject"), ("--abstain", "abstain"), ("--recuse", "recuse")]
)
def test_everything_but_an_approval_takes_one_command(review: Desk, flag: str, decision: str) -> None:
    review.does("sign", "aurora", "publish", flag, *by("mara"))

    assert decisions(review) == [("mara", decision, "safety")]


def test_a_basis_that_moved_refuses(review: Desk) -> None:
    seen = review.basis()
    review.does("review", "aurora", "biosecurity", "acceptable", *by("mara"))

    result = review("sign", "aurora", "publish", "--approve", "--seen", seen[:16], *by("mara"))

    assert result.code == 1
    assert "has changed" in result.err
    assert decisions(review) == []


def test_at_a_terminal_the_signer_sees_it_and_types_its_digits(review: Desk) -> None:
    result = review("sign", "aurora", "publish", "--approve", *by("mara"), typed=review.basis()[:8] + "\n")

    assert result.code == 0
    assert review.basis() in result.out
    assert "sign-offs safety: 0 of 2" in result.out
    assert "you have not decided on this before" in result.out
    assert decisions(review) == [("mara", "approve", "safety")]


def test_at_a_terminal_the_signer_sees_what_changed_since_they_last_signed(review: Desk) -> None:
    review.approve("mara")
    review.does("review", "aurora", "biosecurity", "acceptable", *by("jun"))

    result = review("sign", "aurora", "publish", *by("mara"), typed="abstain\n")

    assert result.code == 0
    assert "since you last decided (approved, entry 11): new: jun as safety found biosecurity acceptable" in " ".join(
        result.out.split()
    )
    assert decisions(review)[-1] == ("mara", "abstain", "safety")


@pytest.mark.parametrize("typed", ["yes\n", "\n", "0000000\n", "00000000\n", ""])
def test_at_a_terminal_nothing_else_approves(review: Desk, typed: str) -> None:
    result = review("sign", "aurora", "publish", "--approve", *by("mara"), typed=typed)

    assert result.code == 2
    assert "nothing was done" in result.err
    assert decisions(review) == []


def test_whoever_gives_up_at_the_question_gets_a_line_of_their_own_and_nothing_is_done(review: Desk) -> None:
    result = review("sign", "aurora", "publish", "--approve", *by("mara"), typed="")

    assert result.err.splitlines()[1] == "error: nobody answered, and nothing was done"
    assert decisions(review) == []


def test_the_only_role_that_fits_need_not_be_named(review: Desk) -> None:
    review.does("sign", "aurora", "publish", "--reject", *by("ivy"))
    review.does("sign", "aurora", "publish", "--reject", "--role", "safety", *by("kit"))

    assert decisions(review) == [("ivy", "reject", "legal"), ("kit", "reject", "safety")]


def test_a_signer_takes_their_last_decision_back_and_the_gate_closes(desk: Desk) -> None:
    desk.ready()
    assert desk("explain", "aurora", "publish", "--as", "lee").code == 0

    desk.does("unsign", "aurora", *by("jun", "I had not read the appendix"))

    assert desk("explain", "aurora", "publish", "--as", "lee").code == 8
    assert desk("unsign", "aurora", *by("jun")).code == 2


def test_advice_can_be_answered_and_a_veto_cannot(review: Desk) -> None:
    review.does("sign", "aurora", "publish", "--reject", *by("ivy"))
    review.does("sign", "aurora", "publish", "--reject", *by("mara"))

    assert review("answer", "aurora", "S1", *by("kit", "the licence was replaced")).code == 0
    assert review("answer", "aurora", "S2", *by("jun", "it is fine")).code == 1


def test_a_reviewer_who_asks_does_not_make_their_own_approval_disappear(review: Desk) -> None:
    review.approve("mara")

    assert "counted    mara" in review("explain", "aurora", "publish", "--as", "mara").out
    assert "(have mara)" in review("status", "aurora", "--as", "mara").out


def test_the_irreversible_step_is_shown_and_wants_the_name_typed(desk: Desk) -> None:
    desk.ready()

    wrong = desk("advance", "aurora", "publish", *by("lee"), typed="yes\n")
    right = desk("advance", "aurora", "publish", *by("lee"), typed="aurora\n")

    assert (wrong.code, right.code) == (2, 0)
    shown = " ".join(right.out.split())
    with desk.engine() as engine:
        status = engine.status("aurora")
    for fact in (
        "IRREVERSIBLE",
        status.candidate,
        "2 files, 19 bytes",
        "small@1",
        status.process,
        "mara, entry",
        "lee (claimed)",
    ):
        assert fact in shown
    assert status.stage == "public"


def test_a_step_that_can_be_undone_asks_nothing(review: Desk) -> None:
    assert review("advance", "aurora", "stop", *by("mara"), typed="").code == 0


def test_what_cannot_be_undone_wants_its_name_even_where_the_gate_looks_closed(review: Desk) -> None:
    before = review("history", "aurora", "--json").json

    result = review("advance", "aurora", "publish", *by("lee"))

    assert result.code == 2
    assert "--confirm aurora" in result.err
    assert review("history", "aurora", "--json").json == before


def test_a_closed_gate_is_shown_as_closed_and_refuses_on_record_once_the_name_is_typed(review: Desk) -> None:
    result = review("advance", "aurora", "publish", *by("lee"), typed="aurora\n")

    assert result.code == 8
    assert "still in the way: sign-offs safety: 0 of 2" in " ".join(result.out.split())
    assert "on record" in result.err
    assert review("history", "aurora", "--json").json[0]["refused"]
