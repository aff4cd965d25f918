"""An audit needs no more memory for a long ledger than for a short one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from benchmarks.living import live
from benchmarks.ways.ours import Lab


def peak(folder: Path, size: int) -> int:
    folder.mkdir()
    lab = Lab(folder)
    live(lab, size)
    tracemalloc.start()
    try:
        report = lab.engine.audit(workers=1)
        _, highest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        lab.engine.close()
    assert (report.outcome, report.problems) == ("ok", ())
    return highest


@pytest.mark.soak
def test_memory_stays_the_same_from_four_thousand_entries_to_forty_thousand(tmp_path: Path) -> None:
    peak(tmp_path / "first", 1_000)  # what is loaded once is loaded now

    assert peak(tmp_path / "long", 40_000) < 1.6 * peak(tmp_path / "short", 4_000)
