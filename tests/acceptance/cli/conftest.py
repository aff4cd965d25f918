"""A directory with a ledger in it: made once, copied for every test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

# The helpers are no test module by name; without this their assertions would not say what they compared.
pytest.register_assert_rewrite("cli_desk", "keyed_desk")

from cli_desk import PEOPLE, PROCESS, Desk, by  # noqa: E402
from keyed_desk import KeyedDesk, prepare  # noqa: E402


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with people and a process, made once and copied for every test."""
    directory = tmp_path_factory.mktemp("prepared")
    desk = Desk(directory)
    desk.does("init", "--origin", "holdfast.example/cli", *by("ops"))
    for person, roles in PEOPLE.items():
        desk.does("roster", "add", person, *(word for role in roles for word in ("--role", role)), *by("ops"))
    shutil.copy(PROCESS, directory)
    desk.does("charter", "allow", "small.yaml", "--up-to", "weights", *by("ops"))
    model = directory / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights of aurora")
    (model / "tokenizer.json").write_bytes(b"{}")
    return directory


@pytest.fixture
def desk(prepared: Path, tmp_path: Path) -> Desk:
    place = tmp_path / "desk"
    shutil.copytree(prepared, place)
    return Desk(place)


@pytest.fixture(scope="session")
def with_keys(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same ledger with everybody's keys enrolled, made once and copied for every test."""
    directory = tmp_path_factory.mktemp("keyed") / "desk"
    shutil.copytree(prepared, directory)
    prepare(directory)
    return directory


@pytest.fixture
def keyed(with_keys: Path, tmp_path: Path) -> KeyedDesk:
    place = tmp_path / "desk"
    shutil.copytree(with_keys, place)
    return KeyedDesk(place)


@pytest.fixture
def signing(keyed: KeyedDesk) -> KeyedDesk:
    """A release in review, under a process that demands signatures."""
    keyed.to_review()
    return keyed
