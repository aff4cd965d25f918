"""MLflow's model registry: its ``SqlAlchemyStore`` over SQLite, called as its server calls it, without HTTP.

A release is a version of a registered model, which is there beforehand; a sign-off and the lifting are tags of that
version, a transition moves its stage, which the registry keeps of it. No condition is checked and no history is kept:
the registry has neither. Its engine is given WAL; the rest of the pool is as it makes it.
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

from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY, check, durable


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new registry."""
    logging.disable(logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = SqlAlchemyStore(f"sqlite:///{folder / 'mlflow.db'}")
    logging.disable(logging.NOTSET)
    store.engine.dispose()
    event.listen(store.engine, "connect", durable)
    with store.engine.connect() as connection:
        check(connection.connection.driver_connection)
    store.create_registered_model("model")

    def tag(version: int, key: str, person: str) -> None:
        said = json.dumps({"by": person, "why": WHY})
        store.set_model_version_tag("model", version, ModelVersionTag(f"{key}.{person}", said))

    def move(version: int, stage: str) -> None:
        store.transition_model_version_stage("model", version, stage, archive_existing_versions=False)

    def work(name: str) -> None:
        started = store.create_model_version("model", f"/models/{name}", description=f"{LEAD}: {WHY}")
        version = int(started.version)
        for person in SIGNERS:
            tag(version, "submit", person)
        move(version, "Staging")
        move(version, "Archived")
        tag(version, "lift", HOLDER)
        move(version, "Staging")
        for person in SIGNERS:
            tag(version, "release", person)
        move(version, "Production")

    return work
