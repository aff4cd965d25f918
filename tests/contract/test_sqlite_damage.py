"""What somebody put into the file by hand is damage that is told, and no crash."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from storage_making import STREAM, following, url_of

from workflow.errors import LedgerError
from workflow.storage import Storage, open_storage, sqlite


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
        ("INSERT INTO objector VALUES (x'00', 'aurora')", lambda storage: storage.objectors("aurora")),
        ("INSERT INTO objector VALUES ('mara', x'00')", lambda storage: list(storage.related())),
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
