"""Puts together what a decision rests on: the same for a command now and for an audit of an entry long ago."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import is_
from types import MappingProxyType
from typing import Any

from workflow import exhibits, ledger
from workflow.commands import Advance, AnyCommand, Apply, Override, Plan, SignOff
from workflow.decisions.situation import Situation
from workflow.errors import NotFound
from workflow.gate import evaluate
from workflow.machine import StageMachine
from workflow.policy import GateContext, Need, Observation, Policy, Verdict
from workflow.process import Process
from workflow.proof import Blob, Signed
from workflow.records import replace
from workflow.registry import Registry
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.settling import settle


@dataclass(frozen=True)
class World:
    """What the ledger's entries before a point say, as far as one command is concerned, and the clock's reading.

    ``target`` is the process that a command wants the release to go on under.
    """

    origin: str
    roster: Roster
    at: datetime
    mark: datetime | None = None
    peak: datetime | None = None
    release: ReleaseState | None = None
    process: Process | None = None
    kin: tuple[ReleaseState, ...] = ()
    target: Process | None = None
    taken: bool = False
    texts_of_subject: Mapping[str, str] = field(default_factory=dict)


class Rulebook:
    """Runs the rules that processes name."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._machines: dict[str, StageMachine] = {}
        self._known: dict[str, Mapping[str, Any]] = {}

    def machine(self, process: Process) -> StageMachine:
        """The state machine of a process, built once."""
        if process.digest not in self._machines:
            self._machines[process.digest] = StageMachine(process)
        return self._machines[process.digest]

    def context(
        self,
        world: World,
        trigger: str,
        *,
        caller: str | None = None,
        observations: Sequence[Observation] = (),
        assumed: Collection[str] = (),
    ) -> GateContext:
        """What the policies of a transition look at; ``assumed`` are roles whose quorums are supposed to be in.

        Raises:
            NotFound: the process has no such trigger.
        """
        release, process = known(world)
        transition = process.transition(trigger)
        return GateContext(
            origin=world.origin,
            process=process,
            transition=transition,
            gate=self.registry.gate(process, transition),
            release=release,
            kin=world.kin,
            roster=world.roster,
            at=world.at,
            mark=world.mark,
            peak=world.peak,
            caller=caller,
            observations=tuple(observations),
            assumed=frozenset(assumed),
        )

    def needs(self, context: GateContext) -> tuple[Need, ...]:
        """What must be observed before a gate is decided, each thing once."""
        found: list[Need] = []
        for policy in context.gate:
            try:
                needs = policy.needs(context)
                if needs:
                    ledger.encode([need.model_dump(mode="json") for need in needs])
            except Exception:  # noqa: S112 -- the policy is evaluated without it, and blocks for want of it
                continue
            found += [need for need in needs if need not in found]
        return tuple(found)

    def needs_nothing(self, process: Process, trigger: str) -> bool:
        """Whether no policy of a transition ever needs anything from outside."""
        if not process.has_trigger(trigger):
            return False
        return all(
            type(policy).needs is Policy.needs for policy in self.registry.gate(process, process.transition(trigger))
        )

    def situation(
        self,
        world: World,
        command: AnyCommand,
        *,
        nonce: str,
        texts: Mapping[str, str],
        blob: Blob,
        observations: Sequence[Observation] = (),
        signed: Signed | None = None,
    ) -> Situation:
        """What the decision on one command rests on, its gate evaluated where it is about one."""
        context = None
        verdicts: tuple[Verdict, ...] = ()
        if isinstance(command, Advance):
            context = self.context(world, command.trigger, caller=command.actor, observations=observations)
            here = context.source == context.release.stage
            # A move that publishes is made by a plan: nothing is looked at for one that is refused anyway.
            plain = context.transition.publish is None or isinstance(command, Apply)
            verdicts = evaluate(context) if here and plain else ()
        elif isinstance(command, SignOff | Plan | Override):
            context = self.context(world, command.transition)
        return self.about(
            world,
            nonce=nonce,
            texts=texts,
            context=context,
            verdicts=verdicts,
            mark=world.mark,
            observations=tuple(observations),
            signed=signed,
            difference=exhibits.difference(command, world.release, world.kin, blob),
            possession=exhibits.possession(command, world.roster, world.origin, blob),
        )

    def about(
        self, world: World, *, nonce: str = "", texts: Mapping[str, str] = MappingProxyType({}), **more: Any
    ) -> Situation:
        """What every decision on a world rests on, whatever is asked; and ``more``, where that is known."""
        process = world.process
        return Situation(
            origin=world.origin,
            roster=world.roster,
            at=world.at,
            nonce=nonce,
            texts=texts,
            release=world.release,
            process=process,
            kin=world.kin,
            target=world.target,
            taken=world.taken,
            texts_of_subject=world.texts_of_subject,
            **(self._demands(process) if process else {}),
            **more,
        )

    def _demands(self, process: Process) -> Mapping[str, Any]:
        """What a decision rests on of a process alone, worked out once."""
        if process.digest not in self._known:
            self._known[process.digest] = {
                "quorums": self.registry.quorums(process),
                "areas": self.registry.areas(process),
                "tests": self.registry.tests(process),
                "asked": self.registry.asked(process),
                "accepting": self.registry.accepting(process),
                "unavailable": self.registry.unavailable(process),
                "machine": self.machine(process),
            }
        return self._known[process.digest]


def settled(world: World) -> World:
    """A world as it counts for its release: with the deputies who act now, and without what bad keys had closed."""
    release = world.release
    if release is None:
        return world
    parts = (release, world.kin, world.roster)
    counting = settle(
        *parts,
        signed=world.process is not None and world.process.signed,
        now=max(world.at, world.mark) if world.mark else world.at,
    )
    if all(map(is_, counting, parts)):
        return world  # as mostly
    release, kin, roster = counting
    return replace(world, roster=roster, release=release, kin=kin)


def known(world: World) -> tuple[ReleaseState, Process]:
    """The release and its process, for a world that is about a release.

    Raises:
        NotFound: it is about none.
    """
    if world.release is None or world.process is None:
        raise NotFound("there is no such release", remedy="holdfast list shows what there is")
    return world.release, world.process
