"""Deals entries into hands that can be decided apart: each has whole releases, with all of their relatives.

What leads from one release to another are digests that both name. Most releases have no relative, so what is held in
memory is those that have some.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate

from workflow.audit.scratch import Flat, Folder
from workflow.audit.survey import STREAM_BYTES, VISITING, Notes
from workflow.errors import StorageError

AT_ONCE = 1 << 16
ENTRIES_A_HAND = 2048
MOST_HANDS = 1024
FEWEST_HANDS = 8
SEQ_BYTES = 8
WAITING = 512


Range = tuple[int, int]
"""A place, and how much there is."""


class Hands:
    """The entries of each hand, in their order, and those of the ledger's own streams.

    Args:
        place: where they are noted.
        notes: what was noted of every entry.
    """

    def __init__(self, place: Folder, notes: Notes) -> None:
        self.count = min(MOST_HANDS, max(FEWEST_HANDS, notes.size // ENTRIES_A_HAND))
        self._file = Flat(place, "hands", SEQ_BYTES)
        self.sizes = [0] * (self.count + 1)
        self.starts = list[int]()
        self._notes = notes

    def deal(self, keys: int) -> None:
        """Deals every entry; one of the ledger's own that is decided on a release's state goes to both.

        Args:
            keys: how much was noted of what leads from one release to another.
        """
        together = related(self._notes, keys)
        for _, hands in self._dealt(together):
            for hand in hands:
                self.sizes[hand] += 1
        self.starts = [0, *accumulate(self.sizes)][:-1]
        ends = list(self.starts)
        waiting = [array("q") for _ in self.sizes]
        for seq, hands in self._dealt(together):
            for hand in hands:
                waiting[hand].append(seq)
                if len(waiting[hand]) >= WAITING:
                    ends[hand] = self._put(ends[hand], waiting[hand])
        for hand, seqs in enumerate(waiting):
            self._put(ends[hand], seqs)

    def of(self, number: int) -> Range:
        """Where the entries of a hand stand; hand 0 has those of the ledger's own streams."""
        return self.starts[number], self.sizes[number]

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def _dealt(self, together: dict[int, int]) -> Iterator[tuple[int, tuple[int, ...]]]:
        for first in range(0, self._notes.size, AT_ONCE):
            count = min(AT_ONCE, self._notes.size - first)
            for seq, noted in enumerate(array("Q", self._notes.streams.get(first, count)), first + 1):
                stream = noted & ~VISITING
                if not stream:
                    yield seq, (0,)
                    continue
                hand = 1 + (together.get(stream, stream) >> 1) % self.count
                yield seq, ((0, hand) if noted & VISITING else (hand,))

    def _put(self, at: int, seqs: array[int]) -> int:
        self._file.put(at, seqs.tobytes())
        at += len(seqs)
        del seqs[:]
        return at

    def read(self, where: Range) -> Iterator[int]:
        """The entries that stand somewhere."""
        start, size = where
        for first in range(start, start + size, AT_ONCE):
            yield from array("q", self._file.get(first, min(AT_ONCE, start + size - first)))


def related(notes: Notes, keys: int) -> dict[int, int]:
    """For each release that has relatives, the one that stands for all of them.

    Raises:
        StorageError: not everything is there that was noted.
    """
    parents: dict[int, int] = {}

    def root(stream: int) -> int:
        while (above := parents.setdefault(stream, stream)) != stream:
            parents[stream] = parents[above]
            stream = above
        return stream

    for number in range(notes.keys.count):
        last = b""
        records = notes.keys.read(number)
        keys -= len(records)
        for record in records:
            if last[:-STREAM_BYTES] == record[:-STREAM_BYTES] and last != record:
                one, other = sorted(root(_number(item)) for item in (last, record))
                parents[other] = one
            last = record
    if keys:
        raise StorageError("a temporary file of the audit is not as it was written", remedy="run the audit again")
    return {stream: root(stream) for stream in list(parents)}


def _number(record: bytes) -> int:
    return int.from_bytes(record[-STREAM_BYTES:], "big")


def highest_before(times: Flat, size: int, corrections: list[int], marks: Flat) -> tuple[int, int]:
    """Notes for each entry the highest reading of the clock in force before it, and the highest there ever was.

    Args:
        times: the reading of each.
        size: how many there are.
        corrections: the entries from which on what was read before no longer counts, in their order.
        marks: takes both, side by side.

    Returns:
        Both after the last entry.
    """
    mark = peak = NEVER
    waiting = iter([*corrections, size + 1])
    corrected = next(waiting)
    for first in range(0, size, AT_ONCE):
        count = min(AT_ONCE, size - first)
        read = array("q", times.get(first, count))
        peaks = array("q", accumulate(read, max, initial=peak))
        found = array("q")
        at = 0
        while at < count:
            end = min(count, corrected - first - 1)
            found.extend(list(accumulate(read[at:end], max, initial=mark))[:-1])
            mark = max([mark, *read[at:end]])
            at = end
            if at < count:
                found.append(mark)
                mark = read[at]
                at += 1
                corrected = next(waiting)
        both = array("q", bytes(16 * count))
        both[::2], both[1::2] = found, peaks[:-1]
        marks.put(first, both.tobytes())
        peak = peaks[-1]
    return mark, peak


NEVER = -(2**62)
"""Before any reading of the clock."""
