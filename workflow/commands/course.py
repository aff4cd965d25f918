"""What takes a release on its way: its bytes, its moves, its date and its process."""

from __future__ import annotations

from typing import ClassVar

from workflow.commands.base import ReleaseCommand
from workflow.facts import CandidateFacts, Moment, TextName
from workflow.process import Digest, Name


class Start(ReleaseCommand):
    """Enters a candidate into a process."""

    command: ClassVar[str] = "start"
    process: Digest
    candidate: CandidateFacts

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and where the files were."""
        return (*super().texts_named(), self.candidate.location)


class ReplaceCandidate(ReleaseCommand):
    """Puts other bytes in the candidate's place."""

    command: ClassVar[str] = "candidate"
    candidate: CandidateFacts

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and where the files were."""
        return (*super().texts_named(), self.candidate.location)


class Advance(ReleaseCommand):
    """Pulls a trigger."""

    command: ClassVar[str] = "advance"
    looks: ClassVar[bool] = True
    trigger: Name


class Withdraw(Advance):
    """Pulls a trigger that ends the release, and says to the public, as ``role``, what it has to know."""

    command: ClassVar[str] = "withdraw"
    role: Name
    text: TextName = "text"

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and the notice."""
        return (*super().texts_named(), self.text)


class Schedule(ReleaseCommand):
    """Sets the planned date; null is *no date*."""

    command: ClassVar[str] = "schedule"
    planned: Moment | None


class ProposeMigration(ReleaseCommand):
    """Proposes that a release goes on under another process."""

    command: ClassVar[str] = "propose_migration"
    process: Digest


class ApproveMigration(ReleaseCommand):
    """Approves, in a role of the present process, that a release goes on under exactly this other one."""

    command: ClassVar[str] = "approve_migration"
    process: Digest
    role: Name
