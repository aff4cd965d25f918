"""MLflow's model registry: its ``SqlAlchemyStore``, called as its server calls it, without HTTP.

A release is a version of a registered model, which is there beforehand (each client of a server has one of its own, so
that none waits for another's row); a sign-off and the lifting are tags of that version, a transition moves its stage,
which the registry keeps of it. Who moved it and why would be one more write, which is spared it. No condition is
checked and no history is kept: the registry has neither. On SQLite its engine is given WAL; the rest of the pool is as
it makes it.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path

from mlflow.entities.model_registry import ModelVersionTag
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import event

from benchmarks.ways import HOLDER, LEAD, SIGNERS, STEPS, WHY, check, durable

STAGES = {"submit": "Staging", "delay": "Archived", "resume": "Staging", "release": "Production"}


class Registry:
    """The steps, in a registered model that is made for them."""

    def __init__(self, store: SqlAlchemyStore, model: str) -> None:
        self._store = store
        self._model = model
        self._versions: dict[str, int] = {}
        store.create_registered_model(model)

    def start(self, name: str) -> None:
        """A version of the model."""
        made = self._store.create_model_version(self._model, f"/models/{name}", description=f"{LEAD}: {WHY}")
        self._versions[name] = int(made.version)

    def sign(self, name: str, trigger: str) -> None:
        """A tag for each signer."""
        for person in SIGNERS:
            self._tag(name, trigger, person)

    def move(self, name: str, trigger: str, person: str = LEAD) -> None:  # noqa: ARG002
        """Another stage."""
        version = self._versions[name]
        self._store.transition_model_version_stage(
            self._model, version, STAGES[trigger], archive_existing_versions=False
        )

    def lift(self, name: str) -> None:
        """A tag."""
        self._tag(name, "lift", HOLDER)

    def _tag(self, name: str, key: str, person: str) -> None:
        said = json.dumps({"by": person, "why": WHY})
        self._store.set_model_version_tag(self._model, self._versions[name], ModelVersionTag(f"{key}.{person}", said))


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new registry in a file."""
    store = _opened(f"sqlite:///{folder / 'mlflow.db'}")
    store.engine.dispose()
    event.listen(store.engine, "connect", durable)
    with store.engine.connect() as connection:
        check(connection.connection.driver_connection)
    registry = Registry(store, "model")

    def work(name: str) -> None:
        for step in STEPS:
            step.act(registry, name)

    return work


def prepare(url: str, folder: str) -> None:  # noqa: ARG001
    """Makes the tables."""
    _opened(_address(url)).engine.dispose()


def client(url: str, folder: Path) -> Registry:
    """Opens the registry as one of many who use it."""
    return Registry(_opened(_address(url)), f"model-{folder.name}")


def _address(url: str) -> str:
    # SQLAlchemy would look for another driver.
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _opened(url: str) -> SqlAlchemyStore:
    logging.disable(logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = SqlAlchemyStore(url)
    logging.disable(logging.NOTSET)
    return store
