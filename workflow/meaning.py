"""What a signature means, in words. They are part of the format, and never change for a type of predicate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow.changes import Change
from workflow.errors import LedgerError
from workflow.events import (
    Event,
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
    ExposureReconciled,
    IncidentClosed,
    LiftApproved,
    MigrationApproved,
    ObjectionAnswered,
    OverrideDecided,
    PlanMade,
    RequiredTestJudged,
    RequirementDischarged,
    RiskAccepted,
    RiskReviewed,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
)
from workflow.facts import Binding
from workflow.ledger import Json

_SAID = {
    "approve": "approve",
    "reject": "refuse",
    "abstain": "abstain from",
    "recuse": "recuse myself from",
}


def of_act(actor: str, event: Event, bound: Binding, details: Mapping[str, Any]) -> str:
    """What a signature under an act means."""
    who = f"I, {actor}, as {bound.role},"
    what = f"of {bound.release} in the ledger {bound.origin}"
    named = f"for the candidates {', '.join(details['candidates'])}" if details.get("candidates") else ""
    match event:
        case SignOffRecorded():
            text = (
                f"{who} {_SAID[event.decision]} `{bound.transition}` {what}: from {bound.source} to {bound.dest} "
                f"(exposure {event.exposure}), in round {bound.round}, for the candidate {bound.candidate}"
            )
            if "reaffirms" in details:
                text += f", reaffirming entry {details['reaffirms']['entry']}"
            if "requirements" in details:
                text += ", if the requirements that I raise with it are discharged first"
            if bound.expires is not None:
                text += f", until {bound.expires}"
            return text + "."
        case SignOffWithdrawn():
            return f"{who} take back my sign-off {bound.subject} {what} {named}".rstrip() + "."
        case ObjectionAnswered():
            return f"{who} answer the refusal {bound.subject} {what}, {named}."
        case RequirementDischarged():
            return f"{who} say that the requirement {bound.subject} {what} is met, {named}."
        case LiftApproved():
            return f"{who} say that the hold {bound.subject} {what} can be lifted, {named}."
        case EvidenceAttached():
            return f"{who} declare that the report {bound.subject} {what} was made for {details['made_for']}."
        case EvidenceSetAside():
            return f"{who} set the report {bound.subject} {what} aside."
        case EvidenceJustified():
            return (
                f"{who} answer for letting the report {bound.subject} {what}, made for {details['made_for']}, "
                f"count for the candidate {bound.candidate}."
            )
        case RiskReviewed():
            found = f"{bound.decision}, for the candidate {bound.candidate}"
            return f"{who} find the risk area {bound.subject} {what} {found}."
        case IncidentClosed():
            return f"{who} say that the incident {bound.subject} {what} is dealt with, {named}."
        case RequiredTestJudged():
            on = f", on the evidence {', '.join(event.evidence)}" if event.evidence else ""
            found = f"{event.verdict.replace('_', ' ')}, for the candidate {bound.candidate}{on}"
            return f"{who} say that the required test {bound.subject} {what} is {found}."
        case OverrideDecided():
            way = f"`{bound.transition}` {what}, from {bound.source} to {bound.dest}, in round {bound.round}"
            if event.decision == "withdraw":
                return f"{who} take back that {way}, may pass without what `{bound.subject}` asks."
            return (
                f"{who} let {way}, pass without what `{bound.subject}` asks, for the candidate {bound.candidate}, "
                f"until {bound.expires}."
            )
        case RiskAccepted():
            return f"{who} accept the risk of the finding {bound.subject} {what} until {bound.expires}, {named}."
        case StatementMade():
            on = f"on the incident {bound.subject} " if bound.subject is not None else ""
            said = f"state {'in public' if event.public else 'internally'} what the text {event.text} says"
            if "withdraws" in details:
                move = details["withdraws"]
                way = f"by `{move['by']}` from {move['from']} to {move['to']}"
                return f"{who} withdraw {what.removeprefix('of ')} {way}, and {said}."
            return f"{who} {said} {on}{what}."
        case MigrationApproved():
            asks = f"loosens: {', '.join(event.loosens)}" if event.loosens else "loosens nothing"
            return (
                f"{who} let {bound.release} in the ledger {bound.origin} go on under the process {event.process} "
                f"instead of {bound.process}, in round {bound.round}, for the candidate {bound.candidate}; it {asks}."
            )
        case PlanMade():
            return (
                f"I, {actor}, plan to publish {bound.release} in the ledger {bound.origin} by `{bound.transition}`: "
                f"from {bound.source} to {bound.dest} (exposure {event.exposure}), in round {bound.round}, the "
                f"candidate {bound.candidate}, once, by {event.publisher} to {event.destination}, until "
                f"{bound.expires}."
            )
        case ExposureReconciled():
            found = "published" if event.verdict == "published" else "not published"
            return f"{who} looked at what became of {bound.subject} {what}, and found it {found}."
        case _:
            raise LedgerError(f"{event.type} is no act that can be signed")


_ASKED = {
    "roster": "propose",
    "approve_change": "approve",
    "erase": "ask to erase a text",
    "away": "say that I am away",
    "back": "say that I am back",
    "suspend_key": "suspend the key {key}",
    "restore_protection": "acknowledge that the protection of the database was missing",
}


def of_request(actor: str, origin: str, asked: Json, change: Change | None, version: int | None) -> str:
    """What a signature under a request about the roster, the charter or a text means."""
    verb = _ASKED[str(asked["command"])]
    if change is None:
        return f"I, {actor}, {verb.format(**asked)}, in the ledger {origin}."
    return f"I, {actor}, {verb} the change that makes version {version} of the roster of {origin}: {_words(change)}."


def _words(change: Change) -> str:
    """A change of the roster in words that never change: its name and its facts."""
    facts = change.model_dump(mode="json")
    shown = [
        f"{name.replace('_', ' ')} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in facts.items()
        # A text's name that is its field's says nothing more.
        if name != "op" and value not in (None, [], name)
    ]
    return "; ".join([str(facts["op"]).replace("_", " "), *shown])
