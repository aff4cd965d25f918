"""Walks through entries in their order: all of a ledger, or some of its streams; then looks at what is kept beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge

from workflow.audit.deciding import Deciding
from workflow.audit.findings import Findings
from workflow.audit.links import Links
from workflow.audit.named import Named
from workflow.audit.projected import Projected
from workflow.audit.remembered import Remembered
from workflow.audit.report import Looked, report_of
from workflow.audit.scope import Part, Tree
from workflow.audit.signatures import Signatures
from workflow.clock import parse_timestamp
from workflow.errors import ChainBroken, LedgerError, WorkflowError
from workflow.folding import ReadEntry, read_entry
from workflow.pins import Pins, broken_pins
from workflow.replay import Replay
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader, StoredEntry
from workflow.views import AuditProblem, AuditReport

PROGRESS_EVERY = 100
ROOT_BYTES = 32

Progress = Callable[[int, int], None]


class Roots:
    """The roots of a tree that grows while it is walked through."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._roots = bytearray()

    @property
    def size(self) -> int:
        """How many entries were taken in."""
        return self._replay.head.frontier.size

    @property
    def root(self) -> str:
        """The root over these."""
        return self._replay.head.frontier.root().hex()

    def grow(self) -> None:
        """Notes the root after one more entry."""
        self._roots += self._replay.head.frontier.root()

    def check(self, seq: int, leaf: bytes) -> None:
        """Whatever was walked through is in the tree that it makes."""

    def root_at(self, size: int) -> str | None:
        """The root that the tree had at a size; None where it was never that large."""
        at = self._roots[(size - 1) * ROOT_BYTES : size * ROOT_BYTES]
        return at.hex() if len(at) == ROOT_BYTES else None


class Audit:
    """One walk.

    Args:
        reader: the ledger, or what there is of it.
        rulebook: decides again.
        remembered: what the tree was at some time.
        pinned: the entries whose hashes somebody wrote down.
        part: what is looked at, where that is not all of it.
    """

    def __init__(
        self, reader: Reader, rulebook: Rulebook, remembered: Remembered | None, pinned: Pins, part: Part | None
    ) -> None:
        self._reader = reader
        self._remembered = remembered
        self._pinned = pinned
        self._part = part
        self._replay = Replay(reader)
        self._findings = Findings()
        self._problem, self._damage = self._findings.problem, self._findings.damage
        self._roots = Roots(self._replay)
        self._tree: Tree = part.tree if part else self._roots
        self._named = Named(reader, self._findings, part.withheld if part else ())
        self._links = Links(self._findings)
        self._signatures = Signatures(self._findings, self._named.blob, self._tree)
        self._deciding = Deciding(rulebook, self._findings, self._named.blob, clock_known=part is None)
        self._undecided: list[int] = []
        self._seen = 0
        self._lost = ""
        self._ended = True
        self._broken: dict[str, str] = {}

    def run(self, beside: Sequence[AuditProblem], progress: Progress | None) -> AuditReport:
        """Checks everything and says what was found."""
        self._walk(progress)
        if self._undecided:
            what = f"{len(self._undecided)} of the entries {self._undecided[0]} to {self._undecided[-1]}, decided again"
            self._findings.not_looked_at(what, self._lost)
        if not self._seen:
            self._problem("missing", "the ledger is empty: not even a genesis")
        if self._part is None:
            self._look_beside()
        else:
            self._look_beside_a_part(self._part)
        if self._remembered is not None:
            with self._damage("tree", "the remembered tree cannot be compared"):
                self._check_remembered(self._remembered)
        self._check_pins()
        self._findings.problems += beside
        return report_of(
            self._findings,
            Looked(
                tree=self._tree,
                part=self._part,
                replay=self._replay,
                named=self._named,
                entries=self._seen if self._part else self._roots.size,
                redecided=self._deciding.redecided,
                signatures=self._signatures.verified,
                remembered=self._remembered is not None,
            ),
        )

    def _walk(self, progress: Progress | None) -> None:
        """Checks entry after entry."""
        total = 0
        with self._damage("projection", "the end of the ledger cannot be read"):
            total = self._reader.head().frontier.size if self._part is None else 0
        last = 0
        try:
            for stored in self._entries():
                last = self._check_place(stored, last + 1)
                self._seen += 1
                self._entry(stored)
                if progress and self._seen % PROGRESS_EVERY == 0:
                    progress(self._seen, max(total, self._seen))
        except LedgerError as error:
            self._problem("unreadable", f"nothing can be read from here on: {error.message}", last + 1)
            self._lose(f"nothing can be read from entry {last + 1} on")
            self._ended = False
            return
        if progress:
            progress(self._seen, max(total, self._seen))

    def _entries(self) -> Iterator[StoredEntry]:
        if self._part is None:
            return self._reader.entries()
        return merge(*map(self._reader.stream, self._part.read), key=lambda stored: stored.seq)

    def _lose(self, why: str, stream: str | None = None) -> None:
        """From here on the states are not to be trusted, for the first reason that was given."""
        self._lost = self._lost or why
        if stream is not None:
            self._broken.setdefault(stream, why)

    # One entry.

    def _check_place(self, stored: StoredEntry, expected: int) -> int:
        """Checks that an entry is the next one, and says which one is to be taken for the last."""
        seq = stored.seq
        if self._part is not None:
            with self._damage("tree", f"entry {seq} is not in the ledger", seq, stored.stream):
                self._tree.check(seq, bytes.fromhex(stored.hash))
        elif seq > expected:
            self._problem("missing", f"entry {expected} is missing; entry {seq} stands in its place", expected)
        elif seq < expected:
            self._problem("out-of-place", f"entry {seq} stands where entry {expected} belongs", seq)
        return max(seq, expected - 1)

    def _entry(self, stored: StoredEntry) -> None:
        seq, stream = stored.seq, stored.stream
        read = self._read(stored)
        if read is None:
            self._lose(f"entry {seq} is damaged", stream)
            return
        with self._damage("link", f"the place of entry {seq} cannot be checked", seq, stream):
            continues = self._links.check(read, self._replay.streams.get(stream), self._replay.origin)
            if not continues and self._lost:
                self._broken.setdefault(stream, f"entry {seq} does not continue it")
        signed = None
        with self._damage("altered", f"the signature of entry {seq} cannot be checked", seq, stream):
            signed = self._signatures.check(read)
        if self._lost:
            # After damage the states are not to be trusted, so nothing more is decided over them.
            self._undecided.append(seq)
        else:
            with self._damage("not-allowed", f"entry {seq} could not have been made", seq, stream):
                self._deciding.check(read, signed, self._replay)
        with self._damage("unreadable", f"what entry {seq} names cannot be read", seq, stream):
            self._named.take(read)
        fits = False
        with self._damage("unreadable", f"entry {seq} does not fit what came before", seq, stream):
            self._replay.step(read)
            fits = True
        if fits:
            self._roots.grow()
        else:
            self._lose(f"entry {seq} does not fit what came before", stream)

    def _read(self, stored: StoredEntry) -> ReadEntry | None:
        """An entry's bytes, read; None where they cannot be, or are not the ones that belong there."""
        seq, stream = stored.seq, stored.stream
        try:
            read = read_entry(stored)
            parse_timestamp(read.entry.at)
        except ChainBroken as error:
            kind = "out-of-place" if "place" in error.message else "altered"
            self._problem(kind, error.message, seq, stream)
            return None
        except WorkflowError as error:
            self._problem("unreadable", f"entry {seq} cannot be read: {error.message}", seq, stream)
            return None
        return read

    # What stands beside the entries.

    def _look_beside(self) -> None:
        if self._lost:
            self._findings.not_looked_at("whether every text and every kept file belongs to an entry", self._lost)
        self._named.check_kept(self._lost)
        projected = Projected(self._reader, self._replay, self._findings, self._lost, self._broken)
        if self._ended:
            projected.check()
        else:
            what = "the end of the ledger that is kept, the nodes of the tree, and the list of releases"
            self._findings.not_looked_at(what, self._lost)

    def _look_beside_a_part(self, part: Part) -> None:
        with self._damage("unreadable", "what the entries name cannot be read to its end"):
            self._named.check_named()
        if part.listed:
            Projected(self._reader, self._replay, self._findings, self._lost, self._broken).check_releases()

    def _check_remembered(self, remembered: Remembered) -> None:
        size, have = remembered.size, self._tree.size
        if size > have:
            self._problem("missing", f"{size} entries are remembered, and only {have} can be followed", have + 1)
            return
        root = self._tree.root_at(size)
        if root is None:
            self._findings.not_looked_at(f"the remembered tree of {size} entries", "its root is not known here")
        elif root != remembered.root:
            self._problem("tree", f"the first {size} entries are not the remembered ones: their root is {root}", size)

    def _check_pins(self) -> None:
        with self._damage("unreadable", "the pinned entries cannot be read"):
            for broken in broken_pins(self._reader, self._pinned):
                self._problem("missing" if broken.found == "nothing" else "altered", broken.message, broken.at)
