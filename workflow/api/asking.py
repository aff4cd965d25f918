"""The questions that can be asked of a ledger. None of them changes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from workflow import looking
from workflow.api.base import StrPath, manifest_of, several
from workflow.api.processes import Processes
from workflow.artifact import Manifest, Progress
from workflow.basis import changes
from workflow.clock import parse_timestamp
from workflow.errors import InvalidInput, LedgerError
from workflow.measurement import read_measurement
from workflow.policy import GateContext
from workflow.process import WITHDRAWN, Exposure, Process
from workflow.rulebook import World, known
from workflow.storage.base import Reader, ReleaseRow
from workflow.supposing import Supposition, assumptions, check_asked, supposed
from workflow.views import Assumptions, Explanation, HistoryItem, InboxItem, Page, ReleaseLine, Status

if TYPE_CHECKING:
    from workflow.inquiry.inbox import Concerned


class Asking(Processes):
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
        at: datetime | None = None,
        assume_signed: Sequence[str] = (),
        process: str | Process | None = None,
    ) -> Explanation:
        """Whether a transition would be allowed now, and what stands in the way. Changes nothing.

        With any of the last three it answers what would be if something were so that is not; then ``assuming`` says
        what, and nothing of the answer is about now. They can be joined.

        Args:
            release: by name.
            trigger: the transition.
            actor: who would pull the trigger; None leaves unchecked who calls.
            observe: look at what the gate needs from outside (hash the files again); else it counts as not looked at.
            progress: is told how far the hashing is.
            measured: a file with a measurement of the files, made where they are, in place of hashing them.
            at: a later time, up to which nothing else changes. What is looked at is looked at now.
            assume_signed: roles whose sign-offs are supposed to be in, as many as the gate asks for.
            process: another process, as if the release had gone on under it now: in a new round, without approvals.

        Raises:
            InvalidInput: the time has passed, the gate asks for no sign-offs of such a role, or the release is in a
                stage that the other process does not have.
        """
        measurement = read_measurement(measured) if measured is not None else None
        other = self.process(process) if process is not None else None
        supposition = Supposition(at, several("assume_signed", assume_signed), other)
        with self._reading(release) as reader:
            world, assuming = self._supposed(reader, release, supposition)
        storage, rulebook = self._pipeline.storage, self._pipeline.rulebook
        if assuming is not None:
            check_asked(trigger, assuming.signed, [item.role for item in rulebook.context(world, trigger).quorums])
        observed = self._pipeline.observations(world, trigger, storage, progress, measurement) if observe else ()
        words = partial(looking.read_text, storage)
        return looking.explain(
            rulebook, world, trigger, caller=actor, observations=observed, words=words, assuming=assuming
        )

    def _supposed(self, reader: Reader, release: str, supposition: Supposition) -> tuple[World, Assumptions | None]:
        """What is so of a release; or with a supposition, what would be, and what that supposes."""
        world = self._pipeline.world(reader, release)
        if not supposition:
            return world, None
        seals = self._pipeline.seals(reader)(release)
        entry = reader.head().frontier.size + 1
        suppose = partial(supposed, supposition=supposition, seals=seals, entry=entry)
        made = self._pipeline.world(reader, release, suppose=suppose)
        return made, assumptions(self._pipeline.rulebook, world, supposition)

    def status(self, release: str, *, actor: str | None = None) -> Status:
        """Where a release stands, what is in its way, and who can act next. Looks at nothing outside the ledger."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
            size = reader.head().frontier.size
            seals = self._pipeline.seals(reader)
            before = partial(self._pipeline.gate_before, reader, world)
            return looking.status(
                self._pipeline.rulebook, world, reader, actor=actor, entries=size, seals=seals, before=before
            )

    def manifest(self, release: str) -> Manifest:
        """The list of files that the release's present candidate is, as it was recorded.

        Raises:
            NotFound: there is no such release.
            LedgerError: the manifest is missing, or is not the one that was recorded.
        """
        with self._reading() as reader:
            return manifest_of(reader, self._pipeline.folder.release(reader, release).candidate.digest)

    def inbox(
        self, actor: str, *, after: str = "", limit: int | None = None, look: int | None = None
    ) -> Page[InboxItem, str]:
        """What waits for somebody, over all releases that can still move on, with what changed since they signed.

        Before that, of every release, what others did to this person's own refusals, holds and requirements, or were
        refused to do, until they next decide on the release.

        Args:
            actor: the person.
            after: only releases whose names come after this one: the way to the next page, whose ``after`` is ``next``.
            limit: what waits in at most so many releases; None means in all of them.
            look: look into at most so many releases, whether anything waits there or not.

        Raises:
            InvalidInput: the page is of an impossible size.
        """
        from workflow.inquiry.inbox import concerned

        found: list[InboxItem] = []
        releases, last = 0, after
        _check_page(limit, look)
        with self._reading() as reader:
            for looked, place in enumerate(concerned(reader, actor, after)):
                if looked == look or releases == limit:
                    return Page(found, last)
                items = self._waiting(reader, place, actor)
                found += items
                releases += bool(items)
                last = place.slug
        return Page(found)

    def _waiting(self, reader: Reader, place: Concerned, actor: str) -> Sequence[InboxItem]:
        """What waits for somebody in one release."""
        from workflow.inquiry.told import told, words_of_others

        others = words_of_others(reader, place.slug, actor) if place.objected else []
        if not place.open and not others:
            return []
        rulebook, world = self._pipeline.rulebook, self._pipeline.world(reader, place.slug)
        items = told(rulebook, world, reader, self._pipeline.seals(reader), actor, others)
        if place.open:
            items += looking.waiting_for(rulebook, world, actor, self._when_signed(reader, world, actor))
        return items

    def list(self, *, open_only: bool = False, after: str = "", limit: int | None = None) -> Page[ReleaseLine, str]:
        """The releases in the order of their names.

        Args:
            open_only: only those that can still move on.
            after: only those whose names come after this one: the way to the next page, whose ``after`` is ``next``.
            limit: at most so many; None means all there are.

        Raises:
            InvalidInput: the page is of an impossible size.
        """
        _check_page(limit)
        with self._reading() as reader:
            rows = reader.releases(after, limit and limit + 1, open_only=open_only)
            lines = [_line(row).model_copy(update={"exposed": self._was_out(reader, row)}) for row in rows[:limit]]
        return Page(lines, lines[-1].release if len(lines) < len(rows) else None)

    def candidates(self, beginning: str) -> tuple[str, ...]:
        """The digests that begin so, of candidates that some release has now: what a shortened one may mean."""
        with self._reading() as reader:
            return tuple(
                digest
                for digest in reader.digests(beginning)
                if any(row.candidate == digest for slug in reader.kin([digest]) if (row := reader.release(slug)))
            )

    def _was_out(self, reader: Reader, row: ReleaseRow) -> Exposure | None:
        # The line of a release says where it is; how far it was out before it was withdrawn, its entries alone.
        return self._pipeline.folder.release(reader, row.slug).exposed if row.stage == WITHDRAWN else None

    def history(
        self, release: str | None = None, *, before: int | None = None, limit: int = 100, actor: str | None = None
    ) -> Page[HistoryItem, int]:
        """The last entries of a release, or of the whole ledger, newest first.

        Args:
            release: by name; None means everything, the roster and the ledger's own stream included.
            before: only entries below this number: the way to the next page, whose ``before`` is ``next``.
            limit: at most so many.
            actor: who reads it: of what is sealed, people see what they themselves decided.
        """
        from workflow.history import page

        with self._reading() as reader:
            return page(reader, release, before=before, limit=limit, seals=self._pipeline.seals(reader), actor=actor)

    def changed(self, release: str, trigger: str, actor: str) -> tuple[str, ...] | None:
        """What is different since somebody last decided on a transition; None where they never did."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
            earlier = self._when_signed(reader, world, actor, trigger)
        return changes(earlier, self._pipeline.rulebook.context(world, trigger)) if earlier else None

    def who_may(self, release: str, role: str) -> tuple[str, ...]:
        """The people who, as things are, may do as a role what opens a gate of a release, such as to discharge.

        Neither the requester nor an author is among them, nor whoever came to the role too late for the round.
        """
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
        _, process = known(world)
        # Who is excluded does not depend on the transition, as long as nobody calls it.
        return self._pipeline.rulebook.context(world, process.transitions[0].trigger).eligible(role)

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
        return self._pipeline.gate_before(reader, world, trigger, signed.act.entry)


def _check_page(*sizes: int | None) -> None:
    """Checks how many releases a page is to have.

    Raises:
        InvalidInput: it could have none.
    """
    for size in sizes:
        if size is not None and size < 1:
            raise InvalidInput(f"a page has at least 1 release, not {size}")


def _line(row: ReleaseRow) -> ReleaseLine:
    try:
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
    except ValueError as error:
        raise LedgerError(
            f"the line of {row.slug!r} in the list of releases is damaged: {error}",
            remedy="holdfast audit verify says what else is; holdfast db rebuild makes the list anew",
        ) from error
