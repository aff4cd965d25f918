"""A ledger in a file, for the tests of SQLite alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

# The suite and its helpers are no test modules by name; without this their assertions would not say what they compared.
CONTRACTS = ("contents", "damage", "lock", "protection", "storage")
pytest.register_assert_rewrite(*(f"{name}_contract" for name in CONTRACTS), "storage_making")

from storage_making import add, line, url_of  # noqa: E402

from workflow.ledger import SaltedText  # noqa: E402
from workflow.storage import Storage, open_storage  # noqa: E402


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
