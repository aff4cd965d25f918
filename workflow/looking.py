"""Answers questions about releases from folded states: status, explanation, inbox. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from workflow import migrated
from workflow.basis import changes
from workflow.clock import timestamp
from workflow.gate import evaluate, outcome
from workflow.incidents import incidents, said
from workflow.lineage import objections
from workflow.migrated import Words
from workflow.overridden import given, used
from workflow.overriding import blocking
from workflow.policy import GateContext, Observation, Reason
from workflow.process import Transition
from workflow.published import Before, in_doubt, publications
from workflow.release import ReleaseState
from workflow.rulebook import Rulebook, World, known
from workflow.seals import Seals
from workflow.signoff import SignOff
from workflow.standing import hold_view, holds_of, reject_view, requirement_view, requirements_of
from workflow.storage.base import Reader
from workflow.views import (
    Assumptions,
    EvidenceView,
    Explanation,
    InboxItem,
    SlipView,
    StageView,
    Status,
)

CALLER_UNKNOWN = "caller-unknown"
"""The code of the policy ``actor`` for a question that nobody asks as the caller."""

NOT_OBSERVED = "not-observed"
OVERRIDE_BEGUN = "override-begun"
OVERRIDE_OPEN = "override-open"
REVIEW_DUE = "review-due"
SIGN_OFFS_MISSING = "sign-offs-missing"


def explain(
    rulebook: Rulebook,
    world: World,
    trigger: str,
    *,
    caller: str | None,
    observations: Sequence[Observation],
    words: Words,
    assuming: Assumptions | None = None,
) -> Explanation:
    """The verdicts of a transition's gate, over what is known and was observed, or is supposed in a ``world``.

    ``words`` gives the texts behind commitments.
    """
    assumed = assuming.signed if assuming else ()
    context = rulebook.context(world, trigger, caller=caller, observations=observations, assumed=assumed)
    verdicts = evaluate(context)
    here = context.source == context.release.stage
    in_the_way = blocking(context, verdicts)
    allowed = here and bool(verdicts) and not in_the_way
    return Explanation(
        release=context.release.slug,
        trigger=trigger,
        source=context.source,
        dest=context.transition.dest,
        here=here,
        allowed=allowed,
        outcome=None if allowed else outcome(in_the_way) if here else "no",
        irreversible=context.process.is_irreversible(context.source, context.transition.dest),
        raises=context.raises,
        solo=context.process.solo,
        candidate=context.release.candidate.digest,
        label=context.release.candidate.label,
        process=context.process.digest,
        process_label=context.process.label,
        round=context.release.round,
        basis=context.basis,
        at=world.at,
        caller=caller,
        verdicts=verdicts,
        signed=context.process.signed,
        assuming=assuming,
        publisher=context.transition.publish.publisher if context.transition.publish else None,
        below=context.transition.publish.below if context.transition.publish else (),
        override=given(context, verdicts, words),
        obstacle=None if here else _elsewhere(context),
    )


def _elsewhere(context: GateContext) -> str:
    """Why a trigger does not lead on from where a release is, and what does."""
    release, transition = context.release, context.transition
    ways = " or ".join(f"`{item.trigger}`" for item in context.process.leaving(release.stage))
    return (
        f"{release.slug} is in {release.stage}; `{transition.trigger}` leads from {' or '.join(transition.sources)}. "
        f"From {release.stage} leads {ways or 'nothing on'}"
    )


def onward(world: World) -> Transition | None:
    """The transition that leads forward from where the release is: the first that goes on, else the first at all."""
    release, process = known(world)
    leaving = process.leaving(release.stage)
    forward = [item for item in leaving if process.is_forward(release.stage, item.dest)]
    if forward:
        return forward[0]
    # From a waiting place the way on leads back to where the release came from.
    waiting = process.stage(release.stage).hold is not None
    return next((item for item in leaving if waiting and process.stage(item.dest).hold is None), None)


def status(
    rulebook: Rulebook,
    world: World,
    reader: Reader,
    *,
    actor: str | None,
    entries: int,
    seals: Callable[[str], Seals],
    before: Before,
) -> Status:
    """Where a release stands. Nothing outside the ledger is looked at, and the explanation says so.

    ``seals`` says what is sealed in a release, this one and its relatives; ``before`` what a gate was before an entry.
    """
    release, process = known(world)
    transition = onward(world)
    words = partial(read_text, reader)
    # Whoever asks may be somebody who signs: for what they can do, it is open who calls the trigger.
    asked = partial(explain, rulebook, world, observations=(), words=words)
    uncalled = asked(transition.trigger, caller=None) if transition else None
    explanation = uncalled
    if transition is not None and uncalled is not None and actor is not None and may_call(uncalled, actor):
        explanation = asked(transition.trigger, caller=actor)
    context = rulebook.context(world, transition.trigger) if transition else None
    standing = objections(release, world.kin)
    stage = process.stage(release.stage)
    return Status(
        release=release.slug,
        label=release.candidate.label,
        candidate=release.candidate.digest,
        components=release.candidate.components,
        files=release.candidate.files,
        size=release.candidate.size,
        authors=release.candidate.authors,
        process=process.digest,
        process_label=process.label,
        solo=process.solo,
        stage=release.stage,
        exposure=stage.exposure,
        exposed=release.exposed,
        round=release.round,
        started_by=release.started_by,
        started_at=release.started_at,
        entered_at=release.entered_at,
        planned=release.planned,
        at=world.at,
        entries=entries,
        chain_checked=release.version,
        refusals=release.refusals,
        stages=_stages(world, release),
        next=explanation,
        exits=tuple(item.trigger for item in process.leaving(release.stage)),
        holds=tuple(hold_view(world, item, words) for item in holds_of(release, standing.holds)),
        requirements=tuple(
            requirement_view(world, item, words, seals, actor)
            for item in requirements_of(release, standing.requirements)
        ),
        rejects=tuple(reject_view(item, words) for item in standing.rejects),
        evidence=tuple(_evidence(release, place) for place in range(len(release.evidence))),
        schedule=tuple(
            SlipView(
                entry=item.entry,
                at=item.at,
                by=item.by,
                previous=item.previous,
                planned=item.planned,
                slip=item.slip,
                reason=read_text(reader, item.reason),
            )
            for item in release.schedule
        ),
        statements=tuple(said(item, words) for item in release.statements),
        incidents=incidents(release, world.kin, standing, words),
        publications=publications(rulebook, world, before),
        migrations=migrated.migrations(world, reader, words),
        proposal=migrated.proposal(rulebook, world, reader, words),
        actor=actor,
        actor_roles=tuple(role for role in world.roster.roles(actor) if process.has_role(role)) if actor else (),
        actor_can=_turns(uncalled, context, actor) if uncalled and context and actor else (),
        overrides=used(world, words),
    )


def waiting_for(rulebook: Rulebook, world: World, actor: str, earlier: GateContext | None = None) -> list[InboxItem]:
    """What of the way onward waits for one person; ``earlier`` is the gate as it was when they last signed there."""
    release, _ = known(world)
    unproven = in_doubt(world, actor)
    transition = onward(world)
    if transition is None:
        return unproven
    explanation = explain(rulebook, world, transition.trigger, caller=None, observations=(), words=lambda _: None)
    signed = last_signed(release, transition.trigger, actor)
    now = rulebook.context(world, transition.trigger)
    return unproven + [
        InboxItem(
            release=release.slug,
            label=release.candidate.label,
            trigger=transition.trigger,
            stage=release.stage,
            dest=transition.dest,
            irreversible=explanation.irreversible,
            reason=reason,
            basis=explanation.basis,
            waiting_since=release.round_at,
            last_signed=signed.act.entry if signed else None,
            changed=changes(earlier, now) if earlier else (),
            publisher=explanation.publisher,
        )
        for reason in _turns(explanation, now, actor)
    ]


def _turns(explanation: Explanation, context: GateContext, actor: str) -> tuple[Reason, ...]:
    """What somebody can do towards a transition; to call its trigger, once nothing else is waited for.

    A sealed approval of their own waits for everybody, but not for them.
    """
    reasons = [reason for verdict in explanation.blockers for reason in verdict.reasons]
    # A rule that an override is asked for blocks by itself; what is to be reviewed after the fact blocks no call.
    settled = all(reason.code in (CALLER_UNKNOWN, NOT_OBSERVED) for reason in reasons)
    approved = context.approved_as(actor)
    reasons += _asked_to_override(explanation) + _to_be_reviewed(context, reasons)
    return tuple(
        reason
        for reason in reasons
        if actor in reason.who
        and (settled or reason.code != CALLER_UNKNOWN)
        and not (reason.code == SIGN_OFFS_MISSING and reason.role in approved)
    )


def _asked_to_override(explanation: Explanation) -> list[Reason]:
    """What is asked of those who can still override a policy: once somebody has, or where nothing but it blocks."""
    found = explanation.override
    if found is None or not found.who_can or not found.place < len(explanation.verdicts):
        return []
    verdict = explanation.verdicts[found.place]
    others = [reason.code for item in explanation.blockers if item is not verdict for reason in item.reasons]
    alone = not verdict.allow and all(code in (CALLER_UNKNOWN, NOT_OBSERVED) for code in others)
    if not found.by and not alone:
        return []
    missing = found.count - len(found.by)
    given = f"{' and '.join(found.by)} override `{found.policy}`, and {missing} more must"
    can = f"nothing but `{found.policy}` is in the way, and {missing} as {found.role} can override it"
    return [
        Reason(
            kind="open",
            code=OVERRIDE_BEGUN if found.by else OVERRIDE_OPEN,
            text=given if found.by else can,
            remedy="look at why, and decide",
            who=found.who_can,
            role=found.role,
            subject=found.policy,
        )
    ]


def _to_be_reviewed(context: GateContext, told: Sequence[Reason]) -> list[Reason]:
    """The reviews of this release's overrides that are open, and that no reason tells of because they block nothing."""
    release = context.release
    known_of = {reason.subject for reason in told if reason.release == release.slug}
    return [
        Reason(
            kind="open",
            code=REVIEW_DUE,
            text=f"{item.id} is open, {item.about}, entry {item.entry}"
            + (f"; due {timestamp(item.due)}" if item.due else ""),
            remedy=f"discharged by {item.discharged_by}",
            who=tuple(person for person in context.eligible(item.discharged_by) if person not in item.not_by),
            role=item.discharged_by,
            subject=item.id,
            release=release.slug,
        )
        for item in release.requirements
        if item.about and item.id not in known_of and release.candidate.digest not in item.closed_for
    ]


def may_call(explanation: Explanation, person: str) -> bool:
    """Whether somebody is among those who may call the trigger, by an explanation that was asked for nobody.

    A reviewer who asks is not about to call it. Looked at as if they were, the gate would ignore their own approval.
    """
    return all(
        person in reason.who
        for verdict in explanation.blockers
        for reason in verdict.reasons
        if reason.code == CALLER_UNKNOWN
    )


def waits_for_caller(explanation: Explanation) -> bool:
    """Whether nothing stands in the way but that one of those who may has to call the trigger."""
    codes = {reason.code for verdict in explanation.blockers for reason in verdict.reasons}
    return explanation.here and codes == {CALLER_UNKNOWN}


def last_signed(release: ReleaseState, trigger: str, person: str) -> SignOff | None:
    """Somebody's last decision on a transition of the release."""
    made = [item for item in release.sign_offs if item.transition == trigger and item.act.person == person]
    return made[-1] if made else None


def read_text(reader: Reader, commitment: str) -> str | None:
    """The text behind a commitment, or None where it was erased."""
    kept = reader.text(commitment)
    return kept.text if kept else None


def _stages(world: World, release: ReleaseState) -> tuple[StageView, ...]:
    undone = {item.entry for item in release.publications if item.end == "aborted"}
    entered = {move.dest: move.at for move in release.moves if move.entry not in undone}
    if world.process is None:
        return ()
    # The stage that it started in may have been the first of another process.
    entered.setdefault(release.moves[0].source if release.moves else release.stage, release.started_at)
    return tuple(
        StageView(
            name=stage.name,
            exposure=stage.exposure,
            state="current" if stage.name == release.stage else "passed" if stage.name in entered else "ahead",
            entered_at=entered.get(stage.name),
        )
        for stage in world.process.stages
    )


def _evidence(release: ReleaseState, place: int) -> EvidenceView:
    evidence = release.evidence[place]
    return EvidenceView(
        id=evidence.id,
        name=evidence.report.name,
        kind=evidence.report.kind,
        status=evidence.report.status,
        filename=evidence.filename,
        blob=evidence.blob,
        candidate=evidence.candidate,
        current=evidence.candidate == release.candidate.digest,
        stated=evidence.stated,
        set_aside=evidence.set_aside is not None,
        by=evidence.by,
        entry=evidence.entry,
        samples=evidence.report.samples,
        completed_at=evidence.report.completed_at,
        metrics=tuple(metric.model_dump(mode="json") for metric in evidence.report.metrics),
        detail=evidence.report.detail,
        tool=evidence.report.tool,
        run=evidence.report.run,
        model=evidence.report.model,
    )
