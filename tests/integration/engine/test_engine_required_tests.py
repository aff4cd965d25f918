"""What people say of required tests, through the engine: who may, on what, and what becomes of approvals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, made, refused, types
from workflow import InvalidInput, NotFound

TESTS = {"required_tests": {"tests": ["red_team", "load"], "roles": ["safety", "security"]}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, before a gate of two required tests."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY, TESTS]}))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def judge(lab: Lab, person: str, test: str, verdict: str, role: str = "safety", **more: object) -> str:
    return made(
        lab.tick().judge_test("aurora", test, verdict, role=role, actor=person, rationale=WHY, **more)  # type: ignore[arg-type]
    )


def test_silence_blocks_until_somebody_says_of_every_test_what_came_of_it(lab: Lab) -> None:
    assert "test-open" in lab.blocking("host")

    judge(lab, "mara", "red_team", "done")
    judge(lab, "sam", "load", "not_applicable", "security")
    lab.sign("mara", "host")
    lab.sign("jun", "host")

    lab.advance("host")
    assert lab.stage() == "hosted"


def test_a_failure_refuses_and_what_others_say_does_not_wash_it_out(lab: Lab) -> None:
    judge(lab, "sam", "red_team", "failed", "security")
    for person in ("mara", "jun", "priya"):
        judge(lab, person, "red_team", "done")

    assert "test-failed" in lab.blocking("host")
    judge(lab, "sam", "red_team", "done", "security")
    assert "test-failed" not in lab.blocking("host")


@pytest.mark.parametrize(("person", "role"), [("max", "safety"), ("kim", "safety")])
@pytest.mark.parametrize("verdict", ["done", "not_applicable"])
def test_requesters_and_authors_pass_no_test_and_may_fail_it(lab: Lab, person: str, role: str, verdict: str) -> None:
    lab.advance("return")
    lab.advance("submit", by="max")

    with refused("excluded"):
        judge(lab, person, "red_team", verdict, role)
    judge(lab, person, "red_team", "failed", role)

    assert "test-failed" in lab.blocking("host")


def test_approvals_end_when_somebody_says_something_else_of_a_test(lab: Lab) -> None:
    judge(lab, "mara", "red_team", "done")
    judge(lab, "mara", "load", "done")
    lab.sign("mara", "host")
    lab.sign("jun", "host")
    assert lab.blocking("host") == set()

    judge(lab, "priya", "load", "not_applicable")

    assert lab.ignored("safety", "host") == [f"{who} (what it rests on has changed since)" for who in ("mara", "jun")]
    (item,) = [item for item in lab.engine.inbox("mara") if item.reason.code == "sign-offs-missing"]
    assert item.changed == ("new: priya as safety said of load: not applicable",)


def test_what_it_cites_is_a_report_that_counts_on_these_very_files(lab: Lab) -> None:
    lab.attach(lab.log(states=lab.candidate()))
    assert judge(lab, "mara", "red_team", "done", evidence=["E1"]) == "T1"
    assert lab.engine.history(limit=1)[0].summary == ("said as safety that the test red_team is done on E1",)

    lab.tick().set_aside("aurora", "E1", role="safety", actor="jun", rationale=WHY)

    assert "test-open" in lab.blocking("host")
    with pytest.raises(InvalidInput, match="E1 was set aside"):
        judge(lab, "mara", "red_team", "done", evidence=["E1"])
    with pytest.raises(NotFound, match="no evidence E9"):
        judge(lab, "mara", "red_team", "failed", evidence=["E9"])


def test_a_test_that_the_process_does_not_want_and_other_words_are_named(lab: Lab) -> None:
    with pytest.raises(NotFound, match="wants no test 'weather'") as caught:
        judge(lab, "mara", "weather", "done")
    assert caught.value.remedy == "it wants: red_team, load"
    with pytest.raises(InvalidInput):
        judge(lab, "mara", "load", "fine")


def test_a_repeated_request_is_one_word(lab: Lab) -> None:
    first = lab.tick().judge_test(
        "aurora", "load", "done", role="safety", actor="mara", rationale=WHY, command_id="once"
    )
    again = lab.tick().judge_test(
        "aurora", "load", "done", role="safety", actor="mara", rationale=WHY, command_id="once"
    )

    assert (types(first), again.replayed) == (["required_test_judged"], True)
