"""Folds streams into states, checking every link on the way, and remembers what it has folded.

What is remembered is only ever extended: a stream whose head does not continue it is folded again from its beginning.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from workflow import lineage, proof, release, roots, roster
from workflow.asked import slug_of
from workflow.clock import parse_timestamp
from workflow.decisions.authority import breach, misstates, opens, whole
from workflow.errors import ChainBroken, LedgerError, NotFound
from workflow.events import AnyEvent, LedgerCreated, Recorded, binding_of, parse
from workflow.ledger import LEDGER, ROSTER, Entry, entry_hash, release_stream, sha256
from workflow.process import Process
from workflow.records import cached_property, replace
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.storage.base import Ahead, Append, Head, Reader, Stamp, StoredEntry, StreamHead, Unit

CACHED_RELEASES = 256
CACHED_KIN = 16 * CACHED_RELEASES

State = TypeVar("State")


@dataclass(frozen=True)
class ReadEntry:
    """An entry whose bytes were checked against its hash and read."""

    stored: StoredEntry
    entry: Entry
    events: tuple[AnyEvent, ...]

    @cached_property
    def recorded(self) -> Recorded:
        """What the fold needs to know around the events."""
        entry = self.entry
        return Recorded(entry.seq, parse_timestamp(entry.at), entry.actor, entry.texts, proof.key_of(entry))


def read_entry(stored: StoredEntry) -> ReadEntry:
    """Reads one stored entry, and checks that its bytes and its columns say the same.

    Raises:
        ChainBroken: the bytes do not have the hash that is kept beside them, or the columns name another entry.
        LedgerError: the bytes cannot be read.
    """
    found = entry_hash(stored.body)
    if found != stored.hash:
        raise ChainBroken(
            f"entry {stored.seq} was altered: its bytes do not have its hash",
            at=stored.seq,
            expected=stored.hash,
            found=found,
            remedy="holdfast audit verify says what else is damaged and what can still be trusted",
        )
    entry = Entry.from_bytes(stored.body)
    said = (entry.seq, entry.stream, entry.version, entry.command_id)
    kept = (stored.seq, stored.stream, stored.version, stored.command_id)
    if said != kept:
        raise ChainBroken(
            f"entry {stored.seq} stands in another's place",
            at=stored.seq,
            expected=str(kept),
            found=str(said),
            remedy="holdfast audit verify says what else is damaged and what can still be trusted",
        )
    return ReadEntry(stored, entry, parse(entry.events))


def as_read(stored: StoredEntry, entry: Entry) -> ReadEntry:
    """An entry that was just made, as whoever reads its bytes will find it.

    Raises:
        LedgerError: its events cannot be read.
    """
    return ReadEntry(stored, entry, parse(entry.events))


@dataclass(frozen=True, slots=True)
class _Folded(Generic[State]):
    """``signed`` are the command ids of what was signed: a statement is recorded once."""

    head: StreamHead
    state: State
    signed: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Sure:
    """What was looked up while the storage had a stamp: it holds until that is another one.

    ``slugs`` are releases whose remembered state is the one at the head; ``kin`` are the releases of a digest.
    """

    stamp: Stamp | None
    head: Head | None = None
    roster: Roster | None = None
    slugs: set[str] = field(default_factory=set)
    kin: dict[str, frozenset[str]] = field(default_factory=dict)


_NOTHING: _Folded[ReleaseState | None] = _Folded(StreamHead(0, ""), None)


class Folder:
    """Reads states from a storage. Not for several threads at once."""

    def __init__(self) -> None:
        self._origin = ""
        self._sure: _Sure = _Sure(None)
        self._roster: tuple[StreamHead | None, StreamHead | None, Roster] | None = None
        self._releases: OrderedDict[str, _Folded[ReleaseState | None]] = OrderedDict()
        self._processes: dict[str, Process] = {}
        self._near: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def forget(self) -> None:
        """Has everything looked up again: the projections were made anew, and the ledger ends as it did."""
        self._sure = _Sure(None)

    def roster(self, reader: Reader) -> Roster:
        """The roster at the head.

        Raises:
            NotFound: the ledger has no genesis.
            ChainBroken: an entry does not continue its stream.
        """
        sure = self._known(reader)
        if sure.roster is not None:
            return sure.roster
        heads = (reader.stream_head(LEDGER), reader.stream_head(ROSTER))
        if heads[0] is None:
            raise NotFound("this database holds no ledger yet", remedy="holdfast init --admin YOUR_HANDLE")
        if self._roster is not None and self._roster[:2] == heads:
            sure.roster = self._roster[2]
            return sure.roster
        # Both streams are small and change rarely, so a change folds them anew.
        read = [*chain(reader, LEDGER), *chain(reader, ROSTER)]
        if not read:
            raise ChainBroken("the ledger has no first entry", at=1, expected="ledger_created", found="nothing")
        state = Roster()
        signed: set[str] = set()
        for item in sorted(read, key=lambda item: item.entry.seq):
            _check_place(item, read[0].entry.origin, signed, begins=item.entry.seq == 1)
            proof.check(item.entry, item.events, reader.blob, state)
            for event in item.events:
                if why := breach(state, event, item.recorded):
                    raise _no_right(item, f"changes the roster, and nobody had the right to: {why}")
                state = roster.evolve(state, event, item.recorded)
        if not isinstance(read[0].events[0], LedgerCreated):
            raise ChainBroken("entry 1 is no genesis", at=1, expected="ledger_created", found=read[0].events[0].type)
        self._origin = read[0].entry.origin
        self._roster = (*heads, state)
        sure.roster = state
        return state

    def head(self, reader: Reader) -> Head:
        """The end of the ledger.

        Raises:
            ChainBroken: the entries do not end there.
        """
        sure = self._known(reader)
        if sure.head is None:
            sure.head = _whole(reader, reader.head())
        return sure.head

    def root_at(self, reader: Reader, size: int) -> str | None:
        """The root that the tree had at a size, in hexadecimal; None where it never had that size."""
        now = self.head(reader).frontier
        return now.root().hex() if size == now.size else roots.root_at(reader, size)

    def origin(self, reader: Reader) -> str:
        """What this ledger calls itself."""
        if not self._origin:
            self.roster(reader)
        return self._origin

    def stream_head(self, reader: Reader, stream: str) -> StreamHead | None:
        """The last entry of a stream, or None where there is no such stream."""
        slug = slug_of(stream)
        known = self._releases.get(slug) if slug in self._known(reader).slugs else None
        return reader.stream_head(stream) if known is None else known.head

    def release(self, reader: Reader, slug: str) -> ReleaseState:
        """A release at the head.

        Raises:
            NotFound: there is no release of that name.
            ChainBroken: an entry does not continue its stream.
        """
        sure = self._known(reader)
        cached = self._releases.get(slug)
        if slug in sure.slugs and cached is not None and cached.state is not None:
            self._releases.move_to_end(slug)
            return cached.state
        stream = release_stream(slug)
        head = check_there(reader, slug)
        if cached is None or cached.head != head:
            known = cached if cached is not None and _continues(reader, stream, cached.head) else None
            start = known or _NOTHING
            state = start.state
            read = list(chain(reader, stream, start.head.version, start.head.hash or None))
            origin, signed = self.origin(reader), set(start.signed)
            for item in read:
                _check_place(item, origin, signed, begins=item.entry.version == 1)
                proof.check(item.entry, item.events, reader.blob)
                if state is not None:
                    self._check_against(self.process(reader, state.process), state, item)
                state = fold_release(state, item)
            cached = _Folded(head, state, frozenset(signed))
            self._remember(slug, cached)
        self._releases.move_to_end(slug)
        if cached.state is None:
            raise ChainBroken(f"the stream of {slug} has no start", at=0, expected="release_started", found="nothing")
        sure.slugs.add(slug)
        return cached.state

    def follow(self, unit: Unit, append: Append, item: ReadEntry, state: ReleaseState | None) -> None:
        """Appends an entry that was decided on what is remembered, commits, and remembers what came of it, unread.

        Its signature was verified, and it was decided, on the way there. ``state`` is its release as it is from now on.
        """
        sure, stamp = self._sure, unit.finish(append)
        if sure.stamp is None or stamp is None:
            sure = self._sure = _Sure(None)
        sure.stamp, sure.head = stamp, append.head
        if item.entry.stream in (LEDGER, ROSTER):
            sure.roster = None
        if state is None:
            return
        for digest in append.kin:
            if digest in sure.kin:
                sure.kin[digest] |= {state.slug}
        before = self._releases.get(state.slug, _NOTHING)
        sure.slugs.discard(state.slug)
        if before.head == StreamHead(item.entry.version - 1, item.entry.prev or ""):
            own = {item.entry.command_id} if proof.key_of(item.entry) is not None else frozenset()
            head = StreamHead(item.entry.version, item.stored.hash)
            self._remember(state.slug, _Folded(head, state, before.signed | own))
            sure.slugs.add(state.slug)

    def _known(self, reader: Reader) -> _Sure:
        """What needs not be looked up again, because nobody has written since it was."""
        stamp = reader.stamp()
        if stamp is None or stamp != self._sure.stamp:
            self._sure = _Sure(stamp)
        return self._sure

    def _remember(self, slug: str, folded: _Folded[ReleaseState | None]) -> None:
        self._releases[slug] = folded
        if len(self._releases) > CACHED_RELEASES:
            self._releases.popitem(last=False)

    def ahead(self, slug: str | None) -> Ahead:
        """What will be read to see how a release stands, as far as is known from the last time."""
        slugs, digests = self._near.get(slug, ((slug,), ())) if slug is not None else ((), ())
        return Ahead((LEDGER, ROSTER, *map(release_stream, slugs)), digests)

    def remembered(self, slug: str) -> Process | None:
        """The process of a release as it was when it was last looked at; None where nothing is remembered."""
        known = self._releases.get(slug)
        return self._processes.get(known.state.process) if known is not None and known.state is not None else None

    def _check_against(self, process: Process, state: ReleaseState, item: ReadEntry) -> None:
        """Checks of an entry what its process tells, without asking any policy."""
        unsigned = proof.key_of(item.entry) is None
        for event in item.events:
            if unsigned and opens(process, event):
                raise _no_right(item, "is not signed, and nothing like it counts without that")
            if why := misstates(process, state, event, item.entry.actor):
                raise _no_right(item, why)

    def release_at(self, reader: Reader, slug: str, seq: int) -> ReleaseState | None:
        """A release as it was before an entry."""
        state: ReleaseState | None = None
        for item in chain(reader, release_stream(slug)):
            if item.entry.seq >= seq:
                break
            state = fold_release(state, item)
        return state

    def kin(self, reader: Reader, state: ReleaseState, digests: Iterable[str] = ()) -> tuple[ReleaseState, ...]:
        """The other releases that the candidate may descend from, and those that some digests belong to.

        Raises:
            LedgerError: the table of relatives leads nowhere, or lacks a row of a release that was found.
        """
        found: dict[str, ReleaseState] = {state.slug: state}
        keys = {state.slug: lineage.found_by(state)}
        wanted = {*digests, *keys[state.slug]}
        asked: set[str] = set()
        sure = self._known(reader)
        if len(sure.kin) > CACHED_KIN:
            sure.kin.clear()
        while wanted - asked:
            # What is looked up is the candidate's few digests, and not the many that are remembered.
            for digest in wanted - asked:
                if digest not in sure.kin:
                    sure.kin[digest] = frozenset(reader.kin([digest]))
            slugs = {slug for digest in wanted - asked for slug in sure.kin[digest] if slug not in found}
            asked |= wanted
            for slug in sorted(slugs):
                try:
                    found[slug] = self.release(reader, slug)
                except NotFound as error:
                    raise LedgerError(
                        f"{slug!r} is listed as related to {state.slug}, and there is no such release",
                        remedy="holdfast audit verify says what was tampered with; holdfast db rebuild makes it anew",
                    ) from error
                keys[slug] = lineage.found_by(found[slug])
                wanted |= keys[slug]
        for slug, own in keys.items():
            if any(slug not in sure.kin[digest] for digest in own):
                raise LedgerError(
                    f"the table of relatives lacks rows of {slug}",
                    remedy="holdfast audit verify says what was tampered with; holdfast db rebuild makes it anew",
                )
        if len(self._near) > CACHED_RELEASES:
            self._near.clear()
        self._near[state.slug] = (tuple(found), tuple(asked))
        del found[state.slug]
        return tuple(found.values())

    def process(self, reader: Reader, digest: str, brought: bytes | None = None) -> Process:
        """A process by its digest. One that nobody knows here yet may come with the command that names it.

        Raises:
            NotFound: no blob has that digest.
            ChainBroken: the blob was altered.
        """
        if digest not in self._processes:
            if brought is not None:
                return Process.from_bytes(brought)
            data = reader.blob(digest)
            if data is None:
                raise NotFound(f"the process {digest[:12]} is not kept here", remedy="holdfast audit verify")
            # Of altered bytes nothing is read. And what is read says of itself what it is.
            found = sha256(data)
            process = Process.from_bytes(data) if found == digest else None
            if process is None or process.digest != digest:
                raise ChainBroken(
                    f"the process {digest[:12]} was altered",
                    at=0,
                    expected=digest,
                    found=process.digest if process else found,
                    remedy="holdfast audit verify says which entry names it; restore it from a backup",
                )
            self._processes[digest] = process
        return self._processes[digest]


def check_there(reader: Reader, slug: str) -> StreamHead:
    """The last entry of a release's stream.

    Raises:
        NotFound: there is no release of that name.
    """
    head = reader.stream_head(release_stream(slug))
    if head is None:
        raise NotFound(f"there is no release {slug!r}", remedy="holdfast list shows what there is")
    return head


def fold_release(state: ReleaseState | None, item: ReadEntry) -> ReleaseState | None:
    """The release after one more entry of its stream."""
    recorded = item.recorded
    for event in item.events:
        state = release.evolve(state, event, recorded)
    if state is None:
        return None
    return replace(state, version=item.entry.version, updated_at=recorded.at)


def _check_place(item: ReadEntry, origin: str, signed: set[str], *, begins: bool) -> None:
    """Checks that an entry is one command's, that it and what it is bound to belong where it stands, and only once.

    ``signed`` are the ids of what was signed before it in its stream, and then with it.
    """
    if not whole(item.events, begins=begins):
        raise _no_right(item, "records what no one command makes happen")
    here = (origin, slug_of(item.entry.stream))
    bindings = map(binding_of, item.events)
    if item.entry.origin != origin or any(bound and (bound.origin, bound.release) != here for bound in bindings):
        raise _no_right(item, "belongs to another ledger or release")
    if proof.key_of(item.entry) is not None:
        if item.entry.command_id in signed:
            raise _no_right(item, "repeats what was signed for an entry before it")
        signed.add(item.entry.command_id)


def _no_right(item: ReadEntry, why: str) -> LedgerError:
    return LedgerError(
        f"entry {item.entry.seq} {why}",
        remedy="holdfast audit verify says what else is damaged; nothing that rests on it can be trusted",
    )


def _whole(reader: Reader, head: Head) -> Head:
    """The end of the ledger, if its last entry is the one that stands there; what is before, the audit looks at."""
    size, subtrees = head.frontier.size, head.frontier.subtrees
    last = reader.entry(size) if size else None
    # A tree of an odd size ends with its last entry alone.
    if size and (last is None or (size % 2 and last.hash != subtrees[-1].hex())):
        raise ChainBroken(
            f"the ledger should end with entry {size}, and that "
            + ("is not there: entries were removed" if last is None else "is another one"),
            at=size,
            expected=f"{size} entries",
            found="fewer" if last is None else last.hash,
            remedy="holdfast audit verify says what else is damaged and what can still be trusted",
        )
    return head


def _continues(reader: Reader, stream: str, head: StreamHead) -> bool:
    tail = reader.stream(stream, head.version - 1)
    return bool(tail) and tail[0].version == head.version and tail[0].hash == head.hash


def chain(reader: Reader, stream: str, after: int = 0, prev: str | None = None) -> Iterator[ReadEntry]:
    """The entries of a stream above a version, each of which continues the one before it.

    Raises:
        ChainBroken: one does not.
        LedgerError: one is damaged.
    """
    version = after
    for stored in reader.stream(stream, after):
        item = read_entry(stored)
        version += 1
        if item.entry.version != version or item.entry.prev != prev:
            raise ChainBroken(
                f"entry {stored.seq} does not continue {stream}",
                at=stored.seq,
                expected=f"version {version} after {prev}",
                found=f"version {item.entry.version} after {item.entry.prev}",
                remedy="holdfast audit verify says what else is damaged and what can still be trusted",
            )
        prev = stored.hash
        yield item
