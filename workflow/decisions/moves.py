"""Decides what starts, moves, schedules and stops a release."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.clock import parse_duration, timestamp
from workflow.commands import Advance, PlaceHold, ReplaceCandidate, Require, Schedule, Start, Withdraw
from workflow.decisions.bound import binding, fits
from workflow.decisions.overrides import by_override
from workflow.decisions.situation import Refusal, Situation, any_role, find, known_person, next_id, signer_role
from workflow.errors import GateDenied, InvalidInput, InvalidTransition, NotFound, PolicyErrored, WorkflowError
from workflow.events import (
    CandidateReplaced,
    Event,
    HoldPlaced,
    ReleaseStarted,
    RequirementRaised,
    Scheduled,
    StatementMade,
    TransitionMade,
)
from workflow.gate import outcome
from workflow.overriding import blocking
from workflow.policy import Verdict
from workflow.process import WITHDRAWN, Exposure, Process
from workflow.release import ReleaseState
from workflow.roster import Roster


def start(situation: Situation, command: Start) -> tuple[Event, ...]:
    """A candidate enters a process that the charter allows, under a name that was never used."""
    process = situation.process
    if process is None:
        raise NotFound(f"there is no process {command.process[:12]}")
    if situation.taken:
        raise InvalidInput(
            f"the name {command.release} is taken; a release's name is never used again",
            remedy=f"choose another, for example {command.release}-2",
        )
    known_person(situation.roster, command.actor)
    may_start(situation.roster, command.actor, process, f"start a release under {process.label}")
    charter_allows(situation.roster, process)
    return (
        ReleaseStarted(
            release=command.release,
            process=command.process,
            stage=process.initial.name,
            candidate=command.candidate,
        ),
    )


def may_start(roster: Roster, person: str, process: Process, what: str) -> None:
    """Checks that somebody may start a release under a process, and so may do ``what``."""
    if not any(roster.holds(person, role) for role in process.started_by):
        who = " or ".join(process.started_by)
        raise Refusal("no-role", f"{person} may not {what}", remedy=f"{who} may")


def charter_allows(roster: Roster, process: Process) -> None:
    """Checks that the charter allows a process as far as it leads."""
    allowed = roster.chartered(process.digest)
    if process.highest_exposure.rank > allowed.rank:
        raise Refusal(
            "not-chartered",
            f"{process.label} ({process.digest[:12]}) leads up to {process.highest_exposure}, and the charter allows "
            f"it up to {allowed}",
            remedy="an administrator allows it: holdfast charter allow FILE --up-to "
            f"{process.highest_exposure} -m REASON",
        )


def replace_candidate(situation: Situation, command: ReplaceCandidate) -> tuple[Event, ...]:
    """Other bytes, as long as nothing of the release was ever exposed. The old candidate becomes a parent."""
    release, process = situation.known
    known_person(situation.roster, command.actor)
    if command.candidate.digest == release.candidate.digest:
        raise InvalidInput(
            "these are the bytes that the release has already",
            remedy="where files were only moved, leave a link to them in their old place",
        )
    if release.exposed is not Exposure.INTERNAL or release.stage == WITHDRAWN:
        raise Refusal(
            "exposed",
            f"{release.slug} is or was out (up to {release.exposed}, now in {release.stage}); what it contains "
            "does not change any more",
            remedy="start a new release with --derived-from " + release.slug,
        )
    may_start(situation.roster, command.actor, process, "replace the candidate")
    parents = tuple(dict.fromkeys((*command.candidate.parents, release.candidate.digest)))
    return (CandidateReplaced(candidate=command.candidate.model_copy(update={"parents": parents})),)


def advance(situation: Situation, command: Advance) -> tuple[Event, ...]:
    """A move by its trigger alone. Entering a stage with a hold opens that hold."""
    release, process = situation.known
    known_person(situation.roster, command.actor)
    machine = situation.machine
    if machine is None:
        raise WorkflowError("an advance needs a machine")
    try:
        machine.resolve(release.stage, command.trigger)
    except InvalidTransition as error:
        raise Refusal(error.code, error.message, remedy=error.remedy) from error
    publish = process.transition(command.trigger).publish
    if publish is not None:
        raise Refusal(
            "publisher",
            f"`{command.trigger}` publishes by {publish.publisher}, which a plain advance does not",
            remedy=f"holdfast plan {release.slug} {command.trigger} --to DESTINATION -o FILE, then holdfast apply FILE",
        )
    return made(situation, command)


def made(situation: Situation, command: Advance) -> tuple[Event, ...]:
    """The move that a trigger is, out of the present stage, if every policy of the gate allows it."""
    release, process = situation.known
    machine, context = situation.machine, situation.context
    if machine is None:
        raise WorkflowError("an advance needs a machine")
    in_the_way = blocking(context, situation.verdicts) if context is not None else ()
    if context is None or in_the_way or not situation.verdicts:
        kind = outcome(in_the_way)
        code = PolicyErrored.code if kind == "error" else GateDenied.code
        raise Refusal(
            code,
            _denied(release, process, command.trigger, in_the_way, len(situation.verdicts)),
            remedy=f"holdfast explain {release.slug} {command.trigger}",
            outcome=kind,
        )
    used = by_override(situation, context)
    dest = process.stage(machine.move(release.stage, command.trigger, allowed=True))
    moved = TransitionMade(
        trigger=command.trigger,
        source=release.stage,
        dest=dest.name,
        forward=process.is_forward(waited_in(release, process)[-1], dest.name),
        exposure=dest.exposure,
        irreversible=process.is_irreversible(release.stage, dest.name),
        basis=context.basis,
    )
    if dest.hold is None:
        return (moved, *used)
    review_by = situation.at + parse_duration(dest.hold.review_within) if dest.hold.review_within else None
    hold = HoldPlaced(
        id=next_id("H", release.holds),
        role=dest.hold.role,
        count=dest.hold.count,
        review_by=timestamp(review_by) if review_by else None,
    )
    return (moved, *used, hold)


def withdraw(situation: Situation, command: Withdraw) -> tuple[Event, ...]:
    """A move that ends the release, by its gate as ever, and what its maker says to the public of it, in one."""
    release, process = situation.known
    dest = process.transition(command.trigger).dest
    if dest != WITHDRAWN:
        raise InvalidInput(
            f"`{command.trigger}` leads to {dest}, which is no withdrawal",
            remedy=f"holdfast advance {release.slug} {command.trigger}",
        )
    signer_role(situation, command.actor, command.role)
    fits(situation, command.actor, command.role)
    moved = advance(situation, command)
    bound = binding(situation, "withdrawal", role=command.role)
    said = StatementMade(id=next_id("P", release.statements), public=True, text=command.text, binding=bound)
    # What is signed comes first, and says what follows from it.
    return (said, *moved)


def waited_in(release: ReleaseState, process: Process) -> tuple[str, ...]:
    """The stage of a release, and where it waits, those before it back to the one in which it was stopped.

    A move is measured from the last of them, so that waiting is no detour.
    """
    stages = [release.stage]
    for move in reversed(release.moves):
        if process.stage(stages[-1]).hold is None:
            break
        stages.append(move.source)
    return tuple(stages)


def _denied(release: ReleaseState, process: Process, trigger: str, in_the_way: Sequence[Verdict], checks: int) -> str:
    transition = process.transition(trigger)
    first = "; ".join(reason.text for verdict in in_the_way for reason in verdict.reasons[:1])
    return (
        f"{release.slug} may not leave {release.stage} for {transition.dest} by `{trigger}`: {len(in_the_way)} of "
        f"{checks} checks stand in the way ({first})"
    )


def schedule(situation: Situation, command: Schedule) -> tuple[Event, ...]:
    """The planned date, or its end. A change of a date that stood is a slip."""
    release, process = situation.known
    any_role(situation, command.actor, process)
    previous = timestamp(release.planned) if release.planned else None
    if release.schedule and previous == command.planned:
        raise InvalidInput(f"the planned date is {previous or 'no date'} already")
    if not release.schedule and command.planned is None:
        raise InvalidInput("no date was planned, so there is nothing to take back")
    return (Scheduled(planned=command.planned, previous=previous, slip=previous is not None),)


def place_hold(situation: Situation, command: PlaceHold) -> tuple[Event, ...]:
    """A stop, at once, by anybody who holds the role, with the conditions for lifting it."""
    release, process = situation.known
    signer_role(situation, command.actor, command.role)
    for condition in command.conditions:
        process.role(condition.discharged_by)
    hold = HoldPlaced(id=next_id("H", release.holds), role=command.role, review_by=command.review_by)
    conditions = tuple(
        RequirementRaised(
            id=f"R{len(release.requirements) + place}",
            kind="lift_condition",
            text=condition.text,
            role=command.role,
            discharged_by=condition.discharged_by,
            hold=hold.id,
        )
        for place, condition in enumerate(command.conditions, 1)
    )
    return (hold, *conditions)


def require(situation: Situation, command: Require) -> tuple[Event, ...]:
    """Something to be discharged first, from anybody who holds the role."""
    release, process = situation.known
    signer_role(situation, command.actor, command.role)
    process.role(command.discharged_by)
    for trigger in command.blocks:
        if all(spec.policy != "requirements" for spec in process.transition(trigger).gate):
            raise InvalidInput(
                f"the gate of `{trigger}` does not look at requirements, so it would not be blocked",
                remedy="name no trigger to block every raise, or add the policy `requirements` to that gate",
            )
    if command.hold is not None:
        find("hold", command.hold, release.holds)
    return (
        RequirementRaised(
            id=next_id("R", release.requirements),
            kind="condition" if command.hold is None else "lift_condition",
            text=command.text,
            role=command.role,
            discharged_by=command.discharged_by,
            blocks=command.blocks,
            due=command.due,
            bound=command.bound,
            hold=command.hold,
        ),
    )
