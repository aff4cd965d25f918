"""Where a command and a question are seen from: the ledger at its head, the clock, and what is looked at outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from threading import RLock

from workflow import brought
from workflow.artifact import Progress
from workflow.clock import Clock
from workflow.commands import (
    Advance,
    AnyCommand,
    Apply,
    ApproveMigration,
    EraseText,
    ProposeMigration,
    ReleaseCommand,
    RestoreProtection,
    Start,
)
from workflow.decide import Situation, propose
from workflow.errors import InvalidInput, NotFound, ProtectionMissing
from workflow.folding import Folder, read_entry
from workflow.intention import Intention
from workflow.ledger import LEDGER, ROSTER, release_stream
from workflow.measurement import Measurement
from workflow.observe import Observer, serves, takes_measurement
from workflow.policy import GateContext, Observation
from workflow.proof import Blob
from workflow.records import replace
from workflow.rulebook import Rulebook, World, known, settled
from workflow.seals import Seals, seals_of
from workflow.statement import Tree
from workflow.storage.base import Reader, Storage, StoredEntry
from workflow.worlds import world_of

OnProgress = Callable[[Progress], None]


class Standpoint:
    """One storage, the rules, the clock and the observer. Threads take turns, but for what is observed outside."""

    def __init__(self, storage: Storage, rulebook: Rulebook, clock: Clock, observer: Observer) -> None:
        self.storage = storage
        self.rulebook = rulebook
        self.clock = clock
        self.observer = observer
        self.folder = Folder()
        self.turn = RLock()
        self.unprotected = storage.missing_protection()

    def require_protection(self) -> None:
        """Checks that the database had what keeps the ledger append-only when it was opened.

        Raises:
            ProtectionMissing: a trigger was removed or changed, or there is one that is none of Holdfast's.
        """
        if self.unprotected:
            raise ProtectionMissing(
                "the triggers that protect the database are not as they must be: missing, changed, or none of "
                f"Holdfast's: {', '.join(self.unprotected)}",
                remedy="run `holdfast audit verify`, find out who and why, then acknowledge it with "
                "`holdfast db rebuild --restore-protection -m REASON`",
            )

    def world(
        self,
        reader: Reader,
        slug: str | None = None,
        *,
        digests: Sequence[str] = (),
        suppose: Callable[[World], World] = lambda world: world,
    ) -> World:
        """What the entries so far say, as far as one release is concerned, and what the clock reads now.

        ``suppose`` puts something else in its place, for a question.
        """
        head = self.folder.head(reader)
        world = world_of(self.folder, reader, (head.mark, head.peak), self.clock.now(), slug, digests)
        return world if slug is None else settled(suppose(world))

    def gate_before(self, reader: Reader, world: World, trigger: str, entry: int) -> GateContext | None:
        """The gate of a transition as it was before an entry; None where there was no such release yet."""
        release, _ = known(world)
        then = self.folder.release_at(reader, release.slug, entry)
        if then is None:
            return None
        process = self.folder.process(reader, then.process)
        return self.rulebook.context(replace(world, release=then, process=process), trigger)

    def seals(self, reader: Reader) -> Callable[[str], Seals]:
        """Says what is sealed in a release now, and works each out once."""
        return cache(lambda slug: seals_of(self.rulebook, self.world(reader, slug)))

    def observations(
        self,
        world: World,
        trigger: str,
        reader: Reader,
        progress: OnProgress | None = None,
        measurement: Measurement | None = None,
    ) -> tuple[Observation, ...]:
        """What the gate of a transition needs to have looked at, looked at now; of the files, as they were measured.

        Raises:
            InvalidInput: the gate takes no measurement.
        """
        context = self.rulebook.context(world, trigger)
        if context.source != context.release.stage:
            return ()
        needs = self.rulebook.needs(context)
        if measurement is not None and not any(map(takes_measurement, needs)):
            raise InvalidInput(
                f"the gate of `{trigger}` takes no measurement that was made elsewhere",
                remedy="leave it out; or a process whose rule says who may: candidate_unchanged: {measured_by: [ROLE]}",
            )
        return self.observer.gather(needs, reader, world, progress, measurement)

    def observed(
        self,
        command: AnyCommand,
        command_id: str = "",
        progress: OnProgress | None = None,
        measurement: Measurement | None = None,
    ) -> tuple[Observation, ...]:
        """What the gate of a command needs to have looked at, looked at now; nothing where the command is on record."""
        if not isinstance(command, Advance) or (measurement is None and self._looks_at_nothing(command)):
            return ()
        with self.turn, self.storage.snapshot(self.folder.ahead(command.release)) as reader:
            if command_id and reader.by_command(command_id) is not None:
                return ()
            world = self.world(reader, command.release)
        publishes = known(world)[1].transition(command.trigger).publish is not None
        if publishes and not isinstance(command, Apply):
            return ()
        return self.observations(world, command.trigger, self.storage, progress, measurement)

    def _looks_at_nothing(self, command: Advance) -> bool:
        """Whether the gate needs nothing from outside, as far as is remembered: under the lock that is asked again."""
        process = self.folder.remembered(command.release)
        return process is not None and self.rulebook.needs_nothing(process, command.trigger)

    def on_record(
        self, reader: Reader, actor: str, command_id: str | None, request: str | None = None
    ) -> StoredEntry | None:
        """The entry of a request that somebody made under an id of their choice, signed or not."""
        if command_id is None:
            return None
        ids = brought.names(actor, command_id, request)
        return next((found for known in ids if (found := reader.by_command(known)) is not None), None)

    def intended(
        self,
        reader: Reader,
        command: AnyCommand,
        texts: Mapping[str, str],
        blobs: Mapping[str, bytes],
        nonce: str,
        until: str | None = None,
        *,
        observations: Sequence[Observation] = (),
    ) -> Intention:
        """What a command would record now, signed or not.

        Args:
            reader: the ledger.
            command: what is asked.
            texts: the commitments of its texts.
            blobs: what comes with it, by digest.
            nonce: of its statement.
            until: until when an approval is to hold at most.
            observations: what its gate needs to have looked at.

        Raises:
            Refusal: it would be refused.
            InvalidInput: the command cannot mean anything.
        """
        _, world = self._locate(reader, command, blobs)
        found = self.rulebook.situation(
            world, command, nonce=nonce, texts=texts, blob=from_either(blobs, reader), observations=observations
        )
        situation = replace(found, until=until, to_be_signed=True)
        head = self.folder.head(reader).frontier
        return Intention(command, situation, propose(situation, command), Tree(head.size, head.root().hex()))

    def _locate(self, unit: Reader, command: AnyCommand, blobs: Mapping[str, bytes]) -> tuple[str, World]:
        """The stream that the command's entry goes to, and what it is decided on."""
        if isinstance(command, Start):
            stream = release_stream(command.release)
            process = self.folder.process(unit, command.process, blobs.get(command.process))
            return stream, replace(self.world(unit), process=process, taken=unit.stream_head(stream) is not None)
        if isinstance(command, ProposeMigration | ApproveMigration):
            target = self.folder.process(unit, command.process, blobs.get(command.process))
            return release_stream(command.release), replace(self.world(unit, command.release), target=target)
        if isinstance(command, ReleaseCommand):
            digests = vars(command).get("candidates", ())
            return release_stream(command.release), self.world(unit, command.release, digests=digests)
        if isinstance(command, EraseText):
            stored = unit.entry(command.entry)
            if stored is None:
                raise NotFound(f"there is no entry {command.entry}", remedy="holdfast history shows what there is")
            subject = read_entry(stored).entry
            erased = subject.texts.get(command.name)
            if erased is not None and unit.text(erased) is None:
                raise InvalidInput(f"the text {command.name} of entry {command.entry} is erased already")
            world = self.world(unit, subject.stream.partition("/")[2] or None)
            return subject.stream, replace(world, texts_of_subject=subject.texts)
        return (LEDGER if isinstance(command, RestoreProtection) else ROSTER), self.world(unit)

    def _must_look(self, situation: Situation, observations: Sequence[Observation]) -> bool:
        """Whether the gate that is decided needs something that was not looked at, or not for now."""
        if situation.context is None or not situation.verdicts:
            return False
        needs = self.rulebook.needs(situation.context)
        return any(not any(serves(item, need, situation.at) for item in observations) for need in needs)


def from_either(blobs: Mapping[str, bytes], reader: Reader) -> Blob:
    """Blobs that come with a command, and those that are kept already."""
    return lambda digest: blobs[digest] if digest in blobs else reader.blob(digest)
