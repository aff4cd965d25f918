"""Sixteen processes at once: one order, one winner where there can be one only, and nobody waits for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.warm import Warm

MANY = 16
HOW = pytest.mark.parametrize("signed", [False, True], ids=["claimed", "signed"])


def won(told: dict[str, Any]) -> list[list[str]]:
    return [each["events"] for each in told["told"] if "events" in each]


def refused(told: dict[str, Any]) -> set[str]:
    return {each["refused"] for each in told["told"] if "refused" in each}


@HOW
def test_of_sixteen_processes_that_publish_exactly_one_does(warm: Warm, tmp_path: Path, signed: bool) -> None:
    told = warm("races.one_transition", str(tmp_path), signed)

    assert won(told) == [["transition_made"]]
    assert refused(told) <= {"invalid-transition", "concurrent-update"}
    assert (told["audit"], told["stages"]) == ("ok", ["public"])


@HOW
def test_sixteen_processes_that_approve_are_all_counted(warm: Warm, tmp_path: Path, signed: bool) -> None:
    told = warm("races.approvals", str(tmp_path), signed)

    assert won(told) == [["sign_off_recorded"]] * MANY
    assert (told["audit"], told["stages"]) == ("ok", ["public"])


@HOW
def test_sixteen_processes_that_move_sixteen_releases_all_do(warm: Warm, tmp_path: Path, signed: bool) -> None:
    told = warm("races.many_releases", str(tmp_path), signed)

    assert won(told) == [["transition_made"]] * MANY
    assert (told["audit"], told["stages"]) == ("ok", ["testing"] * MANY)


def test_sixteen_processes_with_the_same_request_do_it_once_and_are_all_told_so(warm: Warm, tmp_path: Path) -> None:
    told = warm("races.one_request", str(tmp_path), False)

    assert won(told) == [["transition_made"]] * MANY
    assert (told["audit"], told["transitions"]) == ("ok", 2)


def test_a_stop_among_fifteen_moves_comes_before_the_raise_or_after_it(warm: Warm, tmp_path: Path) -> None:
    told = warm("races.a_stop_among_moves", str(tmp_path), False)

    acts = [act for act in told["order"] if act != "command_refused"]
    assert acts in (["hold_placed"], ["transition_made", "hold_placed"])
    assert told["audit"] == "ok"


def test_of_sixteen_processes_that_make_a_ledger_one_does_and_the_rest_are_told_what_to_do(
    warm: Warm, tmp_path: Path
) -> None:
    told = warm("races.births", str(tmp_path), False)

    assert len(won(told)) == 1
    assert refused(told) == {"this database holds a ledger already"}
    assert all(each["remedy"] for each in told["told"] if "refused" in each)
    assert (told["audit"], told["entries"]) == ("ok", 1)
