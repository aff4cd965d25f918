"""What an event raises against a release, as it stands there: a requirement of one kind or another."""

from __future__ import annotations

from dataclasses import replace

from workflow.clock import parse_timestamp
from workflow.events import FindingRaised, IncidentOpened, OverrideUsed, Recorded, RequirementRaised
from workflow.requirement import FINDING, INCIDENT, OVERRIDE_REVIEW, Incident, Requirement

Raising = RequirementRaised | FindingRaised | IncidentOpened | OverrideUsed


def requirement_of(event: Raising, recorded: Recorded, process: str, candidate: str) -> Requirement:
    """The requirement that an event raises against a candidate, under a process."""

    def raised(identifier: str, kind: str, role: str, discharged_by: str, text: str) -> Requirement:
        return Requirement(
            id=identifier,
            kind=kind,
            entry=recorded.seq,
            by=recorded.actor,
            role=role,
            discharged_by=discharged_by,
            text=recorded.texts[text],
            blocks=(),
            due=None,
            bound=None,
            hold=None,
            process=process,
            candidate=candidate,
        )

    match event:
        case RequirementRaised():
            return replace(
                raised(event.id, event.kind, event.role, event.discharged_by, event.text),
                blocks=event.blocks,
                due=parse_timestamp(event.due) if event.due else None,
                bound=event.bound,
                hold=event.hold,
            )
        case FindingRaised():
            found = raised(event.id, FINDING, event.role, event.discharged_by, event.text)
            return replace(found, severity=event.severity)
        case IncidentOpened():
            known = Incident(parse_timestamp(event.known_since), recorded.at, frozenset(event.affected))
            return replace(raised(event.id, INCIDENT, event.role, event.owner, event.text), incident=known)
        case OverrideUsed():
            # It keeps the same move from being made again, and any raise once it is due.
            return replace(
                raised(event.review, OVERRIDE_REVIEW, event.role, event.role, "rationale"),
                blocks=(event.trigger,),
                due=parse_timestamp(event.due),
                not_by=frozenset({recorded.actor, *event.by}),
            )
