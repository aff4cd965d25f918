"""Everything that passed, or may pass, otherwise than by the plain rule: who said so, when, why, and its review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from workflow.asked import slug_of
from workflow.changes import Change, ClockCorrected, DecisionMakerNamed, LatecomerAdmitted
from workflow.clock import parse_timestamp
from workflow.commands import RATIONALE
from workflow.events import (
    AnyEvent,
    ChangeAccepted,
    ChangeApproved,
    ChangeProposed,
    EvidenceJustified,
    EvidenceSetAside,
    ExposureReconciled,
    ObjectionAnswered,
    ObjectionClosed,
    OverrideUsed,
    ProcessMigrated,
    ProtectionRestored,
    ReleaseStarted,
    RequiredTestJudged,
    RiskAccepted,
    TransitionMade,
    binding_of,
)
from workflow.folding import ReadEntry, read_entry
from workflow.inquiry.walk import Step, of_types, steps, told, upward
from workflow.ledger import LEDGER, ROSTER
from workflow.migrated import Words
from workflow.overrides import OverrideWord
from workflow.process import Process
from workflow.release import ReleaseState
from workflow.storage.base import Reader
from workflow.telling import describe, in_words
from workflow.views.inquiry import ExceptionKind, ExceptionView, ReviewAfter

_PLAIN: dict[type[AnyEvent], ExceptionKind] = {
    RiskAccepted: "accepted-risk",
    EvidenceSetAside: "set-aside",
    EvidenceJustified: "justified",
    ExposureReconciled: "unproven",
}
"""The acts of one person that are exceptions whatever they say."""


_TYPES = (
    "override_used",
    "override_decided",
    "risk_accepted",
    "evidence_set_aside",
    "evidence_justified",
    "exposure_reconciled",
    "required_test_judged",
    "objection_answered",
    "process_migrated",
)
"""The types of the events that can be exceptions, but for the moves under a process that admits one person alone."""


def exceptions(
    reader: Reader, process: Callable[[str], Process], release: str | None, words: Words, now: datetime
) -> list[ExceptionView]:
    """All exceptions, of a release or of the whole ledger, in the ledger's order.

    Args:
        reader: the ledger.
        process: gives a process by its digest.
        release: by name; None means all, and what concerns no release as well.
        words: gives the texts behind commitments.
        now: what has ended by then, and what is overdue.

    Raises:
        NotFound: there is no release of that name.
    """
    told = _Told(words, now)
    asked = [release] if release is not None else _asked(reader, process)
    found = [item for slug in asked for item in told.release(steps(reader, slug), process)]
    found += (item for item in told.ledger(reader) if release in (None, item.release))
    return sorted(found, key=lambda item: item.entry)


def _asked(reader: Reader, process: Callable[[str], Process]) -> list[str]:
    """The releases that have an event of those types, or were started where one person may do everything."""
    found = set()
    for read in of_types(told(reader), "release_started", *_TYPES):
        first = read.events[0]
        if not isinstance(first, ReleaseStarted) or process(first.process).solo:
            found.add(slug_of(read.entry.stream))
    return sorted(found - {""})


class _Told:
    def __init__(self, words: Words, now: datetime) -> None:
        self._words = words
        self._now = now

    # A release.

    def release(self, walk: Iterator[Step], process: Callable[[str], Process]) -> Iterator[ExceptionView]:
        last: Step | None = None
        used: list[tuple[Step, OverrideUsed]] = []
        for step in walk:
            for event in step.read.events:
                if isinstance(event, OverrideUsed):
                    used.append((step, event))
                else:
                    yield from self._of(step, event, process)
            last = step
        if last is None:
            return
        yield from (self._used(step, event, last.after) for step, event in used)
        spent = {word for _, event in used for word in event.words}
        words = last.after.overrides
        yield from (
            self._given(last, word, words) for word in words if word.decision == "approve" and word.id not in spent
        )

    def _of(self, step: Step, event: AnyEvent, process: Callable[[str], Process]) -> Iterator[ExceptionView]:
        if (kind := _PLAIN.get(type(event))) is not None:
            until = _until(event) if isinstance(event, RiskAccepted) else None
            subject = getattr(event, "subject", None)
            yield self._by_one(step, kind, event, describe(event), subject=subject, **self._until(until))
        match event:
            case RequiredTestJudged() if event.verdict == "not_applicable":
                yield self._by_one(step, "waived-test", event, describe(event), subject=event.id)
            case ObjectionAnswered():
                yield self._by_one(step, "answered", event, _answered(step, event), subject=event.subject)
            case ProcessMigrated() if event.loosens:
                yield self._by_one(step, "loosened", event, describe(event), by=event.approved_by)
            case TransitionMade() if process(step.after.process).solo:
                what = f"{describe(event)}, where one person may ask, write and approve"
                yield self._by_one(step, "solo", event, what)

    def _used(self, step: Step, event: OverrideUsed, now: ReleaseState) -> ExceptionView:
        said = {word.id: word for word in step.after.overrides}
        what = f"passed `{event.policy}` of `{event.trigger}` by override; {step.read.entry.actor} moved it"
        return ExceptionView(
            kind="override",
            release=step.slug,
            entry=step.read.entry.seq,
            at=step.read.recorded.at,
            by=tuple(said[word].act.person for word in event.words) if said.keys() >= set(event.words) else event.by,
            role=said[event.words[0]].act.role if event.words[0] in said else None,
            what=what,
            reasons=tuple(self._words(said[word].reason) if word in said else None for word in event.words),
            subject=event.policy,
            review=self._review(event.review, step.after, now),
            **self._until(parse_timestamp(event.until)),
        )

    def _given(self, last: Step, word: OverrideWord, words: tuple[OverrideWord, ...]) -> ExceptionView:
        later = [
            other.act.entry
            for other in words
            if other.decision == "withdraw"
            and (other.act.person, other.policy, other.transition) == (word.act.person, word.policy, word.transition)
            and other.act.entry > word.act.entry
        ]
        taken = f", and took it back, entry {later[0]}" if later else ", and no move used it"
        timed = self._until(word.expires)
        return ExceptionView(
            kind="override-given",
            release=last.slug,
            entry=word.act.entry,
            at=word.act.at,
            by=(word.act.person,),
            role=word.act.role,
            what=f"gave an override of `{word.policy}` at `{word.transition}`{taken}",
            reasons=(self._words(word.reason),),
            subject=word.policy,
            until=word.expires,
            ended=timed["ended"] or bool(later) or word.round != last.after.round,
        )

    def _review(self, subject: str, then: ReleaseState, now: ReleaseState) -> ReviewAfter | None:
        found = next((item for item in now.requirements if item.id == subject), None)
        if found is None:
            return None
        done = [item for item in found.closings if then.candidate.digest in item.candidates]
        by = done[0].rests_on[0].person if done and done[0].rests_on else None
        overdue = not done and found.due is not None and self._now >= found.due
        done_in = done[0].entry if done else None
        return ReviewAfter(
            id=found.id, role=found.discharged_by, due=found.due, done_by=by, done_in=done_in, overdue=overdue
        )

    def _by_one(
        self,
        step: Step,
        kind: ExceptionKind,
        event: AnyEvent,
        what: str,
        *,
        by: tuple[str, ...] | None = None,
        **more: Any,
    ) -> ExceptionView:
        bound = binding_of(event)
        return ExceptionView(
            kind=kind,
            release=step.slug,
            entry=step.read.entry.seq,
            at=step.read.recorded.at,
            by=by or (step.read.entry.actor,),
            role=bound.role if bound is not None else None,
            what=what,
            reasons=(self._reason(step.read),),
            **more,
        )

    # What concerns no release, or several.

    def ledger(self, reader: Reader) -> Iterator[ExceptionView]:
        for stored in upward(reader, 0, LEDGER):
            read = read_entry(stored)
            for event in read.events:
                if isinstance(event, ProtectionRestored):
                    yield self._change(
                        "protection", read, None, (read.entry.actor,), describe(event), self._reason(read)
                    )
        proposed: dict[str, tuple[list[str], str | None]] = {}
        for stored in upward(reader, 0, ROSTER):
            read = read_entry(stored)
            for event in read.events:
                match event:
                    case ChangeProposed():
                        proposed[event.id] = ([read.entry.actor], self._reason(read))
                    case ChangeApproved() if event.id in proposed:
                        proposed[event.id][0].append(read.entry.actor)
                    case ChangeAccepted():
                        by, why = proposed.pop(event.id, ([read.entry.actor], None))
                        kind = _kind_of(event.change)
                        if kind is not None:
                            release = getattr(event.change, "release", None)
                            yield self._change(kind, read, release, tuple(by), in_words(event.change), why)

    def _change(
        self,
        kind: ExceptionKind,
        read: ReadEntry,
        release: str | None,
        by: tuple[str, ...],
        what: str,
        why: str | None,
    ) -> ExceptionView:
        return ExceptionView(
            kind=kind,
            release=release,
            entry=read.entry.seq,
            at=read.recorded.at,
            by=by,
            role=None,
            what=what,
            reasons=(why,),
        )

    def _reason(self, read: ReadEntry) -> str | None:
        commitment = read.entry.texts.get(RATIONALE)
        return self._words(commitment) if commitment is not None else None

    def _until(self, until: datetime | None) -> dict[str, Any]:
        return {"until": until, "ended": until is not None and until <= self._now}


def _until(event: RiskAccepted) -> datetime | None:
    return parse_timestamp(event.binding.expires) if event.binding.expires else None


def _answered(step: Step, event: ObjectionAnswered) -> str:
    rejected = next((item for item in step.after.sign_offs if item.id == event.subject), None)
    if rejected is None:
        return describe(event)
    closed = any(isinstance(item, ObjectionClosed) and item.subject == event.subject for item in step.read.events)
    rest = ", which no longer stands" if closed else ""
    whose = f"{rejected.act.person} as {rejected.act.role} ({rejected.authority})"
    return f"answered the refusal {event.subject} of `{rejected.transition}` by {whose}{rest}"


def _kind_of(change: Change) -> ExceptionKind | None:
    match change:
        case LatecomerAdmitted():
            return "latecomer"
        case DecisionMakerNamed():
            return "decider"
        case ClockCorrected():
            return "clock"
        case _:
            return None
