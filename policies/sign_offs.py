"""So many distinct people of a role approve."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from workflow.policy import Duration, Fact, GateContext, Name, Policy, Quorum, QuorumResult, Reason, Verdict, length


class SignOffs(Policy):
    """Approvals of this transition by ``count`` people as ``role``.

    They count for exactly the basis that was signed, in its round and no longer than ``expires_after``, from people who
    have held the role ever since and who are neither requester nor author. Nobody fills two places of one gate.
    Refusals are the policy ``objections``. Where the role is sealed, nothing names those who approved before the quorum
    is in.
    """

    rule: ClassVar[str] = "sign_offs"

    role: Name
    count: int = Field(ge=1, le=99)
    expires_after: Duration | None = None

    def quorums(self) -> tuple[Quorum, ...]:
        """The one quorum."""
        return (Quorum(self.role, self.count),)

    def sign_off_lifetime(self) -> timedelta | None:
        """How long an approval counts."""
        return length(self.expires_after) if self.expires_after else None

    def describe(self) -> str:
        """The demand in words."""
        people = "1 person" if self.count == 1 else f"{self.count} people"
        until = f", each within the last {self.expires_after}" if self.expires_after else ""
        return f"{people} as {self.role} approve{until}; not the requester, not an author"

    def evaluate(self, context: GateContext) -> Verdict:
        """Counts people, and says whose approval was ignored and why."""
        result = context.count(self.role)
        facts = [
            Fact(label="counted", text=item.act.person, person=item.act.person, entry=item.act.entry)
            for item in result.counted
        ]
        facts += [
            Fact(
                label="ignored",
                text=f"{item.sign_off.act.person} ({item.why})",
                person=item.sign_off.act.person,
                entry=item.sign_off.act.entry,
            )
            for item in result.ignored
        ]
        facts += [
            Fact(label=item.label, text=item.text, person=item.sign_off.act.person, entry=item.sign_off.act.entry)
            for item in result.remarks
        ]
        if result.sealed is not None:
            facts.append(Fact(label="sealed", text=f"who decided what as {self.role} shows once the quorum is in"))
        summary = f"sign-offs {self.role}: {result.have} of {result.quorum.count}"
        if result.assumed:
            summary += f", {result.assumed} assumed"
            facts.append(Fact(label="assumed", text=f"{result.assumed} more as {self.role}; {_could(result)}"))
        if not result.missing:
            return self.allow(summary, facts=facts)
        can = len(result.who_can)
        text = f"{result.missing} more to approve as {self.role}"
        if can < result.missing:
            text += f", and only {can} of those who hold it may" if can else ", and nobody who holds it may"
        grant = f"grant {self.role} to somebody who may approve"
        if context.process.signed:
            grant += "; in a round that has begun they count once they are admitted: holdfast roster admit"
        reason = Reason(
            kind="open",
            code="sign-offs-missing",
            text=text,
            remedy=f"an approval as {self.role}" if can else grant,
            who=result.who_can,
            role=self.role,
        )
        return self.block(reason, summary=summary, facts=facts)


def _could(result: QuorumResult) -> str:
    able = ", ".join(result.who_can) or "nobody"
    return f"{able} could" if len(result.who_can) >= result.assumed else f"only {able} could, which is too few"
