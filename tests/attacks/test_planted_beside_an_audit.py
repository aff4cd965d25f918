"""Files that somebody puts where an audit runs, and a ledger that changes under it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from attacked import WHY, Lab

from workflow.audit.pool import Pool, Told

PLANTED = "import pathlib\npathlib.Path(__file__).with_name('it-ran').touch()\n"


@pytest.mark.parametrize("name", ["json.py", "sys.py", "pickle.py", "workflow.py", "sitecustomize.py"])
def test_row_24_a_module_planted_where_an_audit_by_several_runs_is_not_run(
    copy: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = tmp_path / "here"
    place.mkdir()
    (place / name).write_text(PLANTED, encoding="utf-8")
    monkeypatch.chdir(place)

    report = copy.open().audit(workers=2)

    assert report.outcome == "ok"
    assert not (place / "it-ran").exists()


def test_row_21_what_is_added_while_an_audit_by_several_runs_is_no_damage_and_not_in_what_it_covered(
    copy: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = copy.open()
    before = engine.audit()
    asked, started = Pool.run, threading.Event()

    def slower(self: Pool, jobs: list[object], told: Told) -> list[object]:
        # Between two of its steps somebody goes on with the ledger, from another process's point of view.
        if not started.is_set():
            started.set()
            other = Lab(copy.directory, copy.clock)
            other.open().statement("aurora", "it is out", role="lead", actor="lee", rationale=WHY)
            other.close()
        return asked(self, jobs, told)  # type: ignore[arg-type]

    monkeypatch.setattr(Pool, "run", slower)

    during = engine.audit(workers=2)

    assert (during.outcome, during.entries, during.root) == ("ok", before.entries, before.root)
    after = engine.audit(workers=2)
    assert (after.outcome, after.entries) == ("ok", before.entries + 1)
