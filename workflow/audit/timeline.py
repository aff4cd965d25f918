"""What the ledger's own streams, and the clock, say before each entry: what whoever decides a part must know of all."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime

from workflow import roster
from workflow.audit.dealing import NEVER
from workflow.audit.scratch import Flat
from workflow.audit.survey import EPOCH, MICROSECOND
from workflow.changes import ClockCorrected
from workflow.errors import WorkflowError
from workflow.events import ChangeAccepted
from workflow.folding import read_entry
from workflow.replay import Before
from workflow.roster import Roster
from workflow.storage.base import StoredEntry

TOGETHER = 64
"""So many readings of the clock are looked up at once."""


class Timeline:
    """The roster as it was before each entry, and the readings of the clock.

    ``corrections`` are the entries from which on earlier readings no longer count. What cannot be read is left out:
    nothing is decided after that.

    Args:
        own: the entries of the ledger's own streams, in their order.
        marks: the highest readings before each entry.
    """

    def __init__(self, own: Iterable[StoredEntry], marks: Flat) -> None:
        self._marks = marks
        self._known = (1, array("q"))
        self._after: list[int] = []
        self._rosters: list[Roster] = [Roster()]
        self.origin = ""
        self.corrections: list[int] = []
        for stored in own:
            try:
                self._take(stored)
            except WorkflowError:
                break
            except Exception:  # whoever looks at the entry says what is wrong with it
                break

    def before(self, seq: int) -> Before:
        """What all entries before one say."""
        first, readings = self._known
        place = 2 * (seq - first)
        if not 0 <= place < len(readings):
            # Entries that are looked at together mostly stand together.
            place, readings = 0, array("q", self._marks.get(seq - 1, TOGETHER))
            self._known = seq, readings
        mark, peak = readings[place], readings[place + 1]
        known = self._rosters[bisect_left(self._after, seq)]
        highest = read_at(peak)
        return Before(self.origin if seq > 1 else "", known, highest if mark == peak else read_at(mark), highest)

    def _take(self, stored: StoredEntry) -> None:
        read = read_entry(stored)
        self.origin = self.origin or read.entry.origin
        present = self._rosters[-1]
        for event in read.events:
            present = roster.evolve(present, event, read.recorded)
            if isinstance(event, ChangeAccepted) and isinstance(event.change, ClockCorrected):
                self.corrections.append(stored.seq)
        if present is not self._rosters[-1]:
            self._after.append(stored.seq)
            self._rosters.append(present)


def read_at(microseconds: int) -> datetime | None:
    """A reading of the clock, as it is noted."""
    return None if microseconds == NEVER else EPOCH + microseconds * MICROSECOND
