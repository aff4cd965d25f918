"""Takes what an audit finds while it looks, whatever breaks under it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workflow.audit.found import Found
from workflow.errors import StorageError, WorkflowError
from workflow.views import AuditProblem


class Findings:
    """The findings of one stretch of an audit, in ``found``."""

    def __init__(self) -> None:
        self.found = Found()

    def problem(self, kind: str, message: str, entry: int | None = None, stream: str | None = None) -> None:
        """Something is not as it must be."""
        self.found.problems.append(AuditProblem(kind=kind, message=message, entry=entry, stream=stream))

    def not_recomputed(self, entry: int, what: str) -> None:
        """Something of an entry can be told neither to be right nor to be wrong."""
        self.found.unmade.append((entry, what))

    def not_looked_at(self, what: str, because: str) -> None:
        """Something was left out, because of damage."""
        self.found.unseen.append(f"{what}: not looked at, because {because}")

    @contextmanager
    def damage(self, kind: str, what: str, entry: int | None = None, stream: str | None = None) -> Iterator[None]:
        """Reports whatever breaks inside, because there is nothing that damage could not break."""
        try:
            yield
        except StorageError:
            raise  # that the database cannot be used now says nothing about what is in it
        except WorkflowError as error:
            self.problem(kind, f"{what}: {error.message}", entry, stream)
        except Exception as error:
            self.problem(kind, f"{what}: {type(error).__name__}: {error}", entry, stream)
