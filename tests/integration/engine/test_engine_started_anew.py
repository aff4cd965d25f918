"""Starting the same files anew takes nothing back: not by other names or components, not by what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import CALLED_BY_LEAD, WHY, Lab, refused

from workflow import InvalidInput, NotFound

BIO: dict[str, Any] = {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"}
GATE = [CALLED_BY_LEAD, {"evidence": BIO}, {"risk_areas": {"areas": ["biosecurity"], "roles": ["safety"]}}]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, before a gate that asks for a report and a reviewed area."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": GATE}))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def under_another_component(lab: Lab) -> Any:
    return lab.start("again", path=lab.model(), components={"model": "."})


def under_another_name(lab: Lab) -> Any:
    path = lab.model("renamed", **{"shard.safetensors": "weights of model", "config.json": "{}"})
    return lab.start("again", path=path)


def as_an_adapter(lab: Lab) -> Any:
    path = lab.model("adapter", **{"adapter_model.safetensors": "weights of model"})
    return lab.start("again", path=path)


def among_larger_files(lab: Lab) -> Any:
    junk = {f"junk-{number:03}.bin": f"{number:03}" * 100 for number in range(70)}
    path = lab.model("crowd", **{"model.safetensors": "weights of model"}, **junk)
    return lab.start("again", path=path)


@pytest.mark.parametrize("disguised", [under_another_component, under_another_name, as_an_adapter, among_larger_files])
def test_the_same_weights_meet_the_same_refusal_and_the_same_hold(lab: Lab, disguised: Callable[[Lab], Any]) -> None:
    lab.reject("mara")
    lab.hold()

    disguised(lab)
    lab.advance("submit", "again")

    assert lab.candidate("again") != lab.candidate()
    assert {"rejected", "hold"} <= lab.blocking("publish", "again")


def test_a_failing_report_counts_in_every_release_of_the_files(lab: Lab) -> None:
    lab.attach(lab.log(accuracy=0.31, run="1", states=lab.candidate()))
    lab.in_review("again")
    lab.attach(lab.log(accuracy=0.1, run="2", states=lab.candidate()), "again")

    with refused("gate-denied") as caught:
        lab.advance("host", "again")
    assert "aurora/E1 says 0.31 > 0.25" in caught.value.message

    lab.tick().set_aside("aurora", "E1", role="safety", actor="mara", rationale="the grader was broken in that run")
    assert "bound-not-met" not in lab.blocking("host", "again")


def test_a_passing_report_of_another_release_does_not_support_this_one(lab: Lab) -> None:
    lab.attach(lab.log(accuracy=0.1, states=lab.candidate()))
    lab.in_review("again")

    assert "elsewhere" in lab.blocking("host", "again")


def test_an_area_that_was_found_unacceptable_stays_so_and_an_acceptable_one_is_reviewed_again(lab: Lab) -> None:
    lab.in_review("again")
    lab.tick().review("aurora", "biosecurity", "unacceptable", role="safety", actor="jun", rationale=WHY)
    lab.tick().review("again", "biosecurity", "acceptable", role="safety", actor="mara", rationale=WHY)
    assert "area-unacceptable" in lab.blocking("host", "again")

    lab.tick().review("aurora", "biosecurity", "acceptable", role="safety", actor="jun", rationale=WHY)
    assert "area-unacceptable" not in lab.blocking("host", "again")


def test_a_lift_ends_with_its_round(lab: Lab) -> None:
    lab.advance("wait", by="mara")
    lab.lift("H1", "mara", "safety")
    lab.replace(lab.model("second"))
    lab.lift("H1", "jun", "safety")

    assert "hold" in lab.blocking("publish")


def test_a_parent_that_nobody_knows_is_refused(lab: Lab) -> None:
    with pytest.raises(NotFound):
        lab.start("again", path=lab.model("other"), derived_from=["0" * 64])


def test_one_text_is_not_taken_for_a_list_of_letters(lab: Lab) -> None:
    with pytest.raises(InvalidInput):
        lab.start("again", path=lab.model("other"), authors="kim")
    with pytest.raises(InvalidInput):
        lab.tick().grant("mara", "security", actor="ana", rationale=WHY)
