"""No open requirement is in the way. The loader adds this to every raise."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import (
    FINDING,
    Fact,
    GateContext,
    Incident,
    Objection,
    Policy,
    Reason,
    Requirement,
    Verdict,
    timestamp,
)


class Requirements(Policy):
    """Every requirement that blocks this move is discharged for this candidate, here and where it descends from.

    A requirement blocks the moves that it names, or every raise where it names none. One that is overdue blocks every
    raise; where there is a due date, a clock that cannot be trusted is an error. An incident blocks every raise of
    whatever it affects, and of what descends from that.
    """

    rule: ClassVar[str] = "requirements"

    def describe(self) -> str:
        """The demand in words."""
        return "every requirement that blocks this move is discharged for this candidate"

    def evaluate(self, context: GateContext) -> Verdict:
        """One reason a requirement, with who can discharge it."""

        def overdue(requirement: Requirement) -> bool:
            return requirement.due is not None and context.passed(requirement.due, requirement.entry)

        blocking = context.objections.requirements_of(
            context.transition.trigger, raises=context.raises, overdue=overdue
        )
        standing = [item for item in blocking if not self._leaves(context, item.source)]
        if not standing:
            return self.allow()
        facts = [_raised(context, item) for item in standing]
        reasons = [self._reason(context, item, overdue=overdue(item.source)) for item in standing]
        return self.block(*reasons, summary=f"requirements: {len(reasons)} open", facts=facts)

    def _leaves(self, context: GateContext, requirement: Requirement) -> bool:  # noqa: ARG002
        """Whether another rule of this gate decides on a requirement."""
        return False

    def _reason(self, context: GateContext, objection: Objection[Requirement], *, overdue: bool) -> Reason:
        requirement = objection.source
        if requirement.incident is not None:
            return self._incident(context, objection, requirement.incident)
        graveness = f" ({requirement.severity})" if requirement.severity is not None else ""
        what = f", {requirement.about}," if requirement.about else ""
        text = f"{requirement.id} in {objection.release}{what} is open{graveness}, entry {requirement.entry}"
        if requirement.due is not None:
            text += f"; {'overdue since' if overdue else 'due'} {timestamp(requirement.due)}"
        text += objection.closed_elsewhere("discharged")
        if requirement.about and objection.release != context.release.slug:
            text += "; like every requirement it stands against what comes of its candidate too"
        role = requirement.discharged_by
        can = tuple(person for person in context.eligible(role) if person not in requirement.not_by)
        return Reason(
            kind="open",
            code="requirement-overdue" if overdue else "requirement-open",
            text=text,
            remedy=f"discharged by {role}" if can else f"grant {role} to somebody who may discharge it",
            who=can,
            role=role,
            subject=requirement.id,
            release=objection.release,
        )

    def _incident(self, context: GateContext, objection: Objection[Requirement], incident: Incident) -> Reason:
        requirement, role = objection.source, objection.source.discharged_by
        since, recorded = timestamp(incident.known_since), timestamp(incident.recorded_at)
        can = context.eligible(role)
        return Reason(
            kind="open",
            code="incident-open",
            text=f"incident {requirement.id} in {objection.release} is open, known since {since}, recorded {recorded}, "
            f"entry {requirement.entry}{objection.closed_elsewhere('closed')}",
            remedy=f"dealt with in these very files, which {role} says, for exactly this candidate"
            if can
            else f"grant {role} to somebody who may close it",
            who=can,
            role=role,
            subject=requirement.id,
            release=objection.release,
        )


class RequirementsButFindings(Requirements):
    """As before; but findings are left to the rule ``findings``, in a gate that has it too.

    In every other gate an open finding blocks like any requirement, whatever its severity and whoever accepted its
    risk.
    """

    revision: ClassVar[int] = 2

    def describe(self) -> str:
        """The demand in words."""
        return f"{super().describe()}; findings too, unless a rule of this gate is about them"

    def _leaves(self, context: GateContext, requirement: Requirement) -> bool:
        return requirement.kind == FINDING and context.has_built_in("findings")


def _raised(context: GateContext, item: Objection[Requirement]) -> Fact:
    maker = context.raised_by(item)
    # A review after the fact comes with a move: its role is that of who reviews, not of who moved.
    role = "" if item.source.about else f" as {item.role}"
    text = f"{maker or 'somebody'}{role} in {item.release}"
    return Fact(label="raised", text=text, person=maker, entry=item.entry)
