"""What the acts that can open a gate share: what exactly each is for, who may do it, and when it closes an objection.

Every such act is bound: to this ledger, this release, this candidate and process, to one subject or one transition, and
to the basis that its maker saw. The exclusions limit these acts. They limit no refusal and no stop.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workflow.commands import (
    ReleaseCommand,
)
from workflow.decisions.situation import Refusal, Situation, signer_role
from workflow.eligibility import latecomers, unfit
from workflow.events import (
    Event,
    LiftApproved,
    ObjectionAnswered,
    ObjectionClosed,
    Recorded,
)
from workflow.facts import Binding
from workflow.policy import GateContext
from workflow.process import Process
from workflow.release import Closable, ReleaseState, act_of
from workflow.signoff import Act, Backing


def binding(
    situation: Situation,
    act: str,
    *,
    subject: str | None = None,
    role: str | None = None,
    decision: str | None = None,
    expires: str | None = None,
    context: GateContext | None = None,
    basis: str | None = None,
    in_round: bool = False,
) -> Binding:
    """What exactly an act is for; ``context`` and ``basis`` are the transition's, for a sign-off.

    A sign-off ends with its round, and so does what is said to be ``in_round``.
    """
    release, process = situation.known
    return Binding(
        origin=situation.origin,
        release=release.slug,
        act=act,
        subject=subject,
        transition=context.transition.trigger if context else None,
        source=context.source if context else None,
        dest=context.transition.dest if context else None,
        round=release.round if context or in_round else None,
        basis=basis,
        candidate=release.candidate.digest,
        process=process.digest,
        roster_version=situation.roster_version,
        role=role,
        decision=decision,
        expires=expires,
        nonce=situation.nonce,
        texts=dict(situation.texts),
    )


def may_open(
    situation: Situation,
    command: ReleaseCommand,
    role: str,
    candidates: Sequence[str] = (),
    *,
    asked: Sequence[str] = (),
) -> tuple[str, ...]:
    """Checks that somebody may do what can open a gate, in every release that the candidates named belong to.

    ``asked`` are the roles that can do it, where that is not the one that they act in alone.
    """
    signer_role(situation, command.actor, role)
    named = situation.candidates(candidates)
    for candidate in named:
        why = situation.excluded(command.actor, candidate, role)
        if why:
            raise Refusal(
                "excluded",
                f"{command.actor} cannot do this for candidate {candidate[:12]}: {why}",
                remedy=others_who_can(situation, asked or (role,), (candidate,)),
            )
    return named


def others_who_can(
    situation: Situation, roles: Sequence[str], candidates: Sequence[str], not_by: Collection[str] = ()
) -> str:
    """Who of some roles may do what can open a gate for some candidates, or that nobody may."""
    can = {
        person: None
        for role in roles
        for person in situation.roster.having(role)
        if person not in not_by and all(situation.excluded(person, item, role) is None for item in candidates)
    }
    if can:
        return f"{', '.join(can)} can"
    release, process = situation.known
    for role in roles:
        for person in latecomers(role, release, situation.roster, process):
            if person not in not_by and all(situation.excluded(person, item) is None for item in candidates):
                return to_admit(person, role, release)
    return f"nobody who holds {' or '.join(roles)} can; grant it to somebody else{and_admit(process, release)}"


def to_admit(person: str, role: str, release: ReleaseState) -> str:
    """The next step where everybody who could act as a role came to it too late for the round."""
    return (
        f"{person} can once the administrators admit them to round {release.round}: "
        f"holdfast roster admit {person} {role} {release.slug}"
    )


def and_admit(process: Process, release: ReleaseState) -> str:
    """What else it takes, after a role is granted in the midst of a round."""
    return f", and admit them to round {release.round}: holdfast roster admit" if process.signed else ""


def fits(situation: Situation, person: str, role: str) -> None:
    """Checks, where signatures are required, that somebody counts in a role for an act that is under no exclusion.

    Raises:
        Refusal: they came to the role too late for this round, are away, or hold another that does not go with it.
    """
    release, process = situation.known
    why = unfit(person, role, release, situation.roster, process) if process.signed else None
    if why is not None:
        raise Refusal("excluded", f"{person} cannot do this as {role}: {why}", remedy="somebody else of the role can")


def stands(situation: Situation, item: Closable, candidates: Sequence[str]) -> bool:
    """Whether something stands against one of the candidates; to whoever signs, also where only claims have closed it.

    A release whose process demands signatures takes no claim for the end of what is held against a relative.
    """
    closed = item.closed_for
    if situation.signed is not None or situation.to_be_signed:
        closed &= frozenset().union(
            *(closing.candidates for closing in item.closings if all(act.key for act in closing.rests_on))
        )
    return not closed.issuperset(candidates)


def backing(situation: Situation, person: str, event: ObjectionAnswered | LiftApproved) -> Backing:
    """Somebody's word, about to be recorded, that an objection can be closed."""
    release, _ = situation.known
    return Backing(act_here(situation, person, event.binding), release.round, frozenset(event.candidates))


def act_here(situation: Situation, person: str, bound: Binding) -> Act:
    """Somebody's act, about to be recorded."""
    key = situation.signed.key if situation.signed else None
    return act_of(bound, Recorded(seq=0, at=situation.at, actor=person, texts=situation.texts, key=key))


def closing(
    situation: Situation,
    subject: str,
    role: str,
    candidates: Sequence[str],
    acts: Sequence[Backing],
    needed: int,
    *,
    with_the_word_of: str | None = None,
) -> tuple[Event, ...]:
    """The closing of an objection for each candidate that enough people, who may still do so, have named.

    Where somebody's word is needed, they are among them.
    """
    release, _ = situation.known
    closed = []
    for candidate in candidates:
        people = {
            backing.act.person
            for backing in acts
            if candidate in backing.candidates
            and backing.round == release.round
            and situation.roster.kept(backing.act.person, role, backing.act.roster_version)
            and situation.roster.fault(backing.act) is None
        }
        entitled = {person for person in people if situation.excluded(person, candidate, role) is None}
        if len(entitled) >= needed and with_the_word_of in (None, *entitled):
            closed.append(candidate)
    return (ObjectionClosed(subject=subject, candidates=tuple(closed)),) if closed else ()
