"""How long each gate waited, and on whom: from the stays of a release in its stages, and the approvals that counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from workflow.events import TransitionMade
from workflow.inquiry.stood import Stay, soaked, stood
from workflow.inquiry.walk import Progress, Sealing, Step, having, steps
from workflow.looking import NOT_OBSERVED, explain, onward
from workflow.outcome import recorded_verdicts
from workflow.process import WITHDRAWN, Process
from workflow.release import ReleaseState
from workflow.requirement import Hold
from workflow.rulebook import Rulebook, World, known
from workflow.signoff import SignOff
from workflow.storage.base import Reader
from workflow.verdict import counted_in
from workflow.views.inquiry import (
    ApprovalWait,
    HoldWait,
    ReleaseWaits,
    RoleMedian,
    RoleWait,
    RuleWait,
    StageWait,
    Waiting,
)


def waiting(
    reader: Reader,
    rulebook: Rulebook,
    world: Callable[[str], World],
    process: Callable[[str], Process],
    seals: Sealing,
    release: str | None,
    now: datetime,
    progress: Progress | None = None,
) -> Waiting:
    """The stays of a release, or of all, each with the approvals that its gate waited for.

    Args:
        reader: the ledger.
        rulebook: asks the rules of an open gate.
        world: what is known of a release now.
        process: gives a process by its digest.
        seals: says what is sealed in a release.
        release: by name; None means all, with the medians of each role.
        now: until when an open gate has waited.
        progress: is told how many releases are done, of how many.

    Raises:
        NotFound: there is no release of that name.
    """
    found = []
    for slug in having(reader, release, "release_started", progress=progress):
        sealed = seals(slug).entries
        stays, here, state = _passed(reader, process, slug, sealed)
        # Where nothing leads but out, nothing is waited for.
        if any(item.dest != WITHDRAWN for item in process(state.process).leaving(state.stage)):
            stays += _open(reader, rulebook, world(slug), sealed, here, now)
        found.append(ReleaseWaits(release=slug, label=state.candidate.label, stays=tuple(stays)))
    return Waiting(at=now, releases=tuple(found), medians=tuple(_medians(found)) if release is None else ())


@dataclass(frozen=True, slots=True)
class _Entered:
    """When a release came to a stage, and by which entry."""

    stage: str
    entry: int
    at: datetime


def _passed(
    reader: Reader, process: Callable[[str], Process], slug: str, sealed: Collection[int]
) -> tuple[list[StageWait], _Entered, ReleaseState]:
    """The stays of a release that are over, the one that goes on, and the release as it is."""
    walk = steps(reader, slug)
    step = next(walk)
    stays: list[StageWait] = []
    here = _Entered(step.after.stage, step.read.recorded.seq, step.read.recorded.at)
    for step in walk:
        if isinstance(step.read.events[0], TransitionMade) or step.after.stage != here.stage:
            stays.append(_left(reader, process, sealed, step, here))
            here = _Entered(step.after.stage, step.read.recorded.seq, step.read.recorded.at)
    return stays, here, step.after


def _left(
    reader: Reader, process: Callable[[str], Process], sealed: Collection[int], step: Step, here: _Entered
) -> StageWait:
    """A stay that ended, by a move or because it is proven that no byte left by the last one."""
    event, recorded = step.read.events[0], step.read.recorded
    before = step.before
    verdicts = tuple(recorded_verdicts(reader.blob, step.read.entry))
    counted = {fact.entry for fact in counted_in(verdicts)}
    made = [item for item in before.sign_offs if item.act.entry in counted] if before is not None else []
    asked = before.round_at if before is not None else here.at
    approvals = _approvals(made, asked)
    moved = event if isinstance(event, TransitionMade) else None
    rules: tuple[RuleWait, ...] = ()
    if moved is not None and before is not None:
        way = process(before.process).transition(moved.trigger)
        rules = soaked(way, verdicts, approvals[-1].at if approvals else asked, recorded.at)
    return StageWait(
        stage=here.stage,
        entered=here.entry,
        entered_at=here.at,
        asked_at=asked,
        seconds=_seconds(here.at, recorded.at),
        trigger=moved.trigger if moved else None,
        dest=step.after.stage,
        left=recorded.seq,
        left_at=recorded.at,
        mover=recorded.actor,
        approvals=approvals,
        **_last(approvals, recorded.at),
        rules=rules,
        holds=tuple(_held(before.holds if before is not None else (), here.at, recorded.at)),
        stood=tuple(stood(reader, before, Stay(here.at, recorded.at), sealed)) if before is not None else (),
        missing=(),
        waits_on=(),
    )


def _open(
    reader: Reader, rulebook: Rulebook, world: World, sealed: Collection[int], here: _Entered, now: datetime
) -> Iterator[StageWait]:
    """The stay that goes on, where a way leads onward: what that waits for."""
    release, _ = known(world)
    transition = onward(world)
    if transition is None:
        return
    context = rulebook.context(world, transition.trigger)
    roles = [context.count(role) for role in dict.fromkeys(quorum.role for quorum in context.quorums)]
    answer = explain(rulebook, world, transition.trigger, caller=None, observations=(), words=lambda _: None)
    asked = release.round_at
    approvals = _approvals((item for result in roles for item in result.counted), asked)
    reasons = (reason for verdict in answer.blockers for reason in verdict.reasons)
    yield StageWait(
        stage=here.stage,
        entered=here.entry,
        entered_at=here.at,
        asked_at=asked,
        seconds=_seconds(here.at, now),
        trigger=transition.trigger,
        dest=transition.dest,
        left=None,
        left_at=None,
        mover=None,
        approvals=approvals,
        **_last(approvals, now),
        rules=(),
        holds=tuple(_held(release.holds, here.at, now)),
        stood=tuple(stood(reader, release, Stay(here.at, now), sealed)),
        missing=tuple(
            RoleWait(role=result.quorum.role, missing=result.missing, who_can=result.who_can)
            for result in roles
            if result.missing
        ),
        waits_on=tuple(reason for reason in reasons if reason.code != NOT_OBSERVED),
    )


def _approvals(sign_offs: Iterable[SignOff], asked: datetime) -> tuple[ApprovalWait, ...]:
    return tuple(
        ApprovalWait(
            role=item.act.role,
            person=item.act.person,
            entry=item.act.entry,
            at=item.act.at,
            seconds=_seconds(asked, item.act.at),
        )
        for item in sorted(sign_offs, key=lambda item: item.act.entry)
    )


def _held(holds: Iterable[Hold], since: datetime, until: datetime) -> Iterator[HoldWait]:
    """The holds that stood between two times."""
    for hold in holds:
        # The first end is that against the candidate which it was placed on.
        closing = hold.closings[0] if hold.closings else None
        lifted = max((act.at for act in closing.rests_on), default=None) if closing is not None else None
        stood = _seconds(max(since, hold.at), min(until, lifted) if lifted is not None else until)
        if hold.at <= until and (lifted is None or lifted > since):
            yield HoldWait(
                id=hold.id,
                by=hold.by,
                role=hold.role,
                entry=hold.entry,
                lifted=closing.entry if closing is not None else None,
                lifted_by=tuple(act.person for act in closing.rests_on) if closing is not None else (),
                seconds=stood,
            )


def _medians(found: Iterable[ReleaseWaits]) -> Iterator[RoleMedian]:
    took: defaultdict[str, list[int]] = defaultdict(list)
    still: Counter[str] = Counter()
    for stay in (stay for release in found for stay in release.stays):
        if stay.left is None:
            still.update(role.role for role in stay.missing)
            continue
        complete: dict[str, int] = {}
        for item in stay.approvals:
            complete[item.role] = max(item.seconds, complete.get(item.role, item.seconds))
        for role, seconds in complete.items():
            took[role].append(seconds)
    for role in sorted({*took, *still}):
        times = took[role]
        yield RoleMedian(
            role=role,
            gates=len(times),
            median=int(median(times)) if times else None,
            longest=max(times, default=None),
            open=still[role],
        )


def _last(approvals: Sequence[ApprovalWait], end: datetime) -> dict[str, Any]:
    """Whose the last approval was, and how long it still took after that."""
    last = approvals[-1] if approvals else None
    return {
        "last_role": last.role if last else None,
        "last_person": last.person if last else None,
        "after_last": _seconds(last.at, end) if last else None,
    }


def _seconds(since: datetime, until: datetime) -> int:
    return int((until - since).total_seconds())
