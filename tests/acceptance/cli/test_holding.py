"""Who placed a hold, and to whom it belongs: the delay's belongs to a number of people, whoever moved the release."""

from __future__ import annotations

from typing import Any

import pytest
from cli_desk import WHY, Desk, by

from workflow.errors import InvalidInput


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_delay_s_hold_is_not_said_to_be_placed_in_a_role_that_its_placer_lacks(desk: Desk) -> None:
    desk.to_review()
    desk.does("advance", "aurora", "stop", *by("lee"))

    explained = words(desk("explain", "aurora", "resume").out)

    assert "placed by lee, entry" in explained
    assert "it belongs to 2 of safety" in explained
    assert "lee as safety" not in explained


def test_a_person_s_own_hold_is_shown_with_the_role_they_placed_it_in(desk: Desk) -> None:
    desk.to_review()
    desk.does("hold", "aurora", *by("jun"))

    assert "placed by jun as safety, entry" in words(desk("explain", "aurora", "publish").out)


def test_a_hold_that_is_not_in_the_way_onward_is_told_with_placer_and_owner(desk: Desk) -> None:
    desk.ready()
    desk.does("hold", "aurora", *by("jun", "a jailbreak was found"))
    desk.does("advance", "aurora", "withdraw", *by("lee"))

    shown = words(desk("status", "aurora").out)

    assert 'hold H1 placed by jun, belongs to jun: "a jailbreak was found"' in shown


def test_a_word_that_does_not_end_a_hold_says_whose_else_is_needed(desk: Desk) -> None:
    desk.to_review()
    desk.does("hold", "aurora", *by("jun", "a jailbreak was found"))

    shown = words(desk.does("lift", "aurora", "H1", *by("mara")).out)
    assert "said as safety that H1 can be lifted" in shown
    assert "H1 still stands: jun, its owner, lifts it alone; or more of safety must say so (jun, kit or priya)" in shown

    assert "still stands" not in words(desk.does("lift", "aurora", "H1", *by("jun")).out)


def test_what_was_dealt_with_for_the_parent_alone_is_told_so_of_what_comes_of_it(desk: Desk) -> None:
    desk.to_review()
    desk.does("hold", "aurora", *by("jun", "a jailbreak was found"))
    desk.does("finding", "aurora", "It leaks.", "--severity", "high", *by("mara"))
    desk.does("lift", "aurora", "H1", *by("jun"))
    desk.does("discharge", "aurora", "R1", *by("jun"))
    parent = desk("status", "aurora", "--json").json["candidate"]
    (desk.directory / "tuned").mkdir()
    (desk.directory / "tuned" / "model.safetensors").write_text("tuned")
    start = ("start", "tuned", "tuned", "--process", "small", "--author", "ada", "--derived-from", "aurora")
    desk.does(*start, *by("lee"))

    shown = words(desk("status", "tuned").out)
    other = f"{parent[:4]}..{parent[-4:]}"
    assert f"lifted for {other}, but not for this candidate" in shown
    assert f"discharged for {other}, but not for this candidate" in shown

    desk.does("advance", "tuned", "submit", *by("lee"))
    shown = words(desk("explain", "tuned", "publish").out)
    assert f"lifted for {parent[:12]}, but not for this candidate" in shown
    assert f"discharged for {parent[:12]}, but not for this candidate" in shown


@pytest.mark.parametrize(
    "conditions",
    [
        "ab",
        ["ab"],
        [("read it",)],
        [("read it", "safety", "legal")],
        [("read it", None)],
        [(1, "safety")],
        [7],
        7,
        None,
    ],
    ids=repr,
)
def test_conditions_that_are_no_pairs_are_refused_and_nothing_is_held(desk: Desk, conditions: Any) -> None:
    desk.to_review()

    with desk.engine() as engine:
        with pytest.raises(InvalidInput, match="list of pairs") as refused:
            engine.hold("aurora", role="safety", actor="jun", rationale=WHY, conditions=conditions)
        assert engine.status("aurora").holds == ()

    assert refused.value.remedy


def test_a_refusal_of_ones_own_is_no_task_and_its_answer_is_told(desk: Desk) -> None:
    desk.to_review()
    desk.does("sign", "aurora", "publish", "--reject", *by("ivy", "the licence of the data is unclear"))

    own = desk.does("inbox", "--as", "ivy").out
    assert "your refusal S1 stands until you take it back" in own
    assert "unsign" not in own

    desk.does("answer", "aurora", "S1", *by("kit", "counsel has cleared it"))
    told = " ".join(desk.does("inbox", "--as", "ivy").out.split())
    assert "told kit answered your refusal S1, entry 12; it no longer stands" in told
    assert 'said "counsel has cleared it"' in told
    assert "unsign" not in told


def test_a_requirement_that_nobody_could_discharge_comes_with_a_warning(desk: Desk) -> None:
    desk.to_review()

    told = words(desk.does("require", "aurora", "write the model card", *by("lee")).out)
    assert "as things are, nobody could discharge it: R1 asks for lead, and lee may not" in told

    told = words(desk.does("require", "aurora", "write the card", "--discharged-by", "legal", *by("lee")).out)
    assert "nobody could" not in told


def test_whose_own_approval_does_not_count_because_they_call_is_told_so(desk: Desk) -> None:
    desk.to_review()
    desk.does("roster", "grant", "mara", "lead", *by("ops"))
    desk.does("sign", "aurora", "publish", "--approve", "--role", "safety", "--seen", desk.basis(), *by("mara"))

    told = words(desk("advance", "aurora", "publish", "--yes", "--confirm", "aurora", *by("mara")).err)

    assert "mara's own approval, entry 12, is not counted, because mara calls the trigger" in told
