"""Who acts where somebody cannot: deputies, latecomers, and who decides about the objection of somebody who left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow import commands
from workflow.api.base import make, several
from workflow.api.proposing import Proposing
from workflow.changes import DecisionMakerNamed, DeputyDismissed, DeputyNamed, LatecomerAdmitted
from workflow.clock import timestamp
from workflow.errors import InvalidInput, NotFound
from workflow.outcome import Outcome


class Absences(Proposing):
    """The commands about people who are away, have left, or came late."""

    def name_deputy(
        self,
        person: str,
        deputy: str,
        roles: Sequence[str],
        *,
        actor: str,
        rationale: str,
        release: str | None = None,
        until: datetime | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Names who acts for a person in some of their roles, in one release or all, while they cannot.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        change = make(
            DeputyNamed,
            person=person,
            deputy=deputy,
            roles=several("roles", roles),
            release=release,
            until=timestamp(until) if until else None,
        )
        return self._propose(change, actor, rationale, command_id)

    def dismiss_deputy(
        self, person: str, deputy: str, *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Takes somebody's deputy away again.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(make(DeputyDismissed, person=person, deputy=deputy), actor, rationale, command_id)

    def admit_latecomer(
        self, person: str, role: str, release: str, *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Lets somebody count in the present round of a release, although it had begun before they came to the role.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        with self._reading() as reader:
            present = self._pipeline.folder.release(reader, release).round
        change = make(LatecomerAdmitted, person=person, role=role, release=release, round=present)
        return self._propose(change, actor, rationale, command_id)

    def name_decision_maker(
        self, release: str, objection: str, person: str, *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Names who decides about an objection whose maker has left, together with a fresh quorum of that role.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.

        Raises:
            NotFound: there is no such refusal in the release.
            InvalidInput: its maker has not left, or the person does not hold its role.
        """
        with self._reading() as reader:
            roster = self._pipeline.folder.roster(reader)
            made = self._pipeline.folder.release(reader, release).sign_offs
        rejected = {item.id: item for item in made if item.decision == "reject"}.get(objection)
        if rejected is None:
            raise NotFound(f"there is no refusal {objection} in {release}", remedy=f"holdfast status {release}")
        maker, role = rejected.act.person, rejected.act.role
        if roster.knows(maker):
            raise InvalidInput(f"{maker} has not left: {objection} is theirs to take back", remedy="holdfast unsign")
        if roster.knows(person) and not roster.holds(person, role):
            raise InvalidInput(f"{person} does not hold {role}", remedy=f"{', '.join(roster.having(role))} hold it")
        change = make(DecisionMakerNamed, release=release, objection=objection, person=person)
        return self._propose(change, actor, rationale, command_id)

    def away(
        self, *, actor: str, rationale: str, until: datetime | None = None, command_id: str | None = None
    ) -> Outcome:
        """Says that the actor is away: their deputies may act, and they open no gate themselves.

        Appends: ``AwayDeclared``.
        """
        command = make(commands.DeclareAway, actor=actor, until=timestamp(until) if until else None)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def back(self, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Says that the actor is back.

        Appends: ``ReturnDeclared``.
        """
        return self._execute(make(commands.DeclareReturn, actor=actor), {"rationale": rationale}, command_id=command_id)
