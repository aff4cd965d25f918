"""The base of every policy, and how one of them is judged so that nothing it does lets anything through."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from workflow.gate_context import GateContext
from workflow.process import Model
from workflow.requirement import Accepting
from workflow.signoff import Quorum
from workflow.verdict import CannotTell, Fact, Need, NotObserved, OutcomeKind, Reason, Verdict

CRASHED = "policy-crashed"


class Policy(Model, ABC):
    """The base of every policy: a frozen model whose fields are the parameters that a process file gives.

    ``rule`` and ``revision`` identify the rule in the ledger. A change of what a policy decides is a new revision, and
    the old one stays.
    """

    rule: ClassVar[str]
    revision: ClassVar[int] = 1
    overridable: ClassVar[frozenset[str]] = frozenset()
    """The codes of the reasons that an override may pass; by default none. What could not be checked never passes."""

    def needs(self, context: GateContext) -> tuple[Need, ...]:  # noqa: ARG002
        """What must be observed before this policy can be decided."""
        return ()

    def quorums(self) -> tuple[Quorum, ...]:
        """The sign-offs that this policy demands."""
        return ()

    def sign_off_lifetime(self) -> timedelta | None:
        """How long a sign-off on this gate counts at most, where this policy limits it."""
        return None

    def roles_named(self) -> tuple[str, ...]:
        """The roles that this policy names; the process must define them."""
        return tuple(quorum.role for quorum in self.quorums())

    def areas_named(self) -> tuple[str, ...]:
        """The risk areas that this policy wants reviewed."""
        return ()

    def tests_named(self) -> tuple[str, ...]:
        """The tests that this policy wants done."""
        return ()

    def risks_accepted(self) -> Accepting | None:
        """Who may accept the risk of which findings, where this policy lets anybody."""
        return None

    def rests_on(self, context: GateContext) -> Sequence[str]:  # noqa: ARG002
        """The evidence and verdicts that approvals of this gate rest on, one text each: when one changes, they end."""
        return ()

    @abstractmethod
    def describe(self) -> str:
        """What the rule demands, as one sentence for somebody who does not program."""

    @abstractmethod
    def evaluate(self, context: GateContext) -> Verdict:
        """The verdict on what is known. Whatever this raises blocks the gate."""

    def allow(self, summary: str | None = None, *, facts: Sequence[Fact] = ()) -> Verdict:
        """A verdict that allows."""
        return Verdict(
            policy=self.rule,
            revision=self.revision,
            summary=summary or self.describe(),
            allow=True,
            facts=tuple(facts),
        )

    def block(self, *reasons: Reason, summary: str | None = None, facts: Sequence[Fact] = ()) -> Verdict:
        """A verdict with at least one reason."""
        return Verdict(
            policy=self.rule,
            revision=self.revision,
            summary=summary or self.describe(),
            allow=False,
            reasons=reasons,
            facts=tuple(facts),
        )


def judged(policy: Policy, context: GateContext) -> Verdict:
    """The verdict of one policy. One that crashes, or answers with anything else, blocks and says so."""
    try:
        verdict = policy.evaluate(context)
        if not isinstance(verdict, Verdict):
            return _error(policy, CRASHED, f"the policy answered with {type(verdict).__name__}, not with a verdict")
        # Checked anew, because a model can be made past its own checks, and signed with the policy's own name.
        own = {"policy": policy.rule, "revision": policy.revision}
        return Verdict.model_validate({**verdict.model_dump(warnings=False), **own}, strict=True)
    except CannotTell as error:
        return _error(policy, "not-observed" if isinstance(error, NotObserved) else "cannot-tell", str(error))
    except Exception as error:  # a rule that fails must block, whatever it failed with
        said = "".join(traceback.format_exception_only(error)).strip()
        return _error(policy, CRASHED, f"the policy failed with {said}")


def outcome(verdicts: Sequence[Verdict]) -> OutcomeKind:
    """What verdicts that do not all allow say on the whole: a no stands above a failed check, that above waiting."""
    kinds = {reason.kind for verdict in verdicts for reason in verdict.reasons}
    if "no" in kinds:
        return "no"
    return "open" if kinds == {"open"} else "error"


def _error(policy: Policy, code: str, text: str) -> Verdict:
    try:
        summary = policy.describe()
    except Exception:  # the author's code, like the rule itself
        summary = f"{policy.rule}, which cannot describe itself"
    return Verdict(
        policy=policy.rule,
        revision=policy.revision,
        summary=summary,
        allow=False,
        reasons=(Reason(kind="error", code=code, text=text),),
    )
