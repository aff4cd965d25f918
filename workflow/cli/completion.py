"""Names of releases, for a shell that completes what somebody types."""

from __future__ import annotations

from itertools import takewhile

import typer

from workflow.cli.config import find_config
from workflow.cli.session import Session
from workflow.storage import open_storage

MOST = 50
"""More names than these help nobody who looks for one."""


def release_names(context: typer.Context, incomplete: str) -> list[str]:
    """The releases whose names begin so; none where they cannot be had, for a shell has no place for an error.

    It reads the list of releases and nothing else: no policy is imported, no gate looked at, and nobody kept waiting.
    """
    session = context.find_root().obj
    if not isinstance(session, Session):
        return []
    try:
        storage = open_storage(find_config(session.directory, session.environment).ledger())
        try:
            with storage.snapshot() as reader:
                whole = [incomplete] if incomplete and reader.release(incomplete) else []
                after = [row.slug for row in reader.releases(incomplete, MOST)]
        finally:
            storage.close()
    except Exception:  # whatever it is, somebody who presses a key did not ask for it
        return []
    return [*whole, *takewhile(lambda name: name.startswith(incomplete), after)]
