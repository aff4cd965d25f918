"""What holds for the tests of every room."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.ledgers import OnPostgres
    from tests.support.postgres import Databases, Server

# What several rooms share says what was compared where it fails, whichever test imports it first.
pytest.register_assert_rewrite(
    "tests.attacks.owned",
    "tests.integration.engine.keyed",
    "tests.integration.engine.lab",
    "tests.integration.exchange.keyed_lab",
)

# How long one example takes says something about the machine, and nothing about the code.
settings.register_profile("anywhere", deadline=None)
settings.load_profile("anywhere")

RUN = "HOLDFAST_TEST_RUN"
"""The process that a run of the tests began with, for those that it starts."""
os.environ.setdefault(RUN, str(os.getpid()))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """The PostgreSQL that all tests share: for what harms nobody else on it."""
    from tests.support.postgres_keeper import shared
    from tests.support.postgres_programs import NoPostgres, leave_out

    own = tmp_path_factory.getbasetemp()
    try:
        return shared(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own, int(os.environ[RUN]))
    except NoPostgres as error:
        leave_out(error)


@pytest.fixture
def postgres_database(postgres: Databases) -> Iterator[str]:
    """The address of an empty database, gone after the test."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def postgres_template(postgres: Databases) -> Iterator[str]:
    """The database of an empty ledger, to make others from: a copy costs a fraction of what its tables do."""
    from tests.support.postgres import name_of
    from workflow.storage import open_storage

    url = postgres.database()
    open_storage(url, create=True).close()
    yield name_of(url)
    postgres.drop(url)


@pytest.fixture
def postgres_ledger(postgres: Databases, postgres_template: str) -> Iterator[str]:
    """The address of an empty ledger, gone after the test."""
    url = postgres.database(postgres_template)
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def on_postgres(postgres: Databases) -> Iterator[OnPostgres]:
    """Ledgers on the server that all tests share, each in a database of its own."""
    from tests.support.ledgers import OnPostgres

    ledgers = OnPostgres(postgres)
    yield ledgers
    ledgers.end()


@pytest.fixture
def postgres_server() -> Iterator[Callable[..., Server]]:
    """Makes servers of a test's own, to be stopped, killed and restarted; each runs already, and is gone afterwards."""
    from tests.support.postgres import Server
    from tests.support.postgres_programs import NoPostgres, leave_out

    with ExitStack() as servers:

        def make(settings: Mapping[str, str] | None = None, **choices: Any) -> Server:
            try:
                return servers.enter_context(Server(settings, **choices))
            except NoPostgres as error:
                leave_out(error)

        yield make
