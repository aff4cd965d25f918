"""A laboratory with keys for every test; what a test leaves behind passes the audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.exchange.keyed_lab import KeyedLab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[KeyedLab]:
    lab = KeyedLab.copied(tmp_path)
    yield lab
    lab.audited()
    lab.close()
