"""Decides what is laid before the gates: reports, and what becomes of them."""

from __future__ import annotations

from workflow.commands import (
    Attach,
    Justify,
    SetAside,
)
from workflow.decisions.bound import binding, fits, may_open
from workflow.decisions.situation import Refusal, Situation, find, known_person, next_id, signer_role
from workflow.eligibility import lapse
from workflow.errors import InvalidInput, NotFound
from workflow.events import (
    Event,
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
)
from workflow.lineage import ancestry


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
    # A file of results holds several tasks, and each is a report of its own.
    said = (command.blob, command.made_for, command.report.kind, command.report.name)
    if any((item.blob, item.candidate, item.report.kind, item.report.name) == said for item in release.evidence):
        raise InvalidInput("this very file is attached already")
    bound = None
    if not command.stated:
        if command.role is None:
            raise InvalidInput(
                "the report does not say which candidate it was made for, so somebody has to declare it",
                remedy="name the role you declare it in: --declare-as ROLE",
            )
        signer_role(situation, command.actor, command.role)
        fits(situation, command.actor, command.role)
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
    may_open(situation, command, command.role)
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
    may_open(situation, command, command.role)
    if process.role(command.role).authority != "veto":
        raise Refusal("no-role", f"{command.role} only advises; a report is justified by a role that holds a veto")
    line = {item.digest for item in ancestry(release.candidate, (release, *situation.kin))}
    if evidence.candidate == release.candidate.digest or evidence.candidate not in line:
        raise InvalidInput(
            f"{command.subject} was made for {evidence.candidate[:12]}, which is "
            + ("the present candidate" if evidence.candidate == release.candidate.digest else "no ancestor of it"),
            remedy="a report on an ancestor is justified; one on the present candidate is attached",
        )
    if evidence.set_aside is not None:
        raise InvalidInput(f"{command.subject} was set aside, entry {evidence.set_aside}, and counts nowhere")
    mine = [item.act for item in release.justified if (item.source, item.subject) == (command.source, command.subject)]
    for act in mine:
        same = (act.person, act.role, act.candidate) == (command.actor, command.role, release.candidate.digest)
        if same and lapse(act, situation.roster, signed=process.signed) is None:
            raise InvalidInput(f"{command.actor} has answered for {command.subject} here already, entry {act.entry}")
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
