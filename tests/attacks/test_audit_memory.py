"""An audit needs no more memory for a long ledger than for a short one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from benchmarks.living import live
from benchmarks.ways.ours import Lab
from workflow.audit import dealing, named


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
def test_memory_stays_the_same_where_a_ledger_is_four_times_as_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Smaller hands and piles than in use, so that also a short ledger has several.
    monkeypatch.setattr(dealing, "ENTRIES_A_HAND", 128)
    monkeypatch.setattr(named, "ENTRIES_A_PILE", 256)
    peak(tmp_path / "first", 500)  # what is loaded once is loaded now

    assert peak(tmp_path / "long", 6_000) < 1.8 * peak(tmp_path / "short", 1_500)
