"""What administrators do: the roster, the charter, erasure, and the acknowledgement of lost protection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workflow import commands
from workflow.api.base import make, several
from workflow.api.proposing import Proposing
from workflow.changes import (
    AdministratorsSet,
    ClockCorrected,
    PersonAdded,
    PersonRemoved,
    ProcessChartered,
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.errors import NotFound
from workflow.outcome import Outcome
from workflow.process import Exposure, Process

if TYPE_CHECKING:
    from workflow.definition import Finding, Places
    from workflow.roster_views import RosterView


class Administering(Proposing):
    """The administrators' commands. Each is one change, in force once their threshold has approved it."""

    def add_person(
        self,
        person: str,
        *,
        actor: str,
        rationale: str,
        roles: Sequence[str] = (),
        name: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Puts somebody on the roster, by a pseudonymous handle; the real name is a text that can be erased.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        change = make(PersonAdded, person=person, roles=several("roles", roles), name="name" if name else None)
        return self._propose(change, actor, rationale, command_id, {"name": name} if name else {})

    def grant(
        self, person: str, roles: Sequence[str], *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Grants roles to somebody on the roster.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(
            make(RolesGranted, person=person, roles=several("roles", roles)), actor, rationale, command_id
        )

    def revoke(
        self, person: str, roles: Sequence[str], *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Takes roles from somebody: approvals made in them count no more, objections do.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(
            make(RolesRevoked, person=person, roles=several("roles", roles)), actor, rationale, command_id
        )

    def remove_person(self, person: str, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Records that somebody has left: their approvals count no more, their objections do.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(make(PersonRemoved, person=person), actor, rationale, command_id)

    def allow_process(
        self,
        process: Process,
        up_to: Exposure,
        *,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Allows releases under a process, up to an exposure.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        change = make(ProcessChartered, process=process.digest, name=process.name, exposure=up_to)
        return self._propose(change, actor, rationale, command_id, blobs=(process.canonical,))

    def disallow_process(self, process: str, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Takes a process, by its digest, out of the charter: releases under it raise no further.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(make(ProcessUnchartered, process=process), actor, rationale, command_id)

    def correct_clock(self, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Records that the highest clock reading so far was wrong and the present one is right.

        Soak starts again; nothing that has expired comes back.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(ClockCorrected(), actor, rationale, command_id)

    def set_administrators(
        self,
        administrators: Sequence[str],
        threshold: int,
        *,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Says who administers from now on. It takes the thresholds of those who do and of those who will.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where both thresholds are reached.
        """
        change = make(AdministratorsSet, administrators=several("administrators", administrators), threshold=threshold)
        return self._propose(change, actor, rationale, command_id)

    def approve_change(
        self,
        change: str,
        *,
        actor: str,
        rationale: str,
        content: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Approves a change that another administrator proposed.

        Args:
            change: by its id.
            actor: by handle.
            rationale: why.
            content: the digest of the change that was seen (:meth:`roster` shows it); by default the one of that id.
            command_id: makes a repeated request safe.

        Appends: ``ChangeApproved``, and ``ChangeAccepted`` when the threshold is reached.
        """
        if content is None:
            with self._reading() as reader:
                content = self._pipeline.folder.roster(reader).contents.get(change)
        if content is None:
            raise NotFound(f"nobody proposed a change {change}", remedy="holdfast roster show")
        command = make(commands.ApproveChange, actor=actor, id=change, content=content)
        return self._after(self._execute(command, {"rationale": rationale}, command_id=command_id), actor)

    def erase(self, entry: int, name: str, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Deletes a text of an entry for good; its commitment stays, and the ledger still verifies.

        Appends: ``TextErased``.
        """
        command = make(commands.EraseText, actor=actor, entry=entry, name=name)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def restore_protection(self, *, actor: str, rationale: str) -> Outcome | None:
        """Acknowledges that the database lost its append-only triggers, and puts them back; None where none is lost.

        Appends: ``ProtectionRestored``.
        """
        pipeline = self._pipeline
        if not pipeline.unprotected:
            return None
        command = make(commands.RestoreProtection, actor=actor, triggers=pipeline.unprotected)
        outcome = self._record(command, {"rationale": rationale})
        pipeline.storage.restore_protection()
        pipeline.unprotected = pipeline.storage.missing_protection()
        return self._followed(outcome)

    def roster(self) -> RosterView:
        """Who is known in which roles and with which keys, who administers, and what the charter allows."""
        from workflow.api.roster_view import roster_view

        with self._reading() as reader:
            roster = self._pipeline.folder.roster(reader)
            origin = self._pipeline.folder.origin(reader)
            return roster_view(reader, roster, origin, self._pipeline.clock.now())

    def check_roster(self, process: Process, places: Places | None = None) -> list[Finding]:
        """What the people on the roster cannot do of what a process demands; ``places`` gives the findings lines."""
        from workflow.definition import check_roster

        with self._reading() as reader:
            roster = self._pipeline.folder.roster(reader)
        return check_roster(process, self._pipeline.rulebook.registry, roster, places, can_sign=roster.can_sign)
