"""What the entries name beside themselves: texts, and files that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from workflow.audit import again, compare
from workflow.audit.findings import Findings
from workflow.audit.scratch import Folder, Piles
from workflow.brought import CannotRead, unlike_report
from workflow.changes import KeyEnrolled, ProcessChartered
from workflow.errors import WorkflowError
from workflow.events import (
    CandidateReplaced,
    ChangeProposed,
    CommandRefused,
    EvidenceAttached,
    LedgerCreated,
    MigrationProposed,
    ReleaseStarted,
    TextErased,
    TransitionMade,
)
from workflow.folding import ReadEntry
from workflow.outcome import resolve_listing
from workflow.proof import SSHSIG
from workflow.storage.base import Reader

SEQ_BYTES = 8
NAMED, ATTACHED, GONE, REFUSED, KEPT = b"\x00", b"\x01", b"\x02", b"\x03", b"\x04"
"""Why a digest or a commitment is in a pile: an entry names it; one attaches it, and nothing is decided on it; one says
that it is erased; one that was refused names it; it is kept. The first three have the entry's number behind them."""
ENTRIES_A_PILE = 8192
MOST_PILES = 128


class Piled:
    """Where what entries name is put until all of them were read.

    Args:
        place: where the files are.
        size: how many entries there are, at most.
        turn: how often they were read before.
    """

    def __init__(self, place: Folder, size: int, turn: int = 0) -> None:
        self.count = min(MOST_PILES, 1 + size // ENTRIES_A_PILE)
        names = ("blobs", "texts", "once", "listed")
        self.blobs, self.texts, self.once, self.listed = (Piles(place, f"{name}-{turn}", self.count) for name in names)

    @property
    def all(self) -> tuple[Piles, ...]:
        """The files, the texts, what must be there only once, and the releases."""
        return self.blobs, self.texts, self.once, self.listed

    def flush(self) -> tuple[int, ...]:
        """Writes whatever waits, and says how much that was of each."""
        return tuple(piles.flush() for piles in self.all)


class Named:
    """Collects what entries name, and looks at what it can of it."""

    def __init__(self, reader: Reader, findings: Findings, piled: Piled) -> None:
        self._reader = reader
        self._findings = findings
        self._problem = findings.problem
        self._piled = piled

    def blob(self, digest: str) -> bytes | None:
        """What is kept under a digest; None where that cannot be read, which the check of the files says."""
        try:
            return self._reader.blob(digest)
        except WorkflowError:
            return None

    def take(self, read: ReadEntry) -> None:
        """Takes in what one entry names, and looks at what it says of it."""
        seq, stream = read.entry.seq, read.entry.stream
        for commitment in read.entry.texts.values():
            self._piled.texts.add(bytes.fromhex(commitment), NAMED + seq.to_bytes(SEQ_BYTES, "big"))
        for listing in (read.entry.observations, read.entry.verdicts):
            if isinstance(listing, dict):
                self._expect(seq, (listing["blob"],))
        if read.entry.proof["kind"] == SSHSIG:
            self._expect(seq, (str(read.entry.proof[name]) for name in ("statement", "signature")))
        for event in read.events:
            match event:
                case LedgerCreated():
                    self._expect(seq, (item.process for item in event.charter))
                case ReleaseStarted():
                    self._expect(seq, (event.process, event.candidate.digest))
                    self._unlike_kept(seq, stream, again.unlike_manifest(event.candidate, self.blob))
                case CandidateReplaced():
                    self._expect(seq, (event.candidate.digest,))
                    self._unlike_kept(seq, stream, again.unlike_manifest(event.candidate, self.blob))
                case MigrationProposed():
                    self._expect(seq, (event.process,))
                case EvidenceAttached():
                    self._expect(seq, (event.blob,), ATTACHED)
                    reread = partial(unlike_report, event.blob, event.filename, event.report, self.blob)
                    self._look_again(seq, stream, "altered", reread)
                case ChangeProposed() if isinstance(event.change, ProcessChartered):
                    self._expect(seq, (event.change.process,))
                case ChangeProposed() if isinstance(event.change, KeyEnrolled):
                    named = (event.change.possession, event.change.signature, event.change.crossed)
                    self._expect(seq, (digest for digest in named if digest is not None))
                case TextErased():
                    self._piled.texts.add(bytes.fromhex(event.commitment), GONE + seq.to_bytes(SEQ_BYTES, "big"))
                case TransitionMade():
                    self._findings.found.counts["transitions"] += 1
                case CommandRefused():
                    self._findings.found.counts["refusals"] += 1
                    for digest in set(compare.digests(event.request)):
                        self._piled.blobs.add(bytes.fromhex(digest), REFUSED)
                case _:
                    continue
        if not read.entry.observations:
            return
        listed = resolve_listing(self.blob, read.entry.observations)
        for observation in listed:
            observed = partial(again.unlike_observed, observation, self.blob, read.recorded.at)
            self._look_again(seq, stream, "not-allowed", observed)
        for found in again.measured_in(listed):
            self._expect(seq, again.digests_of(found))
            self._unlike_kept(
                seq, stream, again.unlike_measured(found, self.blob, read.entry.origin), kind="not-allowed"
            )

    def _unlike_kept(self, seq: int, stream: str, wrong: str | None, kind: str = "altered") -> None:
        if wrong is not None:
            self._problem(kind, f"entry {seq} {wrong}", seq, stream)

    def _look_again(self, seq: int, stream: str, kind: str, look: Callable[[], str | None]) -> None:
        try:
            self._unlike_kept(seq, stream, look(), kind)
        except CannotRead as error:
            self._findings.not_recomputed(seq, str(error))

    def _expect(self, seq: int, digests: Iterable[str], why: bytes = NAMED) -> None:
        """Expects what is decided on, and checked: without it nothing shows that, so nobody can withhold it."""
        for digest in digests:
            self._piled.blobs.add(bytes.fromhex(digest), why + seq.to_bytes(SEQ_BYTES, "big"))
