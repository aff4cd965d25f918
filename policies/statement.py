"""Named people stated something about the release."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workflow.policy import Fact, GateContext, Name, Policy, Reason, Verdict


class StatementPolicy(Policy):
    """``people`` different people who hold one of ``roles`` made a statement in this round, for this candidate.

    It wants a name under words, not agreement: what a statement says is not read, and requester and authors may make
    one. With ``public`` only statements that are meant for the public count; one on an incident never does.
    """

    rule: ClassVar[str] = "statement"
    overridable: ClassVar[frozenset[str]] = frozenset({"statement-missing"})

    people: int = Field(ge=1, le=99)
    roles: tuple[Name, ...] = Field(min_length=1)
    public: bool = True

    def roles_named(self) -> tuple[str, ...]:
        """The roles, one of which whoever states something holds."""
        return self.roles

    def describe(self) -> str:
        """The demand in words."""
        people = "1 person" if self.people == 1 else f"{self.people} people"
        kind = "public statement" if self.public else "statement"
        return f"{people} as {' or '.join(self.roles)} made a {kind} in this round"

    def evaluate(self, context: GateContext) -> Verdict:
        """Counts people, not statements."""
        roster, release = context.roster, context.release
        made = {
            statement.act.person: statement.act
            for statement in release.statements
            if statement.about is None
            and statement.round == release.round
            and statement.act.candidate == release.candidate.digest
            and (statement.public or not self.public)
            and statement.act.role in self.roles
            and roster.kept(statement.act.person, statement.act.role, statement.act.roster_version)
            and context.unsound(statement.act) is None
        }
        facts = [
            Fact(label="stated", text=f"{act.person} as {act.role}", person=act.person, entry=act.entry)
            for act in made.values()
        ]
        summary = f"statements: {len(made)} of {self.people}"
        missing = self.people - len(made)
        if missing <= 0:
            return self.allow(summary, facts=facts)
        can = tuple(sorted({person for role in self.roles for person in roster.having(role)} - made.keys()))
        wanted = " or ".join(self.roles)
        kind = "public statement" if self.public else "statement"
        reason = Reason(
            kind="open",
            code="statement-missing",
            text=f"{missing} more to make a {kind} as {wanted}",
            remedy=f"a {kind} as {wanted}" if can else f"grant {wanted} to somebody",
            who=can,
        )
        return self.block(reason, summary=summary, facts=facts)
