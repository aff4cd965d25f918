"""The same questions, put to a pack: as far as a file that was handed over has the answer, and verified first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from workflow.clock import parse_timestamp, timestamp
from workflow.errors import InvalidInput, LedgerError, NotFound
from workflow.files import read_file
from workflow.folding import Folder
from workflow.inquiry import LOOK
from workflow.inquiry.coverage import MAX_BYTES, Published, read_list
from workflow.inquiry.difference import Spot
from workflow.inquiry.past import Past
from workflow.inquiry.questions import Questions
from workflow.inquiry.search import Wanted
from workflow.pack import PackReader, verify_pack
from workflow.process import Exposure
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.seals import seals_of
from workflow.views import HistoryItem, HistoryPage, Page, SignedEntry
from workflow.views.inquiry import Coverage, ExceptionView, LedgerDiff, ReleaseSlips, Waiting, WhoCould
from workflow.views.packs import PackReport, PackSource

LEDGER_ONLY = "ask the ledger itself"


def open_pack(
    path: str | PathLike[str],
    *,
    log_keys: Sequence[str] = (),
    witnesses: Sequence[str] = (),
    pinned: Mapping[int, str] | None = None,
    checkpoints: Sequence[bytes] = (),
    policies: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> PackQuestions:
    """Verifies a pack, and opens it to be asked; to be closed, or used as a context manager.

    Args:
        path: where it is.
        log_keys: as for :func:`workflow.verify_pack`, like all that follows.
        witnesses: who must have cosigned its checkpoint.
        pinned: the hashes that entries must have.
        checkpoints: signed notes that were kept.
        policies: the user's own policies that may be imported.
        progress: is told how many entries were checked, of how many.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no pack, or an anchor is none.
        LedgerError: something in it is not as it must be: nothing of it is told then.
    """
    checked = verify_pack(
        path,
        log_keys=log_keys,
        witnesses=witnesses,
        pinned=pinned,
        checkpoints=checkpoints,
        policies=policies,
        progress=progress,
    )
    if checked.problems:
        first = checked.problems[0]
        where = f"entry {first.entry}: " if first.entry is not None else ""
        raise LedgerError(
            f"nothing is told of a pack that is not as it must be: {where}{first.message}",
            remedy="holdfast audit verify --pack says all that is wrong; get another copy, or if you named a key, a "
            "pin or a checkpoint, make sure that it is of this ledger",
        )
    pack = PackReader.open(path)
    try:
        # The file may have been exchanged since: what is told is of what was verified.
        if pack.view.sums != checked.pack.sums:
            raise LedgerError("the pack was exchanged while it was read", remedy="ask again, of a copy of your own")
        return PackQuestions(pack, checked, Path(path).name, Rulebook(Registry(policies)))
    except BaseException:
        pack.close()
        raise


class PackQuestions:
    """A verified pack, to be asked as a ledger is: :class:`workflow.Engine` says what the arguments mean.

    It is asked as of its last entry: what came later is not in it, and neither is anything of other releases than its
    own and their relatives. ``checked`` is what was found when it was verified, and ``source`` the same in short.
    """

    def __init__(self, pack: PackReader, checked: PackReport, name: str, rulebook: Rulebook) -> None:
        self._pack = pack
        self.checked = checked
        head = pack.head()
        now = parse_timestamp(head.peak or head.mark or checked.pack.at)
        end = Past(pack, pack.size)
        self._questions = Questions(
            reader=pack,
            rulebook=rulebook,
            folder=Folder(),
            now=now,
            world=lambda slug: end.world(slug, now),
            seals=cache(lambda slug: seals_of(rulebook, end.world(slug, now))),
            root=self._root,
            whole=False,
        )
        said = checked.pack
        self.source = PackSource(
            file=name,
            release=said.release,
            origin=said.origin,
            size=said.size,
            root=said.root,
            entries=said.entries - len(said.clock),
            streams=said.streams,
            at=now,
            outcome="incomplete" if _undone(checked) else "ok",
            vouched=checked.vouched,
            vouched_to=checked.vouched_to,
            vouched_by=tuple(f"{item.kind} {item.name}" for item in checked.anchors if item.state == "verified"),
            not_checked=checked.not_checked,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._pack.close()

    def history(
        self, release: str | None = None, *, before: int | None = None, limit: int = 100, actor: str | None = None
    ) -> Page[HistoryItem, int]:
        """A page of the history that is in the pack, newest first."""
        self._known(release)
        return self._questions.history(release, before, limit, actor)

    def signed_entry(self, entry: int) -> SignedEntry:
        """What the maker of an entry signed."""
        self._there(entry)
        return self._questions.signed_entry(entry)

    def search_history(
        self,
        release: str | None = None,
        *,
        by: str | None = None,
        role: str | None = None,
        stage: str | None = None,
        trigger: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        refusals: bool = False,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
        look: int = LOOK,
        actor: str | None = None,
    ) -> HistoryPage:
        """A page of the entries that are looked for, among those in the pack."""
        self._known(release)
        wanted = Wanted(by, role, stage, trigger, since, until, refusals)
        return self._questions.search(release, wanted, before=before, after=after, limit=limit, look=look, actor=actor)

    def who_could(
        self, release: str, trigger: str | None = None, *, at: datetime | None = None, entry: int | None = None
    ) -> WhoCould:
        """Who could have taken a release out of its stage at some time, by then; without one, at the pack's end."""
        self._known(release)
        if entry is not None:
            self._there(entry)
        if at is not None and timestamp(at) > timestamp(self._questions.now):
            raise InvalidInput(
                f"the pack ends at {timestamp(self._questions.now)}, before {timestamp(at)}", remedy="get a newer one"
            )
        return self._questions.who_could(release, trigger, at, entry)

    def difference(
        self,
        first: Spot,
        second: Spot | None = None,
        *,
        log_keys: Sequence[str] = (),
        witnesses: Sequence[str] = (),
    ) -> LedgerDiff:
        """What changed between two points, of what is in the pack; a root is known of the sizes that it proves."""
        return self._questions.difference(first, second, tuple(log_keys), tuple(witnesses))

    def exceptions(self, release: str | None = None) -> tuple[ExceptionView, ...]:
        """Everything in the pack that passed otherwise than by the plain rule."""
        self._known(release)
        return self._questions.exceptions(release)

    def slips(
        self, release: str | None = None, *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[ReleaseSlips, ...]:
        """Each change of a planned date in the pack."""
        self._known(release)
        return self._questions.slips(release, progress)

    def waiting(self, release: str | None = None, *, progress: Callable[[int, int], None] | None = None) -> Waiting:
        """How long each gate in the pack waited, and on whom. How long each role takes, only a ledger tells."""
        self._known(release)
        return self._questions.waiting(release, progress)

    def coverage(
        self, published: str | PathLike[str] | bytes | Mapping[str, str], *, exposure: Exposure = Exposure.WEIGHTS
    ) -> Coverage:
        """Which of some published digests are of a candidate in the pack; ``unknown`` is what it does not have."""
        return self._questions.coverage(read_published(published), exposure)

    def _root(self, size: int) -> str | None:
        return self._pack.root if size == self._pack.size else self._pack.root_at(size)

    def _known(self, release: str | None) -> None:
        if release is not None and release not in self._pack.states:
            having = ", ".join(sorted(self._pack.states))
            raise NotFound(f"the pack has nothing of {release}", remedy=f"it has {having}; of others, {LEDGER_ONLY}")

    def _there(self, entry: int) -> None:
        found = self._pack.entry(entry)
        if found is None or found.stream not in self._pack.streams:
            raise NotFound(f"entry {entry} is not in the pack", remedy=LEDGER_ONLY)


def _undone(checked: PackReport) -> bool:
    """Whether something could not be checked, apart from whose pack it is."""
    unsaid = any(item.state == "not checked" for item in checked.anchors)
    return unsaid or checked.audit.outcome == "incomplete" or (checked.vouched and checked.outcome != "ok")


def read_published(published: str | PathLike[str] | bytes | Mapping[str, str]) -> tuple[Published, ...]:
    """A list of published digests: a file, what is in one, or digests by their names.

    Raises:
        InvalidInput: it cannot be read, or has no digest in it.
    """
    if isinstance(published, Mapping):
        return read_list(json.dumps(dict(published)).encode())
    if isinstance(published, bytes):
        return read_list(published)
    return read_list(read_file(published, limit=MAX_BYTES, remedy="ask in parts"))
