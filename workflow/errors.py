"""The one hierarchy of errors that leaves Holdfast.

Every error carries its facts as attributes, a stable ``code`` for scripts, and a message that says what happened,
why, and what to do next. Nothing else is raised on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from workflow.policy import Verdict


class WorkflowError(Exception):
    """Something Holdfast will not do, or could not do.

    Args:
        message: what happened and why.
        remedy: what to do next, when there is something to do.
    """

    code: ClassVar[str] = "workflow-error"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def diagnostics(self) -> dict[str, Any]:
        """The error as plain JSON-able facts: ``code``, ``message``, ``remedy`` and what the subclass adds."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy}


class InvalidInput(WorkflowError):
    """An argument that cannot mean anything: never recorded in the ledger."""

    code = "invalid-input"


class NotFound(WorkflowError):
    """A release, process, person, entry or file that does not exist."""

    code = "not-found"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition, at a place that an editor can open."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


_FORMS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "string_type": "it is to be a text",
    "string_pattern_mismatch": "it does not have the form of one",
    "int_type": "it is to be a whole number",
    "int_parsing": "it is to be a whole number",
    "dict_type": "it is to be an object",
    "model_type": "it is to be an object",
    "tuple_type": "it is to be a list",
    "list_type": "it is to be a list",
}
"""What can be wrong with a field, by the word that pydantic has for it."""


_DIGEST = "^[0-9a-f]{64}$"
"""The form of a digest."""


def misfit(problem: Mapping[str, Any]) -> str:
    """What a model has against what it was given, as pydantic reports it, in plain words behind the field's name."""
    place = ascii(".".join(str(part) for part in problem["loc"])[:80])[1:-1]
    if (problem.get("ctx") or {}).get("pattern") == _DIGEST:
        return f"{place}: it is to be all 64 hexadecimal digits of a digest, in lower case"
    said = _FORMS.get(str(problem["type"]), str(problem["msg"]).removeprefix("Value error, "))
    return f"{place}: {said}" if place else said


class DefinitionError(WorkflowError):
    """A process or a configuration that is refused at load, with every mistake found in it."""

    code = "definition"

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), remedy: str | None = None) -> None:
        text = message if not problems else message + "\n" + "\n".join(f"  {problem}" for problem in problems)
        super().__init__(text, remedy=remedy)
        self.problems = tuple(problems)

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        return {**super().diagnostics(), "problems": [asdict(problem) for problem in self.problems]}


class Refused(WorkflowError):
    """A rule or a person said no, or nobody has said yes yet. The refusal is in the ledger, at ``entry``.

    ``reason`` is a stable word for why; ``outcome`` is ``no``, ``open`` (only waiting) or ``error`` (not checkable).
    """

    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        verdicts: Sequence[Verdict] = (),
        entry: int | None = None,
        reason: str = "refused",
        outcome: Literal["open", "no", "error"] = "no",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.verdicts = tuple(verdicts)
        self.entry = entry
        self.reason = reason
        self.outcome = outcome

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, the entry that holds the refusal, and every verdict."""
        return {
            **super().diagnostics(),
            "reason": self.reason,
            "outcome": self.outcome,
            "entry": self.entry,
            "verdicts": [verdict.model_dump(mode="json") for verdict in self.verdicts],
        }


class InvalidTransition(Refused):
    """The trigger does not lead anywhere from the stage that the release is in."""

    code = "invalid-transition"


class GateDenied(Refused):
    """At least one policy of the gate did not allow the transition; ``verdicts`` has all of them."""

    code = "gate-denied"


class SignOffRejected(Refused):
    """A sign-off that could not count, so it was not taken: the person, the role or the transition does not fit."""

    code = "sign-off-rejected"


class PolicyErrored(Refused):
    """A check could not be made, and nobody said no: what cannot be checked does not pass."""

    code = "policy-errored"


class ConcurrentUpdate(WorkflowError):
    """Others kept changing the release while this command was being prepared. Nothing was recorded: try again."""

    code = "concurrent-update"


class PublishingFailed(WorkflowError):
    """Bytes could not be brought where they were to go. Nothing is recorded of it, or that no byte left."""

    code = "publishing-failed"


class ExposureUnknown(PublishingFailed):
    """Nobody can prove whether bytes left. It counts as out, at ``entry``, until a person reconciles it."""

    code = "exposure-unknown"

    def __init__(self, message: str, *, entry: int, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.entry = entry

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and the entry at which it began to count as out."""
        return {**super().diagnostics(), "entry": self.entry}


class LedgerError(WorkflowError):
    """The ledger is not what it must be. Nothing is repaired in passing."""

    code = "ledger"


class ChainBroken(LedgerError):
    """An entry does not continue what came before it."""

    code = "chain-broken"

    def __init__(self, message: str, *, at: int, expected: str, found: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.at = at
        self.expected = expected
        self.found = found

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        return {**super().diagnostics(), "at": self.at, "expected": self.expected, "found": self.found}


class HistoryForked(LedgerError):
    """The ledger does not continue the tree that a checkpoint was given out of: it was put back, or is another copy.

    ``size`` and ``root`` are what it has now, or claims to have; ``known_size`` and ``known_root`` what was given out.
    """

    code = "history-forked"

    def __init__(
        self, message: str, *, size: int, root: str, known_size: int, known_root: str, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.size = size
        self.root = root
        self.known_size = known_size
        self.known_root = known_root

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        own = {name: getattr(self, name) for name in ("size", "root", "known_size", "known_root")}
        return {**super().diagnostics(), **own}


class CheckpointMissing(WorkflowError):
    """What was asked for is on record, at ``entry``, and its checkpoint could not be made, for ``cause``."""

    code = "checkpoint-missing"

    def __init__(self, message: str, *, entry: int, cause: WorkflowError) -> None:
        super().__init__(message, remedy=cause.remedy)
        self.entry = entry
        self.cause = cause

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        return {**super().diagnostics(), "entry": self.entry, "why": self.cause.code}


class LogUnusable(InvalidInput):
    """What a log or a witness has of its own cannot be used: its key, or where it is remembered what was given out.

    It is not there, others can reach it, or the ledger does not name it: nothing that another argument would change.
    """

    code = "log-unusable"


class WitnessConflict(WorkflowError):
    """A witness is asked to go on from another tree than the last one that it cosigned, which has ``size`` entries."""

    code = "conflict"

    def __init__(self, message: str, *, size: int, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.size = size

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        return {**super().diagnostics(), "size": self.size}


class ProtectionMissing(LedgerError):
    """A trigger that keeps the ledger append-only is missing or changed, or there is one that is none of Holdfast's."""

    code = "protection-missing"


class StorageError(WorkflowError):
    """The database cannot be used: not there, foreign, busy, full or not writable."""

    code = "storage"


class SchemaOutdated(StorageError):
    """The database was made by another version of Holdfast."""

    code = "schema-outdated"


class OutcomeUnknown(StorageError):
    """The database was lost while it recorded this: perhaps it has. Repeated under ``command_id``, it counts once."""

    code = "outcome-unknown"

    def __init__(self, message: str, *, command_id: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.command_id = command_id

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        return {**super().diagnostics(), "command_id": self.command_id}


class SignatureInvalid(WorkflowError):
    """A signature, or a key to check one with, that does not count.

    ``reason`` is a stable word for why, one of those in docs/signing-format.md; ``fingerprint`` is the key's, and
    ``line`` the place in a file of allowed signers, where there is one.
    """

    code = "signature-invalid"

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        fingerprint: str | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason
        self.fingerprint = fingerprint
        self.line = line

    def diagnostics(self) -> dict[str, Any]:
        """The base's facts, and this error's own."""
        own = {"reason": self.reason, "fingerprint": self.fingerprint, "line": self.line}
        return {**super().diagnostics(), **own}
