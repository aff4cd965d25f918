"""How planned dates changed: from, to, by whom, why, and how shortly before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from workflow.course import Slip, slipped
from workflow.inquiry.walk import Progress, having
from workflow.migrated import Words
from workflow.release import ReleaseState
from workflow.storage.base import Reader
from workflow.views.inquiry import PlanChange, ReleaseSlips


def slips(
    reader: Reader,
    found: Callable[[str], ReleaseState],
    release: str | None,
    words: Words,
    progress: Progress | None = None,
) -> Iterator[ReleaseSlips]:
    """The changes of the planned date, of a release or of each that ever had one.

    Args:
        reader: the ledger.
        found: gives a release at its head.
        release: by name; None means all.
        words: gives the texts behind commitments.
        progress: is told how many releases are done, of how many.

    Raises:
        NotFound: there is no release of that name.
    """
    for slug in having(reader, release, "scheduled", progress=progress):
        state = found(slug)
        if state.schedule or release is not None:
            yield _of(slug, state.schedule, words)


def _of(slug: str, schedule: tuple[Slip, ...], words: Words) -> ReleaseSlips:
    first = schedule[0].planned if schedule else None
    planned = schedule[-1].planned if schedule else None
    return ReleaseSlips(
        release=slug,
        first=first,
        planned=planned,
        changes=tuple(_changes(schedule, words)),
        slips=len(slipped(schedule)),
        shift=_seconds(first, planned),
        without_date=sum(1 for item in schedule if item.planned is None),
    )


def _changes(schedule: tuple[Slip, ...], words: Words) -> Iterator[PlanChange]:
    """Everything after the first planning, which changed nothing."""
    for item in schedule[1:]:
        yield PlanChange(
            entry=item.entry,
            at=item.at,
            by=item.by,
            previous=item.previous,
            planned=item.planned,
            slip=item.slip,
            shift=_seconds(item.previous, item.planned),
            notice=_seconds(item.at, item.previous),
            reason=words(item.reason),
        )


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    return int((until - since).total_seconds()) if since is not None and until is not None else None
