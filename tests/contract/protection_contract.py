"""What keeps a ledger append-only, whatever database it is on: triggers that refuse, are missed, and are put back."""
# ruff: noqa: S608 (the statements are put together from their own words)

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import ClassVar

import pytest
from storage_making import LARGE, STREAM, add, blobs

from tests.support.raw import contents, raw
from workflow.ledger import SaltedText
from workflow.storage import Storage, open_storage

TEXT = SaltedText.of("because")
NEW = "'release/aurora', 3, x'00', 'command-3', x'66'"

ATTACKS = {
    "update an entry": "UPDATE entry SET body = x'00' WHERE seq = 1",
    "update the place of an entry": "UPDATE entry SET seq = 3 WHERE seq = 2",
    "update every entry": "UPDATE entry SET body = x'00'",
    "delete an entry": "DELETE FROM entry WHERE seq = 2",
    "delete every entry": "DELETE FROM entry",
    "insert an entry at a place that is taken": f"INSERT INTO entry VALUES (2, {NEW})",
    "upsert an entry by its place": (
        f"INSERT INTO entry VALUES (2, {NEW}) ON CONFLICT (seq) DO UPDATE SET body = excluded.body"
    ),
    "upsert an entry by its command": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 3, x'00', 'command-1', x'66')"
        " ON CONFLICT (command_id) DO UPDATE SET body = excluded.body"
    ),
    "upsert an entry in its stream": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 2, x'00', 'command-3', x'66')"
        " ON CONFLICT (stream, version) DO UPDATE SET body = excluded.body"
    ),
    "insert an entry and ignore what it meets": f"INSERT INTO entry VALUES (1, {NEW}) ON CONFLICT DO NOTHING",
    "insert an entry over a gap": f"INSERT INTO entry VALUES (9, {NEW})",
    "insert an entry before the first": f"INSERT INTO entry VALUES (0, {NEW})",
    "insert an entry without a place": f"INSERT INTO entry VALUES (NULL, {NEW})",
    "insert an entry over a gap in its stream": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 4, x'00', 'command-3', x'66')"
    ),
    "insert an entry with a command that is recorded": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 3, x'00', 'command-1', x'66')"
    ),
    "update a text": "UPDATE text SET body = 'another reason'",
    "upsert a text": (
        f"INSERT INTO text VALUES ('{TEXT.commitment}', x'00', 'no')"
        " ON CONFLICT (commitment) DO UPDATE SET body = excluded.body"
    ),
    "update a blob": "UPDATE blob SET content = x'00'",
    "take the bytes from a blob": "UPDATE blob SET content = NULL",
    "delete a blob": "DELETE FROM blob",
    "upsert a blob": (
        "INSERT INTO blob SELECT digest, 1, x'00' FROM blob WHERE true"
        " ON CONFLICT (digest) DO UPDATE SET content = x'00'"
    ),
}


def fill(url: str) -> str:
    """Two entries, a text, and a small and a large blob."""
    storage = open_storage(url, create=True)
    add(storage, texts=(TEXT,))
    add(storage, blobs=blobs(b"small", LARGE))
    storage.close()
    return url


class ProtectionContract:
    """Subclasses give ``new``, the address of a ledger of their own, and their modules ``lasting``, one for all tests.

    ``altered`` says in how many ways a trigger can be not as it should be; ``strange`` what else can stand in the way,
    and what it is called then; ``held_by_keys`` are the attacks that fail without any trigger.
    """

    triggers: ClassVar[Collection[str]]
    altered: ClassVar[Mapping[str, Sequence[str]]]
    strange: ClassVar[Mapping[str, tuple[Sequence[str], str]]]
    held_by_keys: ClassVar[set[str]]
    attacks: ClassVar[Mapping[str, str]] = ATTACKS

    @pytest.fixture
    def lasting_storage(self, lasting: str) -> Iterator[Storage]:
        storage = open_storage(lasting)
        yield storage
        storage.restore_protection()
        storage.close()

    def told(self, name: str) -> Mapping[str, str]:
        """What the statements of ``altered`` have to know of a trigger."""
        return {"name": name, "table": name.partition("_")[0]}

    def test_a_plain_statement_changes_nothing_that_was_appended(self, lasting: str, attack: str) -> None:
        with raw(lasting) as database:
            before = contents(database)
            with pytest.raises(database.refused):
                database.run(self.attacks[attack])
        with raw(lasting) as database:
            assert contents(database) == before

    def test_the_attacks_fail_for_the_triggers_and_not_for_their_spelling(self, new: str) -> None:
        held = set()
        with raw(fill(new)) as database:
            database.unprotect()
            for name, attack in self.attacks.items():
                database.run("BEGIN")
                try:
                    database.run(attack)
                except database.refused:
                    held.add(name)
                database.run("ROLLBACK")

        assert held == self.held_by_keys

    def test_an_erasure_and_the_next_entry_are_the_only_statements_let_through(self, new: str) -> None:
        with raw(fill(new)) as database:
            database.run("DELETE FROM text", f"INSERT INTO entry VALUES (3, {NEW})")
            assert database.rows("SELECT count(*) FROM entry") == [(3,)]

    def test_a_trigger_that_is_not_as_it_should_be_is_named_and_put_back(
        self, lasting: str, lasting_storage: Storage, trigger: str, how: str
    ) -> None:
        with raw(lasting) as database:
            database.run(*(statement.format(**self.told(trigger)) for statement in self.altered[how]))
        assert trigger in lasting_storage.missing_protection()

        lasting_storage.restore_protection()
        assert lasting_storage.missing_protection() == ()

    def test_whatever_else_stands_in_the_way_is_named_and_taken_away(
        self, lasting: str, lasting_storage: Storage, stranger: str
    ) -> None:
        made, named = self.strange[stranger]
        with raw(lasting) as database:
            database.run(*made)
        assert named in lasting_storage.missing_protection()

        lasting_storage.restore_protection()
        assert lasting_storage.missing_protection() == ()

    def test_missing_protection_is_put_back_only_when_that_is_asked_for(self, new: str) -> None:
        with raw(fill(new)) as database:
            database.drop("entry_no_delete", "blob_no_update")

        for _ in range(2):
            storage = open_storage(new)
            add(storage, STREAM)
            assert storage.missing_protection() == ("entry_no_delete", "blob_no_update")
            storage.close()

        storage = open_storage(new)
        storage.restore_protection()
        assert storage.missing_protection() == ()
        storage.close()
        with raw(new) as database, pytest.raises(database.refused, match="never goes"):
            database.run("DELETE FROM entry")


def spread(contract: type[ProtectionContract], metafunc: pytest.Metafunc) -> None:
    """Gives each test of a contract its cases: a module's ``pytest_generate_tests``."""
    for name, cases in (
        ("attack", contract.attacks),
        ("trigger", contract.triggers),
        ("how", contract.altered),
        ("stranger", contract.strange),
    ):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(cases))
