"""What the entries name beside themselves: texts, and files that are kept. Each is looked at where it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import partial

from workflow import ledger
from workflow.audit import again, compare
from workflow.audit.findings import Findings
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


class Named:
    """Collects what entries name, and then looks for it.

    ``texts`` and ``blobs`` have the entry that a text or a file is of; ``erased`` the entry that says a text is gone.
    """

    def __init__(self, reader: Reader, findings: Findings, withheld: Collection[str] = ()) -> None:
        self._reader = reader
        self._findings = findings
        self._problem, self._damage = findings.problem, findings.damage
        self._withheld = withheld
        self._refused: set[str] = set()
        self._decisive: set[str] = set()
        self.texts: dict[str, int] = {}
        self.erased: dict[str, int] = {}
        self.blobs: dict[str, int] = {}
        self.withheld: list[str] = []
        self.counts: Counter[str] = Counter()

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
            self.texts[commitment] = seq  # the last: whoever has its salt can say again what was erased
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
                    self.blobs.setdefault(event.blob, seq)
                    reread = partial(unlike_report, event.blob, event.filename, event.report, self.blob)
                    self._look_again(seq, stream, "altered", reread)
                case ChangeProposed() if isinstance(event.change, ProcessChartered):
                    self._expect(seq, (event.change.process,))
                case ChangeProposed() if isinstance(event.change, KeyEnrolled):
                    named = (event.change.possession, event.change.signature, event.change.crossed)
                    self._expect(seq, (digest for digest in named if digest is not None))
                case TextErased():
                    self.erased[event.commitment] = seq
                case TransitionMade():
                    self.counts["transitions"] += 1
                case CommandRefused():
                    self.counts["refusals"] += 1
                    self._refused.update(compare.digests(event.request))
                case _:
                    continue
        listed = resolve_listing(self.blob, read.entry.observations)
        for observation in listed:
            observed = partial(again.unlike_observed, observation, self.blob, read.recorded.at)
            self._look_again(seq, stream, "not-allowed", observed)
        for found in again.measured_in(listed):
            self._expect(seq, again.digests_of(found))
            self._unlike_kept(
                seq, stream, again.unlike_measured(found, self.blob, read.entry.origin), kind="not-allowed"
            )

    def check_named(self) -> None:
        """Looks for everything that was named, and for nothing else."""
        for digest, seq in self.blobs.items():
            with self._damage("altered", f"the blob {digest[:12]}, which entry {seq} names, cannot be read", seq):
                self._check_blob(digest, seq)
        for commitment, seq in self.texts.items():
            with self._damage("altered", f"a text of entry {seq} is damaged", seq):
                self._check_text(commitment, seq, self._reader.text(commitment) is not None)

    def check_kept(self, lost: str) -> None:
        """Looks at everything that is kept, and for everything that was named.

        Args:
            lost: why some entries did not say what they name; empty where all did.
        """
        with self._damage("unreadable", "the blobs cannot be read to their end"):
            self._check_blobs(lost)
        with self._damage("unreadable", "the texts cannot be read to their end"):
            self._check_texts(lost)

    def _check_blobs(self, lost: str) -> None:
        kept = set()
        for digest in self._reader.blobs():
            kept.add(digest)
            seq = self.blobs.get(digest)
            what = f"the blob {digest[:12]}" + (f", which entry {seq} names," if seq else "")
            with self._damage("altered", f"{what} cannot be read", seq):
                self._check_blob(digest, seq, unnamed=not lost and digest not in self._refused)
        for digest, seq in self.blobs.items():
            if digest not in kept:
                self._problem("missing", f"the blob {digest[:12]}, which entry {seq} names, is missing", seq)

    def _check_blob(self, digest: str, seq: int | None, *, unnamed: bool = False) -> None:
        what = f"the blob {digest[:12]}" + (f", which entry {seq} names," if seq else "")
        data = self._reader.blob(digest)
        if data is None and digest in self._withheld and digest not in self._decisive:
            self.withheld.append(f"entry {seq}: the file {digest}")
        elif data is None:
            self._problem("missing", f"{what} is missing", seq)
        elif ledger.sha256(data) != digest:
            self._problem("altered", f"{what} does not have its digest", seq)
        elif seq is None and unnamed:
            self._problem("out-of-place", f"{what} belongs to no entry")

    def _check_texts(self, lost: str) -> None:
        kept = set(self._reader.commitments())
        for commitment, seq in self.texts.items():
            with self._damage("altered", f"a text of entry {seq} is damaged", seq):
                there = commitment in kept and self._reader.text(commitment) is not None
                self._check_text(commitment, seq, there)
        for commitment in sorted(kept - set(self.texts)) if not lost else ():
            self._problem("out-of-place", f"the text {commitment[:12]} belongs to no entry")

    def _check_text(self, commitment: str, seq: int, there: bool) -> None:
        gone = self.erased.get(commitment, 0) > seq
        if there and gone:
            self._problem("out-of-place", f"a text of entry {seq} was erased, and is there again", seq)
        elif not there and not gone and commitment in self._withheld:
            self.withheld.append(f"entry {seq}: the text {commitment}")
        elif not there and not gone:
            self._problem("missing", f"a text of entry {seq} is missing, and nobody erased it", seq)

    def _unlike_kept(self, seq: int, stream: str, wrong: str | None, kind: str = "altered") -> None:
        if wrong is not None:
            self._problem(kind, f"entry {seq} {wrong}", seq, stream)

    def _look_again(self, seq: int, stream: str, kind: str, look: Callable[[], str | None]) -> None:
        try:
            self._unlike_kept(seq, stream, look(), kind)
        except CannotRead as error:
            self._findings.not_recomputed(seq, str(error))

    def _expect(self, seq: int, digests: Iterable[str]) -> None:
        """Expects what is decided on, and checked: without it nothing shows that, so nobody can withhold it."""
        for digest in digests:
            self._decisive.add(digest)
            self.blobs.setdefault(digest, seq)
