"""Sixty-four processes at once on a server: one order, and one winner where there can be one only."""

from __future__ import annotations

from pathlib import Path

from tests.faults.test_races import refused, won
from tests.faults.warm import Warm

MANY = 64
LONG = 300.0
"""How many seconds all of them may take where others use the machine too."""


def test_of_two_moves_exactly_one_is_made_and_the_others_learn_why(
    warm: Warm, tmp_path: Path, postgres_database: str
) -> None:
    told = warm("races.two_moves", str(tmp_path), postgres_database, MANY, seconds=LONG)

    assert won(told) == [["transition_made"]]
    assert refused(told) <= {"invalid-transition", "concurrent-update"}
    assert told["stages"] in (["public"], ["testing"])
    assert told["audit"] == "ok"


def test_sixty_four_that_move_sixty_four_releases_all_do(warm: Warm, tmp_path: Path, postgres_database: str) -> None:
    told = warm("races.many_releases", str(tmp_path), False, postgres_database, MANY, seconds=LONG)

    assert won(told) == [["transition_made"]] * MANY
    assert (told["audit"], told["stages"]) == ("ok", ["testing"] * MANY)


def test_of_sixteen_that_publish_with_their_signatures_exactly_one_does(
    warm: Warm, tmp_path: Path, postgres_database: str
) -> None:
    told = warm("races.one_transition", str(tmp_path), True, postgres_database, 16, seconds=LONG)

    assert won(told) == [["transition_made"]]
    assert refused(told) <= {"invalid-transition", "concurrent-update"}
    assert (told["audit"], told["stages"]) == ("ok", ["public"])


def test_sixty_four_with_the_same_request_do_it_once_and_are_all_told_so(
    warm: Warm, tmp_path: Path, postgres_database: str
) -> None:
    told = warm("races.one_request", str(tmp_path), False, postgres_database, MANY, seconds=LONG)

    assert won(told) == [["transition_made"]] * MANY
    assert (told["audit"], told["transitions"]) == ("ok", 2)


def test_of_sixty_four_that_make_a_ledger_one_does_and_the_rest_are_told_what_to_do(
    warm: Warm, tmp_path: Path, postgres_database: str
) -> None:
    told = warm("races.births", str(tmp_path), False, postgres_database, MANY, seconds=LONG)

    assert len(won(told)) == 1
    assert refused(told) == {"this database holds a ledger already"}
    assert all(each["remedy"] for each in told["told"] if "refused" in each)
    assert (told["audit"], told["entries"]) == ("ok", 1)
