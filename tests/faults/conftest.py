"""One warm process for all tests here, and a ledger at the command line, made once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.cli.cli_desk import PEOPLE, PROCESS, Desk, by
from tests.faults.story import prepare
from tests.faults.warm import Warm

if TYPE_CHECKING:
    from tests.faults.wired import Wired
    from tests.support.postgres import Databases


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A process with the engine imported, to fork others from."""
    process = Warm()
    yield process
    process.close()


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that could be published, with a document in the directory of blobs; nothing changes it."""
    desk = Desk(tmp_path_factory.mktemp("ready"))
    desk.does("init", "--origin", "holdfast.example/faults", *by("ops"))
    for person, roles in PEOPLE.items():
        desk.does("roster", "add", person, *(word for role in roles for word in ("--role", role)), *by("ops"))
    desk.does("charter", "allow", str(shutil.copy(PROCESS, desk.directory)), "--up-to", "weights", *by("ops"))
    model = desk.directory / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights of aurora")
    (desk.directory / "card.md").write_text("what the model is for\n" * 4000, encoding="utf-8")
    (desk.directory / "plan.md").write_text("what is to be done\n" * 5000, encoding="utf-8")
    desk.to_review()
    desk.does("attach", "aurora", "card.md", "--name", "card", "--declare-as", "lead", *by("lee"))
    return desk.directory


@pytest.fixture
def desk(ready: Path, tmp_path: Path) -> Desk:
    """A copy of that ledger."""
    return copied(ready, tmp_path / "desk")


def copied(ready: Path, place: Path) -> Desk:
    """A copy of a ledger at a place of one's own."""
    shutil.copytree(ready, place)
    return Desk(place)


@pytest.fixture(scope="session")
def on_postgres(
    postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[bool], tuple[Path, str]]]:
    """Ledgers on PostgreSQL with two releases, claimed or signed, each made once; nothing changes them."""
    from tests.faults.wired import releases

    ready: dict[bool, tuple[Path, str]] = {}

    def make(signed: bool) -> tuple[Path, str]:
        if signed not in ready:
            url, place = postgres.database(), tmp_path_factory.mktemp("wired") / "lab"
            prepare(place, signed=signed, url=url)
            releases(place, url, signed=signed)
            ready[signed] = (place, url)
        return ready[signed]

    yield make
    for _, url in ready.values():
        postgres.drop(url)


@pytest.fixture
def wired_up(
    postgres: Databases, on_postgres: Callable[[bool], tuple[Path, str]], tmp_path: Path
) -> Iterator[Callable[..., AbstractContextManager[Wired]]]:
    """Gives copies of them that are reached by a wire."""
    from tests.faults.wired import wired
    from tests.support.postgres import name_of

    with ExitStack() as dropping:

        def copy(*, signed: bool = False, **settings: Any) -> AbstractContextManager[Wired]:
            place, template = on_postgres(signed)
            url = postgres.database(name_of(template))
            dropping.callback(postgres.drop, url)
            shutil.copytree(place, tmp_path / "lab")
            return wired(tmp_path / "lab", url, signed=signed, **settings)

        yield copy
