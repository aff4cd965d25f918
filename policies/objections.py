"""No refusal stands. The loader adds this to every raise."""

from __future__ import annotations

from typing import ClassVar

from workflow.policy import Fact, GateContext, Objection, Policy, Reason, SignOff, Verdict


class Objections(Policy):
    """No reject stands against the candidate or anything it descends from, of this move or of a lesser raise.

    A reject outlives rounds, releases and processes. That of a ``veto`` role ends by its maker alone, or by a quorum of
    the role once the maker has left; that of an ``advice`` role can also be answered by a quorum of the role.
    """

    rule: ClassVar[str] = "objections"

    def describe(self) -> str:
        """The demand in words."""
        return "nobody's refusal stands against the candidate or anything it descends from"

    def evaluate(self, context: GateContext) -> Verdict:
        """One reason a reject, with who can end it."""
        standing = context.objections.rejects_of(
            context.transition.trigger,
            context.transition.dest,
            raises_to=context.exposure if context.raises else None,
        )
        if not standing:
            return self.allow()
        facts = [
            Fact(label="refused", text=f"{item.by} as {item.role} in {item.release}", person=item.by, entry=item.entry)
            for item in standing
        ]
        reasons = [self._reason(context, item) for item in standing]
        return self.block(*reasons, summary=f"objections: {len(reasons)} standing", facts=facts)

    def _reason(self, context: GateContext, objection: Objection[SignOff]) -> Reason:
        maker, role, sign_off = objection.by, objection.role, objection.source
        text = f"{maker} refused as {role}, {objection.id} in {objection.release}, entry {objection.entry}"
        if sign_off.act.candidate != context.release.candidate.digest:
            text += f"; for candidate {sign_off.act.candidate[:12]}, which this one descends from"
        text += objection.closed_elsewhere("ended")
        others = tuple(person for person in context.eligible(role) if person != maker)
        if not context.roster.knows(maker):
            remedy, who = f"{maker} has left; a quorum of {role} can answer it", others
        elif sign_off.authority == "veto":
            remedy, who = f"only {maker} can take it back", (maker,)
        else:
            remedy, who = f"{maker} takes it back, or a quorum of {role} answers it", (maker, *others)
        return Reason(
            kind="no",
            code="rejected",
            text=text,
            remedy=remedy,
            who=who,
            role=role,
            subject=objection.id,
            release=objection.release,
        )
