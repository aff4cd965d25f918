"""Decides what lets bytes out: who may plan it, whether a permit holds at this moment, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from workflow.clock import parse_timestamp
from workflow.commands import AbortExposure, Apply, ConfirmExposure, Plan, Reconcile
from workflow.decisions.bound import binding, may_open
from workflow.decisions.moves import made
from workflow.decisions.situation import Refusal, Situation, any_role, find, known_person, next_id, signer_role
from workflow.eligibility import unsound
from workflow.errors import InvalidInput, InvalidTransition, WorkflowError
from workflow.events import (
    Event,
    ExposureAborted,
    ExposureBegun,
    ExposureConfirmed,
    ExposureReconciled,
    PlanMade,
)
from workflow.policy import CannotTell, GateContext, Observation
from workflow.process import Publish
from workflow.publication import PUBLICATION, Permit, Publication
from workflow.release import ReleaseState

UNKNOWN = "exposure-unknown"
NOT_LOOKED_AT = "not-looked-at"
BASIS_MOVED = "basis-moved"
PERMIT_STALE = "permit-stale"
LONGEST = timedelta(days=7)
"""How long a permit may be good for at most."""


def plan(situation: Situation, command: Plan) -> tuple[Event, ...]:
    """A permit for exactly what was seen. Whether the gate allows it is decided when it is used, and not before."""
    release, process = situation.known
    known_person(situation.roster, command.actor)
    context, publish = _publishing(situation, command.transition)
    check_expiry(situation.at, command.expires)
    if not publish.takes(command.destination):
        raise Refusal(
            "destination",
            f"{process.label} does not let `{command.transition}` publish to {command.destination}",
            remedy=f"name a place below {' or '.join(publish.below)}, written out without any detour",
        )
    _nothing_is_open(release)
    if command.basis != context.basis:
        raise Refusal(
            BASIS_MOVED,
            f"what this would publish has changed: {command.basis[:12]} was seen, now it is {context.basis[:12]}",
            remedy=f"look again: holdfast explain {release.slug} {command.transition}",
        )
    bound = binding(situation, "plan", expires=command.expires, context=context, basis=context.basis)
    return (
        PlanMade(
            id=next_id("L", release.permits),
            publisher=publish.publisher,
            destination=command.destination,
            exposure=context.exposure,
            binding=bound,
        ),
    )


def check_expiry(at: datetime, expires: str) -> None:
    """Checks that a permit may be good until then.

    Raises:
        InvalidInput: it has passed, or is too far away.
    """
    if not at < parse_timestamp(expires) <= at + LONGEST:
        raise InvalidInput(
            f"a permit is good for some time, and for {LONGEST.days} days at most, not until {expires}",
            remedy="name a shorter time",
        )


def apply(situation: Situation, command: Apply) -> tuple[Event, ...]:
    """The move by a permit, where that and the gate hold at this moment, and the very files lie ready."""
    release, _ = situation.known
    known_person(situation.roster, command.actor)
    permit: Permit = find("permit", command.subject, release.permits)
    if permit.transition != command.trigger:
        raise InvalidInput(f"{permit.id} is a permit for `{permit.transition}`, not for `{command.trigger}`")
    context, publish = _publishing(situation, command.trigger)
    for code, why in _flaws(situation, permit, context, publish, command.actor):
        remedy = f"holdfast plan {release.slug} {command.trigger} --to {permit.destination} -o FILE makes a new one"
        raise Refusal(code, f"the permit {permit.id} is not good for this: {why}", remedy=remedy)
    _nothing_is_open(release)
    moved = made(situation, command)
    found = _observed(situation, permit, command.reference)
    if found.ok is None or found.ok.get("state") != "staged" or found.ok.get("manifest") != release.candidate.digest:
        why = found.error or "what was staged is not exactly the candidate"
        raise Refusal("not-staged", f"nothing may leave: {why}", outcome="error" if found.error else "no")
    begun = ExposureBegun(
        subject=permit.id,
        publisher=permit.publisher,
        destination=permit.destination,
        manifest=release.candidate.digest,
        reference=command.reference,
        exposed=release.exposed,
    )
    return (*moved, begun)


def confirm(situation: Situation, command: ConfirmExposure) -> tuple[Event, ...]:
    """The receipt, once the files were read back from where they were to go."""
    release, process = situation.known
    any_role(situation, command.actor, process)
    publication = _unproven(release, command.subject)
    found = _found(situation, publication)
    if found.get("state") != "published" or found.get("manifest") != publication.manifest:
        raise Refusal("not-published", f"it was not found that the files are at {publication.destination}")
    facts = next(item for item in release.candidates if item.digest == publication.manifest)
    return (
        ExposureConfirmed(
            subject=publication.permit,
            destination=publication.destination,
            manifest=publication.manifest,
            files=facts.files,
            size=facts.size,
        ),
    )


def abort(situation: Situation, command: AbortExposure) -> tuple[Event, ...]:
    """The way back, with proof that no byte left. Where the release has gone on since, it stays where it is."""
    release, process = situation.known
    any_role(situation, command.actor, process)
    publication = _unproven(release, command.subject)
    if not publication.is_open:
        raise Refusal("reconciled", f"{publication.ended_by} answered for what came of it, entry {publication.ended}")
    if _found(situation, publication).get("state") != "staged":
        raise Refusal("not-proven", "it was not found that the copy is private still, so bytes may be out")
    last = release.moves[-1]
    # Another process may call another stage by the name of the one that it came from.
    if last.entry != publication.entry or process.digest != find("permit", command.subject, release.permits).process:
        return (ExposureAborted(subject=publication.permit, stage=release.stage, exposed=release.exposed),)
    return (ExposureAborted(subject=publication.permit, stage=last.source, exposed=publication.exposed),)


def reconcile(situation: Situation, command: Reconcile) -> tuple[Event, ...]:
    """A person's word for what nobody could prove; that nothing is out, of somebody whom nothing excludes."""
    release, _ = situation.known
    publication = _unproven(release, command.subject)
    if command.verdict == "published":
        signer_role(situation, command.actor, command.role)
    else:
        may_open(situation, command, command.role, (publication.manifest,))
    if publication.end in ("published", command.verdict):
        raise InvalidInput(
            f"{publication.ended_by} found that already, entry {publication.ended}"
            if publication.end == command.verdict
            else f"{publication.ended_by} found it published, entry {publication.ended}; nothing brings that back"
        )
    bound = binding(situation, "reconcile", subject=publication.permit, role=command.role, decision=command.verdict)
    return (ExposureReconciled(subject=publication.permit, verdict=command.verdict, binding=bound),)


def _publishing(situation: Situation, trigger: str) -> tuple[GateContext, Publish]:
    """The gate and the publisher of a transition out of the present stage."""
    release, _ = situation.known
    context, machine = situation.context, situation.machine
    if context is None or machine is None:
        raise WorkflowError("publishing needs a machine and a gate")
    try:
        machine.resolve(release.stage, trigger)
    except InvalidTransition as error:
        raise Refusal(error.code, error.message, remedy=error.remedy) from error
    publish = context.transition.publish
    if publish is None:
        raise InvalidInput(
            f"`{trigger}` publishes nothing: its process names no publisher",
            remedy=f"holdfast advance {release.slug} {trigger}",
        )
    return context, publish


def _flaws(
    situation: Situation, permit: Permit, context: GateContext, publish: Publish, actor: str
) -> Iterator[tuple[str, str]]:
    """Why a permit is not good for its use now, with a stable word for each."""
    release, process = situation.known
    if permit.act.person != actor:
        yield "permit-of-another", f"it is {permit.act.person}'s"
    used = next((item for item in release.publications if item.permit == permit.id), None)
    if used is not None:
        yield "permit-used", f"it was used, entry {used.entry}"
    try:
        expired = context.over(permit.act, permit.expires)
    except CannotTell as error:
        raise Refusal(
            "clock", f"whether the permit {permit.id} is good cannot be told: {error}", outcome="error"
        ) from None
    if expired:
        yield "permit-expired", f"it was good until {permit.expires:%Y-%m-%dT%H:%M:%SZ}"
    if why := unsound(permit.act, situation.roster, signed=process.signed):
        yield "permit-unsound", f"it {why}"
    bound = (permit.act.candidate, permit.process, permit.round, permit.source, permit.dest)
    there = (release.candidate.digest, process.digest, release.round, context.source, context.transition.dest)
    if bound != there:
        yield PERMIT_STALE, "the candidate, the process, the round or the stage is another by now"
    if permit.basis != context.basis:
        yield BASIS_MOVED, f"what it rests on has changed: it was {permit.basis[:12]}, now it is {context.basis[:12]}"
    if publish.publisher != permit.publisher or not publish.takes(permit.destination):
        yield PERMIT_STALE, "its process publishes otherwise"


def _nothing_is_open(release: ReleaseState) -> None:
    """Checks that of everything which was let out before, it is known what came of it."""
    for item in release.publications:
        if item.is_open:
            raise Refusal(
                UNKNOWN,
                f"nobody knows what came of {item.permit}, begun in entry {item.entry}",
                remedy=f"look at {item.destination}; then holdfast reconcile {release.slug} {item.permit} --found WHAT",
            )


def _unproven(release: ReleaseState, subject: str) -> Publication:
    """The publication by a permit, as long as nothing is proven of it."""
    for item in release.publications:
        if item.permit == subject:
            if item.is_proven:
                raise InvalidInput(f"it is proven what came of {subject}: {item.end}, entry {item.ended}")
            return item
    find("permit", subject, release.permits)
    raise InvalidInput(f"the permit {subject} was not used, so nothing came of it")


def _found(situation: Situation, publication: Publication) -> dict[str, object]:
    """What was found of a copy; nothing where it could not be looked at."""
    permit = find("permit", publication.permit, situation.known[0].permits)
    return _observed(situation, permit, publication.reference).ok or {}


def _observed(situation: Situation, permit: Permit, reference: str) -> Observation:
    """The look at the copy of a permit.

    Raises:
        Refusal: nobody looked at this one.
    """
    params = looked_at(permit, reference)
    for observation in situation.observations:
        if observation.kind == PUBLICATION and observation.params == params:
            return observation
    raise Refusal(NOT_LOOKED_AT, "nobody looked at what is staged or published", outcome="error")


def looked_at(permit: Permit, reference: str) -> dict[str, str]:
    """The parameters of a look at the copy of a permit."""
    return {
        "permit": permit.id,
        "publisher": permit.publisher,
        "destination": permit.destination,
        "reference": reference,
    }
