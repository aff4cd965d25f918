"""Who could have moved a release at some time: by the rules themselves, asked again over what was known then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from workflow import commands
from workflow.decide import Refusal, Situation, propose
from workflow.errors import WorkflowError
from workflow.inquiry.past import Past
from workflow.looking import CALLER_UNKNOWN, NOT_OBSERVED, explain, may_call
from workflow.migrated import Words
from workflow.policy import GateContext, Verdict
from workflow.process import Transition
from workflow.rulebook import Rulebook, World, known
from workflow.signoff import Quorum, QuorumResult, fill_places
from workflow.supposing import Supposition, assumptions
from workflow.views import Explanation
from workflow.views.inquiry import CallerThen, GateThen, RoleThen, Sign, StopperThen, WhoCould

_SOMEWHY = {"rationale": "0" * 64}
"""Stands for the reason that whoever acts gives: that there is one, and nothing of what it says, decides."""


def who_could(
    past: Past, rulebook: Rulebook, release: str, trigger: str | None, at: datetime, words: Words
) -> WhoCould:
    """Who could have taken a release out of its stage, and who could have stopped it.

    Args:
        past: the ledger as it was.
        rulebook: asks the rules.
        release: by name.
        trigger: the transition; None means each that led out of the stage.
        at: what the clock is taken to have read.
        words: gives the texts behind commitments.

    Raises:
        NotFound: there was no such release, or its process has no such trigger.
    """
    world = past.world(release, at)
    state, process = known(world)
    asked = process.leaving(state.stage) if trigger is None else (process.transition(trigger),)
    then = _Then(rulebook, world, words)
    return WhoCould(
        release=state.slug,
        label=state.candidate.label,
        entry=past.entry_number,
        at=at,
        stage=state.stage,
        round=state.round,
        candidate=state.candidate.digest,
        process=process.digest,
        process_label=process.label,
        gates=tuple(map(then.gate, asked)),
        stoppers=then.stoppers(),
    )


@dataclass(frozen=True)
class _Then:
    rulebook: Rulebook
    world: World
    words: Words

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(person for person in sorted(self.world.roster.people) if self.world.roster.knows(person))

    def gate(self, transition: Transition) -> GateThen:
        context = self.rulebook.context(self.world, transition.trigger)
        asked = explain(self.rulebook, self.world, transition.trigger, caller=None, observations=(), words=self.words)
        roles = tuple(self._role(context, quorum) for quorum in _by_role(context.quorums))
        callers = tuple(
            CallerThen(person=person, short=self._short(transition, roles, person))
            for person in self.people
            if asked.here and may_call(asked, person)
        )
        others, unseen = self._others(transition, roles)
        able = any(not caller.short for caller in callers)
        missing = any(role.have < role.count for role in roles)
        return GateThen(
            trigger=transition.trigger,
            source=context.source,
            dest=transition.dest,
            irreversible=asked.irreversible,
            answer="nobody" if not able else "blocked" if others else "signatures" if missing else "movable",
            callers=callers,
            roles=roles,
            others=others,
            not_looked_at=unseen,
            publisher=asked.publisher,
            obstacle=asked.obstacle,
        )

    def stoppers(self) -> tuple[StopperThen, ...]:
        state, process = known(self.world)
        found = []
        for person in self.people:
            held = [role for role in self.world.roster.roles(person) if process.has_role(role)]
            hold = (commands.PlaceHold(actor=person, release=state.slug, role=role) for role in held)
            roles = tuple(command.role for command in hold if self._refused(command) is None)
            if roles:
                found.append(StopperThen(person=person, roles=roles))
        return tuple(found)

    def _role(self, context: GateContext, quorum: Quorum) -> RoleThen:
        result = context.count(quorum.role)
        counted = {item.act.person for item in result.counted}
        could: list[str] = []
        could_not: list[Sign] = []
        for person in self.world.roster.having(quorum.role):
            why = self._barred(context, person, quorum.role)
            if why is not None:
                could_not.append(Sign(person=person, why=why))
            elif person not in counted:
                could.append(person)
        return RoleThen(
            role=quorum.role,
            count=result.quorum.count,
            have=result.have,
            sealed=result.sealed is not None,
            counted=tuple(Sign(person=item.act.person, entry=item.act.entry) for item in result.counted),
            ignored=_ignored(result),
            could=tuple(could),
            could_not=tuple(could_not),
        )

    def _barred(self, context: GateContext, person: str, role: str) -> str | None:
        """Why somebody's approval would have been refused then, or could not have counted."""
        release = context.release
        try:
            basis = context.basis
        except Exception as error:  # the author's code, which may raise whatever it likes
            return f"what an approval rested on cannot be told: {type(error).__name__}"
        command = commands.SignOff(
            actor=person,
            release=release.slug,
            transition=context.transition.trigger,
            role=role,
            decision="approve",
            basis=basis,
        )
        why = self._refused(command)
        if why is not None:
            return why.removeprefix(f"{person} cannot approve: ").removeprefix(f"{person} ")
        if not context.process.signed:
            return None
        keys = self.world.roster.keys_of(person)
        faults = [context.unfit_key(key.fingerprint, person, role, self.world.at) for key in keys]
        if not faults:
            return "had no key"
        return None if None in faults else str(faults[-1])

    def _refused(self, command: commands.AnyCommand) -> str | None:
        """Why a command would have been refused then, signed or not; None where it would not."""
        situation: Situation = self.rulebook.situation(
            self.world, command, nonce="", texts=_SOMEWHY, blob=lambda _: None
        )
        try:
            propose(replace(situation, to_be_signed=True), command)
        except (Refusal, WorkflowError) as refusal:
            return refusal.message
        return None

    def _short(self, transition: Transition, roles: Sequence[RoleThen], caller: str) -> tuple[str, ...]:
        """The roles whose places could not have been filled if somebody called: who calls is a requester."""
        context = self.rulebook.context(self.world, transition.trigger, caller=caller)
        able = {
            role.role: [
                person
                for person in (*(sign.person for sign in role.counted), *role.could)
                if context.excluded(person, role.role) is None
            ]
            for role in roles
        }
        seated = fill_places(context.quorums, able)
        return tuple(role.role for role in roles if len(seated.get(role.role, ())) < role.count)

    def _others(self, transition: Transition, roles: Sequence[RoleThen]) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
        """What stood in the way whoever had signed and called, and what was outside and is not known."""
        supposed = Supposition(signed=[role.role for role in roles])
        answer: Explanation = explain(
            self.rulebook,
            self.world,
            transition.trigger,
            caller=None,
            observations=(),
            words=self.words,
            assuming=assumptions(self.rulebook, self.world, supposed),
        )
        others, unseen = [], []
        for verdict in answer.blockers:
            codes = {reason.code for reason in verdict.reasons}
            if codes <= {NOT_OBSERVED}:
                unseen.append(verdict.summary)
            elif not codes <= {CALLER_UNKNOWN}:
                others.append(verdict)
        return tuple(others), tuple(unseen)


def _by_role(quorums: Sequence[Quorum]) -> list[Quorum]:
    """The roles that are asked, each once."""
    return list({quorum.role: quorum for quorum in quorums}.values())


def _ignored(result: QuorumResult) -> tuple[Sign, ...]:
    return tuple(
        Sign(person=item.sign_off.act.person, entry=item.sign_off.act.entry, why=item.why) for item in result.ignored
    )
