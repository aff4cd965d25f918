"""Decides the other acts that can open a gate: lifting, discharging, reviewing and stating."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.commands import (
    Discharge,
    JudgeTest,
    Lift,
    MakeStatement,
    Review,
)
from workflow.decisions.bound import backing, binding, closing, fits, may_open, others_who_can, stands
from workflow.decisions.situation import Refusal, Situation, find, next_id, signer_role
from workflow.errors import InvalidInput, NotFound
from workflow.events import (
    Event,
    LiftApproved,
    RequiredTestJudged,
    RequirementDischarged,
    RiskReviewed,
    StatementMade,
)
from workflow.evidence import worst
from workflow.release import ReleaseState, counting_again
from workflow.requirement import Hold, Requirement


def lift(situation: Situation, command: Lift) -> tuple[Event, ...]:
    """Saying that a hold can go: at once by its owner, else by the quorum of the owner's role."""
    release, _ = situation.known
    hold: Hold = find("hold", command.subject, release.holds)
    if command.role != hold.role:
        raise Refusal(
            "no-role",
            f"{command.subject} belongs to {hold.role}: {command.role} cannot lift it",
            remedy=others_who_can(situation, (hold.role,), situation.candidates(command.candidates)),
        )
    candidates = may_open(situation, command, command.role, command.candidates)
    if not stands(situation, hold, candidates):
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
    acts = counting_again(hold, (*hold.lifts, backing(situation, command.actor, approved)), candidates)
    return (approved, *closing(situation, command.subject, hold.role, candidates, acts, needed))


def discharge(situation: Situation, command: Discharge) -> tuple[Event, ...]:
    """Saying that a requirement is met. One with a bound is met only by evidence that meets it."""
    release, _ = situation.known
    requirement: Requirement = find("requirement", command.subject, release.requirements)
    if requirement.incident is not None:
        raise InvalidInput(
            f"{command.subject} is an incident", remedy=f"holdfast incident close {release.slug} {command.subject}"
        )
    if command.actor in requirement.not_by and not situation.known[1].solo:
        raise Refusal(
            "excluded",
            f"{command.subject} is about what {command.actor} did: others look at that",
            remedy=_who_discharges(situation, command, requirement),
        )
    if command.role != requirement.discharged_by:
        raise Refusal(
            "no-role",
            f"{command.subject} is discharged by {requirement.discharged_by}, not {command.role}",
            remedy=_who_discharges(situation, command, requirement),
        )
    candidates = may_open(situation, command, command.role, command.candidates)
    if not stands(situation, requirement, candidates):
        raise InvalidInput(f"{command.subject} is discharged for that candidate already")
    can_be_cited(release, command.evidence, candidates, "this discharge is for")
    if requirement.bound is not None:
        for candidate in candidates:
            _meets(release, situation.kin, requirement, candidate)
    bound = binding(situation, "discharge", subject=command.subject, role=command.role)
    return (
        RequirementDischarged(subject=command.subject, evidence=command.evidence, candidates=candidates, binding=bound),
    )


def _who_discharges(situation: Situation, command: Discharge, requirement: Requirement) -> str:
    candidates = situation.candidates(command.candidates)
    return others_who_can(situation, (requirement.discharged_by,), candidates, requirement.not_by)


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
        may_open(situation, command, command.role, asked=situation.asked.get(command.area, ()))
    else:
        signer_role(situation, command.actor, command.role)
    bound = binding(situation, "review", subject=command.area, role=command.role, decision=command.verdict)
    return (RiskReviewed(id=next_id("V", release.reviews), area=command.area, verdict=command.verdict, binding=bound),)


def judge_test(situation: Situation, command: JudgeTest) -> tuple[Event, ...]:
    """Somebody's word on a required test. Only a word that can open a gate is limited by the exclusions."""
    release, process = situation.known
    if command.test not in situation.tests:
        known = ", ".join(situation.tests) or "none"
        raise NotFound(f"{process.label} wants no test {command.test!r}", remedy=f"it wants: {known}")
    if command.verdict == "failed":
        signer_role(situation, command.actor, command.role)
    else:
        may_open(situation, command, command.role, asked=situation.asked.get(command.test, ()))
    can_be_cited(release, command.evidence, (release.candidate.digest,), "the present candidate is")
    bound = binding(situation, "test", subject=command.test, role=command.role, decision=command.verdict)
    return (
        RequiredTestJudged(
            id=next_id("T", release.tests),
            test=command.test,
            verdict=command.verdict,
            evidence=command.evidence,
            binding=bound,
        ),
    )


def can_be_cited(release: ReleaseState, cited: Sequence[str], candidates: Sequence[str], what: str) -> None:
    """Checks that reports count, and were made for the files that an act is about."""
    for subject in cited:
        evidence = find("evidence", subject, release.evidence)
        if evidence.set_aside is not None or evidence.candidate not in candidates:
            raise InvalidInput(
                f"{subject} was set aside, or was made for other files than {what}",
                remedy="cite evidence on these very files",
            )


def statement(situation: Situation, command: MakeStatement) -> tuple[Event, ...]:
    """A statement under one's own name."""
    release, _ = situation.known
    signer_role(situation, command.actor, command.role)
    fits(situation, command.actor, command.role)
    if command.about is not None:
        find("incident", command.about, [item for item in release.requirements if item.incident is not None])
    bound = binding(situation, "statement", subject=command.about, role=command.role)
    return (
        StatementMade(id=next_id("P", release.statements), public=command.public, text=command.text, binding=bound),
    )
