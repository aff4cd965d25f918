"""A laboratory for every test: a ledger of its own, in a file, and where the database matters on PostgreSQL as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import PEOPLE, WHY, Lab
from tests.support.ledgers import OnPostgres

ON_BOTH = {
    f"test_engine_{name}"
    for name in (
        "candidates",
        "clock",
        "command_ids",
        "erasure",
        "proofs",
        "questions",
        "races",
        "refusals",
        "roster",
        "rounds",
        "schedule",
        "started_anew",
        "wholeness",
    )
}
"""What depends on how a ledger is written and read, from its order and its texts to its lists and its kin."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs on both databases what depends on them."""
    if metafunc.module.__name__.rpartition(".")[2] in ON_BOTH:
        metafunc.parametrize("ledgers", ["file", "server"], indirect=True)


@pytest.fixture(autouse=True)
def ledgers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the ledgers of a test are."""
    kind: str = getattr(request, "param", "file")
    if kind == "file":
        yield kind
        return
    places: OnPostgres = request.getfixturevalue("on_postgres")
    monkeypatch.setattr(Lab, "ledgers", places)
    yield kind
    places.clear()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Lab]:
    """A ledger with an administrator, and nobody else."""
    lab = Lab(tmp_path)
    yield lab
    lab.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Everybody on the roster and the process ``lab`` in the charter; what a test leaves behind passes the audit."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load())
    yield lab
    lab.audited()
    lab.close()


@pytest.fixture
def review(lab: Lab) -> Lab:
    """The release ``aurora`` in ``review``, started and submitted by ``lee``."""
    return lab.in_review()


@pytest.fixture
def unkeyed(tmp_path: Path) -> Iterator[Keyed]:
    """Everybody on the roster, nobody with a key; what a test leaves behind passes the audit."""
    lab = Keyed(tmp_path)
    for person, roles in PEOPLE.items():
        lab.claimed.add_person(person, roles=roles, actor="ana", rationale=WHY)
    yield lab
    lab.audited()
    lab.close()


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    """Everybody on the roster with a key, and the process ``lab`` with signatures in the charter."""
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed())
    yield lab
    lab.audited()
    lab.close()


@pytest.fixture
def signing(keyed: Keyed) -> Keyed:
    """The release ``aurora`` in ``review``, where people sign."""
    keyed.in_review()
    return keyed
