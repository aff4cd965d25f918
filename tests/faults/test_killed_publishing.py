"""A publication that is killed at any step is found again by its plan: never twice, never half, never unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.publishing import BEFORE_IT_BEGAN, BEFORE_IT_LEFT, POINTS
from tests.faults.warm import Warm


@pytest.mark.parametrize("point", POINTS)
def test_a_publication_killed_at_any_step_is_brought_to_its_end_by_the_same_plan(
    warm: Warm, tmp_path: Path, point: str
) -> None:
    told = warm("publishing.killed", str(tmp_path), point)

    killed, ended = told["after the kill"], told["at the end"]
    began = point not in BEFORE_IT_BEGAN
    assert killed["exposed"] == ("weights" if began else "internal")
    assert killed["events"]["exposure_begun"] == int(began)
    assert killed["there"] == (began and point not in BEFORE_IT_LEFT)
    assert (told["again"]["state"], told["again"]["resumed"]) == ("confirmed", began)
    assert ended["events"] == {"exposure_begun": 1, "exposure_confirmed": 1, "exposure_aborted": 0}
    assert (ended["there"], ended["exposed"]) == (True, "weights")
    # What was staged and never begun with stays beside it, private, until somebody removes it.
    assert ended["private"] == int(not began)


STOPS = {"hold": "review", "expiry": "review", "withdrawal": "withdrawn"}


@pytest.mark.parametrize("point", BEFORE_IT_LEFT)
@pytest.mark.parametrize("stop", STOPS)
def test_what_was_stopped_before_a_byte_left_does_not_leave_any_more(
    warm: Warm, tmp_path: Path, point: str, stop: str
) -> None:
    told = warm("publishing.killed", str(tmp_path), point, stop)

    ended = told["at the end"]
    assert told["again"]["error"] == "PublishingFailed"
    assert (ended["there"], ended["private"], ended["state"]) == (False, 0, "aborted")
    assert (ended["stage"], ended["exposed"]) == (STOPS[stop], "weights" if stop == "withdrawal" else "internal")


@pytest.mark.parametrize("stop", ["hold", "expiry", "withdrawal"])
def test_what_has_left_gets_its_receipt_whatever_was_said_since(warm: Warm, tmp_path: Path, stop: str) -> None:
    told = warm("publishing.killed", str(tmp_path), "after the rename", stop)

    assert told["again"]["state"] == "confirmed"
    assert told["at the end"]["there"]


def test_of_many_processes_with_one_plan_one_wins(warm: Warm, tmp_path: Path) -> None:
    told = warm("publishing.raced", str(tmp_path), 6)

    ended = told["at the end"]
    assert ended["events"] == {"exposure_begun": 1, "exposure_confirmed": 1, "exposure_aborted": 0}
    assert (ended["there"], ended["private"]) == (True, 0)
    first = [item for item in told["results"] if item.get("state") and not item["resumed"]]
    others = {item["error"] for item in told["results"] if "error" in item}
    assert len(first) == 1, told["results"]
    assert others <= {"permit-used", "invalid-transition", "ConcurrentUpdate"}
