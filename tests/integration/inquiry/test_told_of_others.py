"""Whoever said no is told what others made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.engine.lab import WHY, Lab, refused


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load())
    lab.in_review()
    yield lab
    lab.close()


def told(lab: Lab, person: str) -> list[tuple[str, str]]:
    """What somebody is told, each by its code and its sentence without the entry."""
    found = [item for item in lab.engine.inbox(person) if item.entry is not None]
    assert all(f"entry {item.entry}" in item.reason.text and item.said == WHY for item in found)
    return [(item.reason.code, item.reason.text.replace(f", entry {item.entry}", "")) for item in found]


def test_whose_refusal_others_answered_is_told_by_whom_and_that_it_no_longer_stands(lab: Lab) -> None:
    advice = lab.reject("ivy", role="legal")
    lab.answer(advice, "noor")

    assert told(lab, "ivy") == [("answered", f"noor answered your refusal {advice}; it no longer stands")]
    assert told(lab, "noor") == told(lab, "mara") == []


def test_at_whose_refusal_somebody_tried_and_failed_is_told_that_too(lab: Lab) -> None:
    veto = lab.reject("mara")
    with refused("veto"):
        lab.answer(veto, "jun")

    assert told(lab, "mara") == [("attempt-refused", f"jun tried to answer your refusal {veto} and was refused")]


def test_whose_hold_others_said_can_be_lifted_is_told(lab: Lab) -> None:
    lab.advance("wait", by="mara")
    lab.lift("H1", "jun", "safety")
    lab.lift("H1", "priya", "safety")

    assert told(lab, "mara") == [
        ("lifted", "jun said that your hold H1 can be lifted; it still stands"),
        ("lifted", "priya said that your hold H1 can be lifted; it no longer stands"),
    ]


def test_whose_requirement_was_discharged_is_told(lab: Lab) -> None:
    wanted = lab.require("mara", discharged_by="safety")
    lab.discharge(wanted, "jun")

    assert told(lab, "mara") == [("discharged", f"jun discharged your requirement {wanted}")]


def test_it_is_told_until_they_next_decide_there(lab: Lab) -> None:
    wanted = lab.require("mara", discharged_by="safety")
    lab.discharge(wanted, "jun")
    lab.attach(lab.log(states=lab.candidate()), by="mara")
    assert told(lab, "mara") != []

    lab.sign("mara", "publish")

    assert told(lab, "mara") == []


def test_it_is_told_of_a_release_that_has_ended_too(lab: Lab) -> None:
    advice = lab.reject("ivy", role="legal")
    lab.advance("withdraw")
    lab.answer(advice, "noor")

    (item,) = lab.engine.inbox("ivy")
    assert (item.reason.code, item.trigger, item.stage) == ("answered", "", "withdrawn")
