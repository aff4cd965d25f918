"""What whoever looks at a stretch of a ledger has at hand, and the stretches there are to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from workflow.audit import survey as surveying
from workflow.audit.beside import Beside
from workflow.audit.course import Course, Limit
from workflow.audit.dealing import Hands, Range
from workflow.audit.findings import Findings
from workflow.audit.found import Found
from workflow.audit.links import check_once
from workflow.audit.named import Piled
from workflow.audit.scratch import Flat, Folder, Piles
from workflow.audit.survey import Notes, Seen
from workflow.audit.timeline import Timeline
from workflow.errors import LedgerError, StorageError, WorkflowError
from workflow.ledger import release_stream
from workflow.release import ReleaseState
from workflow.replay import OWN, States
from workflow.rulebook import Rulebook
from workflow.storage.base import Listed, Reader, StoredEntry

TOGETHER = 64
KEY_BYTES = 16
FOLDED, LISTED = b"\x00", b"\x01"
"""Where a record of a release comes from: its entries, or the list that is kept."""


class Desk:
    """The ledger, the rules, and what is noted of the entries.

    Args:
        reader: the ledger.
        rulebook: decides again.
        place: where notes are kept.
        size: how many entries are looked at.
    """

    def __init__(self, reader: Reader, rulebook: Rulebook, place: Folder, size: int) -> None:
        self.reader = reader
        self.rulebook = rulebook
        self.notes = Notes(place, size)
        self.hands = Hands(place, self.notes)
        self.marks = Flat(place, "marks", 16)
        self._place = place
        self._rounds: dict[int, Piled] = {}
        self._timeline: tuple[Range, Timeline] | None = None

    def piled(self, turn: int) -> Piled:
        """Where what entries name is put, each time that they are walked through."""
        if turn not in self._rounds:
            self._rounds[turn] = Piled(self._place, self.notes.size, turn)
        return self._rounds[turn]

    def timeline(self, own: Range) -> Timeline:
        """What the ledger's own streams say before each entry."""
        if self._timeline is None or self._timeline[0] != own:
            self._timeline = (own, Timeline(self.stored(self.hands.read(own)), self.marks))
        return self._timeline[1]

    def corrections(self, own: Range) -> list[int]:
        """The entries from which on earlier readings of the clock no longer count."""
        return Timeline(self.stored(self.hands.read(own)), self.marks).corrections

    def stored(self, seqs: Iterable[int]) -> Iterator[StoredEntry]:
        """Entries by their numbers, which rise; those that are not there are left out.

        Raises:
            StorageError: one is another than the one that was surveyed.
        """
        run: list[int] = []
        for seq in seqs:
            if run and (seq != run[-1] + 1 or len(run) == TOGETHER):
                yield from self._run(run)
                run = []
            run.append(seq)
        if run:
            yield from self._run(run)

    def close(self) -> None:
        """Lets go of the files."""
        self.notes.close()
        self.hands.close()
        self.marks.close()

    def _run(self, run: list[int]) -> Iterator[StoredEntry]:
        try:
            found = self.reader.entries_before(run[-1] + 1, len(run))
        except LedgerError:
            # Something that is no entry came up below them, in a file that is damaged: each by its own number, then.
            found = [stored for seq in reversed(run) if (stored := self.reader.entry(seq)) is not None]
        leaves = self.notes.levels.leaves(run[0] - 1, len(run))
        for stored in reversed(found):
            if stored.seq >= run[0]:
                if bytes.fromhex(stored.hash) != leaves[stored.seq - run[0]]:
                    raise StorageError(
                        f"entry {stored.seq} was changed while it was audited",
                        remedy="see who writes to the database past Holdfast, and run the audit again",
                    )
                yield stored


class Job(Protocol):
    """A stretch of the work. It can be sent to another process."""

    def run(self, desk: Desk) -> Any:
        """Does it."""
        ...

    @property
    def entries(self) -> int:
        """How many entries it looks at."""
        ...


@dataclass(frozen=True)
class Survey:
    """The first look at some entries side by side."""

    first: int
    last: int

    @property
    def entries(self) -> int:
        """How many entries it looks at."""
        return self.last - self.first + 1

    def run(self, desk: Desk) -> Seen:
        """Does it."""
        return surveying.survey(desk.reader, desk.notes, self.first, self.last)


@dataclass(frozen=True)
class Join:
    """Whether the streams go on from one stretch of the first look to the next, for one pile of them."""

    number: int

    @property
    def entries(self) -> int:
        """How many entries it looks at."""
        return 0

    def run(self, desk: Desk) -> tuple[int, Found]:
        """Does it."""
        return desk.notes.ends.join(self.number)


@dataclass(frozen=True)
class Walk:
    """The second look at the entries of one hand.

    Args:
        hand: where they stand.
        own: where those of the ledger's own streams stand.
        limit: after which entry nothing is decided.
        turn: how often they were walked through before.
    """

    hand: Range
    own: Range
    limit: Limit
    turn: int

    @property
    def entries(self) -> int:
        """How many entries it looks at."""
        return self.hand[1]

    def run(self, desk: Desk) -> tuple[Found, tuple[int, ...]]:
        """Does it."""
        timeline, piled = desk.timeline(self.own), desk.piled(self.turn)
        states = States(desk.reader)
        course = Course(desk.reader, desk.rulebook, states, desk.notes.levels, piled, limit=self.limit)
        of_the_ledger = self.hand == self.own
        noted = desk.notes.streams
        for stored in desk.stored(desk.hands.read(self.hand)):
            read = course.read(stored)
            if read is None:
                continue
            before = timeline.before(stored.seq)
            own = stored.stream in OWN
            if own and not of_the_ledger:
                course.decide(read, before, visiting=True)
            else:
                visits = own and noted.get(stored.seq - 1) != bytes(surveying.STREAM_BYTES)
                course.take(read, before, decided_elsewhere=visits)
        found = course.found
        found.counts["streams"] += len(states.streams)
        found.counts["releases"] += len(states.releases)
        for state in states.releases.values():
            if release_stream(state.slug) not in found.broken:
                _list_folded(states, state, piled.listed, course.findings)
        return found, piled.flush()


@dataclass
class Checked:
    """What was found in one pile of each kind, which texts were erased, and how many records of each there were.

    ``unsure`` is of texts that may have been erased a moment ago.
    """

    once: Found
    files: Found
    texts: Found
    erased: list[tuple[int, str]]
    read: tuple[int, int, int]
    unsure: list[bytes]


@dataclass(frozen=True)
class Check:
    """What of a pile is there more than once, or is not kept as it must be.

    Args:
        number: of the piles.
        turn: how often the entries were walked through before.
        strict: whether nothing may be kept that no entry names.
        listed: whether everything that is kept stands in the piles.
    """

    number: int
    turn: int
    strict: bool
    listed: bool

    @property
    def entries(self) -> int:
        """How many entries it looks at."""
        return 0

    def run(self, desk: Desk) -> Checked:
        """Does it."""
        piled, several = desk.piled(self.turn), [Findings() for _ in range(3)]
        blobs, texts, once, _ = (piles.read(self.number) for piles in piled.all)
        check_once(once, several[0])
        beside = [Beside(desk.reader, of, strict=self.strict, listed=self.listed) for of in several[1:]]
        beside[0].check_blobs(blobs)
        unsure: list[bytes] = []
        erased = beside[1].check_texts(texts, unsure)
        read = len(blobs), len(texts), len(once)
        return Checked(several[0].found, several[1].found, several[2].found, erased, read, unsure)


def list_kept(piles: Piles, slug: str, kept: Listed | None) -> None:
    """Notes what is listed of a release; of one that is on no list, that there are relatives or objectors."""
    _list(piles, slug, LISTED, kept)


def _list_folded(states: States, state: ReleaseState, listed: Piles, findings: Findings) -> None:
    try:
        found = states.listed(state)
    except WorkflowError as error:
        findings.problem("missing" if isinstance(error, LedgerError) else "projection", error.message)
        findings.found.broken[release_stream(state.slug)] = error.message
        return
    _list(listed, state.slug, FOLDED, found)


def _list(piles: Piles, slug: str, whence: bytes, listed: Listed | None) -> None:
    told = (listed.row, sorted(listed.kin), sorted(listed.objectors)) if listed is not None else None
    said = sha256(repr(told).encode()).digest()
    key = sha256(slug.encode(errors="surrogatepass")).digest()[:KEY_BYTES]
    piles.add(key, whence + said + slug.encode(errors="surrogatepass"))
