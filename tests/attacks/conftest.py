"""Ledgers to be attacked. Each is made once and copied for every attack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

# The helpers are no test modules by name; without this their assertions would not say what they compared.
pytest.register_assert_rewrite("attacked", "everything", "forger")

from attacked import Lab  # noqa: E402
from everything import live  # noqa: E402

from tests.support.parts import ScriptedClock  # noqa: E402


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """People, a process, and no release yet."""
    lab = Lab(tmp_path)
    lab.create()
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The ledger with every kind of event, closed; nothing changes it."""
    lab = Lab(tmp_path_factory.mktemp("everything"))
    live(lab)
    return lab


@pytest.fixture
def copy(told: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A copy of the ledger with every kind of event, closed."""
    copied = Lab(tmp_path, ScriptedClock(told.clock.now()))
    shutil.copy(told.path, copied.path)
    shutil.copytree(f"{told.path}.blobs", f"{copied.path}.blobs")
    yield copied
    copied.close()
