"""Decides on findings: what somebody found wrong, and whether its risk is accepted for a time."""

from __future__ import annotations

from workflow.clock import parse_timestamp, timestamp
from workflow.commands import AcceptRisk, RaiseFinding
from workflow.decisions.bound import binding, may_open, stands
from workflow.decisions.situation import Refusal, Situation, find, next_id, signer_role
from workflow.errors import InvalidInput
from workflow.events import Event, FindingRaised, RiskAccepted
from workflow.requirement import FINDING, Accepting, Requirement


def raise_finding(situation: Situation, command: RaiseFinding) -> tuple[Event, ...]:
    """Something that is wrong, from anybody who holds the role: a requirement with a severity."""
    release, process = situation.known
    signer_role(situation, command.actor, command.role)
    process.role(command.discharged_by)
    return (
        FindingRaised(
            id=next_id("R", release.requirements),
            severity=command.severity,
            text=command.text,
            role=command.role,
            discharged_by=command.discharged_by,
        ),
    )


def accept_risk(situation: Situation, command: AcceptRisk) -> tuple[Event, ...]:
    """Accepting the risk of a finding until a time: only where a gate of the process says who may, and for how long.

    Whether that is enough for a gate is decided there, by what it says itself.
    """
    release, _ = situation.known
    finding: Requirement = find("requirement", command.subject, release.requirements)
    if finding.kind != FINDING:
        raise InvalidInput(
            f"{command.subject} is no finding, and only of a finding somebody can accept the risk",
            remedy=f"holdfast discharge {release.slug} {command.subject}",
        )
    candidates = may_open(situation, command, command.role, command.candidates)
    if not stands(situation, finding, candidates):
        raise InvalidInput(f"{command.subject} is discharged for that candidate already")
    _may_accept(situation, command, finding)
    bound = binding(situation, "accept_risk", subject=command.subject, role=command.role, expires=command.until)
    return (RiskAccepted(subject=command.subject, candidates=candidates, binding=bound),)


def _may_accept(situation: Situation, command: AcceptRisk, finding: Requirement) -> None:
    """Checks that some gate of the process takes this acceptance: by its role, the severity and the time."""
    _, process = situation.known
    severity = finding.severity
    if not situation.accepting:
        raise Refusal(
            "no-role",
            f"no gate of {process.label} says who may accept a risk, so nobody may",
            remedy=f"it is put right, and {finding.discharged_by} discharges it",
        )
    mine = [item for item in situation.accepting if item.role == command.role]
    if not mine:
        who = ", ".join(dict.fromkeys(item.role for item in situation.accepting))
        raise Refusal("no-role", f"{command.role} may accept no risk under {process.label}", remedy=f"{who} may")
    within = [item for item in mine if severity is not None and severity.rank <= item.up_to.rank]
    if not within:
        gravest = max((item.up_to for item in mine), key=lambda found: found.rank)
        raise Refusal(
            "severity",
            f"{finding.id} is {severity}, and {command.role} may accept the risk of what is {gravest} at most",
            remedy=f"it is put right, and {finding.discharged_by} discharges it",
        )
    longest = max(within, key=_time).at_most
    until = parse_timestamp(command.until)
    if until <= situation.at:
        raise Refusal("time", f"{command.until} has passed already", remedy="name a time that is still to come")
    if until - situation.at > longest:
        raise Refusal(
            "time",
            f"{command.role} may accept the risk of {finding.id} until {timestamp(situation.at + longest)} at most",
            remedy="name an earlier time; when it has come, the risk can be accepted anew",
        )


def _time(accepting: Accepting) -> float:
    return accepting.at_most.total_seconds()
