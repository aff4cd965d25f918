"""What an audit may use, and the survey of all entries that it makes with it.

A survey is cut into jobs that several processes can do. What is seen does not depend on how many there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from workflow.audit.desk import Desk, Join, Survey
from workflow.audit.pool import Pool, Told
from workflow.audit.scratch import folder
from workflow.audit.survey import HEIGHT, SEGMENT, Seen
from workflow.audit.worker import Setup
from workflow.errors import StorageError
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader, Storage

IN_MEMORY = 10_000
"""Up to so many entries what is noted of them stays in memory, and one process is faster than several."""


@dataclass(frozen=True)
class Means:
    """What an audit may use.

    Args:
        opening: how another process opens the ledger; None where none can.
        policies: the user's own policies that may be run.
        workers: how many processes there are to be; None for one a core where the ledger is long enough.
    """

    opening: Callable[[], Storage] | None = None
    policies: frozenset[str] = frozenset()
    workers: int | None = None


@contextmanager
def at_work(reader: Reader, rulebook: Rulebook, size: int, means: Means) -> Iterator[tuple[Desk, Pool]]:
    """A desk for so many entries, and whoever works at it."""
    with ExitStack() as stack:
        place = stack.enter_context(folder(wanted=size > IN_MEMORY or bool(means.workers)))
        desk = stack.enter_context(closing(Desk(reader, rulebook, place, size)))
        wanted = len(os.sched_getaffinity(0)) if means.workers is None else means.workers
        if means.opening is None or place is None or wanted < 2:
            pool = Pool(desk, None, 0)
        else:
            pool = Pool(desk, Setup(means.opening, means.policies, place, size), wanted)
        yield desk, stack.enter_context(pool)


def survey_all(desk: Desk, pool: Pool, told: Told) -> Seen:
    """Looks at every entry for the first time.

    Raises:
        StorageError: what was noted on the way is gone.
    """
    size = desk.notes.size
    seen = Seen()
    for part in pool.run(
        [Survey(first, min(first + SEGMENT - 1, size)) for first in range(1, size + 1, SEGMENT)], told
    ):
        seen.add(part)
    for noted, found in pool.run([Join(number) for number in range(desk.notes.ends.count)], nobody):
        seen.ends -= noted
        seen.found.add(found)
    if seen.ends:
        raise StorageError("a temporary file of the audit is not as it was written", remedy="run it again")
    desk.notes.levels.grow(HEIGHT)
    return seen


def nobody(entries: int) -> None:
    """Whoever is told of what takes no time worth telling."""
