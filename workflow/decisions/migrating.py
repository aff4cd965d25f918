"""Decides how a release gets under another process: proposed by a lead, approved by whom the present one asks."""

from __future__ import annotations

from workflow.commands import ApproveMigration, ProposeMigration
from workflow.decisions.bound import act_here, binding, may_open
from workflow.decisions.consent import consents, kept_out, wanted
from workflow.decisions.moves import charter_allows, may_start, waited_in
from workflow.decisions.situation import Refusal, Situation, known_person
from workflow.errors import InvalidInput, NotFound
from workflow.events import Event, MigrationApproved, MigrationProposed, ProcessMigrated
from workflow.migration import MIGRATE
from workflow.process import WITHDRAWN, Exposure, Process
from workflow.release import ReleaseState


def propose_migration(situation: Situation, command: ProposeMigration) -> tuple[Event, ...]:
    """Another process for a release, by somebody who may start one. It takes the place of an earlier proposal."""
    release, process = situation.known
    known_person(situation.roster, command.actor)
    may_start(situation.roster, command.actor, process, f"propose another process for {release.slug}")
    asked = may_become(situation)
    if release.proposal is not None and release.proposal.process == command.process:
        raise InvalidInput(
            f"this very process is proposed already, entry {release.proposal.entry}",
            remedy=f"those who sign approve it: holdfast process approve-migration {release.slug}",
        )
    return (MigrationProposed(process=command.process, loosens=asked),)


def approve_migration(situation: Situation, command: ApproveMigration) -> tuple[Event, ...]:
    """An approval of a proposed process; the last one that the present process asks for puts the other in force."""
    release, process = situation.known
    proposal = release.proposal
    if proposal is None or proposal.process != command.process:
        there = f"there is {proposal.process[:12]}, entry {proposal.entry}" if proposal else "there is none"
        raise NotFound(
            f"nobody has proposed {command.process[:12]} for {release.slug} in round {release.round}: {there}",
            remedy=f"holdfast process migrate {release.slug} FILE proposes one",
        )
    asked = may_become(situation)
    may_open(situation, command, command.role)
    if why := kept_out(situation, proposal, command.actor, command.role):
        raise Refusal("excluded", f"{command.actor} cannot approve it: {why}", remedy="somebody else of the role can")
    if command.role not in wanted(situation):
        roles = ", ".join(wanted(situation))
        raise Refusal("no-role", f"no gate of {process.label} asks {command.role} to sign; they ask {roles}")
    before = next(item for item in consents(situation, proposal) if item.role == command.role)
    if command.actor in (*before.people, *before.spare):
        raise InvalidInput(f"{command.actor} has approved this as {command.role} already")
    bound = binding(situation, MIGRATE, subject=command.process, role=command.role, in_round=True)
    approved = MigrationApproved(process=command.process, proposal=proposal.entry, loosens=asked, binding=bound)
    own = act_here(situation, command.actor, bound)
    after = consents(situation, proposal, own)
    if any(item.missing for item in after):
        return (approved,)
    migrated = ProcessMigrated(
        previous=process.digest,
        process=command.process,
        stage=release.stage,
        loosens=asked,
        approved_by=tuple(sorted({person for item in after for person in item.people})),
    )
    return (approved, migrated)


def may_become(situation: Situation) -> tuple[str, ...]:
    """Checks that a release can go on under another process at all, and says where that asks less.

    Raises:
        Refusal: it cannot: nobody could approve, the charter does not allow it, or something of the release would be
            lost under it.
        InvalidInput: it is the same process, or what the present one asks cannot be told here.
    """
    from workflow.definition import loosens  # slow to import, and nothing else that decides needs it

    release, process = situation.known
    target = situation.target
    if target is None:
        raise NotFound("there is no such process")
    if target == process:
        raise InvalidInput(f"{release.slug} is under this very process, {process.label} ({process.digest[:12]})")
    if release.stage == WITHDRAWN:
        raise Refusal("ended", f"{release.slug} is withdrawn: it has ended under {process.label}")
    if situation.unavailable:
        raise InvalidInput(
            f"{', '.join(situation.unavailable)} cannot be run here, so nobody can tell whose approval {process.label} "
            "asks for",
            remedy="allow its policies here, with the source that it was loaded with",
        )
    if not wanted(situation):
        raise Refusal(
            "no-signers",
            f"no gate of {process.label} asks for a sign-off, so there is nobody to approve another process",
            remedy="start a new release under the other process, with --derived-from " + release.slug,
        )
    charter_allows(situation.roster, target)
    _keeps_the_place(release, process, target)
    _keeps_the_roles(release, target)
    found = loosens(process, target)
    if found and release.exposed is not Exposure.INTERNAL:
        raise Refusal(
            "exposed",
            f"{release.slug} is or was out (up to {release.exposed}), and {target.label} asks less than "
            f"{process.label}: {', '.join(found)}",
            remedy=f"start a new release with --derived-from {release.slug}, or propose a process that loosens nothing",
        )
    return found


def _keeps_the_place(release: ReleaseState, process: Process, target: Process) -> None:
    """Checks that a release is where it was: the same stage at the same exposure, and waiting if it waits."""
    here = process.stage(release.stage)
    for name in waited_in(release, process):
        if not target.has_stage(name):
            where = f"{release.slug} is in" if name == here.name else f"{release.slug} waits there since it was in"
            raise Refusal("stage", f"{target.label} has no stage {name}, and {where} it")
    there = target.stage(here.name)
    if there.exposure is not here.exposure:
        raise Refusal("stage", f"{here.name} is {here.exposure}, and {target.label} calls it {there.exposure}")
    if (there.hold is None) != (here.hold is None):
        held = "holds" if there.hold else "does not hold"
        raise Refusal(
            "stage",
            f"{release.slug} entered {here.name} under {process.label}, and {target.label} {held} what enters it",
            remedy=f"move it out of {here.name} first",
        )
    *_, before = waited_in(release, process)
    if here.hold is not None and target.stage(before).hold is not None:
        raise Refusal("stage", f"{release.slug} was stopped in {before}, and in {target.label} it would wait there too")


def _keeps_the_roles(release: ReleaseState, target: Process) -> None:
    """Checks that every role is still there that an objection of this release can be closed by.

    Those that were closed count too: an objection stands against every descendant until it is closed for that as well.
    """
    named = [(item.act.role, item.id) for item in release.sign_offs if item.decision == "reject"]
    named += [(item.role, item.id) for item in release.holds]
    named += [(item.discharged_by, item.id) for item in release.requirements]
    missing = [f"{role} ({identifier})" for role, identifier in named if not target.has_role(role)]
    if missing:
        raise Refusal(
            "roles-missing",
            f"{target.label} has no role by which these could be closed: {', '.join(missing)}",
            remedy="an objection outlives every process; keep these roles in the new one",
        )
