"""A checkpoint that somebody was shown is remembered, whatever was killed; of many, each goes on from the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.checkpoints import MANY, POINTS
from tests.faults.warm import Warm

DURABLE = ("after the rename", "when it is durable", "when it is shown")


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_at_any_step_has_shown_no_checkpoint_that_is_not_remembered(
    warm: Warm, tmp_path: Path, point: str
) -> None:
    told = warm("checkpoints.killed", str(tmp_path), point)

    assert told["shown"] == ([told["remembered"]] if point == "when it is shown" else [])
    assert (told["remembered"] == told["again"]) is (point in DURABLE)
    assert told["again"] != told["before"]
    # What a killed process had begun to write beside it is nothing that anybody reads.
    assert told["drafts"] == int(point == "before the rename")


@pytest.mark.parametrize("point", POINTS)
def test_a_witness_killed_at_any_step_has_given_no_cosignature_that_it_forgets(
    warm: Warm, tmp_path: Path, point: str
) -> None:
    told = warm("checkpoints.killed_witness", str(tmp_path), point)

    before, after = told["sizes"]
    assert told["remembered"] in (before, after)
    assert told["remembered"] == after or point not in DURABLE
    assert len(told["shown"]) == int(point == "when it is shown")
    assert told["again"] == 1


def test_of_many_processes_that_give_checkpoints_out_each_goes_on_from_the_one_before(
    warm: Warm, tmp_path: Path
) -> None:
    told = warm("checkpoints.raced", str(tmp_path))

    assert told["verified"]
    assert told["last"] == told["sizes"][-1] == told["entries"] == MANY + 2


def test_of_two_histories_that_ask_a_witness_at_once_one_is_cosigned(warm: Warm, tmp_path: Path) -> None:
    told = warm("checkpoints.raced_witness", str(tmp_path))

    assert told["sizes"][0] == told["sizes"][1]
    won = {said[-1] for said in told["told"] if said.startswith("cosigned")}
    lost = {said for said in told["told"] if not said.startswith("cosigned")}
    assert len(won) == 1
    assert lost == {f"HistoryForked {1 - int(won.pop())}"}
