"""What somebody did to a database by hand is damage that is told, and no crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from damage_contract import DAMAGE, unchecked_append
from storage_making import STREAM, add, line

from tests.support.postgres import Databases, name_of
from tests.support.raw import raw
from workflow.errors import LedgerError, NotFound, StorageError
from workflow.ledger import SaltedText
from workflow.storage import Storage, open_storage

OWN: list[tuple[str, Callable[[Storage], object]]] = [
    ("ALTER TABLE entry ALTER COLUMN body TYPE text USING 'words'", lambda storage: storage.entry(1)),
    ("ALTER TABLE entry ALTER COLUMN hash TYPE bigint USING 7", lambda storage: storage.stream_head(STREAM)),
    ("ALTER TABLE entry ALTER COLUMN version DROP NOT NULL; UPDATE entry SET version = NULL", lambda s: s.entry(1)),
    ("ALTER TABLE entry RENAME COLUMN body TO words", lambda storage: list(storage.entries())),
    ("ALTER TABLE text ALTER COLUMN salt TYPE text USING 'salt'", lambda s: s.text(next(s.commitments()))),
    ("ALTER TABLE head ALTER COLUMN mark TYPE bytea USING x'00'", lambda storage: storage.head()),
    ("ALTER TABLE release ALTER COLUMN round TYPE text USING 'first'", lambda storage: storage.releases()),
    ("DROP TABLE entry", lambda storage: storage.entry(1)),
    ("DROP TABLE head", unchecked_append),
]


@dataclass
class Damaged:
    url: str

    def __call__(self, *statements: str) -> Storage:
        with raw(self.url) as database:
            database.unprotect()
            database.run(*statements)
        return open_storage(self.url)


@pytest.fixture(scope="module")
def written(postgres: Databases, postgres_template: str) -> Iterator[str]:
    """A ledger with one entry, to be copied."""
    url = postgres.database(postgres_template)
    storage = open_storage(url)
    add(storage, texts=(SaltedText.of("because"),), release=line())
    storage.close()
    yield name_of(url)
    postgres.drop(url)


@pytest.fixture
def damaged(postgres: Databases, written: str) -> Iterator[Damaged]:
    url = postgres.database(written)
    yield Damaged(url)
    postgres.drop(url)


@pytest.mark.parametrize(("tampering", "read"), [*DAMAGE, *OWN])
def test_what_was_tampered_with_is_damage_and_no_crash(
    damaged: Damaged, tampering: str, read: Callable[[Storage], object]
) -> None:
    storage = damaged(tampering)
    with pytest.raises(LedgerError):
        read(storage)
    storage.close()


@pytest.mark.parametrize(
    ("statement", "family"),
    [
        ("DROP SCHEMA holdfast CASCADE", NotFound),
        ("DROP TABLE alembic_version", StorageError),
        ("DELETE FROM alembic_version", LedgerError),
    ],
)
def test_what_is_no_whole_ledger_is_not_opened(damaged: Damaged, statement: str, family: type[Exception]) -> None:
    with pytest.raises(family) as refused:
        damaged(statement)
    assert refused.value.remedy  # type: ignore[attr-defined]
