"""How a release gets under another process than the one it was started under."""

from __future__ import annotations

from workflow import commands
from workflow.api.base import make
from workflow.api.processes import Processes
from workflow.outcome import Outcome
from workflow.process import Process


class Migrating(Processes):
    """The commands about another process for a release."""

    def propose_migration(
        self, release: str, process: str | Process, *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Proposes that a release goes on under another process.

        The proposal ends with the round, or when another one takes its place.

        Args:
            release: by name.
            process: a process of the charter by its name or digest, or a loaded one.
            actor: somebody who may start a release under the present process.
            rationale: why.
            command_id: makes a repeated request safe.

        Appends: ``MigrationProposed``, which says where the other process asks less.

        Raises:
            Refused: the actor may not; the charter does not allow the process that far; it lacks the present stage, or
                a role by which something that was objected to is closed; or it asks less, and the release was exposed.
            InvalidInput: it is the process that the release is under.
        """
        chosen = self.process(process)
        command = make(commands.ProposeMigration, actor=actor, release=release, process=chosen.digest)
        return self._execute(command, {"rationale": rationale}, command_id=command_id, blobs=(chosen.canonical,))

    def approve_migration(
        self,
        release: str,
        process: str | Process,
        *,
        role: str,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Approves, as somebody whom the present process asks, that a release goes on under exactly this other one.

        Args:
            release: by name.
            process: the process that was proposed; "whatever is proposed" cannot be said.
            role: as what the actor approves; one that a gate of the present process asks to sign.
            actor: by handle; neither who proposed it, nor a requester or an author.
            rationale: why.
            command_id: makes a repeated request safe.

        Appends: ``MigrationApproved``; with the last approval that is asked for, ``ProcessMigrated``.

        Raises:
            Refused: the actor may not approve it, or it cannot be done any more.
            NotFound: this process is not proposed in the present round.
        """
        chosen = self.process(process)
        command = make(commands.ApproveMigration, actor=actor, release=release, process=chosen.digest, role=role)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)
