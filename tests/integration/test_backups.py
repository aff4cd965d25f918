"""A backup that is put back is a whole ledger as of its moment, and what is held elsewhere shows what it lacks."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.golden.keeping import Kept
from tests.support.postgres import Server, name_of
from tests.support.postgres_copies import Archived, Recovered
from tests.support.postgres_programs import NoPostgres, leave_out, run
from workflow import (
    AuditReport,
    Engine,
    HistoryForked,
    ProtectionMissing,
    check_database,
    create_ledger,
    open_engine,
)
from workflow.storage import open_storage

WHY = "as was agreed in the meeting"
LARGE = b"a long report " * 10_000


class Office:
    """A ledger whose log gives out checkpoints, and remembers them outside of the database."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.url = url
        create_ledger(url, administrators=["ana"], origin="lab.example", rationale=WHY).close()
        with self.open() as engine:
            engine.name_log_key(engine.new_log_key(), actor="ana", rationale=WHY)

    def open(self, url: str | None = None) -> Engine:
        return open_engine(url or self.url, log_key=self.directory / "log")

    def work(self, *people: str) -> None:
        """Puts people on the roster, and gives a checkpoint of that out."""
        with self.open() as engine:
            for person in people:
                engine.add_person(person, actor="ana", rationale=WHY)
            engine.checkpoint()


def audited(url: str, **against: tuple[int, str]) -> AuditReport:
    with open_engine(url) as engine:
        return engine.audit(**against)  # type: ignore[arg-type]


def kinds(report: AuditReport) -> set[str]:
    return {problem.kind for problem in report.problems}


def check_it_is_whole_and_behind(office: Office, restored: str, before: Kept) -> None:
    """A backup of ``before``: nothing of it is missing, and it may not go on as if nothing had come after it."""
    later = audited(office.url)
    assert Kept.of(restored) == before
    assert audited(restored).outcome == "ok"
    assert check_database(restored).outcome != "damaged"
    # Who remembers a size and a root, and the ledger's own memory beside its key, both show what is lost.
    assert "missing" in kinds(audited(restored, remembered=(later.entries, later.root)))
    with office.open(restored) as engine:
        assert "rolled-back" in kinds(engine.audit())
        engine.add_person("eve", actor="ana", rationale=WHY)
        with pytest.raises(HistoryForked) as refused:
            engine.checkpoint()
    assert refused.value.known_size == later.entries
    # What goes on from there is another history, also where it has become as long.
    assert "tree" in kinds(audited(restored, remembered=(later.entries, later.root)))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}")
    office.work("mara")
    return office


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def in_one_go(source: Path, copy: Path) -> None:
    """What ``sqlite3 ledger.db ".backup copy.db"`` does."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(copy)) as other:
        one.backup(other)


def vacuumed(source: Path, copy: Path) -> None:
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def with_its_log(source: Path, copy: Path) -> None:
    """The files themselves, while nobody writes: all three of them."""
    for end in ("", "-wal", "-shm"):
        if (file := source.with_name(source.name + end)).exists():
            shutil.copy(file, copy.with_name(copy.name + end))


@pytest.mark.parametrize("backup", [in_one_go, vacuumed, with_its_log])
def test_a_file_that_is_backed_up_while_it_is_open_is_whole(office: Office, tmp_path: Path, backup: object) -> None:
    assert callable(backup)
    copy = tmp_path / "copy.db"
    with office.open():
        before = Kept.of(office.url)
        backup(file_of(office.url), copy)
    office.work("jun")

    check_it_is_whole_and_behind(office, f"sqlite:///{copy}", before)


def test_the_file_without_its_log_is_an_older_ledger_and_remembered_heads_say_so(
    office: Office, tmp_path: Path
) -> None:
    holder = open_storage(office.url)
    with closing(holder), holder.snapshot() as reader:
        reader.head()  # whoever reads keeps the log from being written back
        office.work("jun")
        later = audited(office.url)
        shutil.copy(file_of(office.url), tmp_path / "copy.db")

    report = audited(f"sqlite:///{tmp_path / 'copy.db'}", remembered=(later.entries, later.root))
    assert report.entries < later.entries
    assert "missing" in kinds(report)


def test_a_backup_without_the_directory_of_large_blobs_is_named(office: Office, tmp_path: Path) -> None:
    storage = open_storage(office.url)
    with closing(storage), storage.lock() as unit:
        unit.load(blobs=(LARGE,))
        unit.commit()
    copy = tmp_path / "copy.db"
    vacuumed(file_of(office.url), copy)

    view, report = check_database(f"sqlite:///{copy}"), audited(f"sqlite:///{copy}")
    assert view.outcome == "damaged"
    assert "copy.db.blobs" in next(item.said for item in view.conditions if item.name == "large blobs")
    assert report.outcome == "failed"
    shutil.copytree(f"{file_of(office.url)}.blobs", f"{copy}.blobs")
    assert check_database(f"sqlite:///{copy}").outcome == "ok"


@pytest.fixture(scope="module")
def server() -> Iterator[Archived]:
    try:
        with Archived() as server:
            yield server
    except NoPostgres as error:
        leave_out(error)


@pytest.fixture
def team(server: Archived, tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, server.database())
    office.work("mara")
    yield office
    server.drop(office.url)


def dumped(server: Server, url: str, *options: str) -> Path:
    """A dump by pg_dump, in the form that pg_restore takes."""
    file = server.directory / f"{name_of(url)}.dump"
    run(server.programs / "pg_dump", "--format=custom", f"--file={file}", *options, url)
    return file


def restored(server: Server, file: Path, *options: str) -> str:
    url = server.database()
    run(server.programs / "pg_restore", "--exit-on-error", f"--dbname={url}", *options, file)
    return url


def test_a_dump_that_is_restored_is_whole_protected_and_behind(server: Archived, team: Office) -> None:
    before = Kept.of(team.url)
    file = dumped(server, team.url)
    team.work("jun")

    url = restored(server, file)

    storage = open_storage(url)
    with closing(storage):
        assert (storage.missing_protection(), storage.defects()) == ((), ())
    check_it_is_whole_and_behind(team, url, before)
    with psycopg.connect(url) as connection, pytest.raises(psycopg.IntegrityError):
        connection.execute("SET session_replication_role TO replica")
        connection.execute("DELETE FROM holdfast.entry")
    server.drop(url)


def check_nobody_works_with_it(url: str) -> None:
    with open_engine(url) as engine:
        report = engine.audit()
        with pytest.raises(ProtectionMissing, match="entry_no_update"):
            engine.add_person("eve", actor="ana", rationale=WHY)
    assert (report.outcome, "protection" in kinds(report)) == ("failed", True)
    assert check_database(url).outcome == "damaged"


def test_a_dump_of_which_the_rows_alone_were_restored_is_not_worked_with(server: Archived, team: Office) -> None:
    url = restored(server, dumped(server, team.url), "--section=pre-data", "--section=data")

    check_nobody_works_with_it(url)
    server.drop(url)


def test_a_dump_that_was_put_into_a_ledger_without_its_triggers_is_not_worked_with(
    server: Archived, team: Office
) -> None:
    url, file = server.database(), dumped(server, team.url)
    open_storage(url, create=True).close()
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM holdfast.head")
        connection.execute("DELETE FROM holdfast.alembic_version")

    # It turns them on again, but no longer so that they always fire.
    run(server.programs / "pg_restore", f"--dbname={url}", "--data-only", "--disable-triggers", file)

    check_nobody_works_with_it(url)
    server.drop(url)


def test_a_server_is_brought_back_to_a_moment_between_two_backups(server: Archived, team: Office) -> None:
    backup = server.backup()
    team.work("jun")
    before = Kept.of(team.url)
    server.mark(f"mark_{name_of(team.url)}")
    team.work("priya")

    with Recovered(server, backup, to=f"mark_{name_of(team.url)}") as recovered:
        check_it_is_whole_and_behind(team, recovered.url(name_of(team.url)), before)
