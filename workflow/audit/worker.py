"""Another process of an audit: it opens the ledger itself, and does one job after the other."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from workflow.audit.desk import Desk
from workflow.errors import StorageError, WorkflowError
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.storage.base import Storage

LENGTH_BYTES = 8


@dataclass(frozen=True)
class Setup:
    """How another process gets a desk like the one that sends it.

    Args:
        opening: opens the ledger.
        policies: the user's own policies that may be run.
        place: where the notes are kept.
        size: how many entries are looked at.
    """

    opening: Callable[[], Storage]
    policies: frozenset[str]
    place: Path
    size: int


@dataclass(frozen=True)
class Failed:
    """Instead of a result: why there is none, and what to do next."""

    message: str
    remedy: str | None


def send(pipe: IO[bytes], what: Any) -> None:
    """Writes one message."""
    data = pickle.dumps(what)
    pipe.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """Reads one message; it comes from a process of our own.

    Raises:
        EOFError: the other end is gone.
    """
    length = pipe.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        raise EOFError
    data = pipe.read(int.from_bytes(length, "big"))
    return pickle.loads(data)  # noqa: S301 -- from a process that this one started, or that started this one


def main() -> None:
    """Does the jobs that come in, until no more come."""
    asked = sys.stdin.buffer
    # Whatever a policy of somebody's own prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with ExitStack() as stack:
        desk: Desk | Failed
        try:
            desk = desk_of(receive(asked), stack)
        except WorkflowError as error:
            desk = Failed(error.message, error.remedy)
        while True:
            try:
                job = receive(asked)
            except EOFError:
                return
            send(answers, _done(job, desk))


def desk_of(setup: Setup, stack: ExitStack) -> Desk:
    """A desk over the same ledger and the same notes as the sender's."""
    storage = stack.enter_context(closing(setup.opening()))
    reader = stack.enter_context(storage.snapshot())
    desk = Desk(reader, Rulebook(Registry(setup.policies)), setup.place, setup.size)
    return stack.enter_context(closing(desk))


def _done(job: Any, desk: Desk | Failed) -> Any:
    if isinstance(desk, Failed):
        return desk
    try:
        return job.run(desk)
    except StorageError as error:
        return Failed(error.message, error.remedy)
    except Exception as error:
        return Failed(f"the audit could not be finished: {type(error).__name__}: {error}", "run it again")
