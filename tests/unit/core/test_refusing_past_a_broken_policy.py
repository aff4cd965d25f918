"""A user's own policy that fails can keep a gate shut, but nobody's refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from policies.sign_offs import SignOffs
from tests.support.build import History, in_review
from tests.support.parts import ORIGIN, digest_of
from workflow.commands import SignOff
from workflow.decide import Situation, decide
from workflow.events import CommandRefused, SignOffRecorded
from workflow.facts import Decision
from workflow.policy import GateContext, Policy, Verdict


class Broken(Policy):
    """Cannot say what it rests on."""

    rule: ClassVar[str] = "broken"

    def describe(self) -> str:
        return "nothing that works"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        raise ZeroDivisionError("oops")

    def evaluate(self, context: GateContext) -> Verdict:
        return self.allow()


def sign(history: History, decision: Decision) -> tuple[object, ...]:
    situation = Situation(
        origin=ORIGIN,
        roster=history.roster,
        at=history.clock.now(),
        nonce="0" * 32,
        texts={"rationale": digest_of("why")},
        release=history.releases["aurora"],
        process=history.process,
        context=history.context(),
    )
    command = SignOff(
        actor="mara", release="aurora", transition="publish", role="safety", decision=decision, basis="0" * 64
    )
    return decide(situation, command)


def test_a_refusal_is_taken_without_a_basis() -> None:
    (event,) = sign(in_review(SignOffs(role="safety", count=1), Broken()), "reject")

    assert isinstance(event, SignOffRecorded)
    assert (event.decision, event.binding.basis) == ("reject", None)


def test_an_approval_is_not_taken_and_says_why() -> None:
    (event,) = sign(in_review(SignOffs(role="safety", count=1), Broken()), "approve")

    assert isinstance(event, CommandRefused)
    assert (event.code, event.outcome) == ("policy-errored", "error")


def test_nothing_that_was_signed_counts_meanwhile() -> None:
    history = in_review(SignOffs(role="safety", count=1), Broken())

    assert [reason.code for reason in history.verdict().reasons] == ["policy-crashed"]
