"""Publishing in two steps: a plan, which rehearses and gives a permit, and its application, which lets bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Literal

from workflow import commands, looking
from workflow.api.base import Session, StrPath, make, manifest_of
from workflow.artifact import CandidateFiles, Manifest, Progress, layout
from workflow.clock import parse_duration, timestamp
from workflow.decisions.publishing import BASIS_MOVED, PERMIT_STALE, check_expiry
from workflow.errors import InvalidInput, NotFound, PublishingFailed, Refused, WorkflowError
from workflow.events import PlanMade
from workflow.folding import read_entry
from workflow.observe import place_of
from workflow.outcome import Outcome
from workflow.process import Publish
from workflow.publication import Permit
from workflow.published import stale
from workflow.publishing import Check, PlanFile, Publisher, find_publisher, read_plan, rehearsed
from workflow.rulebook import World, known
from workflow.storage.base import StoredEntry

if TYPE_CHECKING:
    from workflow.rehearsal import Applied, Rehearsal

VALID_FOR = "24h"
"""How long a permit is good for where nobody says otherwise."""

OnProgress = Callable[[Progress], None]


class Publishing(Session):
    """The commands by which bytes leave, where a process names who publishes them."""

    def plan(
        self,
        release: str,
        trigger: str,
        *,
        to: str,
        actor: str,
        rationale: str,
        valid_for: str = VALID_FOR,
        command_id: str | None = None,
        progress: OnProgress | None = None,
    ) -> Rehearsal:
        """Rehearses a move that publishes, and where it would be allowed now, records a permit for it.

        A plan that would be refused is a question like :meth:`explain`: it is answered, and nothing is recorded.

        Args:
            release: by name.
            trigger: the transition; its process names the publisher.
            to: the destination, below one of the places that the process names.
            actor: who plans, and will apply it, by handle.
            rationale: why.
            valid_for: how long the permit is good for, such as ``24h``; seven days at most.
            command_id: makes a repeated request safe.
            progress: is told how far the hashing is.

        Appends: ``PlanMade``, where it would be allowed.

        Raises:
            Refused: something changed in the meantime, or it must be signed and is not.
            InvalidInput: the transition publishes nothing, or the time is none.
            NotFound: there is no such release, trigger or publisher.
        """
        from workflow.rehearsal import NOT_CHECKED, CheckView, LeavingFile, Rehearsal

        pipeline = self._pipeline
        with self._reading() as reader:
            before = _planned(pipeline.on_record(reader, actor, command_id))
            world = pipeline.world(reader, release)
            manifest = manifest_of(reader, known(world)[0].candidate.digest)
        publish = known(world)[1].transition(trigger).publish
        if publish is None:
            raise InvalidInput(
                f"`{trigger}` publishes nothing: its process names no publisher",
                remedy=f"holdfast advance {release} {trigger}",
            )
        if before is None:
            check_expiry(world.at, timestamp(world.at + parse_duration(valid_for)))
        publisher = find_publisher(publish.publisher, pipeline.observer.publishers)
        checks = [
            CheckView(name=check.name, ok=check.ok, text=check.text)
            for check in self._rehearsed(world, publish, publisher, manifest, to)
        ]
        seen = pipeline.observations(world, trigger, pipeline.storage, progress)
        words = partial(looking.read_text, pipeline.storage)
        explained = looking.explain(pipeline.rulebook, world, trigger, caller=actor, observations=seen, words=words)
        shown = Rehearsal(
            explanation=explained,
            publisher=publish.publisher,
            destination=to,
            manifest=manifest.digest,
            files=tuple(
                LeavingFile(path=path, size=file.size, sha256=file.sha256) for path, file in layout(manifest).items()
            ),
            size=manifest.total_bytes,
            checks=tuple(checks),
            allowed=explained.allowed and all(check.ok for check in checks),
            permit=None,
            entry=None,
            proof=None,
            not_checked=NOT_CHECKED,
        )
        if not shown.allowed and before is None:
            return shown
        until = timestamp(world.at + parse_duration(valid_for))
        command = make(
            commands.Plan,
            actor=actor,
            release=release,
            transition=trigger,
            destination=to,
            # The same request again is answered as it was the first time.
            basis=(before.binding.basis if before else None) or explained.basis,
            expires=(before.binding.expires if before else None) or until,
        )
        outcome = self._execute(command, {"rationale": rationale}, command_id=command_id)
        permit = self.permit(release, outcome.events[0].id)  # type: ignore[union-attr]
        return shown.model_copy(update={"permit": permit, "entry": outcome.entry, "proof": outcome.proof})

    def permit(self, release: str, permit: str) -> PlanFile:
        """The plan of a permit that is on record, as a file holds it.

        Raises:
            NotFound: there is no such release or permit.
        """
        with self._reading() as reader:
            state = self._pipeline.folder.release(reader, release)
            found = next((item for item in state.permits if item.id == permit), None)
            if found is None:
                have = ", ".join(item.id for item in state.permits) or "none"
                raise NotFound(f"{release} has no permit {permit}", remedy=f"there is: {have}")
            manifest = manifest_of(reader, found.act.candidate)
            origin = self._pipeline.folder.origin(reader)
        return PlanFile(
            origin=origin,
            release=release,
            permit=found.id,
            entry=found.act.entry,
            nonce=found.nonce,
            person=found.act.person,
            transition=found.transition,
            source=found.source,
            dest=found.dest,
            round=found.round,
            basis=found.basis,
            candidate=found.act.candidate,
            process=found.process,
            roster_version=found.act.roster_version,
            publisher=found.publisher,
            destination=found.destination,
            files=manifest.file_count,
            size=manifest.total_bytes,
            expires=timestamp(found.expires),
        )

    def apply(
        self,
        plan: PlanFile | StrPath,
        *,
        target: str,
        actor: str,
        rationale: str,
        progress: OnProgress | None = None,
    ) -> Applied:
        """Lets out what a plan names: stages it privately, decides at the ledger's head, publishes it, reads it back.

        The same plan again, also after the process that applied it was killed, finds what became of it, and brings that
        to its end: it never publishes twice, and never replaces what is there.

        Args:
            plan: the plan, or the file that holds it.
            target: the release's name once more: that of the plan, exactly.
            actor: whose permit it is.
            rationale: why.
            progress: is told how far the copying, the hashing and the reading back are.

        Appends: ``TransitionMade`` with ``ExposureBegun``, and then ``ExposureConfirmed``, or ``ExposureAborted`` where
            it failed and it is proven that no byte left.

        Raises:
            Refused: the gate or the permit does not hold now; nothing left.
            PublishingFailed: it could not be done, and nothing left.
            ExposureUnknown: nobody can prove what came of it: it counts as out until somebody reconciles it.
            InvalidInput: the plan is not the one on record, or the target is another.
        """
        from workflow.api.applying import Application

        plan = plan if isinstance(plan, PlanFile) else read_plan(str(plan))
        if target != plan.release:
            raise InvalidInput(
                f"{target!r} is not {plan.release}, which this plan lets out: nothing was done",
                remedy="name the release exactly",
            )
        permit = self._on_record(plan, actor)
        publisher = find_publisher(plan.publisher, self._pipeline.observer.publishers)
        try:
            # Between its steps nothing may fail that is none of them: the checkpoint comes when all is done.
            applied = Application(self._pipeline, self._record, publisher, plan, permit, rationale, progress).run()
        except Refused as error:
            if error.reason in (BASIS_MOVED, PERMIT_STALE):
                raise self._told_why(error, plan, permit) from error
            raise
        return applied.model_copy(update={"checkpoint": self._checkpoint_after(applied.ended)})

    def reconcile(
        self,
        release: str,
        permit: str,
        *,
        found: Literal["published", "not_published"],
        role: str,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Answers, as a person who looked, for what became of a publication of which nobody could prove anything.

        It never lowers the exposure: a release that may have been out counts as out.

        Args:
            release: by name.
            permit: by which it was let out, such as ``L1``.
            found: what the actor found at the destination.
            role: as what; for ``not_published``, nothing may exclude the actor.
            actor: by handle.
            rationale: where they looked, and what they saw.
            command_id: makes a repeated request safe.

        Appends: ``ExposureReconciled``.

        Raises:
            Refused: the actor may not, or must sign it.
            InvalidInput: it is known already what came of it.
        """
        command = make(commands.Reconcile, actor=actor, release=release, subject=permit, verdict=found, role=role)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    # What a plan is held to.

    def _told_why(self, error: Refused, plan: PlanFile, permit: Permit) -> Refused:
        """A refusal of a stale permit that says what changed. What is on record says that it did."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, plan.release)
            why = stale(self._pipeline.rulebook, world, permit, partial(self._pipeline.gate_before, reader, world))
        return Refused(
            "; ".join([error.message, *why]),
            remedy=error.remedy,
            verdicts=error.verdicts,
            entry=error.entry,
            reason=error.reason,
            outcome=error.outcome,
        )

    def _on_record(self, plan: PlanFile, actor: str) -> Permit:
        """The permit of a plan, if the plan says exactly what is on record, and the permit is the actor's."""
        with self._reading() as reader:
            origin = self._pipeline.folder.origin(reader)
        if plan.origin != origin:
            raise InvalidInput(
                f"this is a plan for the ledger {plan.origin}, and this is {origin}", remedy="make a plan here"
            )
        there = self.permit(plan.release, plan.permit)
        if there != plan:
            mine, theirs = plan.model_dump(), there.model_dump()
            name = next(field for field in mine if mine[field] != theirs[field])
            raise InvalidInput(
                f"this plan is not the one on record: its {name} is {mine[name]!s:.80}, and {plan.permit} has "
                f"{theirs[name]!s:.80}",
                remedy="take the file as it was written, or make a new plan",
            )
        if actor != plan.person:
            raise InvalidInput(
                f"{plan.permit} is {plan.person}'s permit, not {actor}'s",
                remedy=f"{plan.person} applies it, or you make a plan of your own",
            )
        with self._reading() as reader:
            state = self._pipeline.folder.release(reader, plan.release)
        return next(item for item in state.permits if item.id == plan.permit)

    def _rehearsed(
        self, world: World, publish: Publish, publisher: Publisher, manifest: Manifest, to: str
    ) -> Iterator[Check]:
        release, process = known(world)
        if not publish.takes(to):
            places = " or ".join(publish.below)
            yield Check("allowed", ok=False, text=f"{process.label} lets it go only below {places}")
            return
        yield Check("allowed", ok=True, text=f"{process.label} lets it go there")
        try:
            with self._reading() as reader:
                path, components = place_of(reader, release)
            yield from rehearsed(publisher, CandidateFiles(manifest, path, components), to, publish.publisher)
        except PublishingFailed as error:
            yield Check("publisher", ok=False, text=error.message)
        except WorkflowError as error:
            yield Check("files", ok=False, text=error.message)


def _planned(stored: StoredEntry | None) -> PlanMade | None:
    """The permit that an entry gave, where there is such an entry and it gave one."""
    first = read_entry(stored).events[0] if stored is not None else None
    return first if isinstance(first, PlanMade) else None
