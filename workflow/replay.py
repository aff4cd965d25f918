"""Folds ledgers in their order, keeping every stream's state at hand: what an audit and a rebuild walk through."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from workflow import ledger, lineage, roster
from workflow.asked import slug_of
from workflow.clock import parse_timestamp
from workflow.commands import (
    AnyCommand,
    ApproveMigration,
    EraseText,
    ProposeMigration,
    ReleaseCommand,
    RestoreProtection,
    Start,
)
from workflow.drafting import next_head, release_row
from workflow.errors import LedgerError
from workflow.folding import ReadEntry, fold_release
from workflow.ledger import LEDGER, ROSTER, release_stream
from workflow.process import Process
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.rulebook import World, settled
from workflow.storage.base import Head, Listed, Reader, StreamHead

OWN = (LEDGER, ROSTER)
"""The streams that are the ledger's own, and no release's."""


@dataclass(frozen=True, slots=True)
class Before:
    """What all entries before one say, whichever streams they are of.

    ``mark`` is the highest reading of the clock in force, ``peak`` the highest there ever was.
    """

    origin: str
    roster: Roster
    mark: datetime | None
    peak: datetime | None

    def and_later(self, at: datetime) -> Before:
        """The same, had the clock read a little later than ``at`` in some entry."""
        later = at + timedelta(microseconds=1)
        return replace(self, mark=max(self.mark or later, later), peak=max(self.peak or later, later))


class States:
    """The states of some releases after the entries that were taken in."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._processes: dict[str, Process] = {}
        self._kin: defaultdict[str, set[str]] = defaultdict(set)
        self._found_by: dict[str, frozenset[str]] = {}
        self.streams: dict[str, StreamHead] = {}
        self.releases: dict[str, ReleaseState] = {}

    def take(self, read: ReadEntry) -> None:
        """Takes one more entry in.

        Raises:
            LedgerError: its stream does not begin with a start.
        """
        entry = read.entry
        self.streams[entry.stream] = StreamHead(entry.version, read.stored.hash)
        if entry.stream in OWN:
            return
        slug = slug_of(entry.stream)
        before = self.releases.get(slug)
        state = fold_release(before, read)
        if state is None:
            raise LedgerError(f"{entry.stream} does not begin with a start")
        self.releases[slug] = state
        if found := lineage.found_anew(before, state):
            self._found_by[slug] = found
            for key in found:
                self._kin[key].add(slug)

    def process(self, digest: str) -> Process:
        """A process by its digest.

        Raises:
            LedgerError: its blob is missing or was altered.
        """
        if digest not in self._processes:
            data = self._reader.blob(digest)
            if data is None or ledger.sha256(data) != digest:
                raise LedgerError(f"the process {digest[:12]} is missing or was altered")
            self._processes[digest] = Process.from_bytes(data)
        return self._processes[digest]

    def world(self, read: ReadEntry, command: AnyCommand, before: Before) -> World:
        """What a command was decided on: everything before its entry, and the entry's reading of the clock."""
        at = read.recorded.at
        slug = slug_of(read.entry.stream)
        if isinstance(command, Start):
            taken = command.release in self.releases
            return self._world(at, before, process=self.process(command.process), taken=taken)
        state = self.releases.get(slug)
        subject = self._subject(command.entry, read.entry.seq) if isinstance(command, EraseText) else None
        texts = subject.texts if subject else {}
        if state is None:
            return self._world(at, before, texts_of_subject=texts)
        target = command.process if isinstance(command, ProposeMigration | ApproveMigration) else None
        return self._world(
            at,
            before,
            release=state,
            process=self.process(state.process),
            target=self.process(target) if target else None,
            kin=self._relatives(state, vars(command).get("candidates", ())),
            texts_of_subject=texts,
        )

    def place(self, command: AnyCommand, seq: int, *, refused: bool) -> str:
        """The stream that a command's entry belongs to, if it is that one; empty where there is none."""
        if isinstance(command, ReleaseCommand):
            return LEDGER if refused and isinstance(command, Start) else release_stream(command.release)
        if isinstance(command, EraseText):
            subject = self._subject(command.entry, seq)
            return subject.stream if subject else ""
        return LEDGER if isinstance(command, RestoreProtection) else ROSTER

    def listed(self, state: ReleaseState) -> Listed:
        """The projections that belong to one release.

        Raises:
            LedgerError: its process is missing or was altered.
        """
        row = release_row(state, self.process(state.process))
        return Listed(row, lineage.found_by(state), lineage.objectors(state))

    def _world(self, at: datetime, before: Before, **parts: object) -> World:
        world = World(
            origin=before.origin,
            roster=before.roster,
            at=at,
            mark=before.mark,
            peak=before.peak,
            **parts,  # type: ignore[arg-type]
        )
        return settled(world)

    def _subject(self, seq: int, now: int) -> ledger.Entry | None:
        stored = self._reader.entry(seq) if seq < now else None
        return ledger.Entry.from_bytes(stored.body) if stored else None

    def _relatives(self, state: ReleaseState, digests: tuple[str, ...]) -> tuple[ReleaseState, ...]:
        found = {state.slug}
        new: set[str] | frozenset[str] = {*digests, *self._found_by[state.slug]}
        asked: set[str] = set()
        relatives: dict[str, ReleaseState] = {}
        while new:
            slugs = {slug for key in new if key in self._kin for slug in self._kin[key]} - found
            asked |= new
            for slug in sorted(slugs):
                found.add(slug)
                relatives[slug] = self.releases[slug]
            new = frozenset().union(*(self._found_by[slug] for slug in slugs)) - asked
        return tuple(relatives.values())


class Replay(States):
    """The state of everything after the entries that were stepped through, one after the other."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.head = Head()
        self.roster = Roster()
        self.origin = ""

    @property
    def before(self) -> Before:
        """What the next entry was made on."""
        mark = parse_timestamp(self.head.mark) if self.head.mark else None
        peak = parse_timestamp(self.head.peak) if self.head.peak else None
        return Before(self.origin, self.roster, mark, peak)

    def hear(self, at: str) -> None:
        """Takes in what the clock read in an entry of which nothing else is known."""
        mark, peak = max(self.head.mark or at, at), max(self.head.peak or at, at)
        self.head = replace(self.head, mark=mark, peak=peak)

    def take(self, read: ReadEntry) -> None:
        """Takes one more entry in.

        Raises:
            LedgerError: its stream does not begin with a start.
        """
        entry = read.entry
        self.head = next_head(self.head, read.stored.body, entry.at, read.events)
        self.origin = self.origin or entry.origin
        super().take(read)
        if entry.stream in OWN:
            for event in read.events:
                self.roster = roster.evolve(self.roster, event, read.recorded)
