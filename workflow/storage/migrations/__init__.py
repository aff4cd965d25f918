"""The steps from each schema to the next one, run by Alembic, which is configured here and nowhere else."""

from __future__ import annotations

from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from workflow.errors import StorageError

_TURN = Lock()
"""Alembic has one context in a process: threads take turns, also where each has a database of its own."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file; with the connection that the steps run on."""
    config = Config()
    config.set_main_option("script_location", "workflow.storage:migrations")
    config.attributes["connection"] = connection
    return config


def migrate(connection: Connection) -> None:
    """Runs every step that the database lacks, in the connection's transaction, which the caller commits.

    Raises:
        StorageError: there is no way from the database's revision to the newest.
    """
    try:
        with _TURN:
            command.upgrade(configuration(connection), "head")
    except (CommandError, SQLAlchemyError) as error:
        raise StorageError(f"the schema cannot be upgraded: {error}", remedy="restore a backup") from error
