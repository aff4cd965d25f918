"""What an auditor asks. None of it changes anything, and all of it comes from the entries."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from workflow.api.base import Session
from workflow.clock import timestamp
from workflow.inquiry.search import LOOK, Search, Wanted
from workflow.views import HistoryPage


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
        for time in (since, until):
            if time is not None:
                timestamp(time)
        wanted = Wanted(by, role, stage, trigger, since, until, refusals)
        with self._reading() as reader:
            found = partial(self._pipeline.folder.release, reader)
            search = Search(reader, wanted, found, seals=self._pipeline.seals(reader), actor=actor)
            return search.page(release, before=before, after=after, limit=limit, look=look)
