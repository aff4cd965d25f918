"""Makes a ledger long with whole releases, each of them decided: twenty entries, in bulk.

A release is started, its date is set and put off nine times, two people sign off, it is submitted, delayed by one who
may, the hold is lifted, it is resumed, two people sign off, and it is released, by four gates in all. Every entry is
what the engine's own rules decide on the state before it, under a policy's every verdict; only the sync of the disk
after each is left out, and the re-hash of files that no release here has is told and not made. So each of them can be
decided again.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.filling import TOGETHER, candidate_of, in_a_hurry
from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY
from benchmarks.ways.ours import Lab
from workflow import commands
from workflow.clock import timestamp
from workflow.commands import AnyCommand
from workflow.decide import decide
from workflow.drafting import Draft, draft_entry, release_row
from workflow.events import CommandRefused
from workflow.facts import LOCATION
from workflow.folding import as_read, fold_release
from workflow.ledger import SaltedText, release_stream
from workflow.lineage import found_anew, objectors_anew
from workflow.observe import REHASH
from workflow.policy import Observation
from workflow.release import ReleaseState
from workflow.rulebook import Rulebook, World, settled
from workflow.storage import StreamHead, Unit

SLIPS = 10
ENTRIES = SLIPS + 10
MIX = "whole releases of 20 entries: a start, 10 dates, 4 sign-offs, 4 moves through gates, a lifted hold"


def live(lab: Lab, size: int) -> None:
    """Appends whole releases until the ledger has about so many entries: no more, and less than a release's too few."""
    pipeline = lab.engine._pipeline
    with pipeline.storage.snapshot() as reader:
        there = reader.head().frontier.size
        base = World(origin=pipeline.folder.origin(reader), roster=pipeline.folder.roster(reader), at=datetime.now(UTC))
    numbers = iter(range((size - there) // ENTRIES))
    with in_a_hurry(pipeline.storage):
        while part := [number for number, _ in zip(numbers, range(TOGETHER // ENTRIES), strict=False)]:
            with pipeline.storage.lock() as unit:
                for number in part:
                    _Life(unit, lab, pipeline.rulebook, base, f"living-{number}").run()
                unit.commit()


def _nothing_kept(digest: str) -> bytes | None:  # noqa: ARG001
    """What a release looks up of what is kept: here, nothing that decides."""
    return None


class _Life:
    """One release, from its start to its end."""

    def __init__(self, unit: Unit, lab: Lab, rulebook: Rulebook, base: World, slug: str) -> None:
        self._unit = unit
        self._lab = lab
        self._rulebook = rulebook
        self._base = base
        self._slug = slug
        self._manifest, self._facts = candidate_of(slug)
        self._state: ReleaseState | None = None
        self._head = unit.head()
        self._last: StreamHead | None = None

    def run(self) -> None:
        """Lives through it."""
        for command in self._commands():
            self._append(command)

    def _commands(self) -> Iterator[AnyCommand]:
        about = {"release": self._slug}
        lead = {**about, "actor": LEAD}
        yield commands.Start(**lead, process=self._lab.process.digest, candidate=self._facts)
        for days in range(1, SLIPS + 1):
            yield commands.Schedule(**lead, planned=timestamp(self._base.at + timedelta(days=days)))
        yield from self._signed("submit")
        yield commands.Advance(**lead, trigger="submit")
        yield commands.Advance(**about, actor=HOLDER, trigger="delay")
        yield commands.Lift(**about, actor=HOLDER, subject="H1", role="safety")
        yield commands.Advance(**lead, trigger="resume")
        yield from self._signed("release")
        yield commands.Advance(**lead, trigger="release")

    def _signed(self, trigger: str) -> Iterator[AnyCommand]:
        for person in SIGNERS:
            basis = self._rulebook.context(self._world(datetime.now(UTC)), trigger).basis
            yield commands.SignOff(
                release=self._slug, actor=person, transition=trigger, role="safety", decision="approve", basis=basis
            )

    def _world(self, now: datetime) -> World:
        return settled(replace(self._base, at=now, release=self._state, process=self._lab.process))

    def _append(self, command: AnyCommand) -> None:
        now = datetime.now(UTC)
        starting = isinstance(command, commands.Start)
        texts = {"rationale": SaltedText.of(WHY)}
        if starting:
            texts[LOCATION] = SaltedText.of(f'{{".": "/models/{self._slug}"}}')
        observations = tuple(self._observed(command, now))
        situation = self._rulebook.situation(
            self._world(now),
            command,
            nonce=secrets.token_hex(16),
            texts={name: text.commitment for name, text in texts.items()},
            blob=_nothing_kept,
            observations=observations,
        )
        events = decide(situation, command)
        assert not isinstance(events[0], CommandRefused), events
        blobs = {self._facts.digest: self._manifest.to_bytes()} if starting else {}
        draft = Draft(command.actor, str(uuid.uuid4()), command.digest(), texts, observations, blobs)
        entry, append = draft_entry(
            draft,
            events,
            situation.verdicts,
            origin=self._base.origin,
            stream=release_stream(self._slug),
            head=self._head,
            last=self._last,
            now=now,
        )
        before, self._state = self._state, fold_release(self._state, as_read(append.entry, entry))
        assert self._state is not None
        found = {"kin": found_anew(before, self._state), "objectors": objectors_anew(before, self._state)}
        self._unit.append(replace(append, release=release_row(self._state, self._lab.process), **found))
        self._head, self._last = append.head, StreamHead(append.entry.version, append.entry.hash)

    def _observed(self, command: AnyCommand, now: datetime) -> Iterator[Observation]:
        if isinstance(command, commands.Advance) and command.trigger == "release":
            digest = self._facts.digest
            found = {"added": [], "changed": [], "manifest": digest, "removed": []}
            yield Observation(kind=REHASH, params={"manifest": digest}, at=timestamp(now), ok=found)
