"""What changed from one point of the ledger to another: points that may be checkpoints which somebody has kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workflow.asked import slug_of
from workflow.changes import (
    Change,
    ClockCorrected,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    ProcessChartered,
    ProcessUnchartered,
)
from workflow.checkpoints import NamedKey, vouch
from workflow.clock import parse_timestamp
from workflow.errors import ChainBroken, InvalidInput, LedgerError, NotFound
from workflow.events import (
    AnyEvent,
    AwayDeclared,
    CandidateReplaced,
    ChangeAccepted,
    CommandRefused,
    CompromiseFound,
    ExposureAborted,
    ExposureBegun,
    ExposureConfirmed,
    ExposureReconciled,
    FindingRaised,
    HoldPlaced,
    IncidentClosed,
    IncidentOpened,
    KeySuspended,
    LedgerCreated,
    ObjectionAnswered,
    ObjectionClosed,
    OverrideDecided,
    OverrideUsed,
    ProcessMigrated,
    ProtectionRestored,
    ReleaseStarted,
    RequirementDischarged,
    RequirementRaised,
    ReturnDeclared,
    RiskAccepted,
    RiskReviewed,
    Scheduled,
    SignOffRecorded,
    SignOffWithdrawn,
    TextErased,
    TransitionMade,
)
from workflow.folding import ReadEntry, read_entry
from workflow.history import item_of, proof_of, sealed_in
from workflow.inquiry.ends import BAD, Ends, subject_of
from workflow.inquiry.past import Past, last_by
from workflow.inquiry.walk import Sealing, glimpse, upward
from workflow.ledger import Frontier
from workflow.storage.base import Reader
from workflow.views.inquiry import DiffFact, DiffGroup, DiffPoint, LedgerDiff, StateThen

Spot = int | datetime | bytes | tuple[int, str]
"""One end: an entry, a time, the bytes of a checkpoint, or a size with the root that somebody kept."""

MAX_FACTS = 50_000
SEALED_ENTRY = "sealed"

_KINDS: dict[type[AnyEvent], str] = {
    ReleaseStarted: "started",
    TransitionMade: "moved",
    ExposureBegun: "published",
    ExposureConfirmed: "published",
    ExposureAborted: "published",
    ExposureReconciled: "published",
    CandidateReplaced: "candidate",
    ProcessMigrated: "process",
    HoldPlaced: "held",
    SignOffWithdrawn: "withdrawn",
    ObjectionAnswered: "answered",
    IncidentOpened: "incident",
    IncidentClosed: "incident",
    FindingRaised: "finding",
    RequirementRaised: "demand",
    RequirementDischarged: "demand",
    OverrideDecided: "override",
    OverrideUsed: "override",
    RiskAccepted: "risk",
    Scheduled: "planned",
    CompromiseFound: "compromise",
    CommandRefused: "refusal",
    TextErased: "erased",
    KeySuspended: "keys",
    AwayDeclared: "people",
    ReturnDeclared: "people",
    LedgerCreated: "ledger",
    ProtectionRestored: "ledger",
}
_CHANGES: dict[type[Change], str] = {
    KeyEnrolled: "keys",
    KeyRestored: "keys",
    KeyRevoked: "keys",
    ProcessChartered: "charter",
    ProcessUnchartered: "charter",
    ClockCorrected: "clock",
}


@dataclass(frozen=True)
class Points:
    """What finds the ends of a comparison in a ledger.

    Args:
        reader: the ledger.
        origin: what it calls itself.
        named: the keys that it names for its checkpoints.
        root: the root that its tree had at a size; None where that is not known.
        whole: whether every entry is there; of a pack, not.
        log_keys: the keys (vkeys) of the log that whoever asks holds: one must have signed a checkpoint.
        witnesses: the keys (vkeys) of witnesses who must have cosigned it.
    """

    reader: Reader
    origin: str
    named: Sequence[NamedKey]
    root: Callable[[int], str | None]
    whole: bool = True
    log_keys: Sequence[str] = ()
    witnesses: Sequence[str] = ()

    def find(self, spot: Spot) -> DiffPoint:
        """One end of a comparison.

        Raises:
            NotFound: the ledger does not reach so far.
            InvalidInput: it is no checkpoint.
            LedgerError: what was kept is of another ledger or of another history of this one, or whoever should vouch
                for it does not.
        """
        match spot:
            case bytes():
                return self._checkpoint(spot)
            case (size, root):
                return self._held_to(size, root)
            case datetime():
                return self._at(_by(self.reader, spot)).model_copy(update={"given": "time"})
            case _:
                return self._at(spot)

    def _checkpoint(self, data: bytes) -> DiffPoint:
        vouched = vouch(data, given=self.log_keys, named=self.named, witnesses=self.witnesses)
        if vouched.origin != self.origin:
            raise LedgerError(f"the checkpoint is of {vouched.origin[:255]}, and this ledger is {self.origin}")
        found = self._held_to(vouched.size, vouched.root)
        if (self.log_keys or self.witnesses) and not vouched.verified:
            raise LedgerError(
                f"the checkpoint of {vouched.size} entries is not verified: {'; '.join(vouched.unverified)}",
                remedy="holdfast checkpoint show says more of it",
            )
        return found.model_copy(update={"given": "checkpoint", "vouched": vouched})

    def _held_to(self, size: int, root: str) -> DiffPoint:
        have = self.reader.head().frontier.size
        if size > have and not self.whole:
            raise NotFound(f"the pack is of {have} entries, and {size} were kept", remedy="get a newer pack")
        if size > have:
            raise ChainBroken(
                f"{size} entries are remembered, and the ledger has {have}: entries were removed",
                at=have + 1,
                expected=f"{size} entries",
                found=f"{have} entries",
                remedy="holdfast audit verify says what else is damaged",
            )
        found = self._at(size)
        if found.root is None:
            raise NotFound(
                f"the pack does not prove which tree {size} entries had",
                remedy=f"get one that does, by holdfast audit export --since {size}; or ask the ledger itself",
            )
        if found.root != root.lower():
            raise ChainBroken(
                f"the first {size} entries are not the remembered ones: their root is {found.root}",
                at=size,
                expected=root,
                found=found.root,
                remedy="what you kept and what is here are two histories: find out which was changed",
            )
        return found.model_copy(update={"given": "root", "compared": True})

    def _at(self, entry: int) -> DiffPoint:
        if entry == 0:
            root = Frontier().root().hex()
            return DiffPoint(entry=0, at=None, root=root, given="entry", compared=False, vouched=None)
        have = self.reader.head().frontier.size
        if entry > have:
            raise NotFound(f"there is no entry {entry}", remedy=f"the ledger has the entries 1 to {have}")
        last = self.reader.entries_before(entry + 1, 1)
        at = parse_timestamp(glimpse(last[0]).at) if last else None
        return DiffPoint(entry=entry, at=at, root=self.root(entry), given="entry", compared=False, vouched=None)


def difference(reader: Reader, origin: str, first: DiffPoint, second: DiffPoint, seals: Sealing) -> LedgerDiff:
    """What changed between two points, by release, the newest fact of each last.

    Raises:
        InvalidInput: the second one comes before the first, or too much changed for one answer.
    """
    if second.entry < first.entry:
        raise InvalidInput(
            f"entry {second.entry} comes before entry {first.entry}", remedy="name the earlier point first"
        )
    changed: dict[str, _Changed] = {}
    facts = 0
    for stored in upward(reader, first.entry):
        if stored.seq > second.entry:
            break
        read = read_entry(stored)
        here = changed.setdefault(slug_of(read.entry.stream), _Changed())
        facts += here.take(reader, read, seals)
        if facts > MAX_FACTS:
            raise InvalidInput(
                f"more than {MAX_FACTS:,} facts changed up to entry {stored.seq} alone",
                remedy=f"ask in parts: the first up to {stored.seq - 1}",
            )
    then, now = Past(reader, first.entry), Past(reader, second.entry)
    for slug, here in changed.items():
        if here.subjects:
            here.ended(Ends(now.world(slug, second.at or here.facts[-1].at)))
    return LedgerDiff(
        origin=origin,
        first=first,
        second=second,
        groups=tuple(
            DiffGroup(
                release=slug or None,
                before=_state(then, slug),
                after=_state(now, slug),
                facts=tuple(changed[slug].facts),
                others=dict(changed[slug].others),
            )
            for slug in sorted(changed)
        ),
    )


@dataclass
class _Changed:
    facts: list[DiffFact] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    subjects: dict[int, str] = field(default_factory=dict)
    """What the facts, by their places, said no with."""

    def take(self, reader: Reader, read: ReadEntry, seals: Sealing) -> int:
        """Takes one entry in, and says how many facts it made."""
        if (sealed := sealed_in(read, seals, None)) is not None:
            self.others[SEALED_ENTRY] += 1
            return 0
        kinds = [kind for kind in map(_kind, read.events) if kind is not None]
        if not kinds:
            self.others[read.events[0].type] += 1
            return 0
        item = item_of(reader, read, sealed)
        told = zip(read.events, item.summary, strict=True)
        self.subjects |= {
            len(self.facts): subject for subject in map(subject_of, reversed(read.events)) if subject is not None
        }
        self.facts.append(
            DiffFact(
                entry=read.entry.seq,
                at=read.recorded.at,
                by=read.entry.actor,
                proof=proof_of(read),
                kind=kinds[0],
                text=tuple(sentence for event, sentence in told if _kind(event) is not None),
                texts=item.texts,
            )
        )
        return 1

    def ended(self, ends: Ends) -> None:
        """Says beside each no what became of it."""
        for place, subject in self.subjects.items():
            found, stands = ends.of(subject)
            self.facts[place] = self.facts[place].model_copy(update={"ends": found, "stands": stands})


def _kind(event: AnyEvent) -> str | None:
    match event:
        case ChangeAccepted():
            return _CHANGES.get(type(event.change), "people")
        case SignOffRecorded():
            return "rejected" if event.decision == "reject" else None
        case RiskReviewed():
            return "unacceptable" if event.verdict == BAD else None
        case ObjectionClosed():
            return "lifted" if event.subject.startswith("H") else "answered"
        case _:
            return _KINDS.get(type(event))


def _state(past: Past, slug: str) -> StateThen | None:
    if not slug:
        return None
    try:
        state = past.state(slug)
    except NotFound:
        return None
    return StateThen(
        stage=state.stage,
        round=state.round,
        candidate=state.candidate.digest,
        label=state.candidate.label,
        process=state.process,
        planned=state.planned,
    )


def _by(reader: Reader, at: datetime) -> int:
    """The last entry by a time; 0 where the ledger was not there yet, so that all of it came later."""
    try:
        return last_by(reader, at)
    except NotFound:
        return 0
