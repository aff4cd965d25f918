"""The report of a release: what became of it, for whoever has to read of it years later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from workflow.api.base import Session
from workflow.given_out import given_out, log_keys_of
from workflow.pins import checked_pins

if TYPE_CHECKING:
    from workflow.report import Report

DATABASE = "the database"


class Reporting(Session):
    """The report."""

    def report(
        self,
        release: str,
        *,
        progress: Callable[[int, int], None] | None = None,
        pinned: Mapping[int, str] | None = None,
    ) -> Report:
        """Everything that a report says of a release; :func:`workflow.report.as_html` makes a page of it.

        What decides on the release is audited on the way: its entries, those of its relatives and of the ledger itself.
        So the report says what was checked and what was found. It changes nothing. What the log remembers as given out
        is compared as by :meth:`audit`.

        Args:
            release: by name.
            progress: is told how many entries were checked, of how many.
            pinned: as for :meth:`audit`.

        Raises:
            NotFound: there is no such release.
            LedgerError: an entry that the report rests on is damaged.
        """
        from importlib.metadata import version  # slow to import, and nothing else needs it

        from workflow.audit import audit, beside_the_entries, of_release
        from workflow.report import gather

        pipeline = self._pipeline
        given = given_out(pipeline, self._log)
        with self._reading() as reader:
            beside = [*beside_the_entries(pipeline.storage), *given.damage]
            pins = checked_pins(pinned or {})
            kept = given.vouched(log_keys_of(pipeline, reader), ()) if given.notes else ()
            part = of_release(reader, release)
            checked = audit(reader, pipeline.rulebook, beside, progress, None, pins, part, kept, self._means())
            return gather(
                reader,
                pipeline.rulebook,
                release,
                at=pipeline.clock.now(),
                audit=given.told(checked),
                source=DATABASE,
                version=version("holdfast"),
            )
