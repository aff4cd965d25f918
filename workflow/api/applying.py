"""The application of one plan, step by step: staged, decided at the ledger's head, let out, read back, recorded.

Whatever step the process is killed at, the next application of the same plan finds what became of the copy. Until the
ledger says that it has begun, nothing can be out; from then on it counts as out, until the proof of the contrary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from workflow import commands, looking
from workflow.api.base import make, manifest_of
from workflow.artifact import CandidateFiles, Progress
from workflow.clock import timestamp
from workflow.decide import Refusal, propose
from workflow.decisions.publishing import NOT_LOOKED_AT, looked_at
from workflow.errors import (
    ConcurrentUpdate,
    ExposureUnknown,
    InvalidInput,
    NotFound,
    PolicyErrored,
    PublishingFailed,
    Refused,
    WorkflowError,
)
from workflow.lineage import objections
from workflow.observe import place_of
from workflow.outcome import Outcome
from workflow.pipeline import Pipeline
from workflow.policy import Observation
from workflow.publication import PUBLICATION, Permit, Publication
from workflow.publishing import PlanFile, Publisher, Staging, rehearsed, staged
from workflow.rehearsal import Applied
from workflow.release import ReleaseState
from workflow.rulebook import World, known

Execute = Callable[..., Outcome]
Made = TypeVar("Made", bound=commands.ReleaseCommand)

NOTHING = "nothing"
"""The reference of a copy that was not made."""


@dataclass(frozen=True)
class Application:
    """One plan on its way out.

    Args:
        pipeline: the ledger.
        execute: executes a command, with its texts.
        publisher: takes the bytes.
        plan: the plan, as it is on record.
        permit: the same as the ledger has it.
        rationale: why.
        progress: is told how far the copying and the hashing are.
    """

    pipeline: Pipeline
    execute: Execute
    publisher: Publisher
    plan: PlanFile
    permit: Permit
    rationale: str
    progress: Callable[[Progress], None] | None

    def run(self) -> Applied:
        """Brings the plan to its end, from wherever it is."""
        publication = self._publication()
        if publication is None:
            return self._from_the_start()
        if publication.is_proven:
            # Where the process was killed after the last entry, an empty place is left.
            with suppress(WorkflowError):
                staging = self._found_again(publication)
                _clean_up(staging)
                staging.close()
            return self._applied(resumed=True, already=True)
        staging = self._found_again(publication)
        try:
            return self._go_on(publication, staging)
        finally:
            staging.close()

    def _found_again(self, publication: Publication) -> Staging:
        with self.pipeline.turn, self.pipeline.storage.snapshot() as reader:
            manifest = manifest_of(reader, publication.manifest)
        with self._or_unknown(publication.entry):
            return self.publisher.resume(manifest, self.plan.destination, publication.reference)

    def _from_the_start(self) -> Applied:
        try:
            staging = self._staged()
        except (InvalidInput, NotFound) as error:
            # That the files are not what they must be, or that it would be refused anyway, is on record.
            seen = self._seen(NOTHING, error=error.message)
            self._execute(commands.Apply, seen, trigger=self.plan.transition, reference=NOTHING)
            raise
        try:
            begun = self._begin(staging)
            return self._let_out(begun, staging, resumed=False)
        finally:
            staging.close()

    def _staged(self) -> Staging:
        """The private copy. It may take hours, so nothing is staged for what would be refused or would not fit."""
        plan, pipeline = self.plan, self.pipeline
        with pipeline.turn, pipeline.storage.snapshot() as reader:
            world = pipeline.world(reader, plan.release)
            if not self._may_be_allowed(world):
                raise InvalidInput("nothing was staged")
            manifest = manifest_of(reader, plan.candidate)
            path, components = place_of(reader, known(world)[0])
        with CandidateFiles(manifest, path, components) as files:
            for check in rehearsed(self.publisher, files, plan.destination, plan.publisher):
                if not check.ok:
                    raise InvalidInput(check.text, remedy="make the destination what it was, or make another plan")
            return staged(self.publisher, files, plan, self.progress)

    def _may_be_allowed(self, world: World) -> bool:
        """Whether nothing stands in the way but what was not looked at yet."""
        command = self._command(commands.Apply, trigger=self.plan.transition, reference=NOTHING)
        situation = self.pipeline.rulebook.situation(world, command, nonce="", texts={}, blob=lambda _: None)
        try:
            propose(situation, command)
        except Refusal as refusal:
            reasons = [reason.code for item in situation.verdicts for reason in item.reasons]
            unseen = refusal.code == PolicyErrored.code and set(reasons) == {looking.NOT_OBSERVED}
            return unseen or refusal.code == NOT_LOOKED_AT
        return True

    def _begin(self, staging: Staging) -> int:
        """The entry from which on it counts as out. Where that is refused, what was staged is removed."""
        about = {"trigger": self.plan.transition, "reference": staging.reference}
        try:
            return self._execute(commands.Apply, self._read_back(staging), **about).entry
        except (Refused, InvalidInput, ConcurrentUpdate):
            # After any other error it may have begun: then the copy is what shows that nothing left.
            staging.discard()
            raise

    def _let_out(self, begun: int, staging: Staging, *, resumed: bool) -> Applied:
        """Makes it visible, and records the receipt; or the proof that nothing left, where that is to be had."""
        try:
            staging.publish()
        except Exception as error:  # a user's own publisher may raise anything
            # What counts is where the copy is, not what was said on the way.
            with self._or_unknown(begun):
                found = staging.look()
            if found.state != "published":
                said = _said(error)
                self._take_back(begun, staging, said.message)
                back = f"nothing left, and {self.plan.release} is back in {self.plan.source}"
                raise PublishingFailed(f"{back}: {said.message}", remedy=said.remedy) from error
        return self._confirm(begun, staging, resumed=resumed)

    def _confirm(self, begun: int, staging: Staging, *, resumed: bool) -> Applied:
        """Reads it back and records the receipt."""
        try:
            self._execute(commands.ConfirmExposure, self._read_back(staging))
        except (Refused, InvalidInput) as error:
            done = self._publication()
            if done is None or done.end != "confirmed":  # else another process was faster
                raise self._unknown(begun, error.message) from error
        _clean_up(staging)
        return self._applied(resumed=resumed)

    def _take_back(self, begun: int, staging: Staging, why: str) -> None:
        """Records that no byte left, and removes the copy, if that is proven.

        Raises:
            ExposureUnknown: it is not.
        """
        try:
            self._execute(commands.AbortExposure, self._whereabouts(staging))
        except WorkflowError as error:
            raise self._unknown(begun, f"{why}; {error.message}") from error
        _clean_up(staging)

    def _go_on(self, publication: Publication, staging: Staging) -> Applied:
        """Brings to its end what another process, or an earlier try of this one, had begun."""
        with self._or_unknown(publication.entry):
            found = staging.look()
        match found.state:
            case "published":
                return self._confirm(publication.entry, staging, resumed=True)
            case "staged":
                # Whatever was read back before it began, nobody has watched the copy since.
                why = self._stopped(publication) or self._spoiled(publication, staging)
                if why is None:
                    return self._let_out(publication.entry, staging, resumed=True)
                self._take_back(publication.entry, staging, why)
                raise PublishingFailed(
                    f"nothing left, and it was taken back: {why}", remedy=f"holdfast status {self.plan.release}"
                )
        raise self._unknown(publication.entry, "the copy is neither private nor at the destination")

    def _stopped(self, publication: Publication) -> str | None:
        """Why what had begun must not be finished now, or None.

        Begun was the last moment for a hold. But where somebody has stopped it since, and no byte has left, it is only
        right that none does.
        """
        world = self._world()
        release, _ = known(world)
        if not publication.is_open:
            return f"{publication.ended_by} answered for what came of it, entry {publication.ended}"
        if release.moves[-1].entry != publication.entry:
            return f"{release.slug} has moved to {release.stage} since"
        if timestamp(max(world.at, world.mark or world.at)) >= self.plan.expires:
            return "the permit has expired since"
        found = objections(release, world.kin)
        entries = [item.entry for item in found.holds]
        entries += [item.entry for item in found.rejects]
        entries += [item.entry for item in found.requirements]
        since = [entry for entry in entries if entry > publication.entry]
        return f"it was stopped since, entry {min(since)}" if since else None

    def _spoiled(self, publication: Publication, staging: Staging) -> str | None:
        """Why what lies ready is not what was read back when it began, or None."""
        found = self._read_back(staging)
        if found.ok is not None and found.ok.get("manifest") != publication.manifest:
            return "the copy is not the candidate"
        return found.error

    # What is known, and what is recorded.

    def _world(self) -> World:
        with self.pipeline.turn, self.pipeline.storage.snapshot() as reader:
            return self.pipeline.world(reader, self.plan.release)

    def _publication(self) -> Publication | None:
        release: ReleaseState = known(self._world())[0]
        return next((item for item in release.publications if item.permit == self.plan.permit), None)

    def _execute(self, kind: type[commands.ReleaseCommand], seen: Observation, **about: Any) -> Outcome:
        command = self._command(kind, **about)
        return self.execute(command, {"rationale": self.rationale}, progress=self.progress, seen=(seen,))

    def _command(self, kind: type[Made], **about: Any) -> Made:
        return make(kind, actor=self.plan.person, release=self.plan.release, subject=self.plan.permit, **about)

    def _read_back(self, staging: Staging) -> Observation:
        """Where the copy is, with the digest of what was read back of it."""
        try:
            return self._whereabouts(staging, manifest=staging.verify(self.progress))
        except Exception as error:  # as above
            return self._seen(staging.reference, error=_said(error).message)

    def _whereabouts(self, staging: Staging, **also: str) -> Observation:
        found = staging.look()
        return self._seen(staging.reference, ok={"state": found.state, "facts": found.facts, **also})

    def _seen(self, reference: str, **found: Any) -> Observation:
        at = timestamp(self.pipeline.clock.now())
        return Observation(kind=PUBLICATION, params=looked_at(self.permit, reference), at=at, **found)

    def _applied(self, *, resumed: bool, already: bool = False) -> Applied:
        found = self._publication()
        if found is None or found.ended is None or not found.is_proven:
            raise InvalidInput(f"nothing is proven of {self.plan.permit}")
        return Applied(
            release=self.plan.release,
            permit=self.plan.permit,
            destination=self.plan.destination,
            manifest=found.manifest,
            state="confirmed" if found.end == "confirmed" else "aborted",
            begun=found.entry,
            ended=found.ended,
            resumed=resumed,
            already=already,
        )

    @contextmanager
    def _or_unknown(self, begun: int) -> Iterator[None]:
        """Whatever keeps one from seeing where the copy is, it is not seen: so it is not said that nothing left."""
        try:
            yield
        except ConcurrentUpdate:
            raise
        except Exception as error:  # a user's own publisher may raise anything
            raise self._unknown(begun, _said(error).message) from error

    def _unknown(self, begun: int, why: str) -> ExposureUnknown:
        plan = self.plan
        return ExposureUnknown(
            f"nobody can prove whether {plan.release} left for {plan.destination}: {why}. It counts as out since entry "
            f"{begun}",
            entry=begun,
            remedy=f"look at {plan.destination}; then holdfast reconcile {plan.release} {plan.permit} --found WHAT -m "
            "WHAT-YOU-SAW",
        )


def _said(error: Exception) -> WorkflowError:
    """An error as one of ours: a user's own publisher may raise anything."""
    return error if isinstance(error, WorkflowError) else PublishingFailed(f"{type(error).__name__}: {error}")


def _clean_up(staging: Staging) -> None:
    """Removes what is left of a copy of which everything is on record; that this fails changes nothing of it."""
    with suppress(WorkflowError):
        staging.discard()
