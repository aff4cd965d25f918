"""How far the entries of a ledger go, and what stands where none belongs."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.audit.survey import SEGMENT
from workflow.errors import LedgerError
from workflow.storage.base import Reader, StoredEntry
from workflow.views import AuditProblem

MOST_NAMED = 100


@dataclass(frozen=True)
class Extent:
    """The entries there are from the first on, up to a gap that is wider than what is surveyed at once.

    ``ended`` is the entry from which on nothing can be read, and why.
    """

    size: int
    problems: tuple[AuditProblem, ...] = ()
    ended: tuple[int, str] | None = None


def extent_of(reader: Reader) -> Extent:
    """How far the entries go. What is kept of the end is not asked: that has to be shown."""
    problems: list[AuditProblem] = []
    size = 0
    try:
        _below(reader, problems)
        while last := reader.entries_before(size + SEGMENT + 1, 1):
            if last[0].seq <= size:
                break
            size = last[0].seq
        _beyond(reader, size, problems)
    except LedgerError:
        return _as_far_as_it_can_be_read(reader, size, problems)
    return Extent(size, tuple(problems))


def _below(reader: Reader, problems: list[AuditProblem]) -> None:
    """Names what somebody put below the first entry."""
    for stored in reader.entries(0, MOST_NAMED):
        if stored.seq >= 1:
            return
        problems.append(_out_of_place(stored, 1))


def _beyond(reader: Reader, size: int, problems: list[AuditProblem]) -> None:
    """Names what stands far behind all others."""
    for place, stored in enumerate(reader.entries(size, MOST_NAMED)):
        if stored.seq < 1:
            continue
        if not place:
            message = f"entry {size + 1} is missing; entry {stored.seq} stands in its place"
            problems.append(AuditProblem(kind="missing", message=message, entry=size + 1))
        problems.append(_out_of_place(stored, size + 1))


def _out_of_place(stored: StoredEntry, expected: int) -> AuditProblem:
    message = f"entry {stored.seq} stands where entry {expected} belongs"
    return AuditProblem(kind="out-of-place", message=message, entry=stored.seq, stream=stored.stream)


def _as_far_as_it_can_be_read(reader: Reader, size: int, problems: list[AuditProblem]) -> Extent:
    try:
        for stored in reader.entries(size):
            size = max(size, stored.seq)
    except LedgerError as error:
        return Extent(size, tuple(problems), (size + 1, error.message))
    return Extent(size, tuple(problems), (size + 1, "an entry cannot be read"))
