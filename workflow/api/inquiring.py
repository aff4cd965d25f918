"""What an auditor asks. None of it changes anything, and all of it comes from the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from workflow.api.base import Session, StrPath, several
from workflow.inquiry import LOOK
from workflow.process import Exposure
from workflow.roots import root_at
from workflow.views import HistoryPage

if TYPE_CHECKING:
    from workflow.inquiry.difference import Spot
    from workflow.inquiry.questions import Questions
    from workflow.views.inquiry import Coverage, ExceptionView, LedgerDiff, ReleaseSlips, Waiting, WhoCould


class Inquiring(Session):
    """The questions about the past."""

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
        """A page of the history, of the entries that fulfil everything that is said; newest first.

        A page is told by an entry and not by a number of pages, so what is recorded meanwhile moves nothing: the page
        ``before`` an entry is always the same.

        Args:
            release: by name; None means everything, the roster and the ledger's own stream included.
            by: who made them.
            role: as what somebody acted, or which role was given or taken.
            stage: where their release was; a move is of both stages.
            trigger: which transition they are about.
            since: recorded then or later, by the clock's reading.
            until: recorded then or earlier.
            refusals: only what was refused.
            before: only entries below this number: the way to the page before.
            after: only entries above this number; then it is the oldest that are given, still newest first.
            limit: at most so many.
            look: how many entries are looked at, at most. Where that ends it, the page says how far it came.
            actor: who reads it: of what is sealed, people see what they themselves decided.

        Raises:
            NotFound: there is no release of that name.
            InvalidInput: the page is of an impossible size, or a time has no zone.
        """
        from workflow.inquiry.search import Wanted

        wanted = Wanted(by, role, stage, trigger, since, until, refusals)
        with self._asking() as asked:
            return asked.search(release, wanted, before=before, after=after, limit=limit, look=look, actor=actor)

    def who_could(
        self, release: str, trigger: str | None = None, *, at: datetime | None = None, entry: int | None = None
    ) -> WhoCould:
        """Who could have taken a release out of its stage at some time, who could not and why, and who could stop it.

        The rules are asked over what was known then, as for a decision, with nothing looked at outside. Without a time
        and an entry it is about now.

        Args:
            release: by name.
            trigger: the transition; None means each that led out of the stage.
            at: a time: after everything that was recorded by then, and with that for the clock's reading.
            entry: an entry: right after it, and with its own reading of the clock.

        Raises:
            NotFound: there was no such release then, no such trigger, or no such entry.
            InvalidInput: the time is still to come, or both are given.
        """
        with self._asking() as asked:
            return asked.who_could(release, trigger, at, entry)

    def difference(
        self,
        first: Spot,
        second: Spot | None = None,
        *,
        log_keys: Sequence[str] = (),
        witnesses: Sequence[str] = (),
    ) -> LedgerDiff:
        """What changed from one point of the ledger to another, by release, with people, keys and the charter.

        Args:
            first: an entry's number, 0 for the beginning; a time, which means all that was recorded by then; a
                checkpoint, as the bytes of its signed note; or a size with the root of its tree, as somebody kept them.
            second: the same; None means the present end.
            log_keys: the log's keys (vkeys) that whoever asks holds: one of them must have signed a checkpoint that is
                named. Without any, what the ledger names itself is looked at, and told.
            witnesses: the keys (vkeys) of witnesses who must have cosigned it.

        Raises:
            NotFound: the ledger does not reach so far.
            InvalidInput: it is no checkpoint, or the second comes before the first.
            LedgerError: what was kept is of another ledger or of another history of this one, or whoever should vouch
                for it does not.
        """
        keys = several("log_keys", log_keys), several("witnesses", witnesses)
        with self._asking() as asked:
            return asked.difference(first, second, *keys)

    def exceptions(self, release: str | None = None) -> tuple[ExceptionView, ...]:
        """Everything that passed, or may pass, otherwise than by the plain rule, in the ledger's order.

        Overrides that were used, with their review, and given; accepted risks; reports that were set aside, or that
        count for a descendant; tests that were not applicable; refusals that others answered; moves under a process in
        which one person may do everything; processes that asked less; and what the administrators let pass.

        Args:
            release: by name; None means all, and what concerns no release as well.

        Raises:
            NotFound: there is no release of that name.
        """
        with self._asking() as asked:
            return asked.exceptions(release)

    def slips(
        self, release: str | None = None, *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[ReleaseSlips, ...]:
        """Each change of a planned date, by release: from, to, by whom, why, and how shortly before.

        Args:
            release: by name; None means each that ever had a date.
            progress: is told how many releases are done, of how many.

        Raises:
            NotFound: there is no release of that name.
        """
        with self._asking() as asked:
            return asked.slips(release, progress)

    def waiting(self, release: str | None = None, *, progress: Callable[[int, int], None] | None = None) -> Waiting:
        """How long each gate waited, on whom, and what the open ones wait for now.

        Args:
            release: by name; None means all, with how long each role took.
            progress: is told how many releases are done, of how many.

        Raises:
            NotFound: there is no release of that name.
        """
        with self._asking() as asked:
            return asked.waiting(release, progress)

    def coverage(
        self, published: StrPath | bytes | Mapping[str, str], *, exposure: Exposure = Exposure.WEIGHTS
    ) -> Coverage:
        """Which of some published digests went through here, which never got so far, and which were never here.

        Args:
            published: the digests: a file as ``sha256sum`` writes it, or with a digest a line, or with a JSON object of
                names and digests; the contents of one; or the digests by name. A digest is that of a file, or of a
                candidate's manifest.
            exposure: how far what is published must have got.

        Raises:
            InvalidInput: the list cannot be read, or has no digest in it.
        """
        from workflow.inquiry.packed import read_published

        listed = read_published(published)
        with self._asking() as asked:
            return asked.coverage(listed, exposure)

    @contextmanager
    def _asking(self) -> Iterator[Questions]:
        from workflow.inquiry.questions import Questions

        with self._reading() as reader:
            yield Questions(
                reader,
                self._pipeline.rulebook,
                self._pipeline.folder,
                self._pipeline.clock.now(),
                partial(self._pipeline.world, reader),
                self._pipeline.seals(reader),
                partial(root_at, reader),
            )
