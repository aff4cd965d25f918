"""The release on its stage: what the reader says of it now, and what it was after each of its entries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property

from workflow import looking
from workflow.folding import Folder, ReadEntry, check_there, fold_release, read_entry
from workflow.history import proof_of
from workflow.ledger import LEDGER, ROSTER, release_stream
from workflow.policy import GateContext
from workflow.process import Process
from workflow.proof import SSHSIG, key_of
from workflow.release import ReleaseState
from workflow.rulebook import Rulebook, World, known, settled
from workflow.seals import Seals, seals_of
from workflow.storage.base import Reader
from workflow.views import Status
from workflow.worlds import world_of


class Line:
    """A release as it was after each entry of its stream. ``last_of`` is the last entry in each round."""

    def __init__(self, reader: Reader, slug: str) -> None:
        self.read: tuple[ReadEntry, ...] = tuple(map(read_entry, reader.stream(release_stream(slug))))
        self._seqs = [item.entry.seq for item in self.read]
        self._states: list[ReleaseState | None] = []
        self._latest: list[datetime] = []
        self.last_of: dict[int, int] = {}
        state: ReleaseState | None = None
        for item in self.read:
            state = fold_release(state, item)
            self._states.append(state)
            self._latest.append(max((item.recorded.at, *self._latest[-1:])))
            if state is not None:
                self.last_of[state.round] = item.entry.seq

    def after(self, entry: int) -> ReleaseState | None:
        """The release after an entry of the ledger; None before it was started."""
        place = bisect_right(self._seqs, entry)
        return self._states[place - 1] if place else None

    def latest(self, entry: int) -> datetime | None:
        """The latest time that any of its entries gives, up to one; None before the first."""
        place = bisect_right(self._seqs, entry)
        return self._latest[place - 1] if place else None


@dataclass(frozen=True)
class Scene:
    """One release in one ledger, at one reading of the clock."""

    reader: Reader
    rulebook: Rulebook
    folder: Folder
    slug: str
    at: datetime

    @cached_property
    def line(self) -> Line:
        """The release's own entries."""
        return Line(self.reader, self.slug)

    @cached_property
    def administration(self) -> tuple[ReadEntry, ...]:
        """The entries about people, keys and the charter, in the ledger's order."""
        read = [read_entry(stored) for stream in (LEDGER, ROSTER) for stored in self.reader.stream(stream)]
        return tuple(sorted(read, key=lambda item: item.entry.seq))

    @cached_property
    def recorded(self) -> ReleaseState:
        """The release as its entries made it, whatever has become of the keys since."""
        return self.folder.release(self.reader, self.slug)

    @cached_property
    def world(self) -> World:
        """The release as it counts now."""
        return self._world(self.slug)

    @property
    def release(self) -> ReleaseState:
        """The release as it counts now."""
        return known(self.world)[0]

    @property
    def process(self) -> Process:
        """The process that it is under now."""
        return known(self.world)[1]

    def process_of(self, digest: str) -> Process:
        """A process by its digest."""
        return self.folder.process(self.reader, digest)

    @cached_property
    def seals(self) -> Callable[[str], Seals]:
        """What is sealed in a release now."""
        return cache(lambda slug: seals_of(self.rulebook, self._world(slug)))

    @cached_property
    def own_seals(self) -> Seals:
        """What is sealed in this one."""
        return self.seals(self.slug)

    @cached_property
    def status(self) -> Status:
        """Where it stands."""
        return looking.status(
            self.rulebook,
            self.world,
            self.reader,
            actor=None,
            entries=self.reader.head().frontier.size,
            seals=self.seals,
            before=lambda trigger, entry: self.gate_after(trigger, entry - 1),
        )

    def words(self, commitment: str) -> str | None:
        """The text behind a commitment; None where it is not there."""
        return looking.read_text(self.reader, commitment)

    def key(self, entry: int) -> str | None:
        """The key that one of the release's entries was signed with; None where its maker only claimed to be it."""
        return self._keys.get(entry)

    def line_of(self, slug: str) -> Line:
        """This release, or one of its relatives."""
        return self.line if slug == self.slug else self._kin[slug]

    def is_sealed(self, item: ReadEntry) -> bool:
        """Whether nobody is told yet who decided what in an entry."""
        return self.own_seals.of(item.events, item.entry.seq) is not None

    def gate_after(self, trigger: str, entry: int) -> GateContext | None:
        """The gate of a transition as it was after an entry of the ledger; None where there was none."""
        state = self.line.after(entry)
        if state is None:
            return None
        process = self.process_of(state.process)
        if not process.has_trigger(trigger):
            return None
        found = (line.after(entry) for line in self._kin.values())
        then = World(
            origin=self.world.origin,
            roster=self.world.roster.after(entry),
            at=self.line.latest(entry) or self.at,
            release=state,
            process=process,
            kin=tuple(other for other in found if other is not None),
        )
        return self.rulebook.context(settled(then), trigger)

    @property
    def entries(self) -> set[int]:
        """The places of its entries, and of its relatives'."""
        return {item.entry.seq for line in (self.line, *self._kin.values()) for item in line.read}

    @cached_property
    def _kin(self) -> Mapping[str, Line]:
        return {other.slug: Line(self.reader, other.slug) for other in self.world.kin}

    @cached_property
    def _keys(self) -> Mapping[int, str | None]:
        return {item.entry.seq: key_of(item.entry) for item in self.line.read if proof_of(item) == SSHSIG}

    def _world(self, slug: str) -> World:
        head = self.reader.head()
        return settled(world_of(self.folder, self.reader, (head.mark, head.peak), self.at, slug))


def scene_of(reader: Reader, rulebook: Rulebook, slug: str, at: datetime) -> Scene:
    """The scene of a release.

    Raises:
        NotFound: there is no release of that name.
        LedgerError: an entry of it is damaged.
    """
    scene = Scene(reader, rulebook, Folder(), slug, at)
    check_there(reader, slug)
    # The clock may read earlier than what is on record, where the ledger is read on another machine.
    marked = scene.world.mark
    return scene if marked is None or marked <= at else replace(scene, at=marked)
