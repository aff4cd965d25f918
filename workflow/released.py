"""Whether a candidate was let out, by which decision, whether that still holds, and what stands against it since.

Pure, over the entries of a release as they were read. That each was allowed is the audit's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from workflow.errors import InvalidInput, LedgerError
from workflow.events import ExposureAborted, TransitionMade
from workflow.folding import ReadEntry, fold_release
from workflow.lineage import Objections, objections
from workflow.outcome import recorded_verdicts
from workflow.process import WITHDRAWN, Exposure, Process
from workflow.proof import Blob, key_of
from workflow.release import ReleaseState
from workflow.requirement import INCIDENT
from workflow.verdict import counted_in
from workflow.views import AgainstView, ApprovalView, DecisionView, ReleasedView

SERVING = Exposure.HOSTED
"""How far a model must be let out for others to be served with it. Whose weights are out, may be served too."""

Standing = Literal["released", "not_released", "refused", "pulled_back", "withdrawn"]
Kind = Literal["hold", "incident", "compromise", "refusal", "withdrawal"]

_KINDS: dict[str, Kind] = {INCIDENT: "incident", "compromise": "compromise"}


@dataclass(frozen=True, slots=True)
class _Step:
    """How far a release was out from an entry on, and what it was before that."""

    item: ReadEntry
    event: TransitionMade
    before: ReleaseState


def released(
    read: Sequence[ReadEntry],
    kin: Sequence[ReleaseState],
    process_of: Callable[[str], Process],
    blob: Blob,
    asked: Exposure = SERVING,
) -> ReleasedView:
    """Where the candidate of a release stands.

    Args:
        read: all entries of the release's stream, in order.
        kin: its relatives, as they are at the same time.
        process_of: the process of a digest.
        blob: the bytes of a digest.
        asked: how far it must have been let out.

    Raises:
        InvalidInput: it is asked for no exposure to anybody.
        LedgerError: the entries are of no release, or what they name is missing.
    """
    if asked is Exposure.INTERNAL:
        raise InvalidInput("what is internal is not let out", remedy="ask for vetted, hosted or weights")
    state, steps = _told(read)
    reached = steps[-1].event.exposure if steps else Exposure.INTERNAL
    crossing = _crossing(steps, asked)
    process = process_of(state.process)
    against = objections(state, kin)
    out = reached.rank >= asked.rank and state.stage != WITHDRAWN
    ended = steps[-1] if steps and not out and (state.stage == WITHDRAWN or crossing is not None) else None
    return ReleasedView(
        origin=read[0].entry.origin,
        release=state.slug,
        label=state.candidate.label,
        candidate=state.candidate.digest,
        process=state.process,
        process_label=process.label,
        asked=asked,
        standing=_standing(state, against, out=out, was_out=crossing is not None),
        stage=state.stage,
        reached=reached,
        decision=_decision(crossing, process_of, blob) if crossing is not None else None,
        ended=ended.item.entry.seq if ended else None,
        ended_at=ended.item.recorded.at if ended else None,
        ended_by=ended.item.entry.actor if ended else None,
        against=stands_against(state, kin, against, asked),
    )


def _told(read: Sequence[ReadEntry]) -> tuple[ReleaseState, list[_Step]]:
    """The release at its end, and the moves that were not taken back."""
    state: ReleaseState | None = None
    steps: list[_Step] = []
    for item in read:
        before = state
        state = fold_release(state, item)
        for event in item.events:
            if isinstance(event, TransitionMade) and before is not None:
                steps.append(_Step(item, event, before))
            elif isinstance(event, ExposureAborted) and before is not None:
                entry = next(used.entry for used in before.publications if used.permit == event.subject)
                steps = [step for step in steps if step.item.entry.seq != entry]
    if state is None:
        raise LedgerError("there is no entry that starts the release", remedy="holdfast audit verify")
    return state, steps


def _crossing(steps: Sequence[_Step], asked: Exposure) -> _Step | None:
    """The last move from below what is asked to at least that."""
    found, level = None, Exposure.INTERNAL
    for step in steps:
        if level.rank < asked.rank <= step.event.exposure.rank:
            found = step
        level = step.event.exposure
    return found


def _standing(state: ReleaseState, against: Objections, *, out: bool, was_out: bool) -> Standing:
    if out:
        return "released"
    if state.stage == WITHDRAWN:
        return "withdrawn"
    if was_out:
        return "pulled_back"
    return "refused" if against.rejects else "not_released"


def _decision(step: _Step, process_of: Callable[[str], Process], blob: Blob) -> DecisionView:
    entry, event, before = step.item.entry, step.event, step.before
    # The audit makes these verdicts again.
    counted = {fact.entry for fact in counted_in(recorded_verdicts(blob, entry))}
    return DecisionView(
        entry=entry.seq,
        hash=step.item.stored.hash,
        at=step.item.recorded.at,
        by=entry.actor,
        key=key_of(entry),
        trigger=event.trigger,
        source=event.source,
        dest=event.dest,
        exposure=event.exposure,
        process=before.process,
        process_label=process_of(before.process).label,
        approvals=tuple(
            ApprovalView(
                person=item.act.person,
                role=item.act.role,
                entry=item.act.entry,
                at=item.act.at,
                key=item.act.key,
            )
            for item in before.sign_offs
            if item.act.entry in counted
        ),
    )


def stands_against(
    state: ReleaseState, kin: Sequence[ReleaseState], found: Objections, asked: Exposure
) -> tuple[AgainstView, ...]:
    """What stands against a release's candidate being out as far as is asked, in the order of its entries."""

    def named(release: str, identifier: str) -> str:
        return identifier if release == state.slug else f"{release}/{identifier}"

    stands: list[tuple[str, str, Kind, int, str]] = [
        (item.release, item.id, "hold", item.entry, item.by) for item in found.holds
    ]
    stands += [
        (item.release, item.id, _KINDS[item.source.kind], item.entry, item.by)
        for item in found.requirements
        if item.source.kind in _KINDS
    ]
    # Whoever refuses a step says nothing of steps that lead less far.
    stands += [
        (item.release, item.id, "refusal", item.entry, item.by)
        for item in found.rejects
        if item.source.exposure.rank <= asked.rank
    ]
    stands += [
        (other.slug, "withdrawn", "withdrawal", other.moves[-1].entry, other.moves[-1].by)
        for other in kin
        if other.stage == WITHDRAWN and other.candidate.digest == state.candidate.digest
    ]
    return tuple(
        AgainstView(kind=kind, id=named(release, identifier), release=release, entry=entry, by=by)
        for release, identifier, kind, entry, by in sorted(stands, key=lambda item: item[3])
    )
