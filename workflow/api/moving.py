"""Starts, moves and schedules releases."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from workflow import artifact, commands
from workflow.api.base import StrPath, make, several
from workflow.api.processes import Processes
from workflow.artifact import Journal, Manifest, Progress
from workflow.clock import timestamp
from workflow.errors import InvalidInput, NotFound
from workflow.facts import LOCATION, CandidateFacts
from workflow.ledger import is_digest
from workflow.measurement import read_measurement
from workflow.observe import ELSEWHERE, WHOLE
from workflow.outcome import Outcome
from workflow.process import WITHDRAWN, Exposure, Process
from workflow.release import ReleaseState


class Moving(Processes):
    """The commands that move a release."""

    def start(
        self,
        release: str,
        path: StrPath | None = None,
        *,
        process: str | Process,
        authors: Sequence[str],
        actor: str,
        rationale: str,
        components: Mapping[str, StrPath] | None = None,
        label: str = "",
        variant: str | None = None,
        derived_from: Sequence[str] = (),
        command_id: str | None = None,
        journal: Journal | None = None,
        progress: Callable[[Progress], None] | None = None,
        measured: StrPath | None = None,
    ) -> Outcome:
        """Enters the files at a path into a process, as a release of that name.

        Args:
            release: a name that was never used: lower-case letters, digits, ``.`` and ``-``.
            path: the directory or file; every byte of it is hashed.
            process: a process of the charter by its name or digest, or a loaded one.
            authors: who made the candidate, by handle; they may do nothing that opens a gate.
            actor: who starts it, by handle.
            rationale: why.
            components: the parts by name, where the names of the files do not say which is which.
            label: what people call this version, such as ``2.1``.
            variant: what kind of descendant it is, such as ``quantized``.
            derived_from: the parents, by release name or manifest digest.
            command_id: makes a repeated request safe.
            journal: what an interrupted hashing of these files left, and what this one leaves if it does not come to
                its end. Remove it afterwards.
            progress: is told how far the hashing is.
            measured: in place of a path, a file with a measurement of the files that somebody made where they are.

        Appends: ``ReleaseStarted``, or ``CommandRefused`` in the ledger's own stream.

        Raises:
            Refused: the actor may not start a release, or the charter does not allow the process.
            InvalidInput: the name is taken, the files cannot be hashed, or the measurement is nobody's who is known.
        """
        chosen = self.process(process)
        parents = tuple(self._parent(parent) for parent in several("derived_from", derived_from))
        manifest, location = self._files(path, measured, components, authors, journal, progress)
        facts = _facts(manifest, authors, label, variant, parents)
        command = make(commands.Start, actor=actor, release=release, process=chosen.digest, candidate=facts)
        return self._execute(
            command,
            {"rationale": rationale},
            command_id=command_id,
            blobs=(chosen.canonical, manifest.to_bytes()),
            unwritten={LOCATION: location},
        )

    def replace_candidate(
        self,
        release: str,
        path: StrPath | None = None,
        *,
        authors: Sequence[str],
        actor: str,
        rationale: str,
        components: Mapping[str, StrPath] | None = None,
        label: str = "",
        variant: str | None = None,
        command_id: str | None = None,
        journal: Journal | None = None,
        progress: Callable[[Progress], None] | None = None,
        measured: StrPath | None = None,
    ) -> Outcome:
        """Puts other bytes in the candidate's place. Approvals end; objections do not. The arguments are the start's.

        Appends: ``CandidateReplaced``.

        Raises:
            Refused: something of the release was exposed, or the actor may not.
            InvalidInput: the bytes are the same or cannot be hashed, or the measurement is nobody's who is known.
        """
        manifest, location = self._files(path, measured, components, authors, journal, progress)
        facts = _facts(manifest, authors, label, variant, ())
        command = make(commands.ReplaceCandidate, actor=actor, release=release, candidate=facts)
        return self._execute(
            command,
            {"rationale": rationale},
            command_id=command_id,
            blobs=(manifest.to_bytes(),),
            unwritten={LOCATION: location},
        )

    def advance(
        self,
        release: str,
        trigger: str,
        *,
        actor: str,
        rationale: str,
        command_id: str | None = None,
        progress: Callable[[Progress], None] | None = None,
        measured: StrPath | None = None,
    ) -> Outcome:
        """Pulls a trigger: the one way from stage to stage.

        ``measured`` is a file with a measurement of the candidate's files, made where they are, in place of hashing
        them. Whether it counts is the gate's to say.

        Appends: ``TransitionMade`` (and ``HoldPlaced`` where the stage is one for waiting).

        Raises:
            GateDenied: a policy did not allow it; ``verdicts`` has all of them.
            PolicyErrored: a check could not be made, and nobody said no.
            InvalidTransition: the trigger does not lead out of the present stage.
            NotFound: there is no such release or trigger.
            InvalidInput: the file holds no measurement, or the gate takes none; nothing is recorded.
        """
        command = make(commands.Advance, actor=actor, release=release, trigger=trigger)
        measurement = read_measurement(measured) if measured is not None else None
        return self._execute(
            command, {"rationale": rationale}, command_id=command_id, progress=progress, measurement=measurement
        )

    def withdraw(
        self,
        release: str,
        notice: str | None = None,
        *,
        actor: str,
        role: str | None = None,
        rationale: str,
        trigger: str | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Ends a release, by the gate of its process as ever, and tells the public what it has to know, in one entry.

        Copies of what was out persist; nothing pulls them back. The notice is a public statement of the actor's, and is
        signed with the move where statements are.

        Args:
            release: by name.
            notice: what the public is told; only of what was never out there may be none.
            actor: by handle.
            role: as what the actor says it.
            rationale: why it is withdrawn.
            trigger: which of several transitions to ``withdrawn``, where more than one leads out of the stage.
            command_id: makes a repeated request safe.

        Appends: ``StatementMade`` and ``TransitionMade``; the latter alone where there is no notice.

        Raises:
            GateDenied: a policy did not allow it; ``verdicts`` has all of them.
            PolicyErrored: a check could not be made, and nobody said no.
            InvalidTransition: no such transition leads out of the present stage.
            InvalidInput: several do, and none was named; the one that was leads elsewhere; or it was out, and there is
                no notice.
        """
        with self._reading() as reader:
            state = self._pipeline.folder.release(reader, release)
            process = self._pipeline.folder.process(reader, state.process)
        trigger = trigger or _way_out(state, process)
        if process.transition(trigger).dest != WITHDRAWN:
            raise InvalidInput(f"`{trigger}` does not withdraw it", remedy=f"holdfast advance {release} {trigger}")
        if notice is None:
            if state.exposed is not Exposure.INTERNAL:
                raise InvalidInput(
                    f"{release} was out (up to {state.exposed}): the public is told that it is withdrawn",
                    remedy="say what people who have copies must know: --notice TEXT",
                )
            return self.advance(release, trigger, actor=actor, rationale=rationale, command_id=command_id)
        command = make(commands.Withdraw, actor=actor, release=release, trigger=trigger, role=role)
        return self._execute(command, {"rationale": rationale, "text": notice}, command_id=command_id)

    def schedule(
        self, release: str, planned: datetime | None, *, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Sets the planned date, or takes it back with None. A change of a date that stood is a slip.

        Appends: ``Scheduled``.
        """
        moment = timestamp(planned) if planned else None
        command = make(commands.Schedule, actor=actor, release=release, planned=moment)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def _files(
        self,
        path: StrPath | None,
        measured: StrPath | None,
        components: Mapping[str, StrPath] | None,
        authors: Sequence[str],
        journal: Journal | None,
        progress: Callable[[Progress], None] | None,
    ) -> tuple[Manifest, str]:
        """The manifest of a candidate's files, and the text that says where they are."""
        if not authors:
            raise InvalidInput("a candidate has authors", remedy="name who made it: --author HANDLE")
        if measured is not None and path is None:
            if components is not None:
                raise InvalidInput(
                    "the components of a measured candidate are those of its manifest",
                    remedy="name them where the files are hashed",
                )
            return self._measured(measured)
        if path is None or measured is not None:
            raise InvalidInput(
                "a candidate's files are at a path, or somebody measured them elsewhere",
                remedy="give one of PATH and --measured FILE",
            )
        manifest = artifact.build_manifest(path, components=components, journal=journal, progress=progress)
        base = Path(path).absolute()
        places = {name: str(base / place) for name, place in components.items()} if components else {WHOLE: str(base)}
        return manifest, _written(places)

    def _measured(self, file: StrPath) -> tuple[Manifest, str]:
        measurement = read_measurement(file)
        with self._reading() as reader:
            said = measurement.measured(self._pipeline.folder.origin(reader))
            key = self._pipeline.folder.roster(reader).keys.get(said.key)
        if key is None or key.person != said.by or key.refuses is not None:
            why = key.refuses if key is not None and key.person == said.by else f"it is not {said.by}'s here"
            raise InvalidInput(
                f"the measurement is signed with {said.key}, which shows nothing: {why}",
                remedy="have it signed with a key that is enrolled here: holdfast roster show",
            )
        return measurement.manifest, _written({ELSEWHERE: said.by, "at": said.at, "key": said.key})

    def _parent(self, parent: str) -> str:
        with self._reading() as reader:
            if is_digest(parent):
                known = (self._pipeline.folder.release(reader, slug) for slug in reader.kin([parent]))
                if not any(release.is_candidate(parent) for release in known):
                    raise NotFound(f"no release here ever had the candidate {parent[:12]}", remedy="name its release")
                return parent
            return self._pipeline.folder.release(reader, parent).candidate.digest


def _facts(
    manifest: Manifest, authors: Sequence[str], label: str, variant: str | None, parents: tuple[str, ...]
) -> CandidateFacts:
    return make(
        CandidateFacts,
        digest=manifest.digest,
        components=tuple(manifest.components),
        files=manifest.file_count,
        size=manifest.total_bytes,
        weights=manifest.weights,
        authors=tuple(dict.fromkeys(several("authors", authors))),
        parents=parents,
        variant=variant,
        label=label,
    )


def _written(places: Mapping[str, str]) -> str:
    # ASCII escapes keep the exact path, whatever its characters.
    return json.dumps(places, sort_keys=True)


def _way_out(state: ReleaseState, process: Process) -> str:
    """The trigger that withdraws a release: the one that leads out of its stage; of one that has ended, that which did.

    So a repeated request stays the same request.
    """
    if state.stage == WITHDRAWN:
        return state.moves[-1].trigger
    ways = [item for item in process.transitions if item.dest == WITHDRAWN]
    here = [item.trigger for item in ways if state.stage in item.sources]
    if len(here) > 1:
        raise InvalidInput(
            f"{', '.join(here)} all withdraw {state.slug} from {state.stage}", remedy="name one: --trigger TRIGGER"
        )
    if not ways:
        raise InvalidInput(f"{process.label} has no transition to {WITHDRAWN}", remedy="place a hold instead")
    return here[0] if here else ways[0].trigger
