"""A ledger that is copied into another database stays the same, byte for byte; a damaged one is not copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from attacked import WHY, Lab

import workflow
from tests.attacks.owned import tampering
from tests.golden.keeping import HERE, Kept
from tests.golden.later import NAMES
from workflow import (
    AuditReport,
    ConcurrentUpdate,
    InvalidInput,
    LedgerError,
    NotFound,
    ProtectionMissing,
    StorageError,
    copy_ledger,
)
from workflow.storage import open_storage
from workflow.storage.sql import SqlUnit

GOLDEN = (HERE, HERE / "signed", *(HERE / name for name in NAMES))
Sql = Callable[[sqlite3.Connection], object]


def audited(url: str) -> AuditReport:
    with workflow.open_engine(url) as engine:
        return engine.audit()


def is_empty(url: str) -> bool:
    storage = open_storage(url)
    with closing(storage):
        return not (
            storage.head().frontier.size or list(storage.entries()) or list(storage.texts()) or list(storage.blobs())
        )


def listed(url: str) -> list[object]:
    """What is derived from the entries."""
    storage = open_storage(url)
    with closing(storage):
        rows = [(row, storage.kin_of(row.slug)) for row in storage.releases()]
        return [storage.head(), list(storage.spans()), *rows]


@pytest.fixture
def new(tmp_path: Path) -> str:
    """The address of a database that is not there yet."""
    return f"sqlite:///{tmp_path / 'new.db'}"


def test_a_copy_in_another_file_has_the_same_bytes_the_same_lists_and_the_same_audit(copy: Lab, new: str) -> None:
    done = copy_ledger(copy.url, new)

    report = audited(new)
    assert Kept.of(new) == Kept.of(copy.url)
    assert listed(new) == listed(copy.url)
    assert report == audited(copy.url)
    assert (report.outcome, bool(report.erased)) == ("ok", True)
    assert (done.entries, done.root, done.copied, done.retired) == (report.entries, report.root, True, False)


def test_a_ledger_goes_to_postgresql_and_back_with_every_byte(copy: Lab, postgres_database: str, new: str) -> None:
    copy_ledger(copy.url, postgres_database)
    copy_ledger(postgres_database, new)

    kept = Kept.of(copy.url)
    assert Kept.of(postgres_database) == kept
    assert Kept.of(new) == kept
    assert listed(postgres_database) == listed(copy.url) == listed(new)
    assert audited(postgres_database) == audited(new) == audited(copy.url)
    # What is large stands in a directory beside SQLite, and in a row on PostgreSQL.
    assert list(Path(new.removeprefix("sqlite:///") + ".blobs").glob("*/*"))


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_a_golden_ledger_comes_back_from_postgresql_as_it_went(
    folder: Path, tmp_path: Path, new: str, postgres_database: str
) -> None:
    golden, old = Kept.read(folder), f"sqlite:///{tmp_path / 'golden.db'}"
    golden.restore(old).close()

    copy_ledger(old, postgres_database)
    copy_ledger(postgres_database, new)

    assert Kept.of(new).entries == golden.entries
    assert sorted(Kept.of(new).blobs) == sorted(golden.blobs)
    assert audited(postgres_database) == audited(new) == audited(old)


def test_a_ledger_goes_from_one_postgresql_database_to_another(
    copy: Lab, postgres_database: str, postgres_ledger: str
) -> None:
    copy_ledger(copy.url, postgres_database)
    copy_ledger(postgres_database, postgres_ledger)

    assert Kept.of(postgres_ledger) == Kept.of(copy.url)


def change(statement: str) -> Sql:
    return lambda connection: connection.execute(statement)


DAMAGE: dict[str, tuple[Sql, str]] = {
    "an entry that was altered": (
        change("UPDATE entry SET body = CAST('{}' AS BLOB) WHERE seq = 30"),
        "entry 30 was altered",
    ),
    "an entry that is missing": (change("DELETE FROM entry WHERE seq = 30"), "entry 30 is missing"),
    "a tail that was cut off": (change("DELETE FROM entry WHERE seq > 60"), "not that of its entries|text"),
    "a first entry below the first": (
        change("INSERT INTO entry SELECT -1, 'x', 1, hash, 'x', body FROM entry WHERE seq = 1"),
        "entry 1 is missing",
    ),
    "an entry in another stream": (
        change("UPDATE entry SET stream = 'release/x' WHERE seq = 30"),
        "entry 30",
    ),
    "a text that was altered": (
        change("UPDATE text SET body = 'otherwise' WHERE commitment = (SELECT min(commitment) FROM text)"),
        "text .* was altered",
    ),
    "a text that nobody erased": (
        change("DELETE FROM text WHERE commitment = (SELECT min(commitment) FROM text)"),
        "a text is missing",
    ),
    "a blob that was altered": (
        change("UPDATE blob SET content = CAST('{}' AS BLOB) WHERE digest = (SELECT min(digest) FROM blob)"),
        "blob",
    ),
    "a head that says something else": (change("UPDATE head SET mark = peak || 'x'"), "not that of its entries"),
    "a head that is not there": (change("DELETE FROM head"), "end of the ledger is missing"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_ledger_is_not_copied_and_nothing_of_it_is_kept(copy: Lab, new: str, damage: str) -> None:
    tamper, said = DAMAGE[damage]
    with tampering(copy.path) as connection:
        tamper(connection)

    with pytest.raises(LedgerError, match=said) as refused:
        copy_ledger(copy.url, new)

    assert refused.value.remedy
    assert is_empty(new)


def test_a_large_blob_that_is_missing_or_altered_is_not_copied(copy: Lab, new: str) -> None:
    [large] = Path(f"{copy.path}.blobs").glob("*/*")
    data = large.read_bytes()
    large.unlink()
    with pytest.raises(LedgerError, match="is missing"):
        copy_ledger(copy.url, new)
    large.write_bytes(data[:-1] + b"?")
    with pytest.raises(LedgerError, match="was altered"):
        copy_ledger(copy.url, new)
    large.write_bytes(data)

    assert copy_ledger(copy.url, new).copied


def test_an_unprotected_ledger_is_not_copied_and_nothing_is_made_for_it(copy: Lab, new: str) -> None:
    with closing(sqlite3.connect(copy.path)) as connection:
        connection.execute("DROP TRIGGER entry_no_update")

    with pytest.raises(ProtectionMissing, match="entry_no_update"):
        copy_ledger(copy.url, new)

    assert not Path(new.removeprefix("sqlite:///")).exists()


def test_a_database_that_holds_another_ledger_is_left_as_it_is(copy: Lab, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    workflow.create_ledger(other, administrators=["ana"], rationale=WHY).close()
    before = Kept.of(other)

    with pytest.raises(InvalidInput, match="another ledger"):
        copy_ledger(copy.url, other)

    assert Kept.of(other) == before


def test_a_copy_that_goes_on_alone_is_no_place_to_copy_to(copy: Lab, new: str) -> None:
    copy_ledger(copy.url, new)
    with workflow.open_engine(new, clock=copy.clock) as engine:
        engine.add_person("zoe", actor="ana", rationale=WHY)

    with pytest.raises(InvalidInput, match="another ledger"):
        copy_ledger(copy.url, new, retire=True)
    workflow.open_engine(copy.url).close()


def test_a_ledger_is_not_copied_onto_itself(copy: Lab) -> None:
    with pytest.raises(InvalidInput, match="another database"):
        copy_ledger(copy.url, copy.url, retire=True)


def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path, new: str) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    open_storage(empty, create=True).close()

    with pytest.raises(NotFound, match="no ledger"):
        copy_ledger(f"sqlite:///{tmp_path / 'none.db'}", new)
    with pytest.raises(NotFound, match="no entry"):
        copy_ledger(empty, new)
    assert is_empty(empty)


def test_what_others_write_meanwhile_is_not_lost_in_silence(copy: Lab, new: str) -> None:
    writer = workflow.open_engine(copy.url, clock=copy.clock)
    people = iter(["zoe"])

    def write(done: int, total: int) -> None:
        assert done <= total
        if (person := next(people, None)) is not None:
            writer.add_person(person, actor="ana", rationale=WHY)

    with closing(writer), pytest.raises(ConcurrentUpdate, match="others wrote"):
        copy_ledger(copy.url, new, progress=write)

    assert is_empty(new)
    assert copy_ledger(copy.url, new).copied


def test_a_copy_that_breaks_off_is_no_ledger_and_can_be_made_again(copy: Lab, new: str, postgres_database: str) -> None:
    def broken(done: int, total: int) -> None:
        raise KeyboardInterrupt

    for target in (new, postgres_database):
        with pytest.raises(KeyboardInterrupt):
            copy_ledger(copy.url, target, progress=broken)
        assert is_empty(target)
        assert copy_ledger(copy.url, target).copied


def test_a_retired_ledger_takes_nothing_more_from_those_who_had_it_open_either(copy: Lab, new: str) -> None:
    before = Kept.of(copy.url)
    with workflow.open_engine(copy.url, clock=copy.clock) as engine:
        assert copy_ledger(copy.url, new, retire=True).retired

        with pytest.raises(StorageError, match="moved"):
            engine.add_person("zoe", actor="ana", rationale=WHY)
        with pytest.raises(StorageError, match="moved"):
            engine.rebuild()
    with pytest.raises(StorageError, match="moved") as refused:
        workflow.open_engine(copy.url)

    assert "database that it was moved to" in str(refused.value.remedy)
    assert "--from-retired" in str(refused.value.remedy)
    assert Kept.of(new) == before
    with workflow.open_engine(new, clock=copy.clock) as engine:
        engine.add_person("zoe", actor="ana", rationale=WHY)


def test_a_ledger_on_postgresql_is_retired_as_well(copy: Lab, postgres_database: str, new: str) -> None:
    copy_ledger(copy.url, postgres_database)
    with workflow.open_engine(postgres_database, clock=copy.clock) as engine:
        assert copy_ledger(postgres_database, new, retire=True).retired
        with pytest.raises(StorageError, match="moved"):
            engine.add_person("zoe", actor="ana", rationale=WHY)
    with pytest.raises(StorageError, match="moved"):
        workflow.open_engine(postgres_database)

    assert Kept.of(new) == Kept.of(copy.url)


def test_where_the_copy_is_there_already_the_same_again_retires_the_source(copy: Lab, new: str) -> None:
    copy_ledger(copy.url, new)

    done = copy_ledger(copy.url, new, retire=True)

    assert (done.copied, done.retired) == (False, True)
    with pytest.raises(StorageError, match="moved"):
        workflow.open_engine(copy.url)


def test_the_same_move_again_says_that_it_was_made_for_as_long_as_both_are_the_same(
    copy: Lab, new: str, tmp_path: Path, postgres_database: str
) -> None:
    moved = copy_ledger(copy.url, new, retire=True)
    before = Kept.of(new)

    again = copy_ledger(copy.url, new, retire=True)

    assert again == moved.model_copy(update={"copied": False})
    assert Kept.of(new) == before
    for other in (f"sqlite:///{tmp_path / 'other.db'}", postgres_database):
        with pytest.raises(StorageError, match="moved"):
            copy_ledger(copy.url, other, retire=True)
    assert not (tmp_path / "other.db").exists()
    with workflow.open_engine(new, clock=copy.clock) as engine:
        engine.add_person("zoe", actor="ana", rationale=WHY)
    with pytest.raises(StorageError, match="moved"):
        copy_ledger(copy.url, new, retire=True)


def test_the_same_move_again_does_not_pass_over_damage_of_what_it_made(copy: Lab, new: str) -> None:
    copy_ledger(copy.url, new, retire=True)
    with tampering(Path(new.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE text SET body = 'x' WHERE commitment = (SELECT max(commitment) FROM text)")

    with pytest.raises(LedgerError, match="was altered"):
        copy_ledger(copy.url, new, retire=True)


def test_a_copy_that_was_altered_since_does_not_retire_the_source(copy: Lab, new: str) -> None:
    copy_ledger(copy.url, new)
    with tampering(Path(new.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE text SET body = 'x' WHERE commitment = (SELECT max(commitment) FROM text)")

    with pytest.raises(LedgerError, match="was altered"):
        copy_ledger(copy.url, new, retire=True)
    workflow.open_engine(copy.url).close()


def test_what_was_retired_can_be_copied_again_where_its_successor_was_lost(copy: Lab, new: str, tmp_path: Path) -> None:
    before, again = Kept.of(copy.url), f"sqlite:///{tmp_path / 'again.db'}"
    copy_ledger(copy.url, new, retire=True)

    done = copy_ledger(copy.url, again, retired=True)

    assert (done.copied, done.retired) == (True, True)
    assert Kept.of(again) == before
    assert audited(again).outcome == "ok"


def test_a_move_that_ends_between_its_two_commits_is_finished_by_the_same_again(
    copy: Lab, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, commits = SqlUnit.commit, iter([True])

    def broken(unit: SqlUnit) -> object:
        if next(commits, False):
            return commit(unit)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SqlUnit, "commit", broken)
        with pytest.raises(KeyboardInterrupt):
            copy_ledger(copy.url, new, retire=True)

    # The copy is whole and the source was not retired yet: it can still be, and nothing was lost.
    assert Kept.of(new) == Kept.of(copy.url)
    assert copy_ledger(copy.url, new, retire=True).retired
    with pytest.raises(StorageError, match="moved"):
        workflow.open_engine(copy.url)
