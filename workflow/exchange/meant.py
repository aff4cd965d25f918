"""From a statement back to the command that its signer meant by it."""

from __future__ import annotations

from workflow import ledger, statement
from workflow.asked import command_from
from workflow.commands import (
    AnyCommand,
    ApproveChange,
    DeclareAway,
    DeclareReturn,
    EraseText,
    ProposeChange,
    SuspendKey,
)
from workflow.errors import LedgerError
from workflow.evidence import EvidenceReport
from workflow.facts import Binding
from workflow.ledger import Json
from workflow.statement import REQUEST, Read

_NAMES = {"withdraw": "unsign", "declare": "attach", "migrate": "approve_migration", "withdrawal": "withdraw"}
"""What a command is called, where the act that it makes has another name."""

_REQUESTED = (ProposeChange, ApproveChange, EraseText, SuspendKey, DeclareAway, DeclareReturn)
"""What can be asked of a ledger from elsewhere, beside acts about a release."""


def signed_command(read: Read, report: EvidenceReport | None = None) -> AnyCommand | None:
    """The command that a statement asks for; None where it does not say one.

    Args:
        read: the statement.
        report: what was read of a file that is attached: the statement has only its digest.
    """
    try:
        if read.kind == REQUEST:
            asked = command_from(read.predicate["request"])
            return asked if isinstance(asked, _REQUESTED) else None
        bound = Binding.model_validate(read.predicate["binding"])
        fields = _fields(bound, read.predicate["details"], report)
        about = {"actor": read.actor, "release": bound.release}
        return command_from({"command": _NAMES.get(bound.act, bound.act), **about, **fields})
    except (LedgerError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _fields(bound: Binding, details: Json, report: EvidenceReport | None) -> Json:
    on = {"subject": bound.subject}
    role = {"role": bound.role}
    match bound.act:
        case "sign":
            cited = details.get("reaffirms")
            wanted = details.get("requirements", [])
            return {
                **role,
                "transition": bound.transition,
                "decision": bound.decision,
                "basis": bound.basis,
                "conditions": statement.condition_names(bound.texts),
                "requirements": [{"text": item["text"], "discharged_by": item["discharged_by"]} for item in wanted],
                "cites": cited["subject"] if cited else None,
            }
        case "withdraw" | "answer":
            return {**on, "candidates": details["candidates"]}
        case "lift":
            return {**on, **role, "candidates": details["candidates"]}
        case "discharge" | "close_incident":
            return {**on, **role, "evidence": details["evidence"], "candidates": details["candidates"]}
        case "declare":
            if report is None or details["report"] != ledger.digest(report.model_dump(mode="json")):
                raise ValueError("the report is not the one that was signed")
            given = {name: details[name] for name in ("filename", "made_for")}
            return {**role, **given, "blob": bound.subject, "report": report, "stated": False}
        case "set_aside":
            return {**on, **role}
        case "justify":
            return {**on, **role, "source": details["source"]}
        case "review":
            return {**role, "area": bound.subject, "verdict": bound.decision}
        case "override":
            given = {"transition": bound.transition, "policy": bound.subject, "decision": bound.decision}
            return {**role, **given, "basis": bound.basis}
        case "accept_risk":
            return {**on, **role, "until": bound.expires, "candidates": details["candidates"]}
        case "test":
            return {**role, "test": bound.subject, "verdict": bound.decision, "evidence": details["evidence"]}
        case "plan":
            seen = {"transition": bound.transition, "basis": bound.basis, "expires": bound.expires}
            return {**seen, "destination": details["destination"]}
        case "reconcile":
            return {**on, **role, "verdict": bound.decision}
        case "migrate":
            return {**role, "process": bound.subject}
        case "withdrawal":
            return {**role, "trigger": details["withdraws"]["by"], "text": details["text"]}
        case "statement":
            return {**role, "public": details["public"], "text": details["text"], "about": bound.subject}
    raise ValueError(bound.act)
