"""Decides on overrides: who lets one policy of a gate be passed all the same, and what a move by one raises."""

from __future__ import annotations

from workflow.clock import parse_duration, timestamp
from workflow.commands import Override
from workflow.decisions.bound import binding, may_open
from workflow.decisions.sign_offs import held_until
from workflow.decisions.situation import Refusal, Situation, next_id, signer_role
from workflow.errors import InvalidInput
from workflow.events import Event, OverrideDecided, OverrideUsed
from workflow.overriding import Overriding, covering
from workflow.policy import GateContext
from workflow.process import Override as Terms


def decide_override(situation: Situation, command: Override) -> tuple[Event, ...]:
    """One person's word for an override, under the exclusions and for exactly the basis that there is; or its end."""
    release, _ = situation.known
    context = situation.context
    if context is None:
        raise InvalidInput("an override is of a transition")
    terms = _terms(context, command)
    if command.role != terms.sign_offs.role:
        raise Refusal(
            "no-role",
            f"{terms.sign_offs.role} can override `{terms.policy}` at `{command.transition}`, not {command.role}",
        )
    if command.decision == "withdraw":
        _has_given(situation, command)
        expires = basis = None
    else:
        may_open(situation, command, command.role)
        basis = _seen(context, command)
        expires = held_until(situation, parse_duration(terms.lasts))
    bound = binding(
        situation,
        "override",
        subject=command.policy,
        role=command.role,
        decision=command.decision,
        expires=expires,
        context=context,
        basis=basis,
    )
    identifier = next_id("O", release.overrides)
    return (OverrideDecided(id=identifier, policy=command.policy, decision=command.decision, binding=bound),)


def by_override(situation: Situation, context: GateContext) -> tuple[Event, ...]:
    """What stands beside a move that an override lets pass: its use, which raises its review."""
    found = covering(context, situation.verdicts)
    return (_used(situation, context, found),) if found is not None else ()


def _used(situation: Situation, context: GateContext, found: Overriding) -> OverrideUsed:
    release, _ = situation.known
    terms = found.terms
    return OverrideUsed(
        policy=terms.policy,
        trigger=context.transition.trigger,
        words=tuple(word.id for word in found.counted),
        by=tuple(sorted(word.act.person for word in found.counted)),
        until=timestamp(found.until or situation.at),
        review=next_id("R", release.requirements),
        role=terms.review.role,
        due=timestamp(situation.at + parse_duration(terms.review.within)),
    )


def _terms(context: GateContext, command: Override) -> Terms:
    """What the process says of the override that somebody asks for.

    Raises:
        Refusal: it has none there, or of another policy, or the release is elsewhere.
    """
    transition, terms = context.transition, context.transition.override
    if context.source != context.release.stage:
        raise Refusal(
            "stage",
            f"{context.release.slug} is in {context.release.stage}, and `{transition.trigger}` leads from "
            f"{' or '.join(transition.sources)}",
        )
    if context.process.is_irreversible(context.source, transition.dest):
        raise Refusal("no-override", f"nothing undoes `{transition.trigger}`, so no override crosses it")
    if terms is None:
        raise Refusal("no-override", f"{context.process.label} lets nobody override anything at `{transition.trigger}`")
    if command.policy != terms.policy:
        raise Refusal(
            "no-override",
            f"at `{transition.trigger}` only `{terms.policy}` can be overridden, not `{command.policy}`",
        )
    return terms


def _seen(context: GateContext, command: Override) -> str:
    if command.basis is None:
        raise InvalidInput(
            "an override names what was seen",
            remedy=f"holdfast explain {context.release.slug} {command.transition} shows the basis",
        )
    if command.basis != context.basis:
        raise Refusal(
            "basis-moved",
            f"what this override rests on has changed: {command.basis[:12]} was seen, now it is {context.basis[:12]}",
            remedy=f"look again: holdfast explain {context.release.slug} {command.transition}",
        )
    return command.basis


def _has_given(situation: Situation, command: Override) -> None:
    release, _ = situation.known
    signer_role(situation, command.actor, command.role)
    said = [
        word.decision
        for word in release.overrides
        if (word.act.person, word.act.role, word.transition, word.policy, word.round)
        == (command.actor, command.role, command.transition, command.policy, release.round)
    ]
    if not said or said[-1] != "approve":
        raise InvalidInput(f"{command.actor} has given no override of `{command.policy}` in this round")
