"""Time pressure in plain numbers: how long was looked, how close to the date, how late the rules and people changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from workflow.basis import last_change
from workflow.changes import (
    AdministratorsSet,
    Change,
    ClockCorrected,
    DecisionMakerNamed,
    DeputyDismissed,
    DeputyNamed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    LatecomerAdmitted,
    PersonAdded,
    PersonRemoved,
    ProcessChartered,
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.course import slipped
from workflow.events import AnyEvent, AwayDeclared, ChangeAccepted, KeySuspended, ReturnDeclared
from workflow.folding import ReadEntry
from workflow.phrases import date, times
from workflow.policy import CannotTell
from workflow.report.gathering.scene import Scene
from workflow.report.spans import span
from workflow.report.views import GateView, MoveView, PressureView, ReportedProcess, ReportedSignOff, RosterChangeView
from workflow.telling import describe, in_words
from workflow.verdict import counted_in

_NOW = re.compile(r"(?:(?<=^)|(?<=; ))(?:now|new): ")
"""What a list of changes begins its parts with; in a sentence on one of them it says nothing."""


def pressure(
    scene: Scene,
    gates: Sequence[GateView],
    moves: Sequence[MoveView],
    made: Sequence[ReportedSignOff],
    processes: Sequence[ReportedProcess],
    changes: Sequence[RosterChangeView],
) -> tuple[PressureView, ...]:
    """The numbers, about the raises that were made, and the date."""
    told: list[PressureView] = []
    for move in moves:
        if move.raises:
            gate = next(gate for gate in gates if gate.entry == move.entry)
            told += _at_gate(scene, gate, made)
            told += _late(move, processes, changes)
    return (*told, *_slips(scene))


def _at_gate(scene: Scene, gate: GateView, made: Sequence[ReportedSignOff]) -> Iterator[PressureView]:
    name = f"`{gate.trigger}`, entry {gate.entry}"
    context = scene.gate_after(gate.trigger, gate.entry - 1)
    try:
        change = last_change(context) if context is not None else None
    except CannotTell:
        change = None
    if change is not None:
        seconds = int((gate.at - change.at).total_seconds())
        where = f", entry {change.entry}" if change.entry is not None else ""
        yield PressureView(
            kind="review",
            text=f"What {name} rested on had been the same for {span(seconds)} when it was made. What changed last "
            f"before that{where}: {_NOW.sub('', change.what)}.",
            seconds=seconds,
            entries=tuple(entry for entry in (change.entry, gate.entry) if entry is not None),
        )
    counted = [item for item in made if _counted(gate, item)]
    timed = [item for item in counted if item.review_seconds is not None]
    if timed:
        quick = min(timed, key=lambda item: item.review_seconds or 0)
        yield PressureView(
            kind="quickest sign-off",
            text=f"The quickest approval that {name} counted came {span(quick.review_seconds or 0)} after what it "
            f"rests on had last changed: {quick.by} as {quick.role}, {quick.id}, entry {quick.entry}.",
            seconds=quick.review_seconds,
            entries=(quick.entry,),
        )
    planned = _planned_at(scene, gate.at)
    if planned is None:
        return
    left = int((planned - gate.at).total_seconds())
    yield PressureView(
        kind="to the date",
        text=f"{name} was made {_relative(left)} the planned date, {date(planned)}.",
        seconds=left,
        entries=(gate.entry,),
    )
    if counted:
        last = max(counted, key=lambda item: item.at)
        left = int((planned - last.at).total_seconds())
        yield PressureView(
            kind="last sign-off",
            text=f"The last approval that {name} counted came {_relative(left)} the planned date: "
            f"{last.by} as {last.role}, {last.id}, entry {last.entry}.",
            seconds=left,
            entries=(last.entry,),
        )


def _relative(left: int) -> str:
    return f"{span(left)} {'before' if left >= 0 else 'after'}"


def _counted(gate: GateView, item: ReportedSignOff) -> bool:
    return any(fact.entry == item.entry for fact in counted_in(gate.verdicts))


def _planned_at(scene: Scene, at: datetime) -> datetime | None:
    made = [item for item in scene.recorded.schedule if item.at <= at]
    return made[-1].planned if made else None


def _late(
    move: MoveView, processes: Sequence[ReportedProcess], changes: Sequence[RosterChangeView]
) -> Iterator[PressureView]:
    name = f"`{move.trigger}`, entry {move.entry}"
    under = [item for item in processes if item.entry < move.entry][-1]
    seconds = int((move.at - under.at).total_seconds())
    late = len(processes) > 1 and under is not processes[0]
    how = "The process was last changed" if late else "The process stayed the same, and was taken"
    yield PressureView(
        kind="process",
        text=f"{how} {span(seconds)} before {name}: {under.label}, entry {under.entry}.",
        seconds=seconds,
        entries=(under.entry, move.entry),
    )
    before = [item for item in changes if item.before_gate == move.entry]
    if not before:
        return
    last = before[-1]
    yield PressureView(
        kind="signers",
        text=f"Who may sign, or with which key, changed {times(len(before))} on the way to {name}; for the last time "
        f"{span(last.seconds or 0)} before it: {last.text}, entry {last.entry}.",
        seconds=last.seconds,
        entries=tuple(item.entry for item in before),
    )


def _slips(scene: Scene) -> Iterator[PressureView]:
    slips = slipped(scene.recorded.schedule)
    if not slips:
        return
    dates = [item.planned for item in scene.recorded.schedule if item.planned is not None]
    drift = int((dates[-1] - dates[0]).total_seconds())
    whole = f"; from the first date to the last, {span(abs(drift))} {'later' if drift >= 0 else 'earlier'}"
    now = "it has no date now" if scene.recorded.planned is None else f"it is {date(scene.recorded.planned)} now"
    yield PressureView(
        kind="slips",
        text=f"The planned date slipped {times(len(slips))}; {now}{whole if drift else ''}.",
        seconds=drift if drift else None,
        entries=tuple(item.entry for item in slips),
    )


def roster_changes(scene: Scene, moves: Sequence[MoveView]) -> tuple[RosterChangeView, ...]:
    """What changed of who may sign, and with what, while the release was under way."""
    start = scene.line.read[0].entry.seq
    raised = [move for move in moves if move.raises]
    roles = frozenset(role.name for role in scene.process.roles)
    found = []
    for item in scene.administration:
        if item.entry.seq < start:
            continue
        following = next((move for move in raised if move.entry > item.entry.seq), None)
        if following is None and raised:
            continue
        for event in item.events:
            touched = _touches(scene, event, item, roles)
            if touched is None:
                continue
            left = following.at - item.recorded.at if following is not None else timedelta()
            found.append(
                RosterChangeView(
                    entry=item.entry.seq,
                    at=item.recorded.at,
                    by=item.entry.actor,
                    text=in_words(event.change) if isinstance(event, ChangeAccepted) else _sentence(item, event),
                    roles=touched,
                    before_gate=following.entry if following is not None else None,
                    seconds=int(left.total_seconds()) if following is not None else None,
                )
            )
    return tuple(found)


def _sentence(item: ReadEntry, event: AnyEvent) -> str:
    return f"{item.entry.actor} {describe(event)}"


def _touches(scene: Scene, event: AnyEvent, item: ReadEntry, roles: frozenset[str]) -> tuple[str, ...] | None:
    """The roles of the process that a change touches; None where it touches nothing of the release."""
    match event:
        case ChangeAccepted():
            return _change_touches(scene, event.change, roles)
        case KeySuspended():
            key = scene.world.roster.keys.get(event.key)
            return _of_person(scene, key.person, roles) if key is not None else None
        case AwayDeclared() | ReturnDeclared():
            return _of_person(scene, item.entry.actor, roles)
        case _:
            return None


def _change_touches(scene: Scene, change: Change, roles: frozenset[str]) -> tuple[str, ...] | None:
    match change:
        case PersonAdded() | RolesGranted() | RolesRevoked() | DeputyNamed():
            return tuple(role for role in change.roles if role in roles) or None
        case PersonRemoved() | KeyEnrolled() | DeputyDismissed():
            return _of_person(scene, change.person, roles)
        case KeyRestored() | KeyRevoked():
            key = scene.world.roster.keys.get(change.key)
            return _of_person(scene, key.person, roles) if key is not None else None
        case LatecomerAdmitted():
            return (change.role,) if change.release == scene.slug else None
        case DecisionMakerNamed():
            return () if change.release == scene.slug else None
        case ProcessChartered() | ProcessUnchartered():
            return () if change.process == scene.process.digest else None
        case AdministratorsSet() | ClockCorrected():
            return ()
        case _:
            return None


def _of_person(scene: Scene, handle: str, roles: frozenset[str]) -> tuple[str, ...] | None:
    person = scene.world.roster.people.get(handle)
    held = {grant.role for grant in person.grants} if person is not None else set()
    return tuple(sorted(held & roles)) or None
