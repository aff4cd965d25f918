"""Decides on sign-offs: given, taken back, answered, and no longer true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from workflow.clock import timestamp
from workflow.commands import (
    Answer,
    AssertCondition,
    SignOff,
    WithdrawSignOff,
)
from workflow.decisions.bound import and_admit, backing, binding, closing, may_open, stands, to_admit
from workflow.decisions.situation import Refusal, Situation, find, known_person, next_id, signer_role
from workflow.eligibility import latecomers
from workflow.errors import InvalidInput, NotFound, PolicyErrored, SignOffRejected
from workflow.events import (
    ConditionAsserted,
    Event,
    ObjectionAnswered,
    Reaffirmed,
    RequirementRaised,
    SignOffRecorded,
    SignOffWithdrawn,
)
from workflow.facts import Binding, is_moment
from workflow.ledger import is_digest
from workflow.policy import GateContext
from workflow.release import counting_again
from workflow.requirement import YES_IF
from workflow.signoff import Backing
from workflow.signoff import SignOff as Rejected


def sign_off(situation: Situation, command: SignOff) -> tuple[Event, ...]:
    """A decision on one transition.

    A reject is taken from everybody who holds the role, at any basis. An approval is taken only from somebody whom
    nothing excludes, and for exactly the basis that there is.
    """
    release, process = situation.known
    context = situation.context
    if context is None:
        raise InvalidInput("a sign-off is for a transition")
    transition = context.transition
    signer_role(situation, command.actor, command.role)
    gate_roles = {quorum.role for quorum in context.quorums}
    if command.decision != "reject" and command.role not in gate_roles:
        wanted = ", ".join(sorted(gate_roles)) or "no sign-offs"
        raise Refusal(SignOffRejected.code, f"`{transition.trigger}` does not ask {command.role}; it asks {wanted}")
    if not gate_roles and not context.raises:
        raise Refusal(SignOffRejected.code, f"`{transition.trigger}` takes no sign-offs")
    basis = _basis(context, command.decision)
    if command.decision == "approve":
        _may_approve(situation, command, context, basis)
    if command.decision == "recuse" and command.actor in release.recused:
        raise InvalidInput(f"{command.actor} is recused already, entry {release.recused[command.actor]}")
    expires = held_until(situation, lifetime_of(context)) if command.decision == "approve" else None
    bound = binding(
        situation,
        "sign",
        role=command.role,
        decision=command.decision,
        expires=expires,
        context=context,
        basis=basis,
    )
    if command.decision != "approve":
        bound = _as_it_was_signed(situation, context, bound)
    recorded = SignOffRecorded(
        id=next_id("S", release.sign_offs),
        decision=command.decision,
        authority=process.role(command.role).authority,
        exposure=context.exposure,
        binding=bound,
    )
    return (recorded, *_reaffirming(situation, command), *_yes_if(situation, command))


def _as_it_was_signed(situation: Situation, context: GateContext, bound: Binding) -> Binding:
    """The binding of a decision that opens nothing: of what its maker saw, where they signed it some time ago.

    A refusal must not be lost because the release went on while it was under way.
    """
    release, _ = situation.known
    read = situation.signed.read if situation.signed else None
    said = read.predicate.get("binding") if read else None
    if not isinstance(said, dict):
        return bound
    seen = {name: said.get(alias) for name, alias in (("round", "round"), ("basis", "basis"), ("source", "from"))}
    had = isinstance(seen["round"], int) and 1 <= seen["round"] <= release.round
    candidate = str(said.get("candidate"))
    if not had or seen["source"] not in context.transition.sources or not release.is_candidate(candidate):
        return bound  # and what was signed is found to be something else
    if not (seen["basis"] is None or is_digest(seen["basis"])):
        return bound
    # So must it not be lost because another process took the place of the one that was seen.
    process = said.get("process")
    if process not in (bound.process, *(item.previous for item in release.migrations)):
        return bound
    return bound.model_copy(update={**seen, "candidate": candidate, "process": process})


def _basis(context: GateContext, decision: str) -> str | None:
    """The basis that a decision is for. A refusal is taken even where a user's own policy fails to say its part."""
    try:
        return context.basis
    except Exception as error:  # the author's code, which may raise whatever it likes
        if decision != "approve":
            return None
        text = f"what approvals of this gate rest on cannot be told: {type(error).__name__}: {error}"
        raise Refusal(PolicyErrored.code, text, outcome="error") from error


def held_until(situation: Situation, lifetime: timedelta | None) -> str | None:
    """Until when a word counts: for its longest lifetime, or shorter, where whoever signed it said so."""
    longest = timestamp(situation.at + lifetime) if lifetime is not None else None
    read = situation.signed.read if situation.signed else None
    said = read.predicate.get("binding", {}).get("expires") if read else situation.until
    if said is None:
        return longest  # compared with what was signed, where that names none
    if not is_moment(said) or said <= timestamp(situation.at):
        raise Refusal(SignOffRejected.code, f"what was signed has expired: it held until {said}", remedy="sign again")
    return min(said, longest) if longest else str(said)


def lifetime_of(context: GateContext) -> timedelta | None:
    """How long an approval counts at a gate at most; None where that has no end."""
    return min((limit for policy in context.gate if (limit := policy.sign_off_lifetime()) is not None), default=None)


def _reaffirming(situation: Situation, command: SignOff) -> tuple[Event, ...]:
    """What an approval says of the earlier one that it cites."""
    if command.cites is None:
        return ()
    release, _ = situation.known
    cited = find("sign-off", command.cites, release.sign_offs)
    mine = (cited.act.person, cited.act.role, cited.transition, cited.decision)
    if mine != (command.actor, command.role, command.transition, "approve") or command.decision != "approve":
        raise InvalidInput(
            f"{command.cites} is no approval of `{command.transition}` by {command.actor} as {command.role}",
            remedy="an approval reaffirms an earlier one of the same person, role and transition",
        )
    if situation.difference is None:
        raise NotFound(f"what was signed in {command.cites} cannot be compared: a manifest is missing")
    return (
        Reaffirmed(
            subject=cited.id,
            entry=cited.act.entry,
            candidate=cited.act.candidate,
            difference=dict(situation.difference),
        ),
    )


def _yes_if(situation: Situation, command: SignOff) -> tuple[Event, ...]:
    """The requirements that an approval depends on."""
    if not command.requirements:
        return ()
    release, process = situation.known
    if command.decision != "approve":
        raise InvalidInput("only an approval can depend on requirements", remedy="a refusal needs none")
    for wanted in command.requirements:
        process.role(wanted.discharged_by)
    return tuple(
        RequirementRaised(
            id=f"R{len(release.requirements) + place}",
            kind=YES_IF,
            text=wanted.text,
            role=command.role,
            discharged_by=wanted.discharged_by,
            blocks=(command.transition,),
        )
        for place, wanted in enumerate(command.requirements, 1)
    )


def _may_approve(situation: Situation, command: SignOff, context: GateContext, basis: str | None) -> None:
    release, _ = situation.known
    if release.stage not in context.transition.sources:
        raise Refusal(
            SignOffRejected.code,
            f"{release.slug} is in {release.stage}, and `{context.transition.trigger}` leads from "
            f"{' or '.join(context.transition.sources)}: an approval would not count there",
        )
    why = context.excluded(command.actor, command.role)
    if why:
        raise Refusal(SignOffRejected.code, f"{command.actor} cannot approve: {why}", remedy=_others(context, command))
    standing = [
        item
        for item in release.sign_offs
        if item.decision == "reject"
        and item.act.person == command.actor
        and item.transition == context.transition.trigger
        and release.candidate.digest not in item.closed_for
    ]
    if standing:
        raise Refusal(
            SignOffRejected.code,
            f"{command.actor} has refused this, entry {standing[-1].act.entry}, and that still stands",
            remedy=f"take it back first: holdfast unsign {release.slug} {standing[-1].id}",
        )
    if command.basis is None:
        raise InvalidInput(
            "an approval names what was seen",
            remedy=f"holdfast explain {release.slug} {context.transition.trigger} shows the basis",
        )
    if command.basis != basis:
        raise Refusal(
            SignOffRejected.code,
            f"what this approval rests on has changed: {command.basis[:12]} was seen, now it is {context.basis[:12]}",
            remedy=f"look again: holdfast explain {release.slug} {context.transition.trigger}",
        )


def _others(context: GateContext, command: SignOff) -> str:
    can = ", ".join(context.eligible(command.role))
    if can:
        return f"{can} can"
    release, process = context.release, context.process
    for person in latecomers(command.role, release, context.roster, process):
        if context.excluded(person) is None:
            return to_admit(person, command.role, release)
    return f"nobody who holds {command.role} can; grant the role to somebody else{and_admit(process, release)}"


def withdraw_sign_off(situation: Situation, command: WithdrawSignOff) -> tuple[Event, ...]:
    """Taking one's own sign-off back: an approval for good, a reject for exactly the candidates named."""
    release, _ = situation.known
    sign_off = find("sign-off", command.subject, release.sign_offs)
    known_person(situation.roster, command.actor)
    reject = sign_off.decision == "reject"
    if sign_off.act.person != command.actor:
        # Whose a refusal is, everybody sees; whose anything else is may be sealed.
        maker = sign_off.act.person if reject else "somebody else"
        raise Refusal(
            SignOffRejected.code,
            f"{command.subject} was made by {maker}, and only they can take it back",
            remedy=_besides(situation, sign_off) if reject else f"holdfast status {release.slug} shows yours",
        )
    if sign_off.decision == "recuse":
        raise Refusal(SignOffRejected.code, "a recusal stands for the whole release and is not taken back")
    if sign_off.withdrawn is not None:
        raise InvalidInput(f"{command.subject} was withdrawn already, entry {sign_off.withdrawn}")
    candidates = situation.candidates(command.candidates) if reject else ()
    if reject and not stands(situation, sign_off, candidates):
        raise InvalidInput(f"{command.subject} does not stand against that candidate any more")
    bound = binding(situation, "withdraw", subject=command.subject, role=sign_off.act.role)
    return (SignOffWithdrawn(subject=command.subject, candidates=candidates, binding=bound),)


def _besides(situation: Situation, rejected: Rejected) -> str:
    """How a reject of somebody else ends."""
    release, _ = situation.known
    maker, role = rejected.act.person, rejected.act.role
    here = situation.roster.knows(maker)
    if here and rejected.authority == "veto":
        return f"{maker} can: holdfast unsign {release.slug} {rejected.id}"
    if not here:
        return f"{maker} has left; {role} answers it: holdfast answer {release.slug} {rejected.id}"
    return f"{maker} takes it back, or a quorum of {role} answers it: holdfast answer {release.slug} {rejected.id}"


def assert_condition(situation: Situation, command: AssertCondition) -> tuple[Event, ...]:
    """Saying that a condition of an approval has come about: that approval counts no more."""
    release, _ = situation.known
    signer_role(situation, command.actor, command.role)
    sign_off = find("sign-off", command.subject, release.sign_offs)
    if command.condition not in sign_off.conditions:
        known = ", ".join(sign_off.conditions) or "none"
        raise NotFound(f"{command.subject} has no {command.condition}", remedy=f"it has: {known}")
    if sign_off.asserted is not None:
        raise InvalidInput(f"a condition of {command.subject} came about already, entry {sign_off.asserted}")
    return (ConditionAsserted(subject=command.subject, condition=command.condition, role=command.role),)


def answer(situation: Situation, command: Answer) -> tuple[Event, ...]:
    """Answering a reject of one's own role; a quorum of that role closes it.

    A veto is answered only when its maker has left.
    """
    release, _ = situation.known
    rejected = find("reject", command.subject, [item for item in release.sign_offs if item.decision == "reject"])
    role = rejected.act.role
    try:
        candidates = may_open(situation, command, role, command.candidates)
    except Refusal as refusal:
        # Others of the role would be refused as well: a veto ends by its maker's word while they are here.
        if rejected.authority == "veto" and situation.roster.knows(rejected.act.person):
            refusal.remedy = _besides(situation, rejected)
        raise
    if rejected.act.person == command.actor:
        raise InvalidInput("this is your own reject", remedy=f"holdfast unsign {release.slug} {command.subject}")
    if not stands(situation, rejected, candidates):
        raise InvalidInput(f"{command.subject} does not stand against that candidate any more")
    if rejected.authority == "veto" and situation.roster.knows(rejected.act.person):
        raise Refusal(
            "veto",
            f"{command.subject} is a veto of {rejected.act.person}, who is still here: only they can take it back",
            remedy=_besides(situation, rejected),
        )
    bound = binding(situation, "answer", subject=command.subject, role=role)
    answered = ObjectionAnswered(subject=command.subject, candidates=candidates, binding=bound)
    return (answered, *_closed(situation, rejected, candidates, backing(situation, command.actor, answered)))


def _closed(
    situation: Situation, rejected: Rejected, candidates: Sequence[str], answered: Backing
) -> tuple[Event, ...]:
    """What an answer closes of a reject.

    That of somebody who has left is closed by answers that were given since, with that of a named person among them.
    """
    release, process = situation.known
    role = rejected.act.role
    acts = counting_again(rejected, (*rejected.answers, answered), candidates)
    decider = None
    left = situation.roster.people[rejected.act.person].left
    if process.signed and left is not None:
        decider = situation.roster.deciders.get((release.slug, rejected.id))
        if decider is None:
            return ()
        acts = tuple(item for item in acts if item.act.roster_version >= left)
    return closing(
        situation, rejected.id, role, candidates, acts, situation.role_quorum(role), with_the_word_of=decider
    )
