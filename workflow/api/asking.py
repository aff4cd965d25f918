"""The questions that can be asked of a ledger. None of them changes it."""

from __future__ import annotations

from collections.abc import Callable

from workflow import looking
from workflow.api.base import Session, StrPath, manifest_of
from workflow.artifact import Manifest, Progress
from workflow.clock import parse_timestamp
from workflow.history import page
from workflow.measurement import read_measurement
from workflow.policy import GateContext
from workflow.process import Exposure
from workflow.requesting import gate_before
from workflow.rulebook import World, known
from workflow.storage.base import Reader, ReleaseRow
from workflow.views import Explanation, HistoryItem, InboxItem, ReleaseLine, Status


class Asking(Session):
    """The questions."""

    def explain(
        self,
        release: str,
        trigger: str,
        *,
        actor: str | None = None,
        observe: bool = True,
        progress: Callable[[Progress], None] | None = None,
        measured: StrPath | None = None,
    ) -> Explanation:
        """Whether a transition would be allowed now, and what stands in the way. Changes nothing.

        Args:
            release: by name.
            trigger: the transition.
            actor: who would pull the trigger; None leaves unchecked who calls.
            observe: look at what the gate needs from outside (hash the files again); else it counts as not looked at.
            progress: is told how far the hashing is.
            measured: a file with a measurement of the files, made where they are, in place of hashing them.
        """
        measurement = read_measurement(measured) if measured is not None else None
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
        storage = self._pipeline.storage
        observed = self._pipeline.observations(world, trigger, storage, progress, measurement) if observe else ()
        return looking.explain(self._pipeline.rulebook, world, trigger, caller=actor, observations=observed)

    def status(self, release: str, *, actor: str | None = None) -> Status:
        """Where a release stands, what is in its way, and who can act next. Looks at nothing outside the ledger."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
            size = reader.head().frontier.size
            seals = self._pipeline.seals(reader)
            return looking.status(self._pipeline.rulebook, world, reader, actor=actor, entries=size, seals=seals)

    def manifest(self, release: str) -> Manifest:
        """The list of files that the release's present candidate is, as it was recorded.

        Raises:
            NotFound: there is no such release.
            LedgerError: the manifest is missing, or is not the one that was recorded.
        """
        with self._reading() as reader:
            return manifest_of(reader, self._pipeline.folder.release(reader, release).candidate.digest)

    def inbox(self, actor: str) -> tuple[InboxItem, ...]:
        """What waits for somebody, over all releases that can still move on, with what changed since they signed."""
        items: list[InboxItem] = []
        with self._reading() as reader:
            for row in reader.releases(open_only=True):
                world = self._pipeline.world(reader, row.slug)
                earlier = self._when_signed(reader, world, actor)
                items += looking.waiting_for(self._pipeline.rulebook, world, actor, earlier)
        return tuple(items)

    def list(self, *, open_only: bool = False, after: str = "", limit: int | None = None) -> tuple[ReleaseLine, ...]:
        """The releases in the order of their names, a page at a time where ``limit`` says so."""
        with self._reading() as reader:
            rows = reader.releases(after, limit, open_only=open_only)
        return tuple(_line(row) for row in rows)

    def history(
        self, release: str | None = None, *, before: int | None = None, limit: int = 100, actor: str | None = None
    ) -> tuple[HistoryItem, ...]:
        """The last entries of a release, or of the whole ledger, newest first.

        Args:
            release: by name; None means everything, the roster and the ledger's own stream included.
            before: only entries below this number: the way to the next page.
            limit: at most so many.
            actor: who reads it: of what is sealed, people see what they themselves decided.
        """
        with self._reading() as reader:
            return page(reader, release, before=before, limit=limit, seals=self._pipeline.seals(reader), actor=actor)

    def changed(self, release: str, trigger: str, actor: str) -> tuple[str, ...] | None:
        """What is different since somebody last decided on a transition; None where they never did."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
            earlier = self._when_signed(reader, world, actor, trigger)
        return looking.changes(earlier, self._pipeline.rulebook.context(world, trigger)) if earlier else None

    def is_on_record(self, actor: str, command_id: str) -> bool:
        """Whether a request of somebody's was recorded under that id, and would only be answered again."""
        with self._reading() as reader:
            return self._pipeline.on_record(reader, actor, command_id) is not None

    def _when_signed(self, reader: Reader, world: World, actor: str, trigger: str | None = None) -> GateContext | None:
        """The gate as it was when somebody last decided on it, or None."""
        release, _ = known(world)
        onward = looking.onward(world)
        trigger = trigger or (onward.trigger if onward else None)
        signed = looking.last_signed(release, trigger, actor) if trigger else None
        if trigger is None or signed is None:
            return None
        return gate_before(self._pipeline, reader, world, trigger, signed.act.entry)


def _line(row: ReleaseRow) -> ReleaseLine:
    return ReleaseLine(
        release=row.slug,
        label=row.label,
        stage=row.stage,
        exposure=Exposure(row.exposure),
        candidate=row.candidate,
        process=row.process,
        process_label=row.process_label,
        round=row.round,
        planned=parse_timestamp(row.planned) if row.planned else None,
        closed=row.closed,
        started_at=parse_timestamp(row.started_at),
        updated_at=parse_timestamp(row.updated_at),
    )
