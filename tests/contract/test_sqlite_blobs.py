"""Large blobs are files beside the database: written once, whole, and never changed."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from storage_making import LARGE, add, blobs

from workflow.errors import LedgerError, StorageError
from workflow.ledger import sha256
from workflow.storage import Storage


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
