"""What an audit finds, what could not be made again, and what it could not look at because of what it found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workflow.errors import StorageError, WorkflowError
from workflow.views import AuditProblem


class Findings:
    """The findings of one audit.

    ``unseen`` are the things that damage kept from being looked at; ``unmade`` says of entries what of them could not
    be made again.
    """

    def __init__(self) -> None:
        self.problems: list[AuditProblem] = []
        self.unseen: list[str] = []
        self.unmade: list[tuple[int, str]] = []

    def problem(self, kind: str, message: str, entry: int | None = None, stream: str | None = None) -> None:
        """Something is not as it must be."""
        self.problems.append(AuditProblem(kind=kind, message=message, entry=entry, stream=stream))

    def not_recomputed(self, entry: int, what: str) -> None:
        """Something of an entry can be told neither to be right nor to be wrong."""
        self.unmade.append((entry, what))

    def not_looked_at(self, what: str, because: str) -> None:
        """Something was left out, because of damage."""
        self.unseen.append(f"{what}: not looked at, because {because}")

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
