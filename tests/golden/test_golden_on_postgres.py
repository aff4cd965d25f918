"""Every golden ledger is the same on PostgreSQL, byte for byte: what was written once, and what today's code writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden import later, make
from tests.golden.keeping import HERE, Kept
from tests.golden.signed import make as signed

STORIES: dict[str, Callable[..., Kept]] = {
    "": make.told,
    "signed": signed.told,
    **{name: lambda *where, name=name: later.told(name, *where) for name in later.NAMES},
}


@pytest.mark.parametrize("name", STORIES)
def test_a_golden_ledger_is_kept_decided_again_and_given_back_as_it_was(name: str, postgres_ledger: str) -> None:
    kept = Kept.read(HERE / name)
    with kept.restore(postgres_ledger) as engine:
        report = engine.audit()
        if name == "signed":
            # Each process opens the database for itself.
            assert engine.audit(workers=2) == report

    assert (report.outcome, report.problems, report.not_recomputed) == ("ok", (), ())
    assert (report.entries, report.root) == (kept.root["size"], kept.root["root"])
    given_back = Kept.of(postgres_ledger)
    assert given_back.entries == kept.entries
    assert set(given_back.texts) == set(kept.texts)
    assert set(given_back.blobs) == set(kept.blobs)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_written_in_the_same_bytes_as_to_a_file(name: str, postgres_database: str, tmp_path: Path) -> None:
    here, there = tmp_path / "a file", tmp_path / "a server"
    here.mkdir(), there.mkdir()

    assert STORIES[name](there, postgres_database) == STORIES[name](here)
