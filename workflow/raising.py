"""What is raised against a candidate, as the event says that raised it.

``process`` and ``candidate`` are those of the release then, by their digests.
"""

from __future__ import annotations

from workflow.clock import parse_timestamp
from workflow.events import FindingRaised, HoldPlaced, IncidentOpened, OverrideUsed, Recorded, RequirementRaised
from workflow.requirement import FINDING, INCIDENT, OVERRIDE_REVIEW, Hold, Incident, Requirement


def requirement_of(event: RequirementRaised, recorded: Recorded, process: str, candidate: str) -> Requirement:
    """A demand, a condition, or what an approval depends on."""
    return Requirement(
        id=event.id,
        kind=event.kind,
        entry=recorded.seq,
        by=recorded.actor,
        role=event.role,
        discharged_by=event.discharged_by,
        text=recorded.texts[event.text],
        blocks=event.blocks,
        due=parse_timestamp(event.due) if event.due else None,
        bound=event.bound,
        hold=event.hold,
        process=process,
        candidate=candidate,
    )


def finding_of(event: FindingRaised, recorded: Recorded, process: str, candidate: str) -> Requirement:
    """What somebody found wrong."""
    return Requirement(
        id=event.id,
        kind=FINDING,
        entry=recorded.seq,
        by=recorded.actor,
        role=event.role,
        discharged_by=event.discharged_by,
        text=recorded.texts[event.text],
        process=process,
        candidate=candidate,
        severity=event.severity,
    )


def incident_of(event: IncidentOpened, recorded: Recorded, process: str, candidate: str) -> Requirement:
    """What became known."""
    return Requirement(
        id=event.id,
        kind=INCIDENT,
        entry=recorded.seq,
        by=recorded.actor,
        role=event.role,
        discharged_by=event.owner,
        text=recorded.texts[event.text],
        process=process,
        candidate=candidate,
        incident=Incident(parse_timestamp(event.known_since), recorded.at, frozenset(event.affected)),
    )


def review_of(event: OverrideUsed, recorded: Recorded, process: str, candidate: str) -> Requirement:
    """The review of an override: it keeps the same move from being made again, and any raise once it is due."""
    return Requirement(
        id=event.review,
        kind=OVERRIDE_REVIEW,
        entry=recorded.seq,
        by=recorded.actor,
        role=event.role,
        discharged_by=event.role,
        text=recorded.texts["rationale"],
        blocks=(event.trigger,),
        due=parse_timestamp(event.due),
        process=process,
        candidate=candidate,
        not_by=frozenset({recorded.actor, *event.by}),
        overrode=event.policy,
    )


def hold_of(event: HoldPlaced, recorded: Recorded, process: str, candidate: str) -> Hold:
    """A stop."""
    return Hold(
        id=event.id,
        entry=recorded.seq,
        at=recorded.at,
        by=recorded.actor,
        role=event.role,
        count=event.count,
        review_by=parse_timestamp(event.review_by) if event.review_by else None,
        reason=recorded.texts["rationale"],
        process=process,
        candidate=candidate,
    )
