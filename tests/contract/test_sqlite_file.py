"""The file that a ledger is in: how it is named, made, and told from what is no ledger."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from storage_making import AT, LARGE, add, blobs, contents, url_of

from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError, WorkflowError
from workflow.ledger import sha256
from workflow.storage import Head, Storage, open_storage, upgrade_storage


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ledger.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:ledger.db",
        "sqlite://mara:hunter2@host/ledger.db",
        "sqlite:///ledger.db?password=hunter2",
        "sqlite:///led\0ger.db",
        "oracle://mara:hunter2@host/ledger",
        "mara:hunter2@host://ledger",
        "hunter2",
    ],
)
@pytest.mark.parametrize("use", [open_storage, upgrade_storage])
def test_an_address_of_no_storage_is_refused_and_not_repeated(url: str, use: Callable[[str], object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        use(url)

    assert "sqlite:///holdfast.db" in str(refused.value.remedy)
    assert "hunter2" not in str(refused.value.diagnostics())


@pytest.mark.parametrize(
    "name", ["a b.db", "50%.db", "%41.db", "led#ger.db", "a&mode=memory.db", "lédger.db", "'x'.db"]
)
def test_a_path_means_the_file_of_that_very_name(tmp_path: Path, name: str) -> None:
    storage = open_storage(url_of(tmp_path / name), create=True)
    add(storage, blobs=blobs(LARGE))
    storage.close()

    assert {entry.name for entry in tmp_path.iterdir()} == {name, f"{name}.blobs"}


def test_a_relative_path_and_a_link_lead_to_the_same_ledger_and_blobs(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.db").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    linked = open_storage("sqlite:///elsewhere/link.db")
    add(linked, blobs=blobs(LARGE))
    linked.close()

    relative = open_storage("sqlite:///ledger.db")
    assert relative.blob(sha256(LARGE)) == LARGE
    relative.close()


def missing(path: Path) -> None:
    path.unlink()


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def words(path: Path) -> None:
    path.write_bytes(b"Dear all, this is not a database.\n" * 100)


def other_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE entry (seq INTEGER)")


def other_application(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 7")


def nameless(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 0")


def beheaded(path: Path) -> None:
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])


def without_schema(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE alembic_version")


def zeroed(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + bytes(path.stat().st_size - 4096))


def cut_off(path: Path) -> None:
    os.truncate(path, 5000)


@pytest.mark.parametrize(
    ("make", "family"),
    [
        (missing, NotFound),
        (directory, StorageError),
        (pipe, StorageError),
        (loop, StorageError),
        (empty, NotFound),
        (words, StorageError),
        (other_database, StorageError),
        (other_application, StorageError),
        (nameless, StorageError),
        (beheaded, StorageError),
        (without_schema, LedgerError),
        (zeroed, LedgerError),
        (cut_off, LedgerError),
    ],
)
def test_what_is_not_a_whole_ledger_is_refused_and_left_as_it_is(
    path: Path, make: Callable[[Path], None], family: type[WorkflowError]
) -> None:
    make(path)
    before = contents(path.parent)

    with pytest.raises(family) as refused:
        open_storage(url_of(path))

    assert refused.value.remedy
    assert contents(path.parent) == before


@pytest.mark.parametrize("make", [directory, pipe, words, other_database, other_application, nameless])
def test_nothing_of_others_is_made_into_a_ledger(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    before = contents(path.parent)

    with pytest.raises(StorageError):
        open_storage(url_of(path), create=True)

    assert contents(path.parent) == before


@pytest.mark.parametrize("make", [missing, empty])
def test_a_ledger_is_made_where_there_is_nothing_and_only_when_asked(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    with pytest.raises(NotFound, match="no ledger") as refused:
        open_storage(url_of(path))
    assert "holdfast init" in str(refused.value.remedy)

    storage = open_storage(url_of(path), create=True)
    assert storage.head() == Head()
    storage.close()


def test_a_ledger_that_is_there_is_opened_and_not_made_again(path: Path) -> None:
    storage = open_storage(url_of(path), create=True)
    assert storage.head().frontier.size == 1
    storage.close()


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="directory"):
        open_storage(url_of(tmp_path / "nowhere" / "ledger.db"), create=True)


@pytest.mark.parametrize("attempt", range(20))
def test_many_who_make_the_same_ledger_at_once_make_one(attempt: int, tmp_path: Path) -> None:
    together = threading.Barrier(8)
    url = url_of(tmp_path / "ledger.db")

    def work(_: int) -> Storage:
        together.wait()
        return open_storage(url, create=True)

    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(work, range(8)))

    for number, storage in enumerate(opened, start=1):
        assert add(storage).seq == number
        storage.close()


def test_a_ledger_in_memory_is_one_for_all_threads_and_gone_when_closed() -> None:
    storage = open_storage("sqlite:///:memory:", create=True)
    other = open_storage("sqlite:///:memory:", create=True)
    thread = threading.Thread(target=add, args=(storage,), kwargs={"blobs": blobs(LARGE)})
    thread.start()
    thread.join()

    assert storage.head() == Head(storage.head().frontier, AT, AT)
    assert storage.head().frontier.size == 1
    assert storage.blob(sha256(LARGE)) == LARGE
    assert other.head() == Head()
    storage.close()
    other.close()
    with pytest.raises(NotFound):
        open_storage("sqlite:///:memory:")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import workflow.storage", {"sqlalchemy", "sqlmodel", "alembic", "sqlite3"}),
        ("import workflow.storage as s; s.open_storage('sqlite:///:memory:', create=True).close()", {"alembic"}),
    ],
    ids=["import", "open"],
)
def test_a_library_is_imported_only_when_it_is_needed(code: str, absent: set[str]) -> None:
    probe = f"import sys; {code}; print(*({absent!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert found.stdout.split() == []
