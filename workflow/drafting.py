"""Turns a decision into the entry that records it, and the entry into what a database keeps beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workflow import ledger
from workflow.changes import ClockCorrected
from workflow.clock import timestamp
from workflow.errors import InvalidInput, LedgerError
from workflow.events import ChangeAccepted, Event, TextErased, dump
from workflow.ledger import INLINE_BYTES, Entry, SaltedText
from workflow.policy import Observation, Verdict
from workflow.process import WITHDRAWN, Process
from workflow.proof import CLAIMED
from workflow.records import replace
from workflow.release import ReleaseState
from workflow.storage.base import Append, Head, ReleaseRow, StoredEntry, StreamHead


@dataclass(frozen=True, slots=True)
class Draft:
    """What an entry says of a request: who asked what, and what came with it or was looked at for it."""

    actor: str
    command_id: str
    request_digest: str
    texts: Mapping[str, SaltedText]
    observations: tuple[Observation, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    proof: ledger.Json = field(default_factory=lambda: CLAIMED)


def draft_entry(
    draft: Draft,
    events: Sequence[Event],
    verdicts: Sequence[Verdict] = (),
    *,
    origin: str,
    stream: str,
    head: Head,
    last: StreamHead | None,
    now: datetime,
) -> tuple[Entry, Append]:
    """The entry in its place; and it with the tree's new frontier, and the texts and blobs that go with it.

    Raises:
        InvalidInput: it does not fit into one entry.
    """
    entry = Entry(
        format=ledger.FORMAT,
        origin=origin,
        seq=head.frontier.size + 1,
        stream=stream,
        version=last.version + 1 if last else 1,
        prev=last.hash if last else None,
        at=timestamp(now),
        actor=draft.actor,
        command_id=draft.command_id,
        request_digest=draft.request_digest,
        observations=[item.recorded() for item in draft.observations],
        verdicts=[item.recorded() for item in verdicts],
        events=[dump(event) for event in events],
        texts={name: text.commitment for name, text in draft.texts.items()},
        proof=draft.proof,
    )
    apart: dict[str, bytes] = {}
    try:
        body = entry.to_bytes(most=None)
        if len(body) > INLINE_BYTES:
            entry, apart = _set_apart(entry)
            body = entry.to_bytes()
    except LedgerError as error:
        raise InvalidInput(f"this cannot be recorded: {error.message}", remedy="attach long lists as a file") from error
    return entry, Append(
        entry=StoredEntry(entry.seq, stream, entry.version, ledger.entry_hash(body), entry.command_id, body),
        head=next_head(head, body, entry.at, events),
        texts=tuple(draft.texts.values()),
        blobs={**draft.blobs, **apart},
        erase=next((event.commitment for event in events if isinstance(event, TextErased)), None),
    )


def _set_apart(entry: Entry) -> tuple[Entry, dict[str, bytes]]:
    """The entry, with the lists that are too long to stand in it kept as blobs; and these by their digests."""
    apart: dict[str, bytes] = {}

    def listing(items: ledger.Listing) -> ledger.Listing:
        data = ledger.encode(items)
        if len(data) <= INLINE_BYTES:
            return items
        digest = ledger.sha256(data)
        apart[digest] = data
        return {"blob": digest, "count": len(items)}

    return replace(entry, observations=listing(entry.observations), verdicts=listing(entry.verdicts)), apart


def next_head(head: Head, body: bytes, at: str, events: Sequence[Event]) -> Head:
    """The end of the ledger after one more entry. A clock correction makes this entry's reading the highest."""
    corrected = corrects_clock(events)
    # Timestamps have one fixed form, so their order as texts is their order in time.
    mark = at if corrected or head.mark is None else max(head.mark, at)
    peak = at if head.peak is None else max(head.peak, at)
    return Head(head.frontier.append(ledger.leaf_hash(body)), mark, peak)


def corrects_clock(events: Sequence[Event]) -> bool:
    """Whether an entry makes its reading of the clock the highest, whatever was before."""
    return any(isinstance(event, ChangeAccepted) and isinstance(event.change, ClockCorrected) for event in events)


def release_row(state: ReleaseState, process: Process) -> ReleaseRow:
    """The release's line in the list of releases."""
    stage = process.stage(state.stage)
    return ReleaseRow(
        slug=state.slug,
        process=process.digest,
        process_label=process.label,
        stage=stage.name,
        exposure=stage.exposure.value,
        round=state.round,
        candidate=state.candidate.digest,
        label=state.candidate.label,
        planned=timestamp(state.planned) if state.planned else None,
        closed=all(transition.dest == WITHDRAWN for transition in process.leaving(stage.name))
        and not any(item.is_open for item in state.publications),
        version=state.version,
        started_at=timestamp(state.started_at),
        updated_at=timestamp(state.updated_at or state.started_at),
    )
