"""Makes a ledger long: releases of twenty entries each, written in bulk as the engine would have written them.

Every entry is put together by the engine's own drafting and appended by the storage, under its triggers and with its
tree, texts, blobs and projections; only deciding is left out, because what is written here (a start, and changes of a
planned date) is always allowed. So such a ledger passes the audit, which a test looks at.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.ways import LEAD, WHY
from benchmarks.ways.ours import AUTHOR, Lab
from workflow import commands, lineage
from workflow.artifact import Manifest, ManifestFile
from workflow.clock import timestamp
from workflow.commands import AnyCommand
from workflow.drafting import Draft, draft_entry
from workflow.events import Event, ReleaseStarted, Scheduled
from workflow.facts import LOCATION, CandidateFacts
from workflow.ledger import SaltedText, release_stream
from workflow.process import Process
from workflow.storage import ReleaseRow, Storage, StreamHead, Unit
from workflow.storage.driver import Connection
from workflow.storage.sqlite import SqliteStorage

ENTRIES = 20
TOGETHER = 20_000
"""Entries in one transaction."""
HURRIED: dict[str, object] = {"synchronous": "OFF", "cache_size": -512 * 1024}


@contextmanager
def in_a_hurry(storage: Storage) -> Iterator[None]:
    """Nothing is waited for until the disk has it, and more pages stay at hand: for as long as a ledger is filled."""
    assert isinstance(storage, SqliteStorage)
    with storage._connected() as connection:
        kept = [_set(connection, name, value) for name, value in HURRIED.items()]
    try:
        yield
    finally:
        with storage._connected() as connection:
            for name, value in zip(HURRIED, kept, strict=True):
                _set(connection, name, value)


def _set(connection: Connection, name: str, value: object) -> object:
    """Sets what SQLite keeps for one connection, and gives what it was."""
    cursor = connection.cursor()
    before = cursor.execute(f"PRAGMA {name}").fetchone()[0]
    cursor.execute(f"PRAGMA {name} = {value}")
    return before


def fill(lab: Lab, size: int) -> None:
    """Appends releases until the ledger has about so many entries: no more, and less than a release's too few."""
    pipeline = lab.engine._pipeline
    with pipeline.storage.snapshot() as reader:
        origin, there = pipeline.folder.origin(reader), reader.head().frontier.size
    releases = iter(range((size - there) // ENTRIES))
    with in_a_hurry(pipeline.storage):
        while part := [number for number, _ in zip(releases, range(TOGETHER // ENTRIES), strict=False)]:
            with pipeline.storage.lock() as unit:
                for number in part:
                    _release(unit, origin, lab.process, f"filler-{number}")
                unit.commit()


def _release(unit: Unit, origin: str, process: Process, slug: str) -> None:
    """One release: started, planned, and put off again and again."""
    stream = release_stream(slug)
    head, last, now = unit.head(), None, datetime.now(UTC)
    manifest, facts = candidate_of(slug)
    row = None
    for command, event in _requests(slug, process, facts, now):
        texts = {"rationale": SaltedText.of(WHY)}
        if row is None:
            texts[LOCATION] = SaltedText.of(f'{{".": "/models/{slug}"}}')
        draft = Draft(LEAD, str(uuid.uuid4()), command.digest(), texts)
        _, append = draft_entry(draft, (event,), origin=origin, stream=stream, head=head, last=last, now=now)
        if row is None:
            row = _row(slug, process, facts, append.head.mark or "")
            append = replace(append, kin=lineage.keys(facts), blobs={facts.digest: manifest.to_bytes()})
        planned = event.planned if isinstance(event, Scheduled) else None
        row = replace(row, planned=planned, version=append.entry.version)
        unit.append(replace(append, release=row))
        head, last = append.head, StreamHead(append.entry.version, append.entry.hash)


def _requests(slug: str, process: Process, facts: CandidateFacts, now: datetime) -> Iterator[tuple[AnyCommand, Event]]:
    started = ReleaseStarted(release=slug, process=process.digest, stage=process.initial.name, candidate=facts)
    yield commands.Start(actor=LEAD, release=slug, process=process.digest, candidate=facts), started
    previous = None
    for days in range(1, ENTRIES):
        planned = timestamp(now + timedelta(days=days))
        scheduled = Scheduled(planned=planned, previous=previous, slip=previous is not None)
        yield commands.Schedule(actor=LEAD, release=slug, planned=planned), scheduled
        previous = planned


def candidate_of(slug: str) -> tuple[Manifest, CandidateFacts]:
    """A candidate of one small file that no other release has."""
    digest = hashlib.sha256(slug.encode()).hexdigest()
    manifest = Manifest((ManifestFile("weights", "model.safetensors", len(slug), digest),))
    facts = CandidateFacts(
        digest=manifest.digest,
        components=tuple(manifest.components),
        files=manifest.file_count,
        size=manifest.total_bytes,
        weights=manifest.weights,
        authors=(AUTHOR,),
    )
    return manifest, facts


def _row(slug: str, process: Process, facts: CandidateFacts, at: str) -> ReleaseRow:
    return ReleaseRow(
        slug=slug,
        process=process.digest,
        process_label=process.label,
        stage=process.initial.name,
        exposure=process.initial.exposure.value,
        round=1,
        candidate=facts.digest,
        label=facts.label,
        planned=None,
        closed=False,
        version=1,
        started_at=at,
        updated_at=at,
    )
