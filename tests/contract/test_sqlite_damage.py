"""What somebody put into the file by hand is damage that is told, and no crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from damage_contract import DAMAGE
from storage_making import STREAM, url_of

from tests.support.raw import raw
from workflow.errors import LedgerError
from workflow.storage import Storage, open_storage


@pytest.mark.parametrize(
    ("tampering", "read"),
    [
        *DAMAGE,
        ("UPDATE entry SET body = 'words'", lambda storage: storage.entry(1)),
        ("UPDATE entry SET hash = 7", lambda storage: storage.stream_head(STREAM)),
        ("UPDATE entry SET hash = 'words'", lambda storage: list(storage.entries())),
        ("UPDATE entry SET version = 'one'", lambda storage: storage.by_command("command-1")),
        ("UPDATE entry SET command_id = CAST(x'ff' AS TEXT)", lambda storage: storage.stream(STREAM)),
        ("UPDATE text SET salt = 'salt'", lambda storage: storage.text(next(storage.commitments()))),
        ("UPDATE head SET frontier = 'words'", lambda storage: storage.head()),
        ("UPDATE head SET mark = x'00'", lambda storage: storage.head()),
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
    ],
)
def test_a_row_that_was_tampered_with_is_damage_and_no_crash(
    path: Path, tampering: str, read: Callable[[Storage], object]
) -> None:
    with raw(url_of(path)) as database:
        database.unprotect()
        database.run(tampering)

    storage = open_storage(url_of(path))
    with pytest.raises(LedgerError):
        read(storage)
    storage.close()
