"""What became of somebody's refusals, holds and requirements at the hands of others, for their inbox.

Whoever said no is told that others answered it, lifted it or held it met, and of those who tried and were refused: with
the entry, and in those people's own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflow.commands import RATIONALE, AcceptRisk, Answer, CloseIncident, Discharge, Lift
from workflow.events import (
    AnyEvent,
    CommandRefused,
    FindingRaised,
    HoldPlaced,
    IncidentClosed,
    IncidentOpened,
    LiftApproved,
    ObjectionAnswered,
    ObjectionClosed,
    OverrideUsed,
    RequirementDischarged,
    RequirementRaised,
    RiskAccepted,
    binding_of,
)
from workflow.folding import ReadEntry, read_entry
from workflow.inquiry.walk import Sealing, downward, glimpse
from workflow.ledger import release_stream
from workflow.looking import last_signed, onward, read_text
from workflow.policy import Reason
from workflow.release import ReleaseState
from workflow.requirement import FINDING, INCIDENT
from workflow.rulebook import Rulebook, World, known
from workflow.storage.base import Reader
from workflow.views import InboxItem

TOLD = frozenset({"answered", "lifted", "discharged", "risk-accepted", "attempt-refused"})
"""The codes of what is told and asks for nothing."""

_DONE: Mapping[type[AnyEvent], tuple[str, str]] = {
    ObjectionAnswered: ("answered", "answered {}"),
    LiftApproved: ("lifted", "said that {} can be lifted"),
    RequirementDischarged: ("discharged", "discharged {}"),
    IncidentClosed: ("discharged", "closed {}"),
    RiskAccepted: ("risk-accepted", "accepted the risk of {}"),
}
_TRIED: Mapping[str, str] = {
    Answer.command: "answer",
    Lift.command: "lift",
    Discharge.command: "discharge",
    CloseIncident.command: "close",
    AcceptRisk.command: "accept the risk of",
}
_NAMES: Mapping[str, str] = {FINDING: "finding", INCIDENT: "incident"}
_OBJECTIONS = (HoldPlaced, RequirementRaised, FindingRaised, IncidentOpened, OverrideUsed)
"""What people object by without a binding; with whatever has one, the decisions after which they are told no more."""

_MARKS = tuple(f'"type":"{kind.model_fields["type"].default}"'.encode() for kind in (*_DONE, CommandRefused))


@dataclass(frozen=True, slots=True)
class Word:
    """An entry of somebody else's, and what of somebody's own it is about, by its id."""

    read: ReadEntry
    subject: str


def words_of_others(reader: Reader, slug: str, actor: str) -> list[Word]:
    """What others did, or tried to do, to anything in a release since somebody last decided there; the oldest first.

    None where they never decided there. Most entries are only passed over: each is checked, and few are read.
    """
    found: list[Word] = []
    for stored in downward(reader, None, release_stream(slug)):
        by = glimpse(stored).actor
        if by == actor:
            if _decides(read_entry(stored).events):
                return found[::-1]
        elif any(mark in stored.body for mark in _MARKS):
            read = read_entry(stored)
            subject = _subject(read.events[0])
            if subject is not None:
                found.append(Word(read, subject))
    return []


def told(
    rulebook: Rulebook, world: World, reader: Reader, seals: Sealing, actor: str, words: Sequence[Word]
) -> list[InboxItem]:
    """Of what others did, what was done to somebody's own refusals, holds and requirements."""
    release, _ = known(world)
    own = _own(release, actor)
    way = onward(world)
    gate = rulebook.context(world, way.trigger) if way else None
    last = last_signed(release, way.trigger, actor) if way else None
    items = []
    for word in words:
        entry = word.read.entry
        if word.subject not in own or seals(release.slug).of(word.read.events, entry.seq) is not None:
            continue
        code, text = _sentence(word, own[word.subject])
        said = entry.texts.get(RATIONALE)
        items.append(
            InboxItem(
                release=release.slug,
                label=release.candidate.label,
                trigger=way.trigger if way else "",
                stage=release.stage,
                dest=way.dest if way else release.stage,
                irreversible=gate is not None and gate.process.is_irreversible(gate.source, gate.transition.dest),
                reason=Reason(
                    kind="open",
                    code=code,
                    text=text,
                    remedy="nothing is asked of you: it is told until you next decide on this release",
                    who=(actor,),
                    subject=word.subject,
                    release=release.slug,
                ),
                basis=gate.basis if gate else "",
                waiting_since=word.read.recorded.at,
                last_signed=last.act.entry if last else None,
                changed=(),
                entry=entry.seq,
                said=read_text(reader, said) if said else None,
            )
        )
    return items


def _own(release: ReleaseState, actor: str) -> dict[str, str]:
    """Somebody's refusals, holds and requirements, by their ids, each with what it is called."""
    named = {item.id: "refusal" for item in release.sign_offs if item.act.person == actor and item.decision == "reject"}
    named |= {item.id: "hold" for item in release.holds if item.by == actor}
    return named | {item.id: _NAMES.get(item.kind, "requirement") for item in release.requirements if item.by == actor}


def _decides(events: Sequence[AnyEvent]) -> bool:
    return binding_of(events[0]) is not None or any(isinstance(event, _OBJECTIONS) for event in events)


def _subject(event: AnyEvent) -> str | None:
    match event:
        case CommandRefused():
            return str(event.request.get("subject")) if event.command in _TRIED else None
        case ObjectionAnswered() | LiftApproved() | RequirementDischarged() | IncidentClosed() | RiskAccepted():
            return event.subject
    return None


def _sentence(word: Word, what: str) -> tuple[str, str]:
    """The code and the sentence for what was done, or tried."""
    entry, events = word.read.entry, word.read.events
    own = f"your {what} {word.subject}"
    first = events[0]
    if isinstance(first, CommandRefused):
        return (
            "attempt-refused",
            f"{entry.actor} tried to {_TRIED[first.command]} {own} and was refused, entry {entry.seq}",
        )
    code, did = _DONE[type(first)]
    ended = any(isinstance(event, ObjectionClosed) and event.subject == word.subject for event in events)
    now = ""
    if code in ("answered", "lifted"):
        now = "; it no longer stands" if ended else "; it still stands"
    return code, f"{entry.actor} {did.format(own)}, entry {entry.seq}{now}"
