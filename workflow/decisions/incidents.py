"""Decides what becomes known of bytes, and when that is dealt with."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.clock import parse_timestamp, timestamp
from workflow.commands import CloseIncident, OpenIncident
from workflow.decisions.acts import can_be_cited
from workflow.decisions.bound import binding, may_open, others_who_can, stands
from workflow.decisions.situation import Refusal, Situation, find, next_id, signer_role
from workflow.errors import InvalidInput, NotFound
from workflow.events import Event, IncidentClosed, IncidentOpened
from workflow.requirement import Requirement


def open_incident(situation: Situation, command: OpenIncident) -> tuple[Event, ...]:
    """What became known, from anybody who holds the role, in any stage: also of what is out, or was withdrawn."""
    release, process = situation.known
    signer_role(situation, command.actor, command.role)
    process.role(command.owner)
    # A clock that was set back is no reason to turn a warning away.
    now = max(situation.at, situation.mark) if situation.mark else situation.at
    if parse_timestamp(command.known_since) > now:
        raise InvalidInput(
            f"{command.known_since} is still to come, and it is {timestamp(now)}",
            remedy="say when it became known: --known-since TIME",
        )
    if len(set(command.affected)) < len(command.affected):
        raise InvalidInput("an affected digest is named twice", remedy="name each once")
    return (
        IncidentOpened(
            id=next_id("R", release.requirements),
            known_since=command.known_since,
            affected=command.affected,
            text=command.text,
            role=command.role,
            owner=command.owner,
        ),
    )


def close_incident(situation: Situation, command: CloseIncident) -> tuple[Event, ...]:
    """That an incident is dealt with for some candidates, from the role that owns it, and under the exclusions."""
    release, _ = situation.known
    incident = incident_of(release.requirements, command.subject)
    if command.role != incident.discharged_by:
        raise Refusal(
            "no-role",
            f"{incident.id} is closed by {incident.discharged_by}, not {command.role}",
            remedy=others_who_can(situation, (incident.discharged_by,), situation.candidates(command.candidates)),
        )
    candidates = may_open(situation, command, command.role, command.candidates)
    if not stands(situation, incident, candidates):
        raise InvalidInput(f"{incident.id} is closed for that candidate already")
    releases = {other.slug: other for other in (release, *situation.kin)}
    for cited in command.evidence:
        source, _, identifier = cited.rpartition("/")
        if source and source not in releases:
            raise NotFound(f"{source} is no relative of {release.slug}", remedy=f"there is: {', '.join(releases)}")
        can_be_cited(releases[source or release.slug], (identifier,), candidates, "this is for")
    bound = binding(situation, "close_incident", subject=incident.id, role=command.role)
    return (IncidentClosed(subject=incident.id, evidence=command.evidence, candidates=candidates, binding=bound),)


def incident_of(requirements: Sequence[Requirement], subject: str) -> Requirement:
    """The incident with an id.

    Raises:
        NotFound: there is none.
    """
    found: Requirement = find("incident", subject, [item for item in requirements if item.incident is not None])
    return found
