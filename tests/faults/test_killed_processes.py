"""A process that is killed at any moment takes nothing with it that it had acknowledged, and leaves nothing half-done.

What is checked after each death, and how the next process goes on, stands in :mod:`tests.faults.kills`. The seeds are
fixed; a failure names the seed and the kill.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.warm import Warm

KILLS = {"claimed": 110, "signed": 60}
SOAK = {"claimed": 7000, "signed": 3000}
HOURS = 3 * 3600


@pytest.mark.parametrize("how", KILLS)
def test_a_process_killed_at_any_moment_loses_nothing_and_leaves_nothing_half_done(
    warm: Warm, tmp_path: Path, how: str
) -> None:
    told = warm("kills.campaign", str(tmp_path), 20250711, KILLS[how], how == "signed")

    assert told["killed"] == KILLS[how]
    # Otherwise the moments were not those in which something can go wrong.
    assert told["done and not told"] > KILLS[how] // 20


def test_a_process_killed_at_any_statement_loses_nothing_and_leaves_nothing_half_done(
    warm: Warm, tmp_path: Path
) -> None:
    assert warm("kills.everywhere", str(tmp_path))["deaths"] > 20


def test_a_process_killed_while_it_makes_a_ledger_leaves_one_or_none(warm: Warm, tmp_path: Path) -> None:
    told = warm("kills.births", str(tmp_path), 20250711, 16)

    assert told["killed"] == 16


def test_a_storage_that_commits_halfway_would_be_found_out(tmp_path: Path) -> None:
    spoilt = Warm()
    try:
        with pytest.raises(AssertionError, match=r"seed 7, kill \d+"):
            spoilt("kills.campaign", str(tmp_path), 7, 60, False, True)
    finally:
        spoilt.close()


@pytest.mark.soak
@pytest.mark.parametrize("how", SOAK)
def test_ten_thousand_killed_processes_lose_nothing_and_leave_nothing_half_done(
    warm: Warm, tmp_path: Path, how: str
) -> None:
    told = warm("kills.campaign", str(tmp_path), 7, SOAK[how], how == "signed", seconds=HOURS)

    assert told["killed"] == SOAK[how]
