"""What stands open against a release: holds, requirements and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflow import commands
from workflow.api.base import Session, make, pairs, several
from workflow.clock import timestamp
from workflow.facts import RequirementBound, Severity
from workflow.outcome import Outcome


class Stopping(Session):
    """The commands that stop a release and let it go on."""

    def hold(
        self,
        release: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        conditions: Sequence[tuple[str, str]] = (),
        review_by: datetime | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Stops every raise, at once and with no end date.

        Args:
            release: by name.
            role: as what the actor stops it.
            actor: by handle.
            rationale: why.
            conditions: what must be discharged before it can be lifted, each with the role that discharges it.
            review_by: when somebody should look again. It is never a release date, and nothing happens then.
            command_id: makes a repeated request safe.

        Appends: ``HoldPlaced``, and ``RequirementRaised`` for each condition.

        Raises:
            InvalidInput: ``conditions`` are no pairs of texts.
        """
        texts = {"rationale": rationale}
        lifts = []
        for place, (text, discharged_by) in enumerate(pairs("conditions", conditions), 1):
            texts[f"condition.{place}"] = text
            lifts.append({"text": f"condition.{place}", "discharged_by": discharged_by})
        command = make(
            commands.PlaceHold,
            actor=actor,
            release=release,
            role=role,
            review_by=timestamp(review_by) if review_by else None,
            conditions=tuple(lifts),
        )
        return self._execute(command, texts, command_id=command_id)

    def lift(
        self,
        release: str,
        hold: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        candidates: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Says that a hold can go, citing in the rationale what changed.

        It goes at once where its owner says so, else when the quorum of the owner's role has; for exactly the
        candidates named, or for the present one.

        Appends: ``LiftApproved``, and ``ObjectionClosed`` when it goes.
        """
        command = make(
            commands.Lift,
            actor=actor,
            release=release,
            subject=hold,
            role=role,
            candidates=several("candidates", candidates),
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def require(
        self,
        release: str,
        text: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        discharged_by: str | None = None,
        blocks: Sequence[str] = (),
        due: datetime | None = None,
        bound: Mapping[str, Any] | None = None,
        hold: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Raises something that must be discharged first.

        Args:
            release: by name.
            text: what must be done.
            role: as what the actor demands it.
            actor: by handle.
            rationale: why.
            discharged_by: the role that says it is done; by default the one that demands it.
            blocks: the triggers that it blocks; none named means every raise.
            due: from when on it blocks every raise, whatever it names.
            bound: a measurement that alone discharges it: ``kind`` and ``name`` of the reports, and a ``bound``
                (see :class:`workflow.evidence.Bound`).
            hold: the hold whose lifting it is a condition of.
            command_id: makes a repeated request safe.

        Appends: ``RequirementRaised``.
        """
        command = make(
            commands.Require,
            actor=actor,
            release=release,
            role=role,
            discharged_by=discharged_by or role,
            blocks=several("blocks", blocks),
            due=timestamp(due) if due else None,
            bound=make(RequirementBound, **bound) if bound else None,
            hold=hold,
        )
        return self._execute(command, {"rationale": rationale, "text": text}, command_id=command_id)

    def finding(
        self,
        release: str,
        text: str,
        *,
        severity: Severity,
        role: str,
        actor: str,
        rationale: str,
        discharged_by: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Says that something is wrong, and how grave that is: ``low``, ``medium``, ``high`` or ``critical``.

        It is a requirement, and blocks every raise until it is discharged. A gate with the policy ``findings`` says
        from which severity on it blocks there, and who may accept its risk.

        Args:
            release: by name.
            text: what was found.
            severity: how grave it is.
            role: as what the actor found it.
            actor: by handle.
            rationale: why.
            discharged_by: the role that says it is gone; by default the one that found it.
            command_id: makes a repeated request safe.

        Appends: ``FindingRaised``.
        """
        command = make(
            commands.RaiseFinding,
            actor=actor,
            release=release,
            severity=severity,
            role=role,
            discharged_by=discharged_by or role,
        )
        return self._execute(command, {"rationale": rationale, "text": text}, command_id=command_id)

    def accept_risk(
        self,
        release: str,
        finding: str,
        *,
        until: datetime,
        role: str,
        actor: str,
        rationale: str,
        candidates: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Accepts the risk of a finding until a time, for the candidates named or for the present one.

        When the time has come the finding stands open again. Somebody's later word takes the place of an earlier one.

        Appends: ``RiskAccepted``.

        Raises:
            Refused: no gate of the process lets the role accept a risk so grave, or for so long; or an exclusion.
        """
        command = make(
            commands.AcceptRisk,
            actor=actor,
            release=release,
            subject=finding,
            role=role,
            until=timestamp(until),
            candidates=several("candidates", candidates),
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def discharge(
        self,
        release: str,
        requirement: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        evidence: Sequence[str] = (),
        candidates: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Says that a requirement is met, on some evidence, for the candidates named or for the present one.

        Appends: ``RequirementDischarged``.
        """
        command = make(
            commands.Discharge,
            actor=actor,
            release=release,
            subject=requirement,
            role=role,
            evidence=several("evidence", evidence),
            candidates=several("candidates", candidates),
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)
