"""A laboratory with a release in review, as the engine's tests have it; and the golden ledgers, to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.golden.keeping import HERE, Kept
from tests.integration.engine.conftest import empty, keyed, lab, review, signing
from workflow import Engine

__all__ = ["empty", "keyed", "lab", "review", "signing"]


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Engine]]:
    """A golden ledger by its folder's name, restored once; nobody writes to it."""
    restored: dict[str, Engine] = {}
    with ExitStack() as opened:

        def of(name: str) -> Engine:
            if name not in restored:
                folder = HERE if name == "first" else HERE / name
                url = f"sqlite:///{tmp_path_factory.mktemp(name) / 'ledger.db'}"
                restored[name] = opened.enter_context(Kept.read(folder).restore(url))
            return restored[name]

        yield of
