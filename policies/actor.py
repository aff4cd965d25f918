"""Only certain roles may pull this trigger."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workflow.policy import Fact, GateContext, Name, Policy, Reason, Verdict


class Actor(Policy):
    """Whoever calls the trigger holds one of ``roles`` now.

    It says who may act, not who must agree: the caller is a requester, so their own approval does not count.
    """

    rule: ClassVar[str] = "actor"

    roles: tuple[Name, ...] = Field(min_length=1)

    def roles_named(self) -> tuple[str, ...]:
        """The roles, one of which is enough."""
        return self.roles

    def describe(self) -> str:
        """The demand in words."""
        return f"called by somebody who is {' or '.join(self.roles)}"

    def evaluate(self, context: GateContext) -> Verdict:
        """Looks the caller's roles up in the roster as it is now."""
        wanted = " or ".join(self.roles)
        may = tuple(sorted({person for role in self.roles for person in context.roster.having(role)}))
        caller = context.caller
        if caller is None:
            text = f"whoever calls it must be {wanted}"
            remedy = "one of them calls it" if may else f"grant {wanted} to somebody"
            return self.block(Reason(kind="open", code="caller-unknown", text=text, remedy=remedy, who=may))
        held = [role for role in self.roles if context.roster.holds(caller, role)]
        if held:
            return self.allow(facts=[Fact(label="caller", text=f"{caller} as {held[0]}", person=caller)])
        remedy = f"one of {', '.join(may)} calls it" if may else f"grant {wanted} to somebody"
        text = f"{caller} is not {wanted}"
        return self.block(Reason(kind="no", code="caller-not-allowed", text=text, remedy=remedy, who=may))
