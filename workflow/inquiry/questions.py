"""The questions, put to whatever can be read as a ledger is: a database, or a pack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from workflow.clock import timestamp
from workflow.errors import InvalidInput
from workflow.folding import Folder
from workflow.history import page, signed_entry
from workflow.inquiry import LOOK
from workflow.inquiry.coverage import Published, coverage
from workflow.inquiry.difference import Points, Spot, difference
from workflow.inquiry.exceptions import exceptions
from workflow.inquiry.past import Past, last_by, recorded_at
from workflow.inquiry.search import Search, Wanted
from workflow.inquiry.slips import slips
from workflow.inquiry.waiting import waiting
from workflow.inquiry.walk import Progress, Sealing
from workflow.inquiry.who_could import who_could
from workflow.looking import read_text
from workflow.migrated import Words
from workflow.process import Exposure, Process
from workflow.rulebook import Rulebook, World
from workflow.storage.base import Reader
from workflow.views import HistoryItem, HistoryPage, Page, SignedEntry
from workflow.views.inquiry import Coverage, ExceptionView, LedgerDiff, ReleaseSlips, Waiting, WhoCould


@dataclass(frozen=True)
class Questions:
    """What may be asked of one consistent view. The engine's methods of the same names say what the arguments mean.

    Args:
        reader: what is asked.
        rulebook: asks the rules.
        folder: folds its streams.
        now: what the clock reads.
        world: what is known of a release now.
        seals: says what is sealed in a release.
        root: the root that the tree had at a size; None where that is not known.
        whole: whether every entry is there.
    """

    reader: Reader
    rulebook: Rulebook
    folder: Folder
    now: datetime
    world: Callable[[str], World]
    seals: Sealing
    root: Callable[[int], str | None]
    whole: bool = True

    @property
    def words(self) -> Words:
        """Gives the texts behind commitments."""
        return partial(read_text, self.reader)

    @property
    def process(self) -> Callable[[str], Process]:
        """Gives a process by its digest."""
        return partial(self.folder.process, self.reader)

    def history(self, release: str | None, before: int | None, limit: int, actor: str | None) -> Page[HistoryItem, int]:
        """A page of the history, newest first."""
        return page(self.reader, release, before=before, limit=limit, seals=self.seals, actor=actor)

    def signed_entry(self, entry: int) -> SignedEntry:
        """What the maker of an entry signed."""
        return signed_entry(self.reader, self.folder.roster(self.reader), entry, seals=self.seals)

    def search(
        self,
        release: str | None,
        wanted: Wanted,
        *,
        before: int | None,
        after: int | None,
        limit: int,
        look: int = LOOK,
        actor: str | None = None,
    ) -> HistoryPage:
        """A page of the entries that are looked for."""
        for time in (wanted.since, wanted.until):
            if time is not None:
                timestamp(time)
        search = Search(self.reader, wanted, seals=self.seals, actor=actor)
        return search.page(release, before=before, after=after, limit=limit, look=look)

    def who_could(self, release: str, trigger: str | None, at: datetime | None, entry: int | None) -> WhoCould:
        """Who could have taken a release out of its stage at some time."""
        if at is not None and entry is not None:
            raise InvalidInput("it is asked of a time or of an entry", remedy="leave one of them out")
        if at is not None and timestamp(at) > timestamp(self.now):
            raise InvalidInput(
                f"{timestamp(at)} is still to come", remedy="holdfast explain --at says what would be then"
            )
        size = self.reader.head().frontier.size
        place = entry if entry is not None else last_by(self.reader, at) if at else size
        then = at or (recorded_at(self.reader, place) if entry is not None else self.now)
        return who_could(Past(self.reader, place), self.rulebook, release, trigger, then, self.words)

    def difference(
        self, first: Spot, second: Spot | None, log_keys: Sequence[str], witnesses: Sequence[str]
    ) -> LedgerDiff:
        """What changed between two points."""
        origin, named = self.folder.origin(self.reader), self.folder.roster(self.reader).log_keys
        points = Points(self.reader, origin, named, self.root, self.whole, log_keys, witnesses)
        ends = points.find(first), points.find(self.reader.head().frontier.size if second is None else second)
        return difference(self.reader, origin, *ends, self.seals)

    def exceptions(self, release: str | None) -> tuple[ExceptionView, ...]:
        """Everything that passed otherwise than by the plain rule."""
        return tuple(exceptions(self.reader, self.process, release, self.words, self.now))

    def slips(self, release: str | None, progress: Progress | None = None) -> tuple[ReleaseSlips, ...]:
        """Each change of a planned date."""
        return tuple(slips(self.reader, partial(self.folder.release, self.reader), release, self.words, progress))

    def waiting(self, release: str | None, progress: Progress | None = None) -> Waiting:
        """How long each gate waited, and on whom."""
        found = waiting(self.reader, self.rulebook, self.world, self.process, self.seals, release, self.now, progress)
        # How long a role takes is a thing of all releases.
        return found if self.whole else found.model_copy(update={"medians": ()})

    def coverage(self, published: Sequence[Published], exposure: Exposure) -> Coverage:
        """Which of some published digests went through here."""
        return coverage(self.reader, published, exposure, self.reader.head().frontier.size)
