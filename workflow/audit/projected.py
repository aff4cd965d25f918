"""What is kept beside the entries and can be made again from them, compared with what they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workflow.audit.findings import Findings
from workflow.errors import LedgerError
from workflow.ledger import Frontier, Span, Spans, release_stream
from workflow.replay import Replay
from workflow.storage.base import Reader, ReleaseRow


class Projected:
    """The projections of a ledger that was walked through.

    Args:
        reader: the ledger.
        replay: what its entries give.
        findings: take what is found.
        lost: why not all entries were read; empty where they were.
        broken: the streams that were not read whole, each with why.
    """

    def __init__(
        self, reader: Reader, replay: Replay, findings: Findings, lost: str, broken: Mapping[str, str]
    ) -> None:
        self._reader = reader
        self._replay = replay
        self._findings = findings
        self._lost = lost
        self._broken = broken

    def check(self) -> None:
        """Compares all of them, each as far as that can be done."""
        with self._findings.damage("projection", "the end of the ledger cannot be compared with the entries"):
            self._check_end()
        with self._findings.damage("projection", "the nodes of the tree cannot be compared with the entries"):
            self._check_nodes()
        with self._findings.damage("projection", "the list of releases cannot be compared with the entries"):
            self._check_list()

    def _check_end(self) -> None:
        stored, folded = self._reader.head(), self._replay.head
        tree = self._tree()[0] if self._lost else folded.frontier
        if stored.frontier != tree:
            have = stored.frontier
            self._findings.problem(
                "tree",
                f"the tree kept has {have.size} entries and root {have.root().hex()[:12]}; the entries give "
                f"{tree.size} and {tree.root().hex()[:12]}",
            )
        elif not self._lost and stored != folded:
            self._findings.problem("projection", "the clock's highest reading is not the one that the entries give")
        if self._lost:
            self._findings.not_looked_at("the clock's highest reading that is kept", self._lost)

    def _check_nodes(self) -> None:
        nodes = self._tree()[1] if self._lost else self._replay.spans
        if list(self._reader.spans()) != sorted(nodes):
            self._findings.problem("projection", "the nodes that are kept of the tree are not those of the entries")

    def _tree(self) -> tuple[Frontier, list[Span]]:
        """The tree over the hashes that are kept beside the entries, where not every entry can be read."""
        frontier, spans, growing = Frontier(), list[Span](), Spans()
        for stored in self._reader.entries():
            frontier = frontier.append(bytes.fromhex(stored.hash))
            spans += growing.add(bytes.fromhex(stored.hash))
        return frontier, spans

    def check_releases(self) -> None:
        """Compares what is listed of the releases that were walked through, and of no other."""
        with self._findings.damage("projection", "the list of releases cannot be compared with the entries"):
            found = {slug: self._reader.release(slug) for slug in self._replay.releases}
            self._check_rows({slug: row for slug, row in found.items() if row is not None}, self._replay.releases)

    def _check_list(self) -> None:
        rows = {row.slug: row for row in self._reader.releases()}
        self._check_rows(rows, {*rows, *self._replay.releases, *self._reader.related()})

    def _check_rows(self, rows: Mapping[str, ReleaseRow], slugs: Iterable[str]) -> None:
        for slug in sorted(slugs):
            if (why := self._broken.get(release_stream(slug))) is not None:
                self._findings.not_looked_at(f"what the list says of {slug}, and its relatives", why)
                continue
            state = self._replay.releases.get(slug)
            try:
                row, kin = self._replay.row(state) if state else (None, frozenset())
            except LedgerError as error:
                self._findings.problem("missing", error.message)
                self._findings.not_looked_at(f"what the list says of {slug}, and its relatives", error.message)
                continue
            if rows.get(slug) != row or self._reader.kin_of(slug) != kin:
                self._findings.problem(
                    "projection",
                    f"the list, or the table of relatives, says of {slug} what its entries do not say; "
                    "holdfast db rebuild makes both anew",
                )
