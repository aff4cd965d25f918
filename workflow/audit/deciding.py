"""Decides an entry's command again, by the rules of its time over what was known then, and compares."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.asked import command_of, is_request
from workflow.audit import compare
from workflow.audit.findings import Findings
from workflow.commands import AnyCommand
from workflow.decide import decide
from workflow.decisions.authority import opens
from workflow.events import CommandRefused, dump
from workflow.folding import ReadEntry
from workflow.ledger import Json
from workflow.outcome import resolve_listing
from workflow.policy import Observation
from workflow.proof import Blob, Signed, check
from workflow.replay import Before, States
from workflow.rulebook import Rulebook, World


class Deciding:
    """Decides entry after entry again.

    Args:
        rulebook: runs the rules.
        findings: take what is found.
        blob: gives what is kept.
        clock_known: whether every reading of the clock before an entry is known, and not only some.
    """

    def __init__(self, rulebook: Rulebook, findings: Findings, blob: Blob, *, clock_known: bool = True) -> None:
        self._rulebook = rulebook
        self._findings = findings
        self._problem = findings.problem
        self._blob = blob
        self._clock_known = clock_known

    def check(self, read: ReadEntry, signed: Signed | None, states: States, before: Before) -> None:
        """Compares an entry with what its command gives on the state before it.

        Raises:
            WorkflowError: no command could have made it.
        """
        entry, seq, stream = read.entry, read.entry.seq, read.entry.stream
        command = command_of(entry, read.events)
        if command is None:
            if not compare.is_genesis(read):
                self._problem("not-allowed", "this is not the entry that creates a ledger", seq, stream)
            return
        listed = resolve_listing(self._blob, entry.observations)
        observations = tuple(Observation.model_validate(item) for item in listed)
        recorded = resolve_listing(self._blob, entry.verdicts)
        if wrong := _unlike(read, command, states) or compare.not_as_written(listed, observations, command):
            self._problem("not-allowed", f"entry {seq} {wrong}", seq, stream)
        world = states.world(read, command, before)
        if self._runs_here(read, signed, command, world, recorded):
            self._findings.found.counts["redecided"] += 1
            wrong = self._other_outcome(read, signed, command, world, observations, recorded)
            if wrong and not self._clock_known:
                # Of the entries that are not here, one may have been made when the clock read more.
                later = states.world(read, command, before.and_later(world.at))
                if self._other_outcome(read, signed, command, later, observations, recorded) is None:
                    self._findings.not_recomputed(
                        seq, "whether the clock had read later before: entries that would say so are not here"
                    )
                    return
            if wrong:
                self._problem("not-allowed", f"entry {seq} {wrong}", seq, stream)

    def _runs_here(
        self, read: ReadEntry, signed: Signed | None, command: AnyCommand, world: World, recorded: Sequence[Json]
    ) -> bool:
        """Whether every rule that it takes can be run here; where not, what can be told without them is checked."""
        entry, seq = read.entry, read.entry.seq
        missing = compare.unavailable(command, world.process, self._rulebook.registry)
        if not missing:
            return True
        self._findings.not_recomputed(seq, ". And ".join(missing))
        if compare.refused_by_its_own(read, recorded, world.process):
            self._problem("not-allowed", f"entry {seq} is a move that its own verdicts refuse", seq, entry.stream)
        if world.process is not None and opens(world.process, read.events[0]) and signed is None:
            self._problem("not-allowed", f"entry {seq} opens a gate, and nobody signed it", seq, entry.stream)
        check(entry, read.events, self._blob)
        return False

    def _other_outcome(
        self,
        read: ReadEntry,
        signed: Signed | None,
        command: AnyCommand,
        world: World,
        observations: tuple[Observation, ...],
        recorded: Sequence[Json],
    ) -> str | None:
        """What an entry records otherwise than its command and its rules give, or None."""
        entry = read.entry
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
        if compare.essence([dump(event) for event in events]) != compare.essence(entry.events):
            found = events[0].message if isinstance(events[0], CommandRefused) else events[0].type
            if found == read.events[0].type:
                return f"records {found} with other contents than the recorded rules give for what was asked"
            return f"records {read.events[0].type}, and the recorded rules give: {found}"
        if compare.answers([verdict.recorded() for verdict in situation.verdicts]) != compare.answers(recorded):
            return "records other verdicts than its rules give"
        return None


def _unlike(read: ReadEntry, command: AnyCommand, states: States) -> str | None:
    """What an entry says around its events that its command does not, or None."""
    entry = read.entry
    if command.actor != entry.actor:
        return f"is by {entry.actor}, and answers a request of {command.actor}"
    refused = isinstance(read.events[0], CommandRefused)
    if entry.stream != states.place(command, entry.seq, refused=refused):
        return f"stands in {entry.stream}, where its command does not belong"
    if (refused or is_request(command)) and entry.request_digest != command.digest():
        return "answers another request than the one whose digest it names"
    return None
