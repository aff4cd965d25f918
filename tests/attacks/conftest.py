"""Ledgers to be attacked. Each is made once and copied for every attack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

# The helpers are no test modules by name; without this their assertions would not say what they compared.
pytest.register_assert_rewrite("attacked", "everything", "flipper", "forger", "signed_lab")

from attacked import Lab, copied_to  # noqa: E402
from everything import live  # noqa: E402
from signed_lab import SignedLab, live_signed  # noqa: E402

from tests.support.parts import ScriptedClock  # noqa: E402


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """People, a process, and no release yet; closed, and nothing changes it."""
    lab = Lab(tmp_path_factory.mktemp("founded"))
    lab.create()
    lab.close()
    return lab


@pytest.fixture
def lab(founded: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A copy of the ledger with people, a process and no release yet, open."""
    copied = copied_to(founded, Lab(tmp_path, ScriptedClock(founded.clock.now())))
    copied.process()
    copied.open()
    yield copied
    copied.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The ledger with every kind of event, closed; nothing changes it."""
    lab = Lab(tmp_path_factory.mktemp("everything"))
    live(lab)
    return lab


@pytest.fixture
def copy(told: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A copy of the ledger with every kind of event, closed."""
    copied = copied_to(told, Lab(tmp_path, ScriptedClock(told.clock.now())))
    yield copied
    copied.close()


@pytest.fixture(scope="session")
def signers(tmp_path_factory: pytest.TempPathFactory) -> SignedLab:
    """People with keys, and a release in review that waits for their signatures; closed, and nothing changes it."""
    lab = SignedLab(tmp_path_factory.mktemp("signers"))
    lab.create()
    lab.in_review()
    lab.close()
    return lab


@pytest.fixture
def signed(signers: SignedLab, tmp_path: Path) -> Iterator[SignedLab]:
    """A copy of the ledger whose release waits for signatures, open."""
    copied = copied_to(signers, SignedLab(tmp_path, ScriptedClock(signers.clock.now())))
    copied.open()
    yield copied
    copied.close()


@pytest.fixture(scope="session")
def sworn(tmp_path_factory: pytest.TempPathFactory) -> SignedLab:
    """The ledger with everything that is signed, closed; nothing changes it."""
    lab = SignedLab(tmp_path_factory.mktemp("sworn"))
    live_signed(lab)
    return lab


@pytest.fixture
def rewritten(sworn: SignedLab, tmp_path: Path) -> Iterator[SignedLab]:
    """A copy of the ledger with everything that is signed, closed, for its owner to rewrite."""
    copied = copied_to(sworn, SignedLab(tmp_path, ScriptedClock(sworn.clock.now())))
    yield copied
    copied.close()
