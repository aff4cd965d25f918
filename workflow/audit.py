"""The audit: everything again from nothing, with the recorded rules over what was known at each entry.

It trusts the entries' bytes and nothing else. Every decision is made anew and compared, so that an entry which the
rules would not have allowed is found, even where all hashes fit. What cannot be made anew is said, and never counts as
checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from workflow import ledger
from workflow.changes import ProcessChartered
from workflow.commands import Advance, AnyCommand, SignOff
from workflow.decide import decide
from workflow.errors import ChainBroken, InvalidInput, LedgerError, WorkflowError
from workflow.events import (
    CandidateReplaced,
    ChangeProposed,
    CommandRefused,
    Event,
    EvidenceAttached,
    LedgerCreated,
    ReleaseStarted,
    TextErased,
    TransitionMade,
    dump,
)
from workflow.evidence import read_report
from workflow.folding import ReadEntry, read_entry
from workflow.pipeline import resolve_listing
from workflow.policy import Observation, Verdict
from workflow.process import Process
from workflow.registry import Unavailable
from workflow.replay import Replay, command_of
from workflow.rulebook import Rulebook
from workflow.storage.base import Head, Reader, ReleaseRow, StoredEntry
from workflow.views import AuditProblem, AuditReport

NOT_COVERED = (
    "whether people are who they say they are: without signatures an actor is a claim",
    "whether the clock was right, beyond that its readings are in order or recorded as corrected",
    "whether what was observed outside (files, services) was observed truly: it is taken as recorded",
    "whether the end was cut off or everything rewritten: compare size and root with what somebody else has kept",
)

PROGRESS_EVERY = 100


def audit(
    reader: Reader,
    rulebook: Rulebook,
    missing_protection: Sequence[str],
    progress: Callable[[int, int], None] | None,
) -> AuditReport:
    """Checks a whole ledger. It never raises for damage: damage is what it reports."""
    return _Audit(reader, rulebook).run(missing_protection, progress)


def projections(reader: Reader) -> tuple[Head, list[tuple[ReleaseRow, frozenset[str]]]]:
    """The projections that belong to the entries, folded from nothing.

    Raises:
        LedgerError: an entry is damaged.
    """
    replay = Replay(reader)
    for stored in reader.entries():
        replay.step(read_entry(stored))
    return replay.head, list(replay.rows().values())


class _Audit:
    def __init__(self, reader: Reader, rulebook: Rulebook) -> None:
        self._reader = reader
        self._rulebook = rulebook
        self._replay = Replay(reader)
        self._problems: list[AuditProblem] = []
        self._not_recomputed: list[str] = []
        self._texts: dict[str, int] = {}
        self._erased: dict[str, int] = {}
        self._blobs: dict[str, int] = {}
        self._redecided = self._transitions = self._refusals = self._seen = 0
        self._readable = True

    def run(self, missing_protection: Sequence[str], progress: Callable[[int, int], None] | None) -> AuditReport:
        total = self._reader.head().frontier.size
        for stored in self._reader.entries():
            self._seen += 1
            self._entry(stored)
            if progress and self._seen % PROGRESS_EVERY == 0:
                progress(self._seen, max(total, self._seen))
        if progress:
            progress(self._seen, max(total, self._seen))
        if not self._seen:
            self._problem("missing", "the ledger is empty: not even a genesis")
        self._check_blobs()
        self._check_texts()
        self._check_projections()
        for name in missing_protection:
            self._problem(
                "protection", f"the trigger {name}, which keeps the ledger append-only, is missing or changed"
            )
        return self._report()

    # One entry.

    def _entry(self, stored: StoredEntry) -> None:
        expected = self._seen
        if stored.seq != expected:
            self._problem(
                "missing" if stored.seq > expected else "out-of-place",
                f"entry {expected} is missing; entry {stored.seq} stands in its place",
                expected,
            )
            self._seen = stored.seq
        try:
            read = read_entry(stored)
        except ChainBroken as error:
            kind = "out-of-place" if "place" in error.message else "altered"
            self._problem(kind, error.message, stored.seq, stored.stream)
            self._readable = False
            return
        except LedgerError as error:
            self._problem(
                "unreadable", f"entry {stored.seq} cannot be read: {error.message}", stored.seq, stored.stream
            )
            self._readable = False
            return
        self._check_link(read)
        if self._readable:
            # After damage the states are not to be trusted, so nothing more is decided over them.
            self._redecide(read)
        self._collect(read)
        try:
            self._replay.step(read)
        except (LedgerError, LookupError, ValueError) as error:
            self._problem("unreadable", f"entry {stored.seq} does not fit what came before: {error}", stored.seq)
            self._readable = False

    def _check_link(self, read: ReadEntry) -> None:
        entry = read.entry
        last = self._replay.streams.get(entry.stream)
        version, prev = (last.version, last.hash) if last else (0, None)
        if (entry.version, entry.prev) != (version + 1, prev):
            self._problem("link", f"entry {entry.seq} does not continue {entry.stream}", entry.seq, entry.stream)
        if self._replay.origin and entry.origin != self._replay.origin:
            self._problem("link", f"entry {entry.seq} belongs to the ledger {entry.origin}", entry.seq, entry.stream)
        if (entry.seq == 1) != isinstance(read.events[0], LedgerCreated):
            self._problem("not-allowed", "the genesis is the first entry, and only that", entry.seq, entry.stream)
        if entry.proof["kind"] != "claimed":
            self._not_recomputed.append(f"entry {entry.seq}: a proof of the kind {entry.proof['kind']}")

    def _redecide(self, read: ReadEntry) -> None:
        seq = read.entry.seq
        try:
            command = command_of(read)
            if command is None:
                return
            observations = tuple(
                Observation.model_validate(item) for item in resolve_listing(self._reader.blob, read.entry.observations)
            )
            recorded = [
                Verdict.model_validate(item) for item in resolve_listing(self._reader.blob, read.entry.verdicts)
            ]
            world = self._replay.world(read, command)
            missing = self._unavailable(command, world.process)
            if missing:
                self._not_recomputed.append(f"entry {seq}: {', '.join(missing)} was recorded and not run again")
                return
            situation = self._rulebook.situation(
                world, command, nonce=_nonce(read), texts=read.entry.texts, observations=observations
            )
            events = decide(situation, command)
        except WorkflowError as error:
            self._problem(
                "not-allowed", f"entry {seq} could not have been made: {error.message}", seq, read.entry.stream
            )
            return
        except ValueError as error:
            self._problem("unreadable", f"entry {seq} cannot be read: {error}", seq, read.entry.stream)
            return
        self._redecided += 1
        if _essence(events) != _essence(read.events):
            found = events[0].message if isinstance(events[0], CommandRefused) else events[0].type
            self._problem(
                "not-allowed",
                f"entry {seq} records {read.events[0].type}, and the recorded rules give: {found}",
                seq,
                read.entry.stream,
            )
        elif _answers(situation.verdicts) != _answers(recorded):
            self._problem(
                "not-allowed", f"entry {seq} records other verdicts than its rules give", seq, read.entry.stream
            )

    def _unavailable(self, command: AnyCommand, process: Process | None) -> list[str]:
        trigger = command.trigger if isinstance(command, Advance) else None
        trigger = command.transition if isinstance(command, SignOff) else trigger
        if trigger is None or process is None:
            return []
        gate = self._rulebook.registry.gate(process, process.transition(trigger))
        return [policy.policy for policy in gate if isinstance(policy, Unavailable)]

    def _collect(self, read: ReadEntry) -> None:
        seq = read.entry.seq
        for commitment in read.entry.texts.values():
            self._texts.setdefault(commitment, seq)
        for listing in (read.entry.observations, read.entry.verdicts):
            if isinstance(listing, dict):
                self._blobs.setdefault(listing["blob"], seq)
        for event in read.events:
            match event:
                case LedgerCreated():
                    self._expect(seq, (item.process for item in event.charter))
                case ReleaseStarted():
                    self._expect(seq, (event.process, event.candidate.digest))
                case CandidateReplaced():
                    self._expect(seq, (event.candidate.digest,))
                case EvidenceAttached():
                    self._expect(seq, (event.blob,))
                    self._reread(event, seq, read.entry.stream)
                case ChangeProposed() if isinstance(event.change, ProcessChartered):
                    self._expect(seq, (event.change.process,))
                case TextErased():
                    self._erased.setdefault(event.commitment, seq)
                case TransitionMade():
                    self._transitions += 1
                case CommandRefused():
                    self._refusals += 1
                case _:
                    continue

    def _reread(self, event: EvidenceAttached, seq: int, stream: str) -> None:
        data = self._reader.blob(event.blob)
        if data is None:
            return  # said by the check of the blobs
        document = event.report.kind == "document"
        try:
            again = read_report(
                data,
                event.filename,
                kind="document" if document else None,
                name=event.report.name if document else None,
            )
        except InvalidInput as error:
            self._problem("altered", f"the report of entry {seq} cannot be read: {error.message}", seq, stream)
            return
        except WorkflowError as error:
            self._not_recomputed.append(f"entry {seq}: the report was not read again: {error.message}")
            return
        if again.reader != event.report.reader:
            self._not_recomputed.append(f"entry {seq}: the report was read by {event.report.reader}, not kept here")
        elif again != event.report:
            self._problem("altered", f"entry {seq} says other things than its report {event.filename}", seq, stream)

    def _expect(self, seq: int, digests: Iterable[str]) -> None:
        for digest in digests:
            self._blobs.setdefault(digest, seq)

    # What stands beside the entries.

    def _check_blobs(self) -> None:
        kept = set()
        for digest in self._reader.blobs():
            kept.add(digest)
            data = self._reader.blob(digest)
            if data is None or ledger.sha256(data) != digest:
                seq = self._blobs.get(digest)
                where = f", which entry {seq} names" if seq else ""
                self._problem("altered", f"the blob {digest[:12]}{where}, does not have its digest", seq)
        for digest, seq in self._blobs.items():
            if digest not in kept and self._reader.blob(digest) is None:
                self._problem("missing", f"the blob {digest[:12]}, which entry {seq} names, is missing", seq)

    def _check_texts(self) -> None:
        kept = set(self._reader.commitments())
        for commitment, seq in self._texts.items():
            text = self._reader.text(commitment) if commitment in kept else None
            if text is None:
                if commitment not in self._erased:
                    self._problem("missing", f"a text of entry {seq} is missing, and nobody erased it", seq)
            elif text.commitment != commitment:
                self._problem("altered", f"a text of entry {seq} was altered", seq)
            elif commitment in self._erased:
                self._problem("out-of-place", f"a text of entry {seq} was erased, and is there again", seq)
        for commitment in kept - set(self._texts):
            self._problem("out-of-place", f"the text {commitment[:12]} belongs to no entry")

    def _check_projections(self) -> None:
        if not self._readable:
            return
        stored = self._reader.head()
        if stored.frontier != self._replay.head.frontier:
            have, folded = stored.frontier, self._replay.head.frontier
            self._problem(
                "tree",
                f"the tree kept has {have.size} entries and root {have.root().hex()[:12]}; the entries give "
                f"{folded.size} and {folded.root().hex()[:12]}",
            )
        elif stored != self._replay.head:
            self._problem("projection", "the clock's highest reading is not the one that the entries give")
        try:
            folded_rows = self._replay.rows()
        except LedgerError as error:
            self._problem("missing", error.message)
            return
        rows = {row.slug: row for row in self._reader.releases()}
        for slug in sorted(rows.keys() | folded_rows.keys()):
            row, kin = folded_rows.get(slug, (None, frozenset()))
            if rows.get(slug) != row or self._reader.kin_of(slug) != kin:
                self._problem(
                    "projection",
                    f"the list says of {slug} what its entries do not say; holdfast db rebuild makes it anew",
                )

    # The answer.

    def _problem(self, kind: str, message: str, entry: int | None = None, stream: str | None = None) -> None:
        self._problems.append(AuditProblem(kind=kind, message=message, entry=entry, stream=stream))

    def _report(self) -> AuditReport:
        named = [problem.entry for problem in self._problems if problem.entry is not None]
        frontier = self._replay.head.frontier
        return AuditReport(
            outcome="failed" if self._problems else "incomplete" if self._not_recomputed else "ok",
            origin=self._replay.origin,
            entries=frontier.size,
            root=frontier.root().hex(),
            streams=len(self._replay.streams),
            releases=len(self._replay.releases),
            transitions=self._transitions,
            redecided=self._redecided,
            refusals=self._refusals,
            blobs=len(self._blobs),
            texts=len(self._texts),
            erased=tuple(f"entry {self._texts.get(item)}, erased by entry {seq}" for item, seq in self._erased.items()),
            problems=tuple(self._problems),
            first_bad=min(named) if named else None,
            not_recomputed=tuple(self._not_recomputed),
            not_covered=NOT_COVERED,
        )


def _nonce(read: ReadEntry) -> str:
    for event in read.events:
        bound = getattr(event, "binding", None)
        if bound is not None:
            return str(bound.nonce)
    return ""


def _essence(events: Sequence[Event]) -> list[object]:
    """What must be equal: everything, but for the wording of a refusal."""
    return [
        ("refused", event.command, event.code, event.outcome) if isinstance(event, CommandRefused) else dump(event)
        for event in events
    ]


def _answers(verdicts: Sequence[Verdict]) -> list[object]:
    return [
        (verdict.policy, verdict.revision, verdict.allow, [(item.kind, item.code) for item in verdict.reasons])
        for verdict in verdicts
    ]
