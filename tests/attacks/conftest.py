"""Ledgers to be attacked. Each is made once on each database, and copied for every attack.

They are SQLite files, unless a test says ``BOTH``: then it is run on PostgreSQL too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

# The helpers are no test modules by name; without this their assertions would not say what they compared.
pytest.register_assert_rewrite("attacked", "everything", "flipper", "forger", "signed_lab")

from attacked import Lab, copied_to  # noqa: E402
from everything import live  # noqa: E402
from signed_lab import SignedLab, live_signed  # noqa: E402

from tests.attacks.owned import OwnedServer  # noqa: E402
from tests.support.parts import ScriptedClock  # noqa: E402

L = TypeVar("L", bound=Lab)
Made = Callable[[str, type[L], Callable[[L], object]], L]
"""Makes a lab of a kind on a database and lets it live, once in a run; closed, and nothing changes it."""


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which database the ledgers of a test are on."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made[Lab]]:
    """The ledgers that were made already, by what they lived through and the database."""
    labs: dict[tuple[str, object], Lab] = {}

    def make(database: str, kind: type[L], lived: Callable[[L], object]) -> Lab:
        if (database, lived) not in labs:
            owned = OwnedServer(request.getfixturevalue("postgres")) if database == "postgresql" else None
            lab = kind(tmp_path_factory.mktemp(lived.__name__), database=owned)
            labs[database, lived] = lab
            lived(lab)
            lab.close()
        return labs[database, lived]

    yield make
    for lab in labs.values():
        lab.database.remove()


def found(lab: Lab) -> None:
    """People, a process, and no release yet."""
    lab.create()


def wait(lab: SignedLab) -> None:
    """People with keys, and a release in review that waits for their signatures."""
    lab.create()
    lab.in_review()


def _copy(source: L, directory: Path) -> L:
    return copied_to(source, type(source)(directory, ScriptedClock(source.clock.now())))


@pytest.fixture
def lab(kept: Made[Lab], database: str, tmp_path: Path) -> Iterator[Lab]:
    """A copy of the ledger with people, a process and no release yet, open."""
    copied = _copy(kept(database, Lab, found), tmp_path)
    copied.process()
    copied.open()
    yield copied
    copied.close()
    copied.database.remove()


@pytest.fixture
def told(kept: Made[Lab], database: str) -> Lab:
    """The ledger with every kind of event, closed; nothing changes it."""
    return kept(database, Lab, live)


@pytest.fixture
def copy(told: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A copy of the ledger with every kind of event, closed."""
    copied = _copy(told, tmp_path)
    yield copied
    copied.close()
    copied.database.remove()


@pytest.fixture
def signed(kept: Made[SignedLab], database: str, tmp_path: Path) -> Iterator[SignedLab]:
    """A copy of the ledger whose release waits for signatures, open."""
    copied = _copy(kept(database, SignedLab, wait), tmp_path)
    copied.open()
    yield copied
    copied.close()
    copied.database.remove()


@pytest.fixture
def sworn(kept: Made[SignedLab], database: str) -> SignedLab:
    """The ledger with everything that is signed, closed; nothing changes it."""
    return kept(database, SignedLab, live_signed)


@pytest.fixture
def rewritten(sworn: SignedLab, tmp_path: Path) -> Iterator[SignedLab]:
    """A copy of the ledger with everything that is signed, closed, for its owner to rewrite."""
    copied = _copy(sworn, tmp_path)
    yield copied
    copied.close()
    copied.database.remove()
