"""Decides the acts that can open a gate, and those that stop one.

Every act that can open a gate is bound: to this ledger, this release, this candidate and process, to one subject or one
transition, and to the basis that its maker saw. The exclusions limit these acts. They limit no refusal and no stop.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflow.clock import timestamp
from workflow.commands import (
    Answer,
    AssertCondition,
    Attach,
    Discharge,
    Justify,
    Lift,
    MakeStatement,
    ReleaseCommand,
    Review,
    SetAside,
    SignOff,
    WithdrawSignOff,
)
from workflow.decisions.situation import Refusal, Situation, find, known_person, next_id, signer_role
from workflow.errors import InvalidInput, NotFound, PolicyErrored, SignOffRejected
from workflow.events import (
    ConditionAsserted,
    Event,
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
    LiftApproved,
    ObjectionAnswered,
    ObjectionClosed,
    Reaffirmed,
    Recorded,
    RequirementDischarged,
    RequirementRaised,
    RiskReviewed,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
)
from workflow.evidence import worst
from workflow.facts import Binding, is_moment
from workflow.lineage import ancestry
from workflow.policy import GateContext
from workflow.release import ReleaseState, act_of
from workflow.requirement import Hold, Requirement
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
    expires = _expires(situation, context) if command.decision == "approve" else None
    bound = binding(
        situation,
        "sign",
        role=command.role,
        decision=command.decision,
        expires=expires,
        context=context,
        basis=basis,
    )
    recorded = SignOffRecorded(
        id=next_id("S", release.sign_offs),
        decision=command.decision,
        authority=process.role(command.role).authority,
        exposure=context.exposure,
        binding=bound,
    )
    return (recorded, *_reaffirming(situation, command), *_yes_if(situation, command))


def _expires(situation: Situation, context: GateContext) -> str | None:
    """Until when an approval counts: as long as the gate lets it, or shorter, where whoever signed it said so."""
    lifetimes = [lifetime for policy in context.gate if (lifetime := policy.sign_off_lifetime()) is not None]
    longest = timestamp(situation.at + min(lifetimes)) if lifetimes else None
    read = situation.signed.read if situation.signed else None
    if read is None:
        return longest
    said = read.predicate.get("binding", {}).get("expires")
    if said is None:
        return longest  # compared with what was signed, which names none
    if not is_moment(said) or said <= timestamp(situation.at):
        raise Refusal(SignOffRejected.code, f"what was signed has expired: it held until {said}", remedy="sign again")
    return min(said, longest) if longest else str(said)


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
            kind="yes_if",
            text=wanted.text,
            role=command.role,
            discharged_by=wanted.discharged_by,
            blocks=(command.transition,),
        )
        for place, wanted in enumerate(command.requirements, 1)
    )


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


def _basis(context: GateContext, decision: str) -> str | None:
    """The basis that a decision is for. A refusal is taken even where a user's own policy fails to say its part."""
    try:
        return context.basis
    except Exception as error:  # the author's code, which may raise whatever it likes
        if decision != "approve":
            return None
        text = f"what approvals of this gate rest on cannot be told: {type(error).__name__}: {error}"
        raise Refusal(PolicyErrored.code, text, outcome="error") from error


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
    return f"{can} can" if can else f"nobody who holds {command.role} can; grant the role to somebody else"


def withdraw_sign_off(situation: Situation, command: WithdrawSignOff) -> tuple[Event, ...]:
    """Taking one's own sign-off back: an approval for good, a reject for exactly the candidates named."""
    release, _ = situation.known
    sign_off = find("sign-off", command.subject, release.sign_offs)
    known_person(situation.roster, command.actor)
    if sign_off.act.person != command.actor:
        raise Refusal(
            SignOffRejected.code,
            f"{command.subject} was made by {sign_off.act.person}, and only they can take it back",
        )
    if sign_off.decision == "recuse":
        raise Refusal(SignOffRejected.code, "a recusal stands for the whole release and is not taken back")
    if sign_off.withdrawn is not None:
        raise InvalidInput(f"{command.subject} was withdrawn already, entry {sign_off.withdrawn}")
    reject = sign_off.decision == "reject"
    candidates = situation.candidates(command.candidates) if reject else ()
    if reject and sign_off.closed_for.issuperset(candidates):
        raise InvalidInput(f"{command.subject} does not stand against that candidate any more")
    bound = binding(situation, "withdraw", subject=command.subject, role=sign_off.act.role)
    return (SignOffWithdrawn(subject=command.subject, candidates=candidates, binding=bound),)


def answer(situation: Situation, command: Answer) -> tuple[Event, ...]:
    """Answering a reject of one's own role; a quorum of that role closes it.

    A veto is answered only when its maker has left.
    """
    release, _ = situation.known
    rejected = find("reject", command.subject, [item for item in release.sign_offs if item.decision == "reject"])
    role = rejected.act.role
    candidates = _may_open(situation, command, role, command.candidates)
    if rejected.act.person == command.actor:
        raise InvalidInput("this is your own reject", remedy=f"holdfast unsign {release.slug} {command.subject}")
    if rejected.closed_for.issuperset(candidates):
        raise InvalidInput(f"{command.subject} does not stand against that candidate any more")
    if rejected.authority == "veto" and situation.roster.knows(rejected.act.person):
        raise Refusal(
            "veto",
            f"{command.subject} is a veto of {rejected.act.person}, who is still here: only they can take it back",
        )
    bound = binding(situation, "answer", subject=command.subject, role=role)
    answered = ObjectionAnswered(subject=command.subject, candidates=candidates, binding=bound)
    acts = (*rejected.answers, _backing(situation, command.actor, answered))
    closed = _closing(situation, command.subject, role, candidates, acts, situation.role_quorum(role))
    return (answered, *(closed if _decided(situation, rejected, acts) else ()))


def _decided(situation: Situation, rejected: Rejected, acts: Sequence[Backing]) -> bool:
    """Whether an answer can close a reject: of somebody who has left, only with the word of a named person."""
    release, process = situation.known
    if not process.signed or situation.roster.knows(rejected.act.person):
        return True
    decider = situation.roster.deciders.get((release.slug, rejected.id))
    return any(act.act.person == decider and act.round == release.round for act in acts)


def lift(situation: Situation, command: Lift) -> tuple[Event, ...]:
    """Saying that a hold can go: at once by its owner, else by the quorum of the owner's role."""
    release, _ = situation.known
    hold: Hold = find("hold", command.subject, release.holds)
    if command.role != hold.role:
        raise Refusal("no-role", f"{command.subject} belongs to {hold.role}: {command.role} cannot lift it")
    candidates = _may_open(situation, command, command.role, command.candidates)
    if hold.closed_for.issuperset(candidates):
        raise InvalidInput(f"{command.subject} does not stand against that candidate any more")
    open_conditions = [
        item.id for item in release.requirements if item.hold == hold.id and not item.closed_for.issuperset(candidates)
    ]
    if open_conditions:
        raise Refusal(
            "lift-conditions",
            f"{command.subject} cannot be lifted while {', '.join(open_conditions)} stands open",
            remedy=f"holdfast discharge {release.slug} {open_conditions[0]}",
            outcome="open",
        )
    bound = binding(situation, "lift", subject=command.subject, role=command.role)
    approved = LiftApproved(subject=command.subject, candidates=candidates, binding=bound)
    owner = hold.count is None and hold.by == command.actor
    needed = 1 if owner else hold.count or situation.role_quorum(hold.role)
    acts = (*hold.lifts, _backing(situation, command.actor, approved))
    return (approved, *_closing(situation, command.subject, hold.role, candidates, acts, needed))


def discharge(situation: Situation, command: Discharge) -> tuple[Event, ...]:
    """Saying that a requirement is met. One with a bound is met only by evidence that meets it."""
    release, _ = situation.known
    requirement: Requirement = find("requirement", command.subject, release.requirements)
    if command.role != requirement.discharged_by:
        raise Refusal("no-role", f"{command.subject} is discharged by {requirement.discharged_by}, not {command.role}")
    candidates = _may_open(situation, command, command.role, command.candidates)
    if requirement.closed_for.issuperset(candidates):
        raise InvalidInput(f"{command.subject} is discharged for that candidate already")
    for subject in command.evidence:
        evidence = find("evidence", subject, release.evidence)
        if evidence.set_aside is not None or evidence.candidate not in candidates:
            raise InvalidInput(
                f"{subject} was set aside, or was made for other files than this discharge is for",
                remedy="cite evidence on these very files",
            )
    if requirement.bound is not None:
        for candidate in candidates:
            _meets(release, situation.kin, requirement, candidate)
    bound = binding(situation, "discharge", subject=command.subject, role=command.role)
    return (
        RequirementDischarged(subject=command.subject, evidence=command.evidence, candidates=candidates, binding=bound),
    )


def _meets(release: ReleaseState, kin: Sequence[ReleaseState], requirement: Requirement, candidate: str) -> None:
    wanted = requirement.bound
    if wanted is None:
        return
    reports = [
        (evidence.id, evidence.report)
        for other in (release, *kin)
        for evidence in other.evidence
        if evidence.candidate == candidate
        and evidence.set_aside is None
        and (evidence.report.kind, evidence.report.name) == (wanted.kind, wanted.name)
    ]
    judged = worst(wanted.bound, reports)
    if judged is None:
        raise Refusal(
            "no-evidence",
            f"{requirement.id} asks for {wanted.name} ({wanted.kind}) on candidate {candidate[:12]}, and there is no "
            "conclusive report",
            remedy=f"holdfast attach {release.slug} FILE",
            outcome="open",
        )
    evidence, judgement = judged
    if judgement.outcome != "met":
        raise Refusal("bound-not-met", f"{requirement.id} is not met: {evidence} says {judgement.shown}")


def review(situation: Situation, command: Review) -> tuple[Event, ...]:
    """A verdict on a risk area. Only a verdict that can open a gate is limited by the exclusions."""
    release, process = situation.known
    if command.area not in situation.areas:
        known = ", ".join(situation.areas) or "none"
        raise NotFound(f"{process.label} has no risk area {command.area!r}", remedy=f"it has: {known}")
    if command.verdict == "acceptable":
        _may_open(situation, command, command.role)
    else:
        signer_role(situation, command.actor, command.role)
    bound = binding(situation, "review", subject=command.area, role=command.role, decision=command.verdict)
    return (RiskReviewed(id=next_id("V", release.reviews), area=command.area, verdict=command.verdict, binding=bound),)


def statement(situation: Situation, command: MakeStatement) -> tuple[Event, ...]:
    """A statement under one's own name."""
    release, _ = situation.known
    signer_role(situation, command.actor, command.role)
    bound = binding(situation, "statement", role=command.role)
    return (
        StatementMade(id=next_id("P", release.statements), public=command.public, text=command.text, binding=bound),
    )


def attach(situation: Situation, command: Attach) -> tuple[Event, ...]:
    """A report. Whoever attaches one that does not state its candidate declares it, and answers for that."""
    release, _ = situation.known
    known_person(situation.roster, command.actor)
    if not release.is_candidate(command.made_for):
        raise InvalidInput(
            f"the report is for candidate {command.made_for[:12]}, which this release never had",
            remedy=f"its candidate is {release.candidate.digest}",
        )
    if command.stated != (command.report.candidate == command.made_for):
        raise InvalidInput("a report is stated for a candidate only where it names that candidate itself")
    if any(item.blob == command.blob and item.candidate == command.made_for for item in release.evidence):
        raise InvalidInput("this very file is attached already")
    bound = None
    if not command.stated:
        if command.role is None:
            raise InvalidInput(
                "the report does not say which candidate it was made for, so somebody has to declare it",
                remedy="name the role you declare it in: --declare-as ROLE",
            )
        signer_role(situation, command.actor, command.role)
        bound = binding(situation, "declare", subject=command.blob, role=command.role)
    return (
        EvidenceAttached(
            id=next_id("E", release.evidence),
            blob=command.blob,
            filename=command.filename,
            report=command.report,
            made_for=command.made_for,
            stated=command.stated,
            binding=bound,
        ),
    )


def set_aside(situation: Situation, command: SetAside) -> tuple[Event, ...]:
    """Taking a report out of what counts: a veto role's act, and under the exclusions."""
    release, process = situation.known
    evidence = find("evidence", command.subject, release.evidence)
    _may_open(situation, command, command.role)
    if process.role(command.role).authority != "veto":
        raise Refusal("no-role", f"{command.role} only advises; a report is set aside by a role that holds a veto")
    if evidence.set_aside is not None:
        raise InvalidInput(f"{command.subject} was set aside already, entry {evidence.set_aside}")
    bound = binding(situation, "set_aside", subject=command.subject, role=command.role)
    return (EvidenceSetAside(subject=command.subject, binding=bound),)


def justify(situation: Situation, command: Justify) -> tuple[Event, ...]:
    """Letting a report on a relative count for the present candidate: a veto role's act, and under the exclusions."""
    release, process = situation.known
    sources = {other.slug: other for other in (release, *situation.kin)}
    if command.source not in sources:
        raise NotFound(f"{command.source} is no relative of {release.slug}", remedy=f"there is: {', '.join(sources)}")
    evidence = find("evidence", command.subject, sources[command.source].evidence)
    _may_open(situation, command, command.role)
    if process.role(command.role).authority != "veto":
        raise Refusal("no-role", f"{command.role} only advises; a report is justified by a role that holds a veto")
    line = {item.digest for item in ancestry(release.candidate, (release, *situation.kin))}
    if evidence.candidate == release.candidate.digest or evidence.candidate not in line:
        raise InvalidInput(
            f"{command.subject} was made for {evidence.candidate[:12]}, which is "
            + ("the present candidate" if evidence.candidate == release.candidate.digest else "no ancestor of it"),
            remedy="a report on an ancestor is justified; one on the present candidate is attached",
        )
    if situation.difference is None:
        raise NotFound(f"what {command.subject} was made for cannot be compared: a manifest is missing")
    bound = binding(situation, "justify", subject=command.subject, role=command.role)
    return (
        EvidenceJustified(
            source=command.source,
            subject=command.subject,
            made_for=evidence.candidate,
            difference=dict(situation.difference),
            binding=bound,
        ),
    )


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
) -> Binding:
    """What exactly an act is for; ``context`` and ``basis`` are the transition's, for a sign-off."""
    release, process = situation.known
    return Binding(
        origin=situation.origin,
        release=release.slug,
        act=act,
        subject=subject,
        transition=context.transition.trigger if context else None,
        source=context.source if context else None,
        dest=context.transition.dest if context else None,
        round=release.round if context else None,
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


def _may_open(
    situation: Situation, command: ReleaseCommand, role: str, candidates: Sequence[str] = ()
) -> tuple[str, ...]:
    """Checks that somebody may do what can open a gate, in every release that the candidates named belong to."""
    signer_role(situation, command.actor, role)
    named = situation.candidates(candidates)
    for candidate in named:
        why = situation.excluded(command.actor, candidate, role)
        if why:
            having = situation.roster.having(role)
            can = [person for person in having if situation.excluded(person, candidate, role) is None]
            raise Refusal(
                "excluded",
                f"{command.actor} cannot do this for candidate {candidate[:12]}: {why}",
                remedy=f"{', '.join(can)} can" if can else f"nobody who holds {role} can; grant it to somebody else",
            )
    return named


def _backing(situation: Situation, person: str, event: ObjectionAnswered | LiftApproved) -> Backing:
    release, _ = situation.known
    key = situation.signed.key if situation.signed else None
    here = Recorded(seq=0, at=situation.at, actor=person, texts=situation.texts, key=key)
    return Backing(act_of(event.binding, here), release.round, frozenset(event.candidates))


def _closing(
    situation: Situation,
    subject: str,
    role: str,
    candidates: Sequence[str],
    acts: Sequence[Backing],
    needed: int,
) -> tuple[Event, ...]:
    """The closing of an objection for each candidate that enough people, who may still do so, have named."""
    release, _ = situation.known
    closed = []
    for candidate in candidates:
        people = {
            backing.act.person
            for backing in acts
            if candidate in backing.candidates
            and backing.round == release.round
            and situation.roster.kept(backing.act.person, role, backing.act.roster_version)
            and situation.roster.fault(backing.act.key, backing.act.at) is None
        }
        entitled = {person for person in people if situation.excluded(person, candidate, role) is None}
        if len(entitled) >= needed:
            closed.append(candidate)
    return (ObjectionClosed(subject=subject, candidates=tuple(closed)),) if closed else ()
