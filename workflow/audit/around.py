"""What stands around a part of a ledger: whether its streams are whole, and whether all their relatives are in it.

A stream whose last entries were taken out looks like one that ends there, where the list of releases was edited to fit.
So every entry of the ledger is surveyed, as an audit of the whole does first: its bytes against its hash, its place,
the entry that it continues, and the tree over all of them against the one that is kept. An entry that is missing, or
that is no longer what it was, may have been one of the part. None of the others is decided again.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from itertools import groupby

from workflow.audit.desk import Desk
from workflow.audit.extent import extent_of
from workflow.audit.findings import Findings
from workflow.audit.listed import check_tree
from workflow.audit.means import Means, at_work, survey_all
from workflow.audit.pool import Told
from workflow.audit.scope import Part, leads_to
from workflow.audit.survey import STREAM_BYTES, VISITING, number_of
from workflow.errors import WorkflowError
from workflow.folding import fold_release, read_entry
from workflow.ledger import LEDGER, ROSTER
from workflow.lineage import found_by
from workflow.release import ReleaseState
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader

AT_ONCE = 1 << 16
ALTERED = "entry {seq} was altered: whether it was one of those that are looked at, nothing tells any more"
UNRELATED = (
    "the table of relatives leaves {stream} out, which has the same files as one of those that are looked at; "
    "holdfast db rebuild makes it anew"
)
_REST = "whether the streams that were looked at go on, and whether a release that is none of them is related to these"


def look_around(reader: Reader, rulebook: Rulebook, part: Part, means: Means, findings: Findings, told: Told) -> None:
    """Surveys the whole ledger, for the sake of a part of it.

    Args:
        reader: the ledger.
        rulebook: lies on the desk, and is not asked.
        part: what is looked at for itself.
        means: how many processes may do it.
        findings: take what is found.
        told: is told how many entries were surveyed since it was last called.
    """
    extent = extent_of(reader)
    with at_work(reader, rulebook, extent.size, means) as (desk, pool):
        seen = survey_all(desk, pool, told)
        for problem in extent.problems:
            findings.found.tell(problem)
        findings.found.add(seen.found)
        if ended := extent.ended or seen.ended:
            findings.problem("unreadable", f"nothing can be read from here on: {ended[1]}", ended[0])
            findings.not_looked_at(_REST, f"nothing can be read from entry {ended[0]} on")
            return
        with findings.damage("altered", "an entry that was altered cannot be read", seen.damaged):
            _check_damaged(reader, part, seen.damaged, findings)
        check_tree(reader, desk.notes.levels, findings)
        with findings.damage("projection", "the table of relatives cannot be compared with the entries"):
            _check_relatives(desk, part, findings)


def _check_damaged(reader: Reader, part: Part, damaged: int | None, findings: Findings) -> None:
    """Names the first entry that does not have its hash, where nobody who looks at the part will."""
    stored = reader.entry(damaged) if damaged is not None else None
    if stored is not None and stored.stream not in part.read:
        findings.problem("altered", ALTERED.format(seq=stored.seq), stored.seq, stored.stream)


def _check_relatives(desk: Desk, part: Part, findings: Findings) -> None:
    """Names whoever shares digests with the part and is not in it.

    What was noted of each entry is more than what makes relatives, so whoever shares any of that is looked at closely.
    """
    wanted: set[str] | None = None
    for stream in _streams_of(desk, _sharing(desk, part)):
        if wanted is None:
            wanted = {digest for own in part.streams for digest in _leading(desk.reader, own)}
        state = _folded(desk.reader, stream)
        if state is not None and not wanted.isdisjoint(found_by(state)):
            findings.problem("projection", UNRELATED.format(stream=stream), stream=stream)


def _sharing(desk: Desk, part: Part) -> set[int]:
    """The streams outside of the part that share a digest with one of it, by their numbers."""
    own, ledgers = set(map(number_of, part.streams)), {number_of(LEDGER), number_of(ROSTER)}
    found = set[int]()
    keys = desk.notes.keys
    for pile in range(keys.count):
        for _, group in groupby(keys.read(pile), key=lambda record: record[:-STREAM_BYTES]):
            numbers = {int.from_bytes(record[-STREAM_BYTES:], "big") for record in group}
            if not numbers.isdisjoint(own):
                found |= numbers
    return found - own - ledgers


def _streams_of(desk: Desk, numbers: Collection[int]) -> Iterator[str]:
    """The streams of these numbers, by their names."""
    left = set(numbers)
    for first in range(0, desk.notes.size if left else 0, AT_ONCE):
        noted = array("Q", desk.notes.streams.get(first, min(AT_ONCE, desk.notes.size - first)))
        for seq, number in enumerate(noted, first + 1):
            if number in left and not number & VISITING:
                left.remove(number)
                stored = desk.reader.entry(seq)
                if stored is not None:
                    yield stored.stream


def _leading(reader: Reader, stream: str) -> Iterator[str]:
    for stored in reader.stream(stream):
        try:
            yield from leads_to(read_entry(stored))
        except WorkflowError:
            continue  # whoever looks at the part reads it too, and says what is wrong with it


def _folded(reader: Reader, stream: str) -> ReleaseState | None:
    state: ReleaseState | None = None
    for stored in reader.stream(stream):
        state = fold_release(state, read_entry(stored))
    return state
