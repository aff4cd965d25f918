"""The attempts at gates, with the verdicts as they were recorded, and the other commands that were refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflow.events import CommandRefused, OverrideUsed, TransitionMade
from workflow.folding import ReadEntry
from workflow.outcome import recorded_verdicts
from workflow.report.gathering.said import MOVES, reason_of, refused_in
from workflow.report.gathering.scene import Scene
from workflow.report.views import GateView, LineView, RefusalView
from workflow.telling import describe
from workflow.views import SEALED


def gates(scene: Scene) -> tuple[GateView, ...]:
    """Every attempt at a move, in its order."""
    return tuple(view for item in scene.line.read for view in _attempts(scene, item))


def _attempts(scene: Scene, item: ReadEntry) -> Iterator[GateView]:
    before = scene.line.after(item.entry.seq - 1)
    if before is None:
        return
    for event in item.events:
        match event:
            case TransitionMade():
                passed = next((other.policy for other in item.events if isinstance(other, OverrideUsed)), None)
                made = {"source": event.source, "dest": event.dest, "irreversible": event.irreversible}
                yield _gate(scene, item, event.trigger, before.round, made, describe(event), overridden=passed)
            case CommandRefused() if event.command in MOVES:
                trigger = str(event.request.get("trigger", ""))
                process = scene.process_of(before.process)
                dest = process.transition(trigger).dest if process.has_trigger(trigger) else ""
                irreversible = bool(dest) and process.is_irreversible(before.stage, dest)
                made = {"source": before.stage, "dest": dest, "irreversible": irreversible}
                yield _gate(scene, item, trigger, before.round, made, event.message, crossed=False)
            case _:
                continue


def _gate(
    scene: Scene,
    item: ReadEntry,
    trigger: str,
    number: int,
    made: dict[str, Any],
    message: str,
    *,
    crossed: bool = True,
    overridden: str | None = None,
) -> GateView:
    return GateView(
        entry=item.entry.seq,
        at=item.recorded.at,
        by=item.entry.actor,
        key=scene.key(item.entry.seq),
        trigger=trigger,
        crossed=crossed,
        round=number,
        message=message,
        verdicts=recorded_verdicts(scene.reader.blob, item.entry),
        reason=reason_of(scene, item),
        overridden=overridden,
        **made,
    )


def refusals(scene: Scene) -> tuple[RefusalView, ...]:
    """What else was refused: a sign-off of somebody who is excluded, a discharge without evidence and the like."""
    return tuple(refused_in(scene, scene.slug))


def lines(scene: Scene) -> tuple[LineView, ...]:
    """Every entry of the release's stream, a line each."""
    return tuple(
        LineView(
            entry=item.entry.seq,
            at=item.recorded.at,
            actor=SEALED if scene.is_sealed(item) else item.entry.actor,
            key=None if scene.is_sealed(item) else scene.key(item.entry.seq),
            refused=isinstance(item.events[0], CommandRefused),
            summary=("it shows once the quorum of its role is in",)
            if scene.is_sealed(item)
            else tuple(describe(event) for event in item.events),
            hash=item.stored.hash,
        )
        for item in scene.line.read
    )
