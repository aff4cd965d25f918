"""The reports of the golden ledgers, and their pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.golden.keeping import HERE, Kept
from workflow.report import Report, as_html

READ_ON = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Told:
    """The reports of the golden ledgers, each made when it is first asked for."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._reports: dict[tuple[str, str], Report] = {}

    def report(self, ledger: str, release: str = "aurora") -> Report:
        """The report of a release in one of the golden ledgers."""
        if (ledger, release) not in self._reports:
            place = self._directory / f"{ledger}-{release}.db"
            with Kept.read(HERE if ledger == "first" else HERE / ledger).restore(f"sqlite:///{place}") as engine:
                made = engine.report(release)
            self._reports[ledger, release] = made.model_copy(update={"made_at": READ_ON})
        return self._reports[ledger, release]

    def page(self, ledger: str, release: str = "aurora") -> str:
        """The address of its page."""
        return self.put(f"{ledger}-{release}", self.report(ledger, release))

    def put(self, name: str, report: Report) -> str:
        """The address of a report's page."""
        place = self._directory / f"{name}.html"
        if not place.exists():
            place.write_text(as_html(report), "utf-8")
        return place.as_uri()
