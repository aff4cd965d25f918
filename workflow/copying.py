"""A ledger in another database: the same entries, texts and blobs, byte for byte, and all that is derived made anew.

Everything goes in one transaction, and is read again and compared before that is committed: a copy is whole, or there
is none. What is copied is one consistent view of the source. If others wrote to it meanwhile, nothing is kept, because
what they wrote would be missing from the copy. To retire the source closes that gap for good: under both append locks,
in the moment in which the copy is committed, it is made unfit to be written to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from workflow.asked import slug_of
from workflow.drafting import corrects_clock
from workflow.errors import ChainBroken, ConcurrentUpdate, InvalidInput, LedgerError, NotFound, ProtectionMissing
from workflow.events import Event, TextErased
from workflow.folding import chain, fold_release, read_entry
from workflow.ledger import LEDGER, ROSTER, Frontier, leaf_hash, release_stream, sha256
from workflow.release import ReleaseState
from workflow.replay import States
from workflow.storage.base import Head, Listed, MovedAway, Reader, Storage, StoredEntry, Unit, Whole
from workflow.views import CopyView

PAGE = 500
"""How many entries or texts are written at a time."""

HEAP_BYTES = 4 * 1024 * 1024
"""From how many bytes on blobs are written together."""

Progress = Callable[[int, int], None]
"""Is told how many entries are done, of how many."""

_TURNS = 3  # Each entry is looked at when it is copied, when what is derived is made, and when all is compared.
_OWN = (LEDGER, ROSTER)
_AT = re.compile(rb'\{"actor":"(?:[^"\\]|\\.)*","at":"([^"\\]*)"')
_ERASED = b'"text_erased"'
_DAMAGED = "holdfast audit verify says all that is wrong with it; copy a backup that passes that"
_NEW = "name an empty database, or one that is not there yet"

Item = TypeVar("Item")


def copy(
    source: Storage,
    opened: Callable[[], Storage],
    *,
    retire: bool = False,
    retired: bool = False,
    moved: MovedAway | None = None,
    progress: Progress | None = None,
) -> CopyView:
    """Copies a ledger into an empty database; :func:`workflow.copy_ledger` is what people use.

    Args:
        source: the ledger.
        opened: opens the database that it is to be copied to, once it is known that the source is in order.
        retire: whether the source is made unfit to be written to as soon as the copy is whole.
        retired: whether that was done to it before.
        moved: what to raise, instead of copying it anew, where the same is not there already.
        progress: is told how many entries are done, of how many.
    """
    check(source, "the ledger that is to be copied")
    with closing(opened()) as target:
        check(target, "the database that it is to be copied to")
        with target.lock() as unit, source.snapshot() as reader:
            copied = _is_empty(unit)
            if copied and moved is not None:
                raise moved
            told = _Told(reader, progress)
            seen = _look(reader, told, unit if copied else None)
            if not seen.frontier.size:
                raise NotFound("there is no entry to copy", remedy="holdfast init makes a ledger")
            end = None if retired else reader.head()
            if end is not None and end != seen.end:
                raise LedgerError("the end that the ledger has on record is not that of its entries", remedy=_DAMAGED)
            if copied:
                unit.rebuild(seen.end, _listed(unit, seen.slugs, told))
            elif unit.head().frontier != seen.frontier:
                if moved is not None:
                    raise moved
                raise InvalidInput("there is another ledger already where this one is to be copied to", remedy=_NEW)
            if _look(unit, told) != seen:
                raise LedgerError("what was written is not what was read: nothing of it is kept", remedy=_DAMAGED)
            with ExitStack() as locks:
                old = locks.enter_context(source.lock()) if retire and not retired else None
                if end is not None and (old or source).head() != end:
                    raise ConcurrentUpdate(
                        "others wrote to the ledger while it was copied, and nothing of the copy is kept",
                        remedy="stop whoever writes to it, then copy it again",
                    )
                if old is not None:
                    old.retire()
                unit.commit()
                # In this order: were it to end here, both would be there, and the same again would retire the source.
                if old is not None:
                    old.commit()
    return CopyView(
        entries=seen.frontier.size,
        root=seen.frontier.root().hex(),
        texts=seen.texts.count,
        blobs=seen.blobs.count,
        releases=len(seen.slugs),
        copied=copied,
        retired=retire or retired,
    )


def moved_before(
    source: Storage, opened: Callable[[], Storage], moved: MovedAway, *, progress: Progress | None = None
) -> CopyView:
    """What is told of a move that was made before, where what it made is there, whole and the same.

    Raises:
        MovedAway: it is not, or has gone on since.
    """

    def there() -> Storage:
        try:
            return opened()
        except NotFound:
            raise moved from None

    return copy(source, there, retired=True, moved=moved, progress=progress)


def check(storage: Storage, what: str) -> None:
    """Checks what can be told of a database without reading all of it.

    Raises:
        ProtectionMissing: it is not protected as it should be.
        LedgerError: it finds itself damaged.
    """
    if missing := storage.missing_protection():
        raise ProtectionMissing(
            f"{what} lacks its protection, or has some that is none of Holdfast's: {', '.join(missing)}",
            remedy="find out who could do that; then, as an administrator: holdfast db rebuild --restore-protection",
        )
    if defects := storage.defects():
        raise LedgerError(f"{what} finds itself damaged: {defects[0]}", remedy=_DAMAGED)


@dataclass(slots=True)
class _Bag:
    """How many digests there are, and the sum of all of them: two that agree hold the same."""

    count: int = 0
    sum: int = 0

    def add(self, digest: str) -> None:
        self.count += 1
        self.sum += int(digest, 16)

    def remove(self, digest: str) -> None:
        self.count -= 1
        self.sum -= int(digest, 16)


@dataclass(slots=True)
class _Seen:
    """What is found in a ledger by whoever reads all of it."""

    frontier: Frontier = field(default_factory=Frontier)
    mark: str | None = None
    peak: str | None = None
    texts: _Bag = field(default_factory=_Bag)
    named: _Bag = field(default_factory=_Bag)
    blobs: _Bag = field(default_factory=_Bag)
    slugs: list[str] = field(default_factory=list)

    @property
    def end(self) -> Head:
        return Head(self.frontier, self.mark, self.peak)

    def take(self, stored: StoredEntry) -> None:
        """Takes in an entry, whose bytes are checked; what they say is, where what is derived from them is made."""
        if stored.seq != (expected := self.frontier.size + 1):
            raise _broken(expected, f"entry {expected} is missing", str(expected), str(stored.seq))
        leaf = leaf_hash(stored.body)
        if (found := leaf.hex()) != stored.hash:
            raise _broken(stored.seq, f"entry {stored.seq} was altered", stored.hash, found)
        self.frontier = self.frontier.append(leaf)
        at, texts, events = _said(stored)
        self.mark = at if self.mark is None or corrects_clock(events) else max(self.mark, at)
        self.peak = at if self.peak is None else max(self.peak, at)
        for commitment in texts:
            self.named.add(commitment)
        for event in events:
            if isinstance(event, TextErased):
                self.named.remove(event.commitment)
        if stored.version == 1 and stored.stream not in _OWN:
            self.slugs.append(slug_of(stored.stream))


def _look(reader: Whole, told: Callable[[], None], into: Unit | None = None) -> _Seen:
    """Reads a whole ledger and checks every byte of it, and writes it down as it goes along.

    Raises:
        LedgerError: something is missing, or is not what it must be.
    """
    seen = _Seen()
    for texts in _pages(reader.texts()):
        for commitment, text in texts:
            if text.commitment != commitment:
                raise LedgerError(f"the text {commitment[:12]} was altered", remedy=_DAMAGED)
            seen.texts.add(commitment)
        if into is not None:
            into.load(texts=[text for _, text in texts])
    for blobs in _heaps(_checked(reader)):
        for digest, _ in blobs:
            seen.blobs.add(digest)
        if into is not None:
            into.load(blobs=[data for _, data in blobs])
    for entries in _pages(reader.entries()):
        for stored in entries:
            seen.take(stored)
            told()
        if into is not None:
            into.load(entries=entries)
    if seen.texts != seen.named:
        raise LedgerError("a text is missing that nobody erased, or is there that no entry names", remedy=_DAMAGED)
    return seen


def _checked(reader: Reader) -> Iterator[tuple[str, bytes]]:
    """Every blob, with the digest that it has.

    Raises:
        LedgerError: one of them has another, or is missing.
    """
    for digest in reader.blobs():
        data = reader.blob(digest)
        if data is None or sha256(data) != digest:
            how = "is missing" if data is None else "was altered"
            raise LedgerError(f"the blob {digest[:12]} {how}", remedy=_DAMAGED)
        yield digest, data


def _heaps(blobs: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """The blobs, some at a time: no more than a heap and one blob are in memory."""
    heap: list[tuple[str, bytes]] = []
    size = 0
    for digest, data in blobs:
        heap.append((digest, data))
        size += len(data)
        if size > HEAP_BYTES or len(heap) == PAGE:
            yield heap
            heap, size = [], 0
    if heap:
        yield heap


def _said(stored: StoredEntry) -> tuple[str, Iterable[str], Sequence[Event]]:
    """When an entry was made, the texts that it names, and its events where they matter here."""
    body = stored.body
    at = _AT.match(body)
    place = b',"seq":%d,"stream":"%b","texts":{' % (stored.seq, stored.stream.encode(errors="replace"))
    start = body.find(place) + len(place)
    if at is None or start < len(place) or stored.stream in _OWN or _ERASED in body:
        read = read_entry(stored)
        return read.entry.at, read.entry.texts.values(), read.events
    texts = json.loads(body[start - 1 : body.index(b"}", start) + 1])
    return at[1].decode(), texts.values(), ()


def _listed(reader: Reader, slugs: Iterable[str], told: Callable[[], None]) -> Iterator[Listed]:
    """What is derived from the entries, release by release; each entry is read whole, and continues the one before.

    Raises:
        LedgerError: one does not.
    """
    for stream in _OWN:
        for _ in chain(reader, stream):
            told()
    states = States(reader)
    for slug in slugs:
        state: ReleaseState | None = None
        for item in chain(reader, release_stream(slug)):
            state = fold_release(state, item)
            told()
        if state is None:
            raise LedgerError(f"the release {slug} does not begin with a start", remedy=_DAMAGED)
        yield states.listed(state)


def _is_empty(reader: Whole) -> bool:
    kept = reader.entries(limit=1), reader.texts(), reader.blobs()
    return all(next(iter(rows), None) is None for rows in kept)


def _pages(items: Iterator[Item]) -> Iterator[list[Item]]:
    while page := list(islice(items, PAGE)):
        yield page


def _broken(at: int, message: str, expected: str, found: str) -> ChainBroken:
    return ChainBroken(message, at=at, expected=expected, found=found, remedy=_DAMAGED)


class _Told:
    """Tells how far the copy is, each entry counting once when all its turns are over."""

    def __init__(self, reader: Reader, progress: Progress | None) -> None:
        last = next(iter(reader.entries_before(None, 1)), None)
        self._size = last.seq if last else 0
        self._progress = progress
        self._done = 0

    def __call__(self) -> None:
        self._done += 1
        if self._progress is not None and self._done % PAGE == 1:
            self._progress(min(self._done // _TURNS, self._size), self._size)
