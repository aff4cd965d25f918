"""The readings of the clock that a decision rested on though they stand in no entry about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflow.drafting import corrects_clock
from workflow.folding import read_entry
from workflow.storage.base import Reader

_AT = b'"at":"'


def marks(reader: Reader, chosen: Mapping[int, str], *, doubted: bool = False) -> tuple[int, ...]:
    """The entries beside the chosen ones by which the highest reading before a chosen one is known, where it matters.

    It matters only where a reading is earlier than one before it, which a clock that runs well never gives. So the
    whole ledger is looked through only where there is a sign of that: among the chosen, in the entry before one, or
    because a decision was in doubt about the clock.
    """
    if not (doubted or _went_back(reader, chosen)):
        return ()
    found: list[int] = []
    mark = peak = known_mark = known_peak = ""
    marked = peaked = 0
    for seq, at, corrected in _readings(reader, chosen):
        if seq in chosen:
            if mark > at and known_mark != mark:
                found.append(marked)
                known_mark = mark
            if peak > at and known_peak != peak:
                found.append(peaked)
                known_peak = peak
            known_mark, known_peak = at if corrected else max(known_mark, at), max(known_peak, at)
        if corrected or at >= mark:
            mark, marked = at, seq
        if at >= peak:
            peak, peaked = at, seq
    return tuple(sorted(set(found) - set(chosen)))


def _went_back(reader: Reader, chosen: Mapping[int, str]) -> bool:
    highest = ""
    for seq, at in sorted(chosen.items()):
        before = chosen.get(seq - 1)
        if before is None and seq > 1:
            stored = reader.entry(seq - 1)
            before = reading(stored.body) if stored else ""
        highest = max(highest, before or "")
        if at < highest:
            return True
        highest = max(highest, at)
    return False


def _readings(reader: Reader, chosen: Mapping[int, str]) -> Iterator[tuple[int, str, bool]]:
    """Every entry's reading, and whether it corrected the clock; such an entry is always among the chosen."""
    for stored in reader.entries():
        corrected = stored.seq in chosen and corrects_clock(read_entry(stored).events)
        yield stored.seq, reading(stored.body), corrected


def reading(body: bytes) -> str:
    """The reading of the clock in an entry's bytes, found without reading the rest of them."""
    # In canonical bytes only the actor stands before it, and no quotation mark of that is unescaped.
    start = body.find(_AT) + len(_AT)
    return body[start : start + len("2025-07-11T09:00:00.000000Z")].decode("ascii", "replace")
