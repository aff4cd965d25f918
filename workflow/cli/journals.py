"""Where the journal of a hashing lies, so that the next run of a command goes on from where the last one was stopped.

One file for each place that is hashed, named by the digest of the place's absolute path, in a directory of the user's
own and never among the hashed files. It is gone once the manifest is stored. What it saved is always said.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workflow.artifact import Journal, lies_within
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import StorageError, WorkflowError
from workflow.phrases import moment

VARIABLE = "HOLDFAST_JOURNALS"
OFF = "off"

_OWN_ONLY = 0o700


@contextmanager
def resuming(
    call: Call, path: Path, components: Mapping[str, str] | None, *, resume: bool = True
) -> Iterator[Journal | None]:
    """The journal for hashing a path, which is removed where the block comes to its end; None where none is kept."""
    folder = _folder(call) if resume else None
    journal = _opened(call, folder, path, roots(path, components)) if folder is not None else None
    if journal is None:
        yield None
        return
    done = False
    with journal:
        try:
            yield journal
            done = True
        finally:
            _tell(call, journal)
            if done or journal.is_empty:
                _remove(call, journal)


def roots(path: Path, components: Mapping[str, str] | None) -> list[Path]:
    """Where the files are that a candidate is made of."""
    return [path] if components is None else [path / part for part in components.values()]


def _folder(call: Call) -> Path | None:
    environment = call.session.environment
    given = environment.get(VARIABLE)
    if given:
        return None if given == OFF else call.path(given)
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = environment.get("HOME")
        if not home:
            return None
        state = call.path(home) / ".local" / "state"
    return state / "holdfast" / "journals"


def _opened(call: Call, folder: Path, path: Path, among: list[Path]) -> Journal | None:
    if lies_within(folder, among):
        _beside(call, f"no journal is kept: its place {str(folder)!r} lies among the files")
        return None
    name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()
    try:
        folder.mkdir(mode=_OWN_ONLY, parents=True, exist_ok=True)
        return Journal(folder / f"{name}.journal", clock=call.session.clock)
    except OSError as error:
        why = f"{str(folder)!r} cannot be made: {error.strerror}"
    except WorkflowError as error:
        why = error.message
    # It saves time and decides nothing, so that its absence is no reason not to hash.
    _beside(call, f"no journal is kept, and an interrupted run will begin anew: {why}")
    return None


def _remove(call: Call, journal: Journal) -> None:
    try:
        journal.remove()
    except StorageError as error:
        # What was asked for is done; the next run would only say that it took from here.
        _beside(call, f"{error.message}; remove it yourself")


def _tell(call: Call, journal: Journal) -> None:
    if journal.oldest is not None:
        since = moment(journal.oldest)
        _beside(call, f"taken from an earlier run of {since}: {counted(journal.recalled, 'file')}, not read again")


def _beside(call: Call, text: str) -> None:
    if call.out.mode != "quiet":
        call.out.say(text)
