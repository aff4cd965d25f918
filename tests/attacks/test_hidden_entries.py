"""Rows taken out of a release together with an edited list: whoever shows or takes out the rest says so (row 21)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from attacked import WHY, Lab
from forger import Forger, tampering

from workflow import AuditReport, LedgerError
from workflow.drafting import release_row
from workflow.folding import Folder
from workflow.lineage import objectors
from workflow.storage import open_storage

Hide = Callable[[sqlite3.Connection, int], object]


@pytest.fixture
def held(lab: Lab) -> Lab:
    """A release that is held by its last entry, one that descends from it and was held as well, and one of others."""
    assert lab.engine is not None
    lab.start()
    lab.start("beta", folder=lab.model("next", weights="other weights"), parents=["aurora"])
    lab.start("zeta", folder=lab.model("another", weights="weights of nobody's"))
    for release in ("beta", "aurora"):
        lab.engine.hold(release, role="security", actor="sam", rationale="the vault is open", conditions=[])
    lab.engine.schedule("zeta", lab.clock.now() + timedelta(days=9), actor="lee", rationale=WHY)
    lab.close()
    return lab


def taken_out(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("DELETE FROM entry WHERE seq = ?", (seq,))


def moved_elsewhere(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("UPDATE entry SET stream = 'release/zeta', version = 99 WHERE seq = ?", (seq,))


def overwritten(connection: sqlite3.Connection, seq: int) -> None:
    moved_elsewhere(connection, seq)
    connection.execute("UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 1) WHERE seq = ?", (seq,))


def exchanged_for_another(connection: sqlite3.Connection, seq: int) -> None:
    """Another entry, whole and with its own hash, stands in its place."""
    taken_out(connection, seq)
    connection.execute(
        "INSERT INTO entry SELECT ?, 'release/zeta', 99, hash, 'made up', body FROM entry WHERE seq = 1", (seq,)
    )


HOLD = ("release/aurora", 2)
HIDDEN: dict[str, tuple[Hide, str]] = {
    "taken out": (taken_out, "missing"),
    "moved to another release": (moved_elsewhere, "out-of-place"),
    "overwritten in another release": (overwritten, "altered"),
    "exchanged for another": (exchanged_for_another, "out-of-place"),
}


def listed_again(lab: Lab, connection: sqlite3.Connection) -> None:
    """Edits the list so that it says of the release what is left of its entries."""
    storage, folder = open_storage(lab.url), Folder()
    with storage.snapshot() as reader:
        state = folder.release(reader, "aurora")
        row = release_row(state, folder.process(reader, state.process))
        assert not objectors(state)
    storage.close()
    connection.execute(
        "UPDATE release SET version = ?, updated_at = ? WHERE slug = ?", (row.version, row.updated_at, row.slug)
    )
    connection.execute("DELETE FROM objector WHERE slug = 'aurora'")


def audited(lab: Lab) -> AuditReport:
    report = lab.open().audit(release="aurora")
    lab.close()
    return report


@pytest.mark.parametrize("name", HIDDEN)
def test_row_21_an_entry_that_was_hidden_with_an_edited_list_is_missed_by_all_who_show_the_rest(
    held: Lab, tmp_path: Path, name: str
) -> None:
    hide, kind = HIDDEN[name]
    seq = next(item["seq"] for item in Forger(held.path).entries if (item["stream"], item["version"]) == HOLD)
    assert audited(held).outcome == "partial"
    with tampering(held.path) as connection:
        hide(connection, seq)
        listed_again(held, connection)

    report = audited(held)

    assert report.outcome == "failed"
    assert (kind, seq) in {(problem.kind, problem.entry) for problem in report.problems}
    assert "projection" not in {problem.kind for problem in report.problems}
    assert held.open().report("aurora").summary.word == "not in order"
    with pytest.raises(LedgerError, match="nobody can tell whether all of aurora is there") as caught:
        held.open().export("aurora", tmp_path / "aurora.pack")
    assert "holdfast audit verify" in str(caught.value.remedy)
    assert not (tmp_path / "aurora.pack").exists()
    held.close()


def test_row_21_a_relative_that_no_table_names_any_more_is_missed(held: Lab, tmp_path: Path) -> None:
    with tampering(held.path) as connection:
        for row in ("kin", "release", "objector"):
            connection.execute(f"DELETE FROM {row} WHERE slug = 'beta'")  # noqa: S608

    report = audited(held)

    assert report.audited == ("ledger", "roster", "release/aurora")
    assert [(problem.kind, problem.stream) for problem in report.problems] == [("projection", "release/beta")]
    with pytest.raises(LedgerError, match="leaves release/beta out"):
        held.open().export("aurora", tmp_path / "aurora.pack")
    assert audited(held).outcome == "failed"
    held.close()


def test_row_21_the_tree_that_is_kept_must_be_that_of_all_entries(held: Lab, tmp_path: Path) -> None:
    with tampering(held.path) as connection:
        connection.execute("UPDATE entry SET hash = zeroblob(32) WHERE stream = 'release/zeta' AND version = 1")

    assert {"altered", "tree"} <= {problem.kind for problem in audited(held).problems}
    with pytest.raises(LedgerError, match="was altered"):
        held.open().export("aurora", tmp_path / "aurora.pack")
    held.close()
