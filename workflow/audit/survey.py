"""The first look at every entry: its hash, its place, the entry that it continues, and the tree over all of them.

Nothing is parsed here. What an entry says of its place and of the entry before it is looked for as canonical bytes have
it, with what stands on both sides: of an entry's fields, only its own stand so. That its bytes are canonical and have
no other fields is seen when they are parsed, and then each entry is held against its stream once more. It also notes of
each entry what the second look needs of the others: when it was, which stream it says it is of, and which digests lead
from it to other releases.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from itertools import takewhile

from workflow.audit.found import Found
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
NAME_BYTES = 16
FLAG, SAID, STREAM = NAME_BYTES + 8, NAME_BYTES + 9, NAME_BYTES + 57
"""Where in a record of a stream's ends stand: which of both it is, the version and hash, and the stream's name."""
BEGINS, ENDS = b"\0", b"\1"
NOTHING = bytes(32)

OWN = 0
"""Stands where the streams are noted for those of the ledger itself."""
VISITING = 1
"""Is added to a stream's number, which is even, where an entry of the ledger's own is decided on its state."""

LINK = "entry {seq} does not continue {stream}"
PLACE = "entry {seq} stands in another's place"
"""In the words of the second look, which finds it too: it is said once."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Names are sorted in canonical bytes, so an entry begins with these two; nothing else can stand there.
_AT = re.compile(rb'\{"actor":"(?:[^"\\]|\\.)*","at":"([^"\\]*)"')
_LISTS = re.compile(rb'"(?:affected|candidates|parents|weights)":\[("[^\]]*)\]')
_DIGEST = re.compile(rb'"(?:digest":")?([0-9a-f]{64})"')
_PREV = re.compile(rb',"prev":"([0-9a-f]{64})","proof":\{')
_CANDIDATE, _AFFECTED, _CANDIDATES = b'"candidate":{', b'"affected":["', b'"candidates":["'
_STARTED = re.compile(rb'"command":"start".*?"release":"([^"\\]*)"', re.DOTALL)


@dataclass
class Seen:
    """What was seen of some entries. ``ended`` is where nothing more could be read, ``gone`` the first that is not."""

    found: Found = field(default_factory=Found)
    rows: int = 0
    gone: int | None = None
    damaged: int | None = None
    ended: tuple[int, str] | None = None
    keys: int = 0
    ends: int = 0

    def add(self, after: Seen) -> None:
        """Takes in what was seen of the entries that come next."""
        self.found.add(after.found)
        self.rows += after.rows
        self.keys += after.keys
        self.ends += after.ends
        self.gone = self.gone or after.gone
        self.damaged = self.damaged or after.damaged
        self.ended = self.ended or after.ended


class Ends:
    """Where each stream begins and ends among entries that were surveyed together, so that these can be joined.

    Args:
        place: where that is noted.
        size: how many entries there are.
    """

    def __init__(self, place: Folder, size: int) -> None:
        self._piles = Piles(place, "ends", max(1, size >> 15))
        self.count = self._piles.count

    def begins(self, stored: StoredEntry) -> None:
        """Notes the first of some entries of a stream, and which it says that it continues."""
        prev = _PREV.search(stored.body)
        said = bytes.fromhex(prev[1].decode()) if prev else NOTHING
        self._note(stored.stream, stored.seq, BEGINS, stored.version - 1, said)

    def ends(self, stream: str, seq: int, version: int, leaf: bytes) -> None:
        """Notes the last one of them."""
        self._note(stream, seq, ENDS, version, leaf)

    def flush(self) -> int:
        """Writes whatever waits, and says how much was noted since it was last asked."""
        return self._piles.flush()

    def join(self, number: int) -> tuple[int, Found]:
        """How much was noted in a pile, and what does not continue what stands before it there."""
        found = Found()
        records = self._piles.read(number)
        before = b""
        for record in records:
            same = record[:NAME_BYTES] == before[:NAME_BYTES]
            end = before[SAID:STREAM] if same else bytes(16) + NOTHING
            if record[FLAG:SAID] == BEGINS and record[SAID:STREAM] != end:
                seq, stream = int.from_bytes(record[NAME_BYTES:FLAG], "big"), record[STREAM:].decode()
                message = LINK.format(seq=seq, stream=stream)
                found.tell(AuditProblem(kind="link", message=message, entry=seq, stream=stream))
            before = record
        return len(records), found

    def _note(self, stream: str, seq: int, flag: bytes, version: int, leaf: bytes) -> None:
        name = stream.encode(errors="replace")
        said = seq.to_bytes(8, "big") + flag + version.to_bytes(16, "big", signed=True) + leaf
        self._piles.add(blake2b(name, digest_size=NAME_BYTES).digest(), said + name)


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
        self.ends = Ends(place, size)

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
    tails: dict[str, tuple[int, int, bytes]] = {}
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
        body, stream = stored.body, stored.stream
        kept = bytes.fromhex(stored.hash)
        if sha256(b"\0" + body).digest() != kept:
            seen.damaged = seen.damaged or stored.seq
        elif not _in_place(stored):
            _problem(seen, "out-of-place", stored, PLACE)
        leaves.append(kept)
        times.append(_time(body))
        streams.append(_stream(stored))
        before = tails.get(stream)
        if before is None:
            notes.ends.begins(stored)
        elif stored.version != before[1] + 1 or b',"prev":"%b","proof":{' % before[2].hex().encode() not in body:
            _problem(seen, "link", stored, LINK)
        tails[stream] = stored.seq, stored.version, kept
        if _CANDIDATE in body or _AFFECTED in body or _CANDIDATES in body:
            seen.keys += _relate(notes.keys, stored)
    if seen.ended is None and expected <= last:
        _gap(seen, expected, "nothing stands in its place")
    notes.levels.put(first - 1, leaves, HEIGHT)
    notes.times.put(first - 1, times.tobytes())
    notes.streams.put(first - 1, streams.tobytes())
    for stream, end in tails.items():
        notes.ends.ends(stream, *end)
    notes.keys.flush()
    seen.ends = notes.ends.flush()
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
    seen.found.tell(AuditProblem(kind="missing", message=message, entry=expected))
    seen.gone = seen.gone or expected


def _in_place(stored: StoredEntry) -> bool:
    """Whether an entry says of itself what the columns say that it is found by."""
    body = stored.body
    place = b',"seq":%d,"stream":"%b","texts":{' % (stored.seq, stored.stream.encode(errors="replace"))
    return body.endswith(b',"version":%d}' % stored.version) and place in body


def _problem(seen: Seen, kind: str, stored: StoredEntry, words: str) -> None:
    message = words.format(seq=stored.seq, stream=stored.stream)
    seen.found.tell(AuditProblem(kind=kind, message=message, entry=stored.seq, stream=stored.stream))


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
