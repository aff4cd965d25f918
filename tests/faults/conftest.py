"""One warm process for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.warm import Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A process with the engine imported, to fork others from."""
    process = Warm()
    yield process
    process.close()
