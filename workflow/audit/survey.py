"""The first look at every entry: its hash, its place, the entry that it continues, and the tree over all of them.

Nothing is parsed here. It also notes of each entry what the second look needs of the others: when it was, which stream
it says it is of, and which digests lead from it to other releases.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from itertools import islice, takewhile

from workflow.audit.levels import Levels
from workflow.audit.scratch import Flat, Folder, Piles
from workflow.errors import LedgerError
from workflow.ledger import LEDGER, RELEASE_PREFIX, ROSTER
from workflow.storage.base import Reader, StoredEntry
from workflow.views import AuditProblem

HEIGHT = 12
SEGMENT = 1 << HEIGHT
"""So many entries are surveyed at once: a subtree of the tree."""

STREAM_BYTES = 8
RECENT = 4096
"""The ends of so many streams are remembered at least; of the others, the second look sees every link."""

OWN = 0
"""Stands where the streams are noted for those of the ledger itself."""
VISITING = 1
"""Is added to a stream's number, which is even, where an entry of the ledger's own is decided on its state."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Names are sorted in canonical bytes, so an entry begins with these two; nothing else can stand there.
_AT = re.compile(rb'\{"actor":"(?:[^"\\]|\\.)*","at":"([^"\\]*)"')
_LISTS = re.compile(rb'"(?:affected|candidates|parents|weights)":\[("[^\]]*)\]')
_DIGEST = re.compile(rb'"(?:digest":")?([0-9a-f]{64})"')
_RELATED = (b'"candidate":{', b'"affected":["', b'"candidates":["')
_STARTED = re.compile(rb'"command":"start".*?"release":"([^"\\]*)"', re.DOTALL)


@dataclass
class Seen:
    """What was seen of some entries. ``ended`` is where nothing more could be read, ``gone`` the first that is not."""

    problems: list[AuditProblem] = field(default_factory=list)
    rows: int = 0
    gone: int | None = None
    damaged: int | None = None
    ended: tuple[int, str] | None = None
    keys: int = 0

    def add(self, after: Seen) -> None:
        """Takes in what was seen of the entries that come next."""
        self.problems += after.problems
        self.rows += after.rows
        self.keys += after.keys
        self.gone = self.gone or after.gone
        self.damaged = self.damaged or after.damaged
        self.ended = self.ended or after.ended


class Notes:
    """What is noted of every entry, at its place.

    Args:
        place: where the files are.
        size: how many entries there are.
    """

    def __init__(self, place: Folder, size: int) -> None:
        self.size = size
        self.levels = Levels(place, size)
        self.times = Flat(place, "times", 8)
        self.streams = Flat(place, "streams", STREAM_BYTES)
        self.keys = Piles(place, "keys", max(1, size >> 13))

    def close(self) -> None:
        """Lets go of the files."""
        self.levels.close()
        self.times.close()
        self.streams.close()


def survey(reader: Reader, notes: Notes, first: int, last: int) -> Seen:
    """Looks at the entries from one on up to another, which are a complete subtree but for the last ones.

    What is found is what an entry alone can tell, and the ones right before it in its stream.
    """
    seen = Seen()
    leaves, times, streams = [], array("q"), array("Q")
    recent: dict[str, tuple[int, bytes]] = {}
    expected = first
    rows = _between(reader, first, last)
    while True:
        try:
            # Not one row more than that: the one behind the last may be one that cannot be read.
            stored = next(rows, None) if expected <= last else None
        except LedgerError as error:
            seen.ended = (expected, error.message)
            break
        if stored is None:
            break
        if stored.seq > expected:
            _gap(seen, expected, f"entry {stored.seq} stands in its place")
            missing = stored.seq - expected
            leaves += [bytes(32)] * missing
            times.extend([0] * missing)
            streams.extend([OWN] * missing)
        expected = stored.seq + 1
        seen.rows += 1
        leaf = sha256(b"\0" + stored.body).digest()
        kept = bytes.fromhex(stored.hash)
        if leaf != kept and seen.damaged is None:
            seen.damaged = stored.seq
        leaves.append(kept)
        times.append(_time(stored.body))
        streams.append(_stream(stored))
        _link(seen, stored, kept, recent)
        if any(mark in stored.body for mark in _RELATED):
            seen.keys += _relate(notes.keys, stored)
    if seen.ended is None and expected <= last:
        _gap(seen, expected, "nothing stands in its place")
    notes.levels.put(first - 1, leaves, HEIGHT)
    notes.times.put(first - 1, times.tobytes())
    notes.streams.put(first - 1, streams.tobytes())
    notes.keys.flush()
    return seen


def number_of(stream: str) -> int:
    """What a stream is noted by, an even number. Two that share one are looked at together, and that is all."""
    return int.from_bytes(blake2b(stream.encode(), digest_size=STREAM_BYTES).digest(), "big") & ~VISITING


def _between(reader: Reader, first: int, last: int) -> Iterator[StoredEntry]:
    # What somebody put below the first is named elsewhere.
    found = (stored for stored in reader.entries(first - 1) if stored.seq >= first)
    return takewhile(lambda stored: stored.seq <= last, found)


def _gap(seen: Seen, expected: int, instead: str) -> None:
    message = f"entry {expected} is missing; {instead}"
    seen.problems.append(AuditProblem(kind="missing", message=message, entry=expected))
    seen.gone = seen.gone or expected


def _link(seen: Seen, stored: StoredEntry, leaf: bytes, recent: dict[str, tuple[int, bytes]]) -> None:
    """Checks that an entry continues its stream, where the end of that is at hand."""
    last = recent.pop(stored.stream, None)
    if last is not None and (
        stored.version != last[0] + 1 or b'"prev":"' + last[1].hex().encode() + b'"' not in stored.body
    ):
        message = f"entry {stored.seq} does not continue {stored.stream}"
        seen.problems.append(AuditProblem(kind="link", message=message, entry=stored.seq, stream=stored.stream))
    recent[stored.stream] = (stored.version, leaf)
    if len(recent) > 2 * RECENT:
        for stream in list(islice(recent, RECENT)):
            del recent[stream]


def _time(body: bytes) -> int:
    found = _AT.match(body)
    try:
        at = datetime.fromisoformat(found[1].decode()) if found else EPOCH
        return (at - EPOCH) // MICROSECOND
    except (ValueError, TypeError):
        return 0  # the second look says what is wrong with it


def _stream(stored: StoredEntry) -> int:
    """The stream whose state an entry was decided on: of a start that was refused, not the one that it stands in."""
    if stored.stream not in (LEDGER, ROSTER):
        return number_of(stored.stream)
    found = _STARTED.search(stored.body) if stored.stream == LEDGER else None
    return number_of(RELEASE_PREFIX + found[1].decode(errors="replace")) | VISITING if found else OWN


def _relate(keys: Piles, stored: StoredEntry) -> int:
    listed = b"".join(_LISTS.findall(stored.body))
    found = {bytes.fromhex(item.decode()) for item in _DIGEST.findall(listed)}
    if b'"candidate":{' in stored.body:
        found |= {bytes.fromhex(item.decode()) for item in re.findall(rb'"digest":"([0-9a-f]{64})"', stored.body)}
    own = number_of(stored.stream).to_bytes(STREAM_BYTES, "big")
    for digest in found:
        keys.add(digest, own)
    return len(found)
