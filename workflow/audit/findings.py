"""Takes what an audit finds while it looks, whatever breaks under it."""

from __future__ import annotations

from types import TracebackType

from workflow.audit.found import Found
from workflow.errors import StorageError, WorkflowError
from workflow.views import AuditProblem


class Findings:
    """The findings of one stretch of an audit, in ``found``."""

    def __init__(self) -> None:
        self.found = Found()

    def problem(self, kind: str, message: str, entry: int | None = None, stream: str | None = None) -> None:
        """Something is not as it must be."""
        self.found.tell(AuditProblem(kind=kind, message=message, entry=entry, stream=stream))

    def not_recomputed(self, entry: int, what: str) -> None:
        """Something of an entry can be told neither to be right nor to be wrong."""
        self.found.unmade.append((entry, what))

    def not_looked_at(self, what: str, because: str) -> None:
        """Something was left out, because of damage."""
        self.found.unseen.append(f"{what}: not looked at, because {because}")

    def broke(self, error: Exception, kind: str, what: str, entry: int | None, stream: str | None) -> None:
        """Reports what broke, as :meth:`damage` does; for what is done so often that the context would tell.

        Raises:
            StorageError: the database cannot be used now, which says nothing about what is in it.
        """
        if isinstance(error, StorageError):
            raise error
        why = error.message if isinstance(error, WorkflowError) else f"{type(error).__name__}: {error}"
        self.problem(kind, f"{what}: {why}", entry, stream)

    def damage(self, kind: str, what: str, entry: int | None = None, stream: str | None = None) -> _Damage:
        """Reports whatever breaks inside, because there is nothing that damage could not break."""
        return _Damage(self, kind, what, entry, stream)


class _Damage:
    """What :func:`contextlib.contextmanager` would make, at a fraction of its cost: there are several an entry."""

    __slots__ = ("_entry", "_findings", "_kind", "_stream", "_what")

    def __init__(self, findings: Findings, kind: str, what: str, entry: int | None, stream: str | None) -> None:
        self._findings = findings
        self._kind = kind
        self._what = what
        self._entry = entry
        self._stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, StorageError):
            return False
        self._findings.broke(error, self._kind, self._what, self._entry, self._stream)
        return True
