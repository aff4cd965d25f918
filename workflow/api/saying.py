"""What people say about a release: sign-offs, answers, reviews, statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow import commands
from workflow.api.base import Session, make, pairs, several
from workflow.clock import timestamp
from workflow.errors import InvalidInput
from workflow.facts import Decision, OverrideDecision, RiskVerdict, TestVerdict
from workflow.outcome import Outcome


class Saying(Session):
    """The commands by which people decide and speak."""

    def sign_off(
        self,
        release: str,
        trigger: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        decision: Decision = "approve",
        basis: str | None = None,
        conditions: Sequence[str] = (),
        requirements: Sequence[tuple[str, str]] = (),
        reaffirms: str | None = None,
        expires: datetime | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Decides on a transition, in a role.

        An approval names the ``basis`` that was seen (from :meth:`explain`); "approve the latest" cannot be said. A
        reject is taken at any basis, from everybody who holds the role.

        Args:
            release: by name.
            trigger: the transition.
            role: as what the actor decides.
            actor: by handle.
            rationale: why.
            decision: what they decide.
            basis: what they saw.
            conditions: under what the approval ceases to hold, once anybody who signs says that it has come about.
            requirements: what must be discharged before the approval lets anything through ("yes, if"), each with the
                role that discharges it.
            reaffirms: an earlier approval of theirs, by its id; what became of each component since is signed too.
            expires: until when the approval holds, where its maker wants it shorter than the gate lets it; signed only.
            command_id: makes a repeated request safe.

        Appends: ``SignOffRecorded``; with it ``Reaffirmed``, and ``RequirementRaised`` for each requirement.

        Raises:
            SignOffRejected: the approval would not count: another basis, an exclusion, a reject of one's own.
            Refused: the actor does not hold the role.
            InvalidInput: nobody signs it, and it is to expire; or that time has passed.
        """
        until = self._until(expires, decision)
        fields, depends_on = commands.depending(several("conditions", conditions), pairs("requirements", requirements))
        command = make(
            commands.SignOff,
            actor=actor,
            release=release,
            transition=trigger,
            role=role,
            decision=decision,
            basis=basis,
            cites=reaffirms,
            **fields,
        )
        texts = {commands.RATIONALE: rationale, **depends_on}
        return self._execute(command, texts, command_id=command_id, until=until)

    def _until(self, expires: datetime | None, decision: Decision) -> str | None:
        if expires is None:
            return None
        if self._signer is None or decision != "approve":
            raise InvalidInput(
                "only an approval that is signed says itself until when it holds", remedy="sign it, or leave that out"
            )
        until = timestamp(expires)
        if until <= timestamp(self._pipeline.clock.now()):
            raise InvalidInput(f"{until} has passed already", remedy="name a time that is still to come")
        return until

    def assert_condition(
        self,
        release: str,
        sign_off: str,
        condition: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Says that a condition of an approval (``condition.1``) has come about, so that it counts no more.

        Appends: ``ConditionAsserted``.
        """
        command = make(
            commands.AssertCondition, actor=actor, release=release, subject=sign_off, condition=condition, role=role
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def withdraw_sign_off(
        self,
        release: str,
        sign_off: str,
        *,
        actor: str,
        rationale: str,
        candidates: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Takes one's own sign-off back. A reject ends for exactly the candidates named, or for the present one.

        Appends: ``SignOffWithdrawn``.
        """
        command = make(
            commands.WithdrawSignOff,
            actor=actor,
            release=release,
            subject=sign_off,
            candidates=several("candidates", candidates),
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def answer(
        self,
        release: str,
        reject: str,
        *,
        actor: str,
        rationale: str,
        candidates: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Answers a reject of one's role: an adviser's, or the veto of somebody who has left.

        Appends: ``ObjectionAnswered``, and ``ObjectionClosed`` once the role's quorum has answered.
        """
        command = make(
            commands.Answer, actor=actor, release=release, subject=reject, candidates=several("candidates", candidates)
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def review(
        self,
        release: str,
        area: str,
        verdict: RiskVerdict,
        *,
        role: str,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Gives a verdict on a risk area: ``acceptable``, ``unacceptable`` or ``unclear``.

        Appends: ``RiskReviewed``.
        """
        command = make(commands.Review, actor=actor, release=release, area=area, verdict=verdict, role=role)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def judge_test(
        self,
        release: str,
        test: str,
        verdict: TestVerdict,
        *,
        role: str,
        actor: str,
        rationale: str,
        evidence: Sequence[str] = (),
        command_id: str | None = None,
    ) -> Outcome:
        """Says of a required test what came of it: ``done``, ``failed`` or ``not_applicable``, and on what evidence.

        Appends: ``RequiredTestJudged``.
        """
        command = make(
            commands.JudgeTest,
            actor=actor,
            release=release,
            test=test,
            verdict=verdict,
            role=role,
            evidence=several("evidence", evidence),
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def override(
        self,
        release: str,
        trigger: str,
        policy: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        decision: OverrideDecision = "approve",
        basis: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Lets one policy of a gate be passed all the same, where the process says who may; or takes that back.

        It names the ``basis`` that was seen, ends with the round and with its time, and counts once enough people have
        given it. A move by it raises a requirement: its review after the fact. Refusals, holds and requirements are
        never passed, nor is what could not be checked, nor anything at a move that nothing undoes.

        Args:
            release: by name.
            trigger: the transition.
            policy: which policy, as the process names it.
            role: as what the actor overrides.
            actor: by handle.
            rationale: why.
            decision: ``approve``, or ``withdraw`` for taking one's own word back.
            basis: what they saw (from :meth:`explain`).
            command_id: makes a repeated request safe.

        Appends: ``OverrideDecided``.

        Raises:
            Refused: the process lets nobody override that there, the basis has moved, or an exclusion.
        """
        command = make(
            commands.Override,
            actor=actor,
            release=release,
            transition=trigger,
            policy=policy,
            role=role,
            decision=decision,
            basis=basis,
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def statement(
        self,
        release: str,
        text: str,
        *,
        role: str,
        actor: str,
        public: bool = True,
        rationale: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Says something about the release under one's own name. Without a rationale, the text is its own.

        Appends: ``StatementMade``.
        """
        # A statement that is its own rationale is kept once, so that erasing it once erases it.
        spoken = commands.RATIONALE if rationale is None else "text"
        texts = {commands.RATIONALE: text if rationale is None else rationale, spoken: text}
        command = make(commands.MakeStatement, actor=actor, release=release, role=role, public=public, text=spoken)
        return self._execute(command, texts, command_id=command_id)
