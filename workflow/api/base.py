"""What every family of methods shares: the pipeline, and the way arguments become a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from workflow import exhibits
from workflow.artifact import Manifest
from workflow.checkpoints import Log
from workflow.commands import AnyCommand
from workflow.errors import CheckpointMissing, InvalidInput, LedgerError, WorkflowError, misfit
from workflow.ledger.checkpoint import Checkpoint
from workflow.outcome import Outcome
from workflow.pipeline import Pipeline
from workflow.proof import Signer
from workflow.records import replace
from workflow.storage.base import Reader

if TYPE_CHECKING:
    from workflow.audit import Means
    from workflow.checkpointer import Checkpointer

StrPath = str | PathLike[str]
First = Callable[[AnyCommand, Mapping[str, str], Mapping[str, Any]], None]
Made = TypeVar("Made", bound=BaseModel)


class Session:
    """One opened ledger.

    Args:
        pipeline: the way of every command into it.
        signer: signs what is signed of what is asked for; without one, whoever acts only claims to be it.
        first: is told of every command before it is executed, with its texts and how it is to be; what it raises ends
            it.
        log: the log's own key, and where it is remembered what was given out.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        signer: Signer | None = None,
        first: First | None = None,
        log: Log | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._signer = signer
        self._first = first
        self._log = log

    def _execute(self, command: AnyCommand, texts: Mapping[str, str], **settings: Any) -> Outcome:
        outcome = self._record(command, texts, **settings)
        return self._followed(outcome)

    def _record(self, command: AnyCommand, texts: Mapping[str, str], **settings: Any) -> Outcome:
        """The same without a checkpoint after it, for what goes on and makes one at its end."""
        if self._first is not None:
            self._first(command, texts, settings)
        return self._pipeline.execute(command, texts, signer=self._signer, **settings)

    def _followed(self, outcome: Outcome) -> Outcome:
        """The same with its checkpoint, where one is made after every change."""
        if outcome.replayed:
            return outcome
        made = self._checkpoint_after(outcome.entry)
        return outcome if made is None else replace(outcome, checkpoint=made)

    def _checkpoint_after(self, entry: int) -> int | None:
        """Makes the checkpoint after an entry, where one is made after every change, and says of how many entries.

        Raises:
            CheckpointMissing: it could not be made; what was recorded stands.
        """
        if self._log is None or self._log.when != "always":
            return None
        try:
            return Checkpoint.of(self._checkpointer().checkpoint()).size
        except WorkflowError as error:
            raise CheckpointMissing(
                f"what was asked for is on record, entry {entry}, but no checkpoint says so: {error.message}",
                entry=entry,
                cause=error,
            ) from error

    def _checkpointer(self) -> Checkpointer:
        """What makes checkpoints.

        Raises:
            InvalidInput: the ledger was opened without a key of its log.
        """
        if self._log is None:
            raise InvalidInput(
                "nothing says where the log's key is",
                remedy="make one with: holdfast checkpoint new-key FILE, and name it as log_key in holdfast.toml",
            )
        from workflow.checkpointer import Checkpointer

        return Checkpointer(self._pipeline, self._log)

    def _means(self, workers: int | None = None) -> Means:
        """What looks at all entries: as many processes, or one a core where the ledger is long enough."""
        from workflow.audit import Means

        return Means(self._pipeline.storage.opening(), self._pipeline.rulebook.registry.allowed, workers)

    @contextmanager
    def _reading(self, release: str | None = None) -> Iterator[Reader]:
        """One consistent view, for one thread at a time; what is read of a release, where one is named, comes along."""
        self._pipeline.require_protection()
        folder = self._pipeline.folder
        with self._pipeline.turn, self._pipeline.storage.snapshot(folder.ahead(release)) as reader:
            folder.head(reader)  # nothing is read of a ledger whose end was cut off
            yield reader


def manifest_of(reader: Reader, candidate: str) -> Manifest:
    """The manifest that is kept of a candidate.

    Raises:
        LedgerError: it is missing, or does not have the candidate's digest.
    """
    found = exhibits.manifest_of(reader.blob, candidate)
    if found is None:
        raise LedgerError(
            f"the manifest {candidate[:12]} is {'missing' if reader.blob(candidate) is None else 'altered'}",
            remedy="holdfast audit verify says which entry names it; restore it from a backup",
        )
    return found


def make(kind: type[Made], /, **fields: Any) -> Made:
    """The model with these fields.

    Raises:
        InvalidInput: a field does not have its form.
    """
    try:
        return kind(**fields)
    except ValidationError as error:
        problem = error.errors()[0]
        remedy = _FORMS.get(str(problem["loc"][0]) if problem["loc"] else "")
        given = "" if problem["type"] == "missing" else f": {str(problem.get('input'))[:80]!r}"
        raise InvalidInput(f"{misfit(dict(problem)) or kind.__name__}{given}", remedy=remedy) from None


def several(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """The texts of a sequence.

    Raises:
        InvalidInput: it is a single text, which Python would take apart into its letters.
    """
    if isinstance(values, str):
        raise InvalidInput(f"{name} is a sequence of texts, not one text", remedy=f"write [{values!r}]")
    return tuple(values)


def pairs(name: str, values: object) -> list[tuple[str, str]]:
    """The pairs of a text and a role in a sequence.

    Raises:
        InvalidInput: it holds anything else.
    """
    # Patterns, not unpacking: a text of two letters would unpack into a pair.
    found = []
    for item in values if isinstance(values, Sequence) else (None,):
        match item:
            case (str() as text, str() as role):
                found.append((text, role))
            case _:
                raise InvalidInput(
                    f"{name} are a list of pairs, each a text and a role",
                    remedy='write [("what must be done", "the role that says it is done")]',
                )
    return found


_FORMS = {
    "release": "a release's name has lower-case letters, digits, . and -, such as aurora-7b",
    "actor": "a handle has lower-case letters, digits, _ . and -, such as mara",
    "authors": "a handle has lower-case letters, digits, _ . and -, such as mara",
    "candidates": "a candidate is named by its digest, 64 hexadecimal digits: holdfast list --json shows it",
    "affected": "what is affected is named by its digest, 64 hexadecimal digits: holdfast list --json shows it",
    "evidence": "evidence is named by its id, such as E4",
    "subject": "an id is a letter and a number, such as H1, R2, S3 or E4",
    "decision": "one of approve, reject, abstain, recuse",
    "verdict": "one of acceptable, unacceptable, unclear",
}
