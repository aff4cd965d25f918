"""The audit of a whole ledger: a survey of all entries, then each in its own hand, then what is kept beside them.

Each step is cut into jobs that several processes can do. What is found does not depend on how many there are: the jobs
are the same, and what was found is put into the order of the entries.
"""

from __future__ import annotations

from collections.abc import Callable

from workflow.audit.anchors import Anchors
from workflow.audit.beside import Beside
from workflow.audit.course import NEVER as NOWHERE
from workflow.audit.course import Limit
from workflow.audit.dealing import Range, highest_before
from workflow.audit.desk import Check, Desk, Walk
from workflow.audit.extent import Extent, extent_of
from workflow.audit.findings import Findings
from workflow.audit.found import Found
from workflow.audit.listed import check_end, check_listed
from workflow.audit.means import Means, at_work, nobody, survey_all
from workflow.audit.named import KEPT, Piled
from workflow.audit.part import undecided
from workflow.audit.pool import Pool
from workflow.audit.report import Looked, report_of
from workflow.audit.survey import Seen
from workflow.audit.timeline import read_at
from workflow.errors import StorageError
from workflow.ledger import is_digest
from workflow.replay import Before
from workflow.roster import Roster
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader
from workflow.views import AuditProblem, AuditReport

Progress = Callable[[int, int], None]
"""Is told how many entries were checked, of how many."""
SHARE = 10
"""The survey of an entry counts for so much less than its decision, in what is told of the progress."""


def audit_whole(
    reader: Reader,
    rulebook: Rulebook,
    anchors: Anchors,
    means: Means,
    beside: list[AuditProblem],
    progress: Progress | None,
) -> AuditReport:
    """Checks all of a ledger."""
    extent = extent_of(reader)
    while True:
        with at_work(reader, rulebook, extent.size, means) as (desk, pool):
            whole = _Whole(desk, pool, extent, progress)
            seen = whole.survey()
            if seen.ended is None:
                return whole.rest(seen, anchors, beside)
        # From an entry that nobody can read on, nothing is looked at: the same again, up to there.
        extent = Extent(seen.ended[0] - 1, extent.problems, seen.ended)


class _Whole:
    """One audit, of entries that can all be read."""

    def __init__(self, desk: Desk, pool: Pool, extent: Extent, progress: Progress | None) -> None:
        self._desk = desk
        self._reader = desk.reader
        self._pool = pool
        self._extent = extent
        self._progress = progress
        self._done = 0
        self._put: list[int] = []
        self._findings = Findings()

    def survey(self) -> Seen:
        """Looks at every entry for the first time."""
        return survey_all(self._desk, self._pool, self._told(1))

    def rest(self, seen: Seen, anchors: Anchors, beside: list[AuditProblem]) -> AuditReport:
        """Looks at every entry for the second time, and at what is kept beside them."""
        found, limit, turn, after = self._walks(seen)
        strict = limit.seq == NOWHERE
        if found.undecided is not None:
            self._findings.not_looked_at(undecided(found), limit.why)
        if not strict:
            self._findings.not_looked_at("whether every text and every kept file belongs to an entry", limit.why)
        if not seen.rows:
            found.tell(AuditProblem(kind="missing", message="the ledger is empty: not even a genesis"))
        erased = self._check_kept(found, turn, strict=strict)
        if self._extent.ended is None:
            check_end(self._reader, self._desk.notes.levels, after, limit.why, self._findings)
            check_listed(self._reader, self._desk.piled(turn).listed, found.broken, self._findings)
        else:
            what = "the end of the ledger that is kept, the nodes of the tree, and the list of releases"
            self._findings.not_looked_at(what, limit.why)
        levels = self._desk.notes.levels
        origin = self._desk.timeline(self._desk.hands.of(0)).origin
        fits = anchors.check(self._reader, origin, levels, self._findings)
        found.add(self._findings.found)
        found.problems += beside
        looked = Looked(origin, levels.size, levels.root, seen.rows, None, fits, anchors.has_tree)
        return report_of(found, erased, looked)

    def _walks(self, seen: Seen) -> tuple[Found, Limit, int, Before]:
        """Decides every entry again, as far as the states are to be trusted."""
        desk, ended = self._desk, self._extent.ended
        desk.hands.deal(seen.keys)
        own = desk.hands.of(0)
        corrections = desk.corrections(own)
        mark, peak = highest_before(desk.notes.times, desk.notes.size, corrections, desk.marks)
        limit = Limit()
        if ended is not None:
            limit = Limit(ended[0], f"nothing can be read from entry {ended[0]} on")
        if seen.damaged is not None:
            limit = min(limit, Limit(seen.damaged, f"entry {seen.damaged} is damaged"))
        turn = 0
        while True:
            found = self._walk(own, limit, turn)
            if found.lost is None or found.lost[0] >= limit.seq:
                break
            # What was decided after it was decided on what is not to be trusted.
            limit, turn = Limit(*found.lost), turn + 1
        for problem in self._extent.problems:
            found.tell(problem)
        found.again(seen.found)
        if ended is not None:
            message = f"nothing can be read from here on: {ended[1]}"
            found.tell(AuditProblem(kind="unreadable", message=message, entry=ended[0]))
        return found, limit, turn, Before("", Roster(), read_at(mark), read_at(peak))

    def _walk(self, own: Range, limit: Limit, turn: int) -> Found:
        hands = self._desk.hands
        jobs = [Walk(hands.of(number), own, limit, turn) for number in range(hands.count + 1)]
        found = Found()
        self._put = [0, 0, 0, 0]
        self._done = min(self._done, self._desk.notes.size)
        for part, put in self._pool.run([job for job in jobs if job.entries], self._told(SHARE - 1)):
            found.add(part)
            self._put = list(map(sum, zip(self._put, put, strict=True)))
        return found

    def _check_kept(self, found: Found, turn: int, *, strict: bool) -> list[tuple[int, str]]:
        """Looks at files and texts, and at what must be there only once."""
        piled = self._desk.piled(turn)
        listed = self._list_kept(piled)
        more = piled.flush()
        once, files, texts, erased, read = Found(), Found(), Found(), list[tuple[int, str]](), [0, 0, 0]
        unsure: list[bytes] = []
        for parts in self._pool.run([Check(number, turn, strict, listed) for number in range(piled.count)], nobody):
            once.add(parts.once)
            files.add(parts.files)
            texts.add(parts.texts)
            erased += parts.erased
            unsure += parts.unsure
            read = [sum(pair) for pair in zip(read, parts.read, strict=True)]
        if read != [put + added for put, added in zip(self._put[:3], more[:3], strict=True)]:
            raise StorageError("temporary files of the audit are not as they were written", remedy="run it again")
        found.add(once)
        found.in_order()
        found.add(files)
        found.add(texts)
        again = Findings()
        # Where another process does not find a text, somebody may just have erased it: here it is still there.
        erased += Beside(self._reader, again, strict=strict, listed=listed).check_texts(unsure)
        found.add(again.found)
        return sorted(erased)

    def _list_kept(self, piled: Piled) -> bool:
        """Puts what is kept into the piles; False where it cannot be read to its end."""
        before = len(self._findings.found.problems)
        with self._findings.damage("unreadable", "the blobs cannot be read to their end"):
            for digest in self._reader.blobs():
                if is_digest(digest):
                    piled.blobs.add(bytes.fromhex(digest), KEPT)
                else:
                    self._findings.problem("altered", f"the blob {digest[:12]!r} does not have its digest")
        with self._findings.damage("unreadable", "the texts cannot be read to their end"):
            for commitment in self._reader.commitments():
                if is_digest(commitment):
                    piled.texts.add(bytes.fromhex(commitment), KEPT)
                else:
                    self._findings.problem("out-of-place", f"the text {commitment[:12]!r} belongs to no entry")
        return not any(problem.kind == "unreadable" for problem in self._findings.found.problems[before:])

    def _told(self, share: int) -> Callable[[int], None]:
        def told(entries: int) -> None:
            self._done += share * entries
            if self._progress is not None:
                self._progress(min(self._done // SHARE, self._desk.notes.size), self._desk.notes.size)

        return told
