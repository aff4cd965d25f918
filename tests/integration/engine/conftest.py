"""A laboratory for every test: a ledger in a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.integration.engine.lab")

from tests.integration.engine.lab import Lab  # noqa: E402


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Lab]:
    """A ledger with an administrator, and nobody else."""
    lab = Lab(tmp_path)
    yield lab
    lab.close()


@pytest.fixture
def lab(empty: Lab) -> Iterator[Lab]:
    """Everybody on the roster and the process ``lab`` in the charter; what a test leaves behind passes the audit."""
    empty.allow(empty.people().load())
    yield empty
    empty.audited()


@pytest.fixture
def review(lab: Lab) -> Lab:
    """The release ``aurora`` in ``review``, started and submitted by ``lee``."""
    return lab.in_review()
