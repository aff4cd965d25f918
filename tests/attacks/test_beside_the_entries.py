"""Texts, blobs, projections and triggers, changed by somebody who owns the file and its directory."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from attacked import BOTH, WHY, Lab, on_both, refused, why

from tests.attacks.owned import tampering, took
from workflow import (
    AuditReport,
    InvalidInput,
    LedgerError,
    NotFound,
    PolicyErrored,
    ProtectionMissing,
    Refused,
    StorageError,
    WorkflowError,
)
from workflow.ledger import sha256
from workflow.storage.protection import SQLITE as TRIGGERS


def reported(lab: Lab, remembered: tuple[int, str] | None = None) -> AuditReport:
    """What the audit says. It must not be in order."""
    engine = lab.open()
    report = engine.audit(remembered=remembered)
    lab.close()
    assert report.outcome == "failed"
    return report


def found(lab: Lab) -> set[tuple[str, int | None]]:
    """What the audit names: kinds, and entries where there are any."""
    report = reported(lab)
    return {(problem.kind, problem.entry) for problem in report.problems}


# Texts. The published reason stands in entry 68; the text of entry 62 was erased by entry 63.

OF = "(SELECT said(body, '$.texts.rationale') FROM entry WHERE seq = {})"
REASON, ERASED = OF.format(68), OF.format(62)

TEXTS: dict[str, tuple[str, tuple[str, int | None]]] = {
    "edited": ("UPDATE text SET body = 'because I say so' WHERE commitment = {reason}", ("altered", 68)),
    "emptied": ("UPDATE text SET body = '' WHERE commitment = {reason}", ("altered", 68)),
    "with another salt": ("UPDATE text SET salt = zeros(32) WHERE commitment = {reason}", ("altered", 68)),
    "with a salt of no form": ("UPDATE text SET salt = 'salt' WHERE commitment = {reason}", ("altered", 68)),
    "deleted": ("DELETE FROM text WHERE commitment = {reason}", ("missing", 68)),
    "under another commitment": ("UPDATE text SET commitment = 'ab' WHERE commitment = {reason}", ("missing", 68)),
    "made up after its erasure": ("INSERT INTO text SELECT {erased}, zeros(32), 'agreed'", ("altered", 62)),
    "of nobody": ("INSERT INTO text VALUES ('ab', zeros(32), 'x')", ("out-of-place", None)),
    "of nobody, without a key": ("INSERT INTO text VALUES ('', zeros(32), 'x')", ("out-of-place", None)),
    "of nobody, with a key of no form": ("INSERT INTO text VALUES (x'00', zeros(32), 'x')", ("unreadable", None)),
}


@BOTH
@pytest.mark.parametrize("how", TEXTS)
def test_row_27_a_text_that_was_tampered_with_is_named_with_its_entry(copy: Lab, how: str) -> None:
    statement, problem = TEXTS[how]
    with tampering(copy.database) as connection:
        if not took(connection, statement.format(reason=REASON, erased=ERASED)):
            return

    if copy.database.kind == "postgresql" and problem == ("unreadable", None):
        problem = ("out-of-place", None)  # it makes a text of anything
    assert problem in found(copy)


@BOTH
def test_row_27_a_text_that_somebody_kept_and_put_back_after_its_erasure_is_named(copy: Lab, told: Lab) -> None:
    engine = copy.open()
    with copy.database.connect() as connection:
        kept = connection.execute(f"SELECT * FROM text WHERE commitment = {REASON}").fetchone()  # noqa: S608
    engine.erase(68, "rationale", actor="ana", rationale=WHY)
    assert engine.audit().outcome == "ok"
    copy.close()
    with tampering(copy.database) as connection:
        connection.execute("INSERT INTO text VALUES (?, ?, ?)", kept)

    assert found(copy) == {("out-of-place", 68)}


@BOTH
def test_row_27_a_reason_that_was_edited_is_shown_to_nobody(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute(f"UPDATE text SET body = 'because I say so' WHERE commitment = {REASON}")  # noqa: S608

    with pytest.raises(LedgerError, match="altered"):
        copy.open().history("aurora")


@BOTH
def test_row_2_a_place_that_was_edited_is_not_looked_at_in_the_place_s_stead(lab: Lab) -> None:
    engine = lab.ready()
    folder = lab.directory / "model"
    shutil.copytree(folder, lab.directory / "pristine")
    (folder / "model.safetensors").write_text("other weights", encoding="utf-8")
    lab.close()
    with tampering(lab.database) as connection:
        connection.execute("UPDATE text SET body = replace(body, '/model', '/pristine') WHERE body LIKE '{%'")
    engine = lab.open()

    refusal = refused(engine)

    assert isinstance(refusal, PolicyErrored)
    assert why(refusal) == {("candidate_unchanged", "cannot-tell")}
    assert {kind for kind, _ in found(lab)} == {"altered"}


# Blobs. The process is named by entry 20, the report E1 by entry 39, the large document by entry 41.


def digest_in(lab: Lab, seq: int, where: str) -> str:
    with lab.database.connect() as connection:
        row = connection.execute("SELECT said(body, ?) FROM entry WHERE seq = ?", (where, seq)).fetchone()
    return str(row[0])


BLOBS: dict[str, tuple[int, str]] = {
    "the process": (33, "$.events[0].process"),
    "the manifest": (33, "$.events[0].candidate.digest"),
    "the report": (39, "$.events[0].blob"),
    "the observations": (34, "$.observations.blob"),
}
CHANGES = {
    "deleted": "DELETE FROM blob WHERE digest = ?",
    "emptied": "UPDATE blob SET content = x'', size = 0 WHERE digest = ?",
    "changed": "UPDATE blob SET content = exchanged(content, 'e', 'a') WHERE digest = ?",
    "moved to a file that is not there": "UPDATE blob SET content = NULL WHERE digest = ?",
    "of another size": "UPDATE blob SET size = size + 1 WHERE digest = ?",
    "of no form": "UPDATE blob SET content = 'words' WHERE digest = ?",
}


@on_both("what, change", product(BLOBS, CHANGES), every=5)
def test_row_15_a_blob_that_was_tampered_with_is_named_with_the_entry_that_names_it(
    copy: Lab, what: str, change: str
) -> None:
    seq, where = BLOBS[what]
    digest = digest_in(copy, seq, where)
    with tampering(copy.database) as connection:
        if not took(connection, CHANGES[change], digest):
            return

    entries = {entry for kind, entry in found(copy) if kind in ("altered", "missing")}

    # The process is first named by the change that put it into the charter.
    assert entries & ({seq} if what != "the process" else {18, 19, 20, 21})


def edited(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


@pytest.mark.parametrize("attack", [edited, Path.unlink, directory, loop])
def test_row_15_a_blob_s_file_that_was_tampered_with_is_named_with_its_entry(
    copy: Lab, attack: Callable[[Path], None]
) -> None:
    digest = digest_in(copy, 41, "$.events[0].blob")
    attack(Path(f"{copy.path}.blobs", digest[:2], digest))

    assert {entry for _, entry in found(copy)} == {41}


@BOTH
@pytest.mark.parametrize(
    ("digest", "kind"),
    [(sha256(b"abc"), "out-of-place"), ("ab" * 32, "altered"), ("", "altered"), ("../../../etc/passwd", "altered")],
)
def test_row_15_a_blob_that_no_entry_names_is_out_of_place(copy: Lab, digest: str, kind: str) -> None:
    with tampering(copy.database) as connection:
        connection.execute("INSERT INTO blob VALUES (?, 3, x'616263')", (digest,))

    assert found(copy) == {(kind, None)}


@BOTH
def test_row_15_what_a_refused_request_brought_is_in_its_place(copy: Lab) -> None:
    engine = copy.open()
    document = copy.directory / "notes.md"
    document.write_text("notes of a stranger", encoding="utf-8")
    with pytest.raises(Refused):
        engine.attach("aurora", document, name="notes", declare_as="lead", actor="eve", rationale=WHY)

    assert engine.audit().outcome == "ok"


@BOTH
def test_row_15_what_the_gate_reads_is_the_entry_and_not_the_report_that_somebody_improved(lab: Lab) -> None:
    lab.start()
    engine = lab.open()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    attached = engine.attach("aurora", lab.report("bio_uplift-0.31"), actor="lee", rationale=WHY)
    lab.close()
    with tampering(lab.database) as connection:
        connection.execute(
            "UPDATE blob SET content = exchanged(content, '0.31', '0.01')"
            " WHERE words(content) LIKE '%bio_uplift%' AND words(content) LIKE '%0.31%'"
        )

    assert ("evidence", "bound-not-met") in why(refused(lab.open()))
    assert ("altered", attached.entry) in found(lab)


# Projections.

PROJECTIONS = {
    "the stage": "UPDATE release SET stage = 'testing' WHERE slug = 'aurora'",
    "the exposure": "UPDATE release SET exposure = 'internal' WHERE slug = 'aurora'",
    "the candidate": "UPDATE release SET candidate = 'ab' WHERE slug = 'aurora'",
    "whether it is over": "UPDATE release SET closed = false",
    "a time": "UPDATE release SET updated_at = '2020-01-01T00:00:00.000000Z'",
    "a number of no form": "UPDATE release SET round = 'first'",
    "a line too few": "DELETE FROM release WHERE slug = 'beta'",
    "a line too many": "INSERT INTO release SELECT 'ghost', process, process_label, stage, exposure, round, candidate,"
    " label, planned, closed, version, started_at, updated_at FROM release WHERE slug = 'beta'",
    "a line without a name": "UPDATE release SET slug = '' WHERE slug = 'beta'",
    "all lines": "DELETE FROM release",
    "kin too few": "DELETE FROM kin WHERE slug = 'beta' AND digest = (SELECT min(digest) FROM kin WHERE slug = 'beta')",
    "no kin": "DELETE FROM kin",
    "kin too many": "INSERT INTO kin VALUES ('ab', 'aurora')",
    "kin of nobody": "INSERT INTO kin VALUES ('ab', 'ghost')",
    "kin without a name": "INSERT INTO kin VALUES ('ab', '')",
    "kin of no form": "INSERT INTO kin VALUES ('ab', x'00')",
    "the highest reading": "UPDATE head SET mark = '2020-01-01T00:00:00.000000Z'",
    "no highest reading": "UPDATE head SET mark = NULL, peak = NULL",
    "a reading of no form": "UPDATE head SET mark = x'00'",
    "no end": "DELETE FROM head",
    "an end of no form": "UPDATE head SET frontier = x'00'",
    "a table too few": "DROP TABLE kin",
    "a node of the tree too many": "INSERT INTO span VALUES (1, 0, zeros(32))",
    "a node on a level above": "INSERT INTO span VALUES (3, 0, zeros(32))",
    "a node on no level": "INSERT INTO span VALUES (-1, 0, zeros(32))",
    "a node at no place": "INSERT INTO span VALUES (1, -7, zeros(32))",
    "a node of no form": "INSERT INTO span VALUES (1, 0, 'root')",
    "no nodes": "DROP TABLE span",
}


@BOTH
@pytest.mark.parametrize("what", PROJECTIONS)
def test_row_11_a_projection_that_was_edited_is_reported(copy: Lab, what: str) -> None:
    with tampering(copy.database) as connection:
        if not took(connection, PROJECTIONS[what]):
            return

    # PostgreSQL says by itself which table it lost.
    said = {("unreadable", None)} if PROJECTIONS[what].startswith("DROP") else set()
    assert found(copy) - said == {("projection", None)}


@BOTH
@pytest.mark.parametrize("end", ["size = 67", "frontier = zeros(length(frontier))", "size = 0, frontier = x''"])
def test_row_12_a_tree_that_does_not_fit_the_entries_is_reported_and_takes_no_entry(copy: Lab, end: str) -> None:
    with tampering(copy.database) as connection:
        connection.execute(f"UPDATE head SET {end}")  # noqa: S608

    assert found(copy) & {("tree", None), ("projection", None)}
    if "zeros" not in end:
        with pytest.raises(WorkflowError):
            copy.open().statement("aurora", "it is out", role="lead", actor="lee")


@BOTH
def test_row_11_a_status_column_set_by_hand_moves_nothing_and_is_put_right_by_a_rebuild(lab: Lab) -> None:
    lab.start()
    lab.close()
    with tampering(lab.database) as connection:
        connection.execute("UPDATE release SET stage = 'public', exposure = 'weights', closed = true")

    assert found(lab) == {("projection", None)}
    engine = lab.open()
    assert engine.status("aurora").stage == "testing"
    assert engine.explain("aurora", "publish").outcome is not None
    assert engine.rebuild() == 1
    assert refused(engine).reason == "invalid-transition"
    assert engine.audit().outcome == "ok"


@BOTH
def test_row_22_kin_taken_away_may_hide_an_objection_from_a_command_and_never_from_the_audit(lab: Lab) -> None:
    folder = lab.model()
    lab.start("first", folder=folder)
    engine = lab.engine
    assert engine is not None
    engine.hold("first", role="security", actor="sam", rationale=WHY)
    lab.ready("second", folder=folder)
    assert ("holds", "hold") in why(refused(engine, "second"))
    lab.close()
    with tampering(lab.database) as connection:
        taken = connection.execute("SELECT digest, slug FROM kin WHERE slug = 'first'").fetchall()
        connection.execute("DELETE FROM kin WHERE slug = 'first'")
    moved = lab.open().advance("second", "publish", actor="lee", rationale=WHY)
    lab.close()

    assert {("projection", None), ("not-allowed", moved.entry)} <= found(lab)
    with tampering(lab.database) as connection:
        connection.executemany("INSERT INTO kin VALUES (?, ?)", taken)
    assert found(lab) == {("not-allowed", moved.entry)}


@BOTH
def test_row_22_a_row_of_kin_that_is_missing_of_a_release_that_is_looked_at_stops_its_commands(lab: Lab) -> None:
    lab.start()
    lab.close()
    with tampering(lab.database) as connection:
        connection.execute("DELETE FROM kin WHERE digest = (SELECT min(digest) FROM kin)")
    engine = lab.open()

    with pytest.raises(LedgerError, match="lacks rows of aurora") as stopped:
        engine.status("aurora")
    assert "audit verify" in str(stopped.value.remedy)
    engine.rebuild()
    assert engine.status("aurora").stage == "testing"


@BOTH
def test_row_11_objectors_set_by_hand_are_reported_and_put_right_by_a_rebuild(lab: Lab) -> None:
    lab.start()
    assert lab.engine is not None
    lab.engine.hold("aurora", role="security", actor="sam", rationale=WHY)
    lab.close()
    for tampered in (
        "DELETE FROM objector",
        "INSERT INTO objector VALUES ('lee', 'aurora')",
        "INSERT INTO objector VALUES ('sam', 'ghost')",
    ):
        with tampering(lab.database) as connection:
            connection.execute(tampered)

        assert found(lab) == {("projection", None)}, tampered
        engine = lab.open()
        assert [item.reason.code for item in engine.inbox("sam")].count("hold") <= 1
        engine.rebuild()
        assert engine.audit().outcome == "ok"
        lab.close()


@BOTH
def test_row_11_kin_that_lead_nowhere_stop_the_release_and_say_what_to_do(lab: Lab) -> None:
    lab.start()
    lab.close()
    with tampering(lab.database) as connection:
        connection.execute("INSERT INTO kin SELECT digest, 'ghost' FROM kin")
    engine = lab.open()

    with pytest.raises(LedgerError, match="no such release") as stopped:
        engine.status("aurora")
    assert not isinstance(stopped.value, NotFound)
    assert "rebuild" in str(stopped.value.remedy)
    engine.rebuild()
    assert engine.status("aurora").stage == "testing"


# Triggers.

WEAKER = {
    "dropped": "DROP TRIGGER {name}",
    "that does nothing": "DROP TRIGGER {name}; CREATE TRIGGER {name} BEFORE DELETE ON head BEGIN SELECT 1; END",
    "that never applies": "DROP TRIGGER {name}; CREATE TRIGGER {name} BEFORE UPDATE ON entry WHEN 0 "
    "BEGIN SELECT RAISE(ABORT, 'an entry never changes'); END",
}


@pytest.mark.parametrize("how", WEAKER.values(), ids=WEAKER)
@pytest.mark.parametrize("name", TRIGGERS)
def test_row_14_a_trigger_that_is_gone_or_weaker_stops_every_command_until_it_is_acknowledged(
    copy: Lab, name: str, how: str
) -> None:
    with closing(sqlite3.connect(copy.path)) as connection:
        connection.executescript(how.format(name=name))

    for _ in range(2):
        with pytest.raises(ProtectionMissing, match=name):
            copy.open().advance("aurora", "withdraw", actor="lee", rationale=WHY)
        with pytest.raises(ProtectionMissing, match=name):
            copy.open().status("aurora")
        assert found(copy) == {("protection", None)}

    engine = copy.open()
    acknowledged = engine.restore_protection(actor="ana", rationale=WHY)
    assert acknowledged is not None
    assert engine.history(limit=1)[0].events[0]["triggers"] == [name]
    assert engine.audit().outcome == "ok"


STRANGERS = {
    "undoes an append": "AFTER INSERT ON entry BEGIN DELETE FROM kin; END",
    "swallows kin": "BEFORE INSERT ON kin BEGIN SELECT RAISE(IGNORE); END",
    "changes reasons": "AFTER INSERT ON text BEGIN DELETE FROM text WHERE commitment = NEW.commitment; END",
}


@pytest.mark.parametrize("body", STRANGERS.values(), ids=STRANGERS)
def test_row_14_a_trigger_of_somebody_else_s_is_missing_protection_too(copy: Lab, body: str) -> None:
    with closing(sqlite3.connect(copy.path)) as connection:
        connection.execute(f'CREATE TRIGGER "a ""stranger""" {body}')

    with pytest.raises(ProtectionMissing, match=r"none of Holdfast's: .*stranger"):
        copy.open().status("aurora")
    assert found(copy) == {("protection", None)}

    engine = copy.open()
    engine.restore_protection(actor="ana", rationale=WHY)
    # What it took with it while it was there is damage on its own.
    assert "protection" not in {problem.kind for problem in engine.audit().problems}
    if "DELETE FROM kin" in body:
        with pytest.raises(LedgerError, match="table of relatives"):
            copy.open().status("aurora")
        copy.open().rebuild()
    assert copy.open().status("aurora").stage == "public"


@BOTH
def test_row_14_somebody_who_is_no_administrator_cannot_acknowledge_it(copy: Lab) -> None:
    with copy.database.connect() as connection:
        connection.drop_trigger("entry_no_update")
    engine = copy.open()

    with pytest.raises(WorkflowError, match="no administrator"):
        engine.restore_protection(actor="lee", rationale=WHY)
    with pytest.raises(ProtectionMissing):
        copy.open().status("aurora")


@BOTH
def test_row_14_an_edit_behind_dropped_triggers_is_found_after_they_were_put_back(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, 'mara', 'kara') WHERE seq = 60")

    assert ("altered", 60) in found(copy)


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = '0000'", "DROP TABLE entry", "garbage"]
)
def test_a_file_that_is_no_ledger_any_more_is_never_in_order(copy: Lab, statement: str) -> None:
    if statement == "garbage":
        copy.path.write_bytes(b"not a database" * 1000)
    else:
        with closing(sqlite3.connect(copy.path, isolation_level=None)) as connection:
            connection.execute(statement)

    try:
        outcome = copy.open().audit().outcome
    except (LedgerError, StorageError):
        return
    assert outcome == "failed"


# Indexes.


def leave_out_of_the_index(path: Path, entry: int) -> None:
    """Exchanges the index by which a stream is read for one that lacks an entry. Rows, hashes and triggers stay."""
    with tampering(path) as connection:
        connection.execute("CREATE TABLE fewer (seq INTEGER PRIMARY KEY, stream, version, UNIQUE (stream, version))")
        connection.execute("INSERT INTO fewer SELECT seq, stream, version FROM entry WHERE seq <> ?", (entry,))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master"
            " WHERE name = 'sqlite_autoindex_fewer_1') WHERE name = 'sqlite_autoindex_entry_1'"
        )
        connection.execute("DELETE FROM sqlite_master WHERE tbl_name = 'fewer'")


def test_row_11_an_index_that_leaves_a_refusal_out_may_hide_it_from_a_command_and_never_from_the_audit(
    lab: Lab,
) -> None:
    engine = lab.ready()
    engine.sign_off("aurora", "publish", role="safety", actor="priya", decision="reject", rationale=WHY)
    refusal = engine.history("aurora")[0].entry
    lab.close()
    leave_out_of_the_index(lab.path, refusal)

    assert not lab.open().status("aurora").rejects
    report = lab.open().audit()

    assert report.outcome == "failed"
    named = [problem for problem in report.problems if "index sqlite_autoindex_entry_1" in problem.message]
    assert {problem.kind for problem in named} == {"unreadable"}


@BOTH
def test_what_damage_keeps_an_audit_from_looking_at_is_listed_and_the_rest_is_looked_at(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        [(slug, stage)] = connection.execute("SELECT slug, stage FROM release WHERE slug = 'aurora'").fetchall()
        connection.execute(f"UPDATE text SET body = body || '!' WHERE commitment = {REASON}")  # noqa: S608
        connection.execute("UPDATE release SET stage = ? WHERE slug = ?", (f"{stage}-not", slug))
        connection.execute("UPDATE head SET peak = '2031-01-01T00:00:00.000Z'")
    three = reported(copy)
    assert sorted(problem.kind for problem in three.problems) == ["altered", "projection", "projection"]

    # A remembered root that is wrong hides nothing of it.
    four = reported(copy, (3, "0" * 64))
    assert sorted(problem.kind for problem in four.problems) == ["altered", "projection", "projection", "tree"]
    assert len(four.not_covered) == len(three.not_covered)

    # Of a stream that cannot be read the list cannot be told, nor the clock; the list's other lines can.
    with tampering(copy.database) as connection:
        connection.execute("UPDATE release SET stage = 'nowhere' WHERE slug != 'aurora'")
        others = connection.execute("SELECT count(*) FROM release WHERE slug != 'aurora'").fetchone()[0]
        connection.execute(
            "UPDATE entry SET body = exchanged(body, '2025', '2026')"
            " WHERE seq = (SELECT max(seq) FROM entry WHERE stream = 'release/aurora')"
        )
    report = reported(copy)
    kinds = [problem.kind for problem in report.problems]
    assert kinds.count("altered") == 2 and kinds.count("projection") == others > 0
    said = "\n".join(report.not_covered)
    assert "what the list says of aurora, and its relatives: not looked at, because entry" in said
    assert "the clock's highest reading that is kept: not looked at" in said
    assert "whether every text and every kept file belongs to an entry: not looked at" in said


@BOTH
def test_an_entry_that_cannot_be_read_hides_no_other_end_and_says_what_was_not_decided_again(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, '2025', '2026') WHERE seq = 40")
    before = reported(copy)
    with tampering(copy.database) as connection:
        connection.execute("UPDATE head SET frontier = zeros(length(frontier))")
    report = reported(copy)

    assert {problem.kind for problem in before.problems} == {"altered", "link"}
    assert "tree" in {problem.kind for problem in report.problems}
    assert any("of the entries 41 to" in item and "because entry 40 is damaged" in item for item in report.not_covered)


@pytest.mark.parametrize("given", ["5:aa", (5,), (5, "aa"), ("5", "a" * 64), 5, (0, "a" * 64), ()])
def test_what_is_no_remembered_tree_is_one_clear_error(copy: Lab, given: object) -> None:
    with pytest.raises(InvalidInput, match="remembered tree"):
        copy.open().audit(remembered=given)  # type: ignore[arg-type]
