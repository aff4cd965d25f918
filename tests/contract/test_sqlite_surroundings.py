"""What the machine does to a ledger: permissions, full disks, network file systems, and a writer that is killed."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from storage_making import add, contents, following, url_of

from workflow.errors import StorageError
from workflow.ledger import SaltedText
from workflow.storage import mounts, open_storage, sqlite

OTHER_USER = 65534


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
