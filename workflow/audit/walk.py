"""Walks through a ledger from its first entry, and then looks at what is kept beside the entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from workflow import ledger
from workflow.asked import command_of, is_request
from workflow.audit import again, compare
from workflow.audit.findings import Findings
from workflow.audit.projected import Projected
from workflow.brought import CannotRead, turned_away, unlike_report
from workflow.changes import KeyEnrolled, ProcessChartered
from workflow.clock import parse_timestamp
from workflow.commands import RATIONALE, AnyCommand
from workflow.decide import decide
from workflow.decisions.authority import opens
from workflow.errors import ChainBroken, InvalidInput, LedgerError, WorkflowError
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
    dump,
)
from workflow.folding import ReadEntry, read_entry
from workflow.outcome import resolve_listing
from workflow.pins import Pins, broken_pins
from workflow.policy import Observation
from workflow.proof import CLAIMED, SIGNED_ID, SSHSIG, Signed, check, command_id, look
from workflow.replay import Replay
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader, StoredEntry
from workflow.views import AuditProblem, AuditReport

NOT_COVERED = (
    "whether people are who they say they are, where they did not sign: there an actor is a claim",
    "whether the clock was right: of readings that go back, only the rules about time take notice",
    "whether what was observed outside (files, services) was observed truly: it is taken as recorded",
    "whether the end was cut off or everything rewritten: compare size and root with what somebody else has kept",
)

AFTER_THE_REMEMBERED = "whether entries after the remembered ones were cut off or rewritten"

PROGRESS_EVERY = 100
ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Remembered:
    """The size of the ledger at some time and the root that its tree had, as somebody has kept them elsewhere."""

    size: int
    root: str

    def __post_init__(self) -> None:
        if self.size < 1 or not ledger.is_digest(self.root):
            raise InvalidInput("a remembered tree has a size of at least 1 and a root of 64 hexadecimal characters")


class Audit:
    """One walk through a ledger."""

    def __init__(self, reader: Reader, rulebook: Rulebook, remembered: Remembered | None, pinned: Pins) -> None:
        self._remembered = remembered
        self._pinned = pinned
        self._reader = reader
        self._rulebook = rulebook
        self._replay = Replay(reader)
        self._findings = Findings()
        self._problem, self._damage = self._findings.problem, self._findings.damage
        self._not_recomputed: list[str] = []
        self._undecided: list[int] = []
        self._texts: dict[str, int] = {}
        self._erased: dict[str, int] = {}
        self._blobs: dict[str, int] = {}
        self._refused: set[str] = set()
        self._once: dict[tuple[str, str], int] = {}
        self._redecided = self._transitions = self._refusals = self._signatures = self._seen = 0
        self._roots = bytearray()
        self._lost = ""
        self._ended = True
        self._broken: dict[str, str] = {}

    def run(self, beside: Sequence[AuditProblem], progress: Callable[[int, int], None] | None) -> AuditReport:
        """Checks everything and says what was found."""
        total = 0
        with self._damage("projection", "the end of the ledger cannot be read"):
            total = self._reader.head().frontier.size
        self._walk(total, progress)
        if self._undecided:
            what = f"{len(self._undecided)} of the entries {self._undecided[0]} to {self._undecided[-1]}, decided again"
            self._findings.not_looked_at(what, self._lost)
        if self._lost:
            self._findings.not_looked_at("whether every text and every kept file belongs to an entry", self._lost)
        if not self._seen:
            self._problem("missing", "the ledger is empty: not even a genesis")
        with self._damage("unreadable", "the blobs cannot be read to their end"):
            self._check_blobs()
        with self._damage("unreadable", "the texts cannot be read to their end"):
            self._check_texts()
        if self._ended:
            Projected(self._reader, self._replay, self._findings, self._lost, self._broken).check()
        else:
            what = "the end of the ledger that is kept, the nodes of the tree, and the list of releases"
            self._findings.not_looked_at(what, self._lost)
        if self._remembered is not None and self._remembered.size > self._replay.head.frontier.size:
            size, have = self._remembered.size, self._replay.head.frontier.size
            self._problem("missing", f"{size} entries are remembered, and only {have} can be followed", have + 1)
        with self._damage("unreadable", "the pinned entries cannot be read"):
            for broken in broken_pins(self._reader, self._pinned):
                self._problem("missing" if broken.found == "nothing" else "altered", broken.message, broken.at)
        self._findings.problems += beside
        return self._report()

    def _walk(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        """Checks entry after entry."""
        try:
            for stored in self._reader.entries():
                self._seen += 1
                self._entry(stored)
                if progress and self._seen % PROGRESS_EVERY == 0:
                    progress(self._seen, max(total, self._seen))
        except LedgerError as error:
            self._problem("unreadable", f"nothing can be read from here on: {error.message}", self._seen + 1)
            self._lose(f"nothing can be read from entry {self._seen + 1} on")
            self._ended = False
            return
        if progress:
            progress(self._seen, max(total, self._seen))

    def _lose(self, why: str, stream: str | None = None) -> None:
        """From here on the states are not to be trusted, for the first reason that was given."""
        self._lost = self._lost or why
        if stream is not None:
            self._broken.setdefault(stream, why)

    # One entry.

    def _entry(self, stored: StoredEntry) -> None:
        seq, stream, expected = stored.seq, stored.stream, self._seen
        if seq > expected:
            self._problem("missing", f"entry {expected} is missing; entry {seq} stands in its place", expected)
        elif seq < expected:
            self._problem("out-of-place", f"entry {seq} stands where entry {expected} belongs", seq)
        self._seen = max(seq, expected - 1)
        try:
            read = read_entry(stored)
            parse_timestamp(read.entry.at)
        except ChainBroken as error:
            kind = "out-of-place" if "place" in error.message else "altered"
            self._problem(kind, error.message, seq, stream)
            self._lose(f"entry {seq} is damaged", stream)
            return
        except WorkflowError as error:
            self._problem("unreadable", f"entry {seq} cannot be read: {error.message}", seq, stream)
            self._lose(f"entry {seq} is damaged", stream)
            return
        self._check_link(read)
        signed = None
        with self._damage("altered", f"the signature of entry {seq} cannot be checked", seq, stream):
            signed = self._signed(read)
        if self._lost:
            self._undecided.append(seq)
        else:
            # After damage the states are not to be trusted, so nothing more is decided over them.
            with self._damage("not-allowed", f"entry {seq} could not have been made", seq, stream):
                self._redecide(read, signed)
        with self._damage("unreadable", f"what entry {seq} names cannot be read", seq, stream):
            self._collect(read)
        fits = False
        with self._damage("unreadable", f"entry {seq} does not fit what came before", seq, stream):
            self._replay.step(read)
            fits = True
        if not fits:
            self._lose(f"entry {seq} does not fit what came before", stream)
            return
        self._roots += self._replay.head.frontier.root()
        self._check_remembered(seq)

    def _check_remembered(self, seq: int) -> None:
        frontier = self._replay.head.frontier
        if self._remembered is None or frontier.size != self._remembered.size:
            return
        root = frontier.root().hex()
        if root != self._remembered.root:
            self._problem("tree", f"the first {seq} entries are not the remembered ones: their root is {root}", seq)

    def _check_link(self, read: ReadEntry) -> None:
        entry = read.entry
        last = self._replay.streams.get(entry.stream)
        version, prev = (last.version, last.hash) if last else (0, None)
        if (entry.version, entry.prev) != (version + 1, prev):
            self._problem("link", f"entry {entry.seq} does not continue {entry.stream}", entry.seq, entry.stream)
            if self._lost:
                self._broken.setdefault(entry.stream, f"entry {entry.seq} does not continue it")
        if self._replay.origin and entry.origin != self._replay.origin:
            self._problem("link", f"entry {entry.seq} belongs to the ledger {entry.origin}", entry.seq, entry.stream)
        if (entry.seq == 1) != isinstance(read.events[0], LedgerCreated):
            self._problem("not-allowed", "the genesis is the first entry, and only that", entry.seq, entry.stream)
        if RATIONALE not in entry.texts:
            self._problem("missing", f"entry {entry.seq} gives no reason", entry.seq, entry.stream)
        # What is signed has its nonce in the command id, with its maker: two people may choose the same.
        fresh = compare.nonce(read) if entry.proof["kind"] != SSHSIG else ""
        for what, value in (("command id", entry.command_id), ("nonce", fresh)):
            first = self._once.setdefault((what, value), entry.seq) if value else entry.seq
            if first != entry.seq:
                self._problem(
                    "not-allowed", f"entry {entry.seq} repeats the {what} of entry {first}", entry.seq, entry.stream
                )
        if entry.proof["kind"] not in (CLAIMED["kind"], SSHSIG):
            self._not_recomputed.append(f"entry {entry.seq}: a proof of the kind {entry.proof['kind']}")
        elif entry.proof["kind"] == CLAIMED["kind"] and entry.proof != CLAIMED:
            self._problem("not-allowed", f"entry {entry.seq} claims more than a claim can", entry.seq, entry.stream)
        elif entry.proof["kind"] == CLAIMED["kind"] and entry.command_id.startswith(SIGNED_ID):
            self._problem("not-allowed", f"entry {entry.seq} has lost its signature", entry.seq, entry.stream)

    def _signed(self, read: ReadEntry) -> Signed | None:
        """The signature of an entry, verified again; whose it had to be is decided with the rest."""
        entry = read.entry
        if entry.proof["kind"] != SSHSIG:
            return None
        signed = look(entry, self._blob, self._root_at)
        self._signatures += signed.problem is None
        if signed.key != entry.proof["key"]:
            self._problem("not-allowed", f"entry {entry.seq} names another key than it was signed with", entry.seq)
        refused = isinstance(read.events[0], CommandRefused)
        done = command_id(entry.actor, signed.read.nonce if signed.read else "")
        own = (done, turned_away(done, entry.request_digest)) if refused else (done,)
        # A refusal of what proved nothing has an id like any other's.
        if entry.command_id not in own and (not refused or entry.command_id.startswith(SIGNED_ID)):
            self._problem("not-allowed", f"entry {entry.seq} uses a signature that was made for another", entry.seq)
        return signed

    def _root_at(self, size: int) -> str | None:
        at = self._roots[(size - 1) * ROOT_BYTES : size * ROOT_BYTES]
        return at.hex() if len(at) == ROOT_BYTES else None

    def _redecide(self, read: ReadEntry, signed: Signed | None) -> None:
        entry, seq = read.entry, read.entry.seq
        command = command_of(read.entry, read.events)
        if command is None:
            if not compare.is_genesis(read):
                self._problem("not-allowed", "this is not the entry that creates a ledger", seq, entry.stream)
            return
        listed = resolve_listing(self._blob, entry.observations)
        observations = tuple(Observation.model_validate(item) for item in listed)
        recorded = resolve_listing(self._blob, entry.verdicts)
        if wrong := self._unlike(read, command) or compare.not_as_written(listed, observations, command):
            self._problem("not-allowed", f"entry {seq} {wrong}", seq, entry.stream)
        world = self._replay.world(read, command)
        missing = compare.unavailable(command, world.process, self._rulebook.registry)
        if missing:
            self._not_recomputed.append(f"entry {seq}: {'. And '.join(missing)}")
            if compare.refused_by_its_own(read, recorded, world.process):
                self._problem("not-allowed", f"entry {seq} is a move that its own verdicts refuse", seq, entry.stream)
            if world.process is not None and opens(world.process, read.events[0]) and signed is None:
                self._problem("not-allowed", f"entry {seq} opens a gate, and nobody signed it", seq, entry.stream)
            check(entry, read.events, self._blob)
            return
        situation = self._rulebook.situation(
            world,
            command,
            # A refusal has no binding; of what was signed, the statement says which nonce it was decided with.
            nonce=signed.read.nonce if signed and signed.read else compare.nonce(read),
            texts=entry.texts,
            blob=self._blob,
            observations=observations,
            signed=signed,
        )
        events = decide(situation, command)
        self._redecided += 1
        if compare.essence([dump(event) for event in events]) != compare.essence(entry.events):
            found = events[0].message if isinstance(events[0], CommandRefused) else events[0].type
            self._problem(
                "not-allowed",
                f"entry {seq} records {read.events[0].type}, and the recorded rules give: {found}",
                seq,
                entry.stream,
            )
        elif compare.answers([verdict.recorded() for verdict in situation.verdicts]) != compare.answers(recorded):
            self._problem("not-allowed", f"entry {seq} records other verdicts than its rules give", seq, entry.stream)

    def _unlike(self, read: ReadEntry, command: AnyCommand) -> str | None:
        """What an entry says around its events that its command does not, or None."""
        entry = read.entry
        if command.actor != entry.actor:
            return f"is by {entry.actor}, and answers a request of {command.actor}"
        refused = isinstance(read.events[0], CommandRefused)
        if entry.stream != self._replay.place(command, refused=refused):
            return f"stands in {entry.stream}, where its command does not belong"
        if (refused or is_request(command)) and entry.request_digest != command.digest():
            return "answers another request than the one whose digest it names"
        return None

    def _collect(self, read: ReadEntry) -> None:
        seq, stream = read.entry.seq, read.entry.stream
        for commitment in read.entry.texts.values():
            self._texts[commitment] = seq  # the last: whoever has its salt can say again what was erased
        for listing in (read.entry.observations, read.entry.verdicts):
            if isinstance(listing, dict):
                self._blobs.setdefault(listing["blob"], seq)
        if read.entry.proof["kind"] == SSHSIG:
            self._expect(seq, (str(read.entry.proof[name]) for name in ("statement", "signature")))
        for event in read.events:
            match event:
                case LedgerCreated():
                    self._expect(seq, (item.process for item in event.charter))
                case ReleaseStarted():
                    self._expect(seq, (event.process, event.candidate.digest))
                    self._unlike_kept(seq, stream, again.unlike_manifest(event.candidate, self._blob))
                case CandidateReplaced():
                    self._expect(seq, (event.candidate.digest,))
                    self._unlike_kept(seq, stream, again.unlike_manifest(event.candidate, self._blob))
                case MigrationProposed():
                    self._expect(seq, (event.process,))
                case EvidenceAttached():
                    self._expect(seq, (event.blob,))
                    reread = partial(unlike_report, event.blob, event.filename, event.report, self._blob)
                    self._look_again(seq, stream, "altered", reread)
                case ChangeProposed() if isinstance(event.change, ProcessChartered):
                    self._expect(seq, (event.change.process,))
                case ChangeProposed() if isinstance(event.change, KeyEnrolled):
                    named = (event.change.possession, event.change.signature, event.change.crossed)
                    self._expect(seq, (digest for digest in named if digest is not None))
                case TextErased():
                    self._erased[event.commitment] = seq
                case TransitionMade():
                    self._transitions += 1
                case CommandRefused():
                    self._refusals += 1
                    self._refused.update(compare.digests(event.request))
                case _:
                    continue
        listed = resolve_listing(self._blob, read.entry.observations)
        for observation in listed:
            observed = partial(again.unlike_observed, observation, self._blob, read.recorded.at)
            self._look_again(seq, stream, "not-allowed", observed)
        for found in again.measured_in(listed):
            self._expect(seq, again.digests_of(found))
            self._unlike_kept(
                seq, stream, again.unlike_measured(found, self._blob, read.entry.origin), kind="not-allowed"
            )

    def _unlike_kept(self, seq: int, stream: str, wrong: str | None, kind: str = "altered") -> None:
        if wrong is not None:
            self._problem(kind, f"entry {seq} {wrong}", seq, stream)

    def _look_again(self, seq: int, stream: str, kind: str, look: Callable[[], str | None]) -> None:
        try:
            self._unlike_kept(seq, stream, look(), kind)
        except CannotRead as error:
            self._not_recomputed.append(f"entry {seq}: {error}")

    def _blob(self, digest: str) -> bytes | None:
        try:
            return self._reader.blob(digest)
        except WorkflowError:
            return None  # said by the check of the blobs

    def _expect(self, seq: int, digests: Iterable[str]) -> None:
        for digest in digests:
            self._blobs.setdefault(digest, seq)

    # What stands beside the entries.

    def _check_blobs(self) -> None:
        kept = set()
        for digest in self._reader.blobs():
            kept.add(digest)
            seq = self._blobs.get(digest)
            what = f"the blob {digest[:12]}" + (f", which entry {seq} names," if seq else "")
            with self._damage("altered", f"{what} cannot be read", seq):
                data = self._reader.blob(digest)
                if data is None:
                    self._problem("missing", f"{what} is missing", seq)
                elif ledger.sha256(data) != digest:
                    self._problem("altered", f"{what} does not have its digest", seq)
                elif seq is None and not self._lost and digest not in self._refused:
                    self._problem("out-of-place", f"{what} belongs to no entry")
        for digest, seq in self._blobs.items():
            if digest not in kept:
                self._problem("missing", f"the blob {digest[:12]}, which entry {seq} names, is missing", seq)

    def _check_texts(self) -> None:
        kept = set(self._reader.commitments())
        for commitment, seq in self._texts.items():
            gone = self._erased.get(commitment, 0) > seq
            with self._damage("altered", f"a text of entry {seq} is damaged", seq):
                text = self._reader.text(commitment) if commitment in kept else None
                if text is None and not gone:
                    self._problem("missing", f"a text of entry {seq} is missing, and nobody erased it", seq)
                elif text is not None and gone:
                    self._problem("out-of-place", f"a text of entry {seq} was erased, and is there again", seq)
        for commitment in sorted(kept - set(self._texts)) if not self._lost else ():
            self._problem("out-of-place", f"the text {commitment[:12]} belongs to no entry")

    # The answer.

    def _report(self) -> AuditReport:
        problems = self._findings.problems
        named = [problem.entry for problem in problems if problem.entry is not None]
        frontier = self._replay.head.frontier
        return AuditReport(
            outcome="failed" if problems else "incomplete" if self._not_recomputed else "ok",
            origin=self._replay.origin,
            entries=frontier.size,
            root=frontier.root().hex(),
            streams=len(self._replay.streams),
            releases=len(self._replay.releases),
            transitions=self._transitions,
            redecided=self._redecided,
            refusals=self._refusals,
            signatures=self._signatures,
            blobs=len(self._blobs),
            texts=len(self._texts),
            erased=tuple(f"entry {self._texts.get(item)}, erased by entry {seq}" for item, seq in self._erased.items()),
            problems=tuple(problems),
            first_bad=min(named) if named else None,
            not_recomputed=tuple(self._not_recomputed),
            not_covered=(
                *self._findings.unseen,
                *NOT_COVERED[:-1],
                NOT_COVERED[-1] if self._remembered is None else AFTER_THE_REMEMBERED,
            ),
        )
