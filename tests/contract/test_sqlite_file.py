"""The file that a ledger is in: what is refused, what an opening leaves alone, and what survives a crash."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from storage_making import AT, STREAM, add, blobs, following, line

from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError, WorkflowError
from workflow.ledger import SaltedText, sha256
from workflow.storage import Head, Storage, mounts, open_storage, sqlite, upgrade_storage

LARGE = b"a large report " * 10_000
OTHER_USER = 65534


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with one entry, closed."""
    path = tmp_path / "ledger.db"
    storage = open_storage(url_of(path), create=True)
    add(storage, texts=(SaltedText.of("because"),), release=line())
    storage.close()
    return path


@pytest.fixture
def storage(path: Path) -> Iterator[Storage]:
    storage = open_storage(url_of(path))
    yield storage
    storage.close()


@contextmanager
def somebody_else() -> Iterator[None]:
    """The rights of a plain user, for whom permissions hold also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(OTHER_USER)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def shared(path: Path) -> Iterator[Path]:
    """The ledger in a directory that another user can reach, look into and write to."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        copy = directory / "ledger.db"
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o666)
        directory.chmod(0o777)
        yield copy
        directory.chmod(0o777)


# Addresses


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


# What is not a ledger


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


def test_many_who_make_the_same_ledger_at_once_make_one(tmp_path: Path) -> None:
    together = threading.Barrier(4)
    opened: list[Storage] = []

    def work() -> None:
        together.wait()
        opened.append(open_storage(url_of(tmp_path / "ledger.db"), create=True))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number, storage in enumerate(opened, start=1):
        assert add(storage).seq == number
    assert len(opened) == 4
    for storage in opened:
        storage.close()


# What an opening leaves alone


def contents(directory: Path) -> dict[str, object]:
    return {
        entry.name: entry.read_bytes() if entry.is_file() else stat.S_IFMT(entry.lstat().st_mode)
        for entry in directory.iterdir()
    }


def test_reading_leaves_every_byte_as_it_was(path: Path) -> None:
    before, at = contents(path.parent), path.stat().st_mtime_ns
    storage = open_storage(url_of(path))
    with storage.snapshot() as view:
        assert view.head().frontier.size == len(list(view.entries())) == 1
    storage.missing_protection()
    storage.close()

    assert contents(path.parent) == before
    assert path.stat().st_mtime_ns == at


def test_a_write_protected_ledger_can_be_read_and_says_that_it_cannot_be_written(shared: Path) -> None:
    shared.chmod(0o444)
    with somebody_else():
        storage = open_storage(url_of(shared))
        assert storage.head().frontier.size == 1
        with pytest.raises(StorageError, match="cannot be written") as refused, storage.lock():
            pytest.fail("a write-protected file was locked for writing")
        storage.close()
    assert "permissions" in str(refused.value.remedy)


@pytest.mark.parametrize(
    ("file", "directory"), [(0o000, 0o777), (0o444, 0o555), (0o666, 0o555), (0o666, 0o000)], ids=oct
)
def test_a_ledger_that_permissions_keep_from_being_read_says_so(shared: Path, file: int, directory: int) -> None:
    shared.chmod(file)
    shared.parent.chmod(directory)
    with somebody_else(), pytest.raises(StorageError) as refused:
        open_storage(url_of(shared))
    assert "permissions" in str(refused.value.remedy)


def test_a_full_disk_is_an_error_that_leaves_the_ledger_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = path.stat().st_size // 4096
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, f"PRAGMA max_page_count = {pages + 1}"))
    storage = open_storage(url_of(path))
    with storage.lock() as unit:
        with pytest.raises(StorageError, match="full") as refused:
            unit.append(following(unit, body=b"x" * 60_000))
        with pytest.raises(StorageError, match="over"):
            unit.commit()

    assert refused.value.remedy
    assert add(storage).seq == 2
    storage.close()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_network_file_system_is_refused_where_it_can_be_told(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    share = tmp_path / "my share"
    share.mkdir()
    table = tmp_path / "mountinfo"
    escaped = str(share).replace(" ", r"\040")
    table.write_text(
        "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "a line that is none\n"
        f"23 22 0:50 / {escaped} rw,relatime shared:7 - {kind} host:/share rw\n"
    )
    monkeypatch.setattr(mounts, "MOUNTINFO", table)

    with pytest.raises(StorageError, match=kind) as refused:
        open_storage(url_of(share / "ledger.db"), create=True)
    assert "local disk" in str(refused.value.remedy)
    assert list(share.iterdir()) == []

    open_storage(url_of(path)).close()


def test_the_last_mount_on_a_point_is_the_one_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mountinfo"
    table.write_text("1 0 0:1 / / rw - nfs host:/ rw\n2 1 0:2 / / rw - ext4 /dev/vda rw\n")
    monkeypatch.setattr(mounts, "MOUNTINFO", table)
    assert mounts.network_file_system(tmp_path) is None

    table.write_text("2 1 0:2 / / rw - ext4 /dev/vda rw\n1 0 0:1 / / rw - nfs host:/ rw\n")
    assert mounts.network_file_system(tmp_path) == "nfs"


def test_where_there_is_no_table_of_mounts_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "MOUNTINFO", tmp_path / "nowhere")
    assert mounts.network_file_system(tmp_path) is None


# What survives


DIES_HALFWAY = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from storage_making import add, blobs, following, line
from workflow.ledger import SaltedText
from workflow.storage import open_storage
storage = open_storage(sys.argv[1])
add(storage, texts=(SaltedText.of("committed"),))
with storage.lock() as unit:
    large = blobs(b"never named " * 10_000)
    unit.append(following(unit, texts=(SaltedText.of("never"),), blobs=large, release=line(stage="never")))
    print("halfway", flush=True)
    sys.stdin.readline()
"""


def test_a_writer_that_is_killed_leaves_what_it_committed_and_nothing_else(path: Path) -> None:
    command = [sys.executable, "-c", DIES_HALFWAY, url_of(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "halfway\n"
        writer.kill()
    assert writer.returncode == -signal.SIGKILL

    storage = open_storage(url_of(path))
    assert [entry.body for entry in storage.entries()] == [b"entry 1", b"entry 2"]
    assert storage.head().frontier.size == 2
    assert len(list(storage.commitments())) == 2
    assert list(storage.blobs()) == []
    assert storage.release("aurora") == line()
    assert storage.missing_protection() == ()
    assert add(storage).seq == 3
    storage.close()


def test_an_erased_text_is_in_none_of_the_files_any_more(path: Path) -> None:
    text = SaltedText.of("a hazard that nobody should read")
    storage = open_storage(url_of(path))
    add(storage, texts=(text,))
    storage.close()
    assert text.text.encode() in path.read_bytes()

    storage = open_storage(url_of(path))
    add(storage, erase=text.commitment)
    storage.close()

    assert not any(text.text.encode() in data for data in contents(path.parent).values() if isinstance(data, bytes))


def test_a_backup_that_lost_its_journal_mode_gets_it_back_with_the_first_append(path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))

    storage = open_storage(url_of(backup))
    with storage.snapshot() as view:
        assert view.head().frontier.size == 1
    add(storage)
    with storage.snapshot() as view:
        assert view.head().frontier.size == 2
        add(storage)
        assert view.head().frontier.size == 2
    storage.close()


# Rows that somebody put there by hand


@pytest.mark.parametrize(
    ("tampering", "read"),
    [
        ("UPDATE entry SET body = 'words'", lambda storage: storage.entry(1)),
        ("UPDATE entry SET hash = 7", lambda storage: storage.stream_head(STREAM)),
        ("UPDATE entry SET hash = 'words'", lambda storage: list(storage.entries())),
        ("UPDATE entry SET version = 'one'", lambda storage: storage.by_command("command-1")),
        ("UPDATE entry SET command_id = CAST(x'ff' AS TEXT)", lambda storage: storage.stream(STREAM)),
        ("UPDATE text SET salt = 'salt'", lambda storage: storage.text(next(storage.commitments()))),
        ("UPDATE head SET size = -1", lambda storage: storage.head()),
        ("UPDATE head SET size = 2, frontier = x'00'", lambda storage: storage.head()),
        ("UPDATE head SET frontier = 'words'", lambda storage: storage.head()),
        ("UPDATE head SET mark = x'00'", lambda storage: storage.head()),
        ("DELETE FROM head", lambda storage: storage.head()),
        ("UPDATE release SET round = 'first'", lambda storage: storage.releases()),
        ("UPDATE release SET planned = x'00'", lambda storage: storage.release("aurora")),
        ("INSERT INTO blob VALUES ('../../../etc/passwd', 7, NULL)", lambda s: s.blob("../../../etc/passwd")),
        ("INSERT INTO blob VALUES ('ab', 7, 'words')", lambda storage: storage.blob("ab")),
        ("INSERT INTO blob VALUES (x'00', 7, 'words')", lambda storage: list(storage.blobs())),
        ("INSERT INTO text VALUES (x'00', x'00', 'words')", lambda storage: list(storage.commitments())),
        ("INSERT INTO kin VALUES (x'00', 'aurora')", lambda storage: storage.kin_of("aurora")),
        ("INSERT INTO kin VALUES ('ab', x'00')", lambda storage: storage.kin(["ab"])),
        ("DROP TABLE kin", lambda storage: storage.kin_of("aurora")),
        ("UPDATE head SET size = 3, frontier = zeroblob(64)", lambda storage: unchecked_append(storage)),
    ],
)
def test_a_row_that_was_tampered_with_is_damage_and_no_crash(
    path: Path, tampering: str, read: Callable[[Storage], object]
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for trigger in sqlite.TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(tampering)

    storage = open_storage(url_of(path))
    with pytest.raises(LedgerError):
        read(storage)
    storage.close()


def unchecked_append(storage: Storage) -> None:
    """Appends entry 2, whatever the row of the head says."""
    with open_storage("sqlite:///:memory:", create=True).lock() as unit:
        unit.append(following(unit))
        second = following(unit)
    with storage.lock() as unit:
        unit.append(second)


# Blobs in the directory


def blob_file(path: Path, data: bytes = LARGE) -> Path:
    digest = sha256(data)
    return path.with_name(path.name + ".blobs") / digest[:2] / digest


def test_a_large_blob_is_a_file_that_is_written_once(path: Path, storage: Storage) -> None:
    storage.keep(LARGE)
    file = blob_file(path)
    before = file.stat()
    storage.keep(LARGE)
    add(storage, blobs=blobs(LARGE))

    assert file.read_bytes() == LARGE
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert stat.S_IMODE(before.st_mode) & 0o222 == 0
    assert list(file.parent.iterdir()) == [file]


def test_a_small_blob_makes_no_directory(path: Path, storage: Storage) -> None:
    storage.keep(b"small")
    add(storage, blobs=blobs(b"small"))

    assert not (path.with_name(path.name + ".blobs")).exists()


def test_a_blob_whose_file_is_gone_is_missing_and_one_that_was_changed_is_shown(path: Path, storage: Storage) -> None:
    add(storage, blobs=blobs(LARGE))
    file = blob_file(path)
    file.chmod(0o644)
    file.write_bytes(b"other bytes")
    assert storage.blob(sha256(LARGE)) == b"other bytes"

    file.unlink()
    assert storage.blob(sha256(LARGE)) is None
    assert list(storage.blobs()) == [sha256(LARGE)]


def test_a_damaged_blob_is_not_repaired_in_passing(path: Path, storage: Storage) -> None:
    add(storage, blobs=blobs(LARGE))
    file = blob_file(path)
    file.chmod(0o644)
    file.write_bytes(LARGE[:-1] + b"!")

    with pytest.raises(LedgerError, match="damaged"):
        storage.keep(LARGE)
    with pytest.raises(LedgerError, match="damaged"):
        add(storage, blobs=blobs(LARGE))

    assert storage.head().frontier.size == 2
    assert file.read_bytes() == LARGE[:-1] + b"!"


def test_a_small_blob_that_was_changed_is_not_built_upon(path: Path, storage: Storage) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO blob VALUES (?, 5, x'00')", (sha256(b"small"),))

    with pytest.raises(LedgerError, match="damaged"):
        add(storage, blobs=blobs(b"small"))
    assert storage.head().frontier.size == 1


def test_a_disk_that_fills_up_leaves_no_half_blob(
    path: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(StorageError, match="No space left") as refused:
        patched.setattr(os, "fsync", full)
        storage.keep(LARGE)

    assert refused.value.remedy
    assert list(blob_file(path).parent.iterdir()) == []
    assert storage.blob(storage.keep(LARGE)) is None


def test_a_directory_of_blobs_that_is_none_is_an_error(path: Path, storage: Storage) -> None:
    path.with_name(path.name + ".blobs").write_text("not a directory")
    with pytest.raises(StorageError, match="blobs"):
        storage.keep(LARGE)


# In memory


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


# What it costs to import


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
