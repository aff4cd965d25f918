"""What the release was and where it went: its candidates, its processes, its moves, its stages."""

from __future__ import annotations

from workflow.commands import RATIONALE
from workflow.events import CandidateReplaced, ExposureAborted, ProcessMigrated, ReleaseStarted, TransitionMade
from workflow.exhibits import manifest_of
from workflow.facts import CandidateFacts
from workflow.folding import ReadEntry
from workflow.ledger import digest as digest_of
from workflow.process import Exposure, Process, Transition
from workflow.report.gathering.scene import Scene
from workflow.report.views import (
    ComponentView,
    MoveView,
    ReportedCandidate,
    ReportedProcess,
    ReportedStage,
    ReportedTransition,
    StayView,
)


def candidates(scene: Scene) -> tuple[ReportedCandidate, ...]:
    """Every candidate, in the order in which they came."""
    brought: list[tuple[ReadEntry, CandidateFacts]] = []
    for item in scene.line.read:
        for event in item.events:
            if isinstance(event, ReleaseStarted | CandidateReplaced):
                brought.append((item, event.candidate))
    ends = [item.entry.seq for item, _ in brought[1:]]
    return tuple(
        ReportedCandidate(
            digest=facts.digest,
            label=facts.label,
            components=_components(scene, facts),
            files=facts.files,
            size=facts.size,
            authors=facts.authors,
            parents=facts.parents,
            variant=facts.variant,
            by=item.entry.actor,
            entry=item.entry.seq,
            at=item.recorded.at,
            until=until,
        )
        for (item, facts), until in zip(brought, [*ends, None], strict=True)
    )


def _components(scene: Scene, facts: CandidateFacts) -> tuple[ComponentView, ...]:
    manifest = manifest_of(scene.reader.blob, facts.digest)
    if manifest is None:
        return tuple(ComponentView(name=name) for name in facts.components)
    parts: dict[str, list[tuple[str, str, int]]] = {name: [] for name in facts.components}
    for file in manifest.files:
        parts.setdefault(file.component, []).append((file.path, file.sha256, file.size))
    return tuple(
        ComponentView(
            name=name,
            files=len(files),
            bytes=sum(size for _, _, size in files),
            digest=digest_of([[path, sha256] for path, sha256, _ in files]),
        )
        for name, files in parts.items()
    )


def moves(scene: Scene) -> tuple[MoveView, ...]:
    """Every move, numbered; one that was taken back, because no byte had left, says so."""
    made: list[MoveView] = []
    for item in scene.line.read:
        seq, before = item.entry.seq, scene.line.after(item.entry.seq - 1)
        for event in item.events:
            if isinstance(event, ExposureAborted) and made and made[-1].dest != event.stage:
                made[-1] = made[-1].model_copy(update={"taken_back": seq})
            if not isinstance(event, TransitionMade) or before is None:
                continue
            made.append(
                MoveView(
                    number=len(made) + 1,
                    entry=seq,
                    at=item.recorded.at,
                    by=item.entry.actor,
                    key=scene.key(seq),
                    trigger=event.trigger,
                    source=event.source,
                    dest=event.dest,
                    irreversible=event.irreversible,
                    raises=scene.process_of(before.process).is_raise(event.source, event.dest),
                    round=before.round,
                    candidate=before.candidate.digest,
                    reason=scene.words(item.entry.texts[RATIONALE]),
                )
            )
    return tuple(made)


def processes(scene: Scene, made: tuple[MoveView, ...]) -> tuple[ReportedProcess, ...]:
    """The processes that the release went under, in their order."""
    begun: list[tuple[ReadEntry, str, str]] = []
    for item in scene.line.read:
        for event in item.events:
            if isinstance(event, ReleaseStarted | ProcessMigrated):
                begun.append((item, event.process, event.stage))
    ends = [item.entry.seq for item, _, _ in begun[1:]]
    found = []
    for (item, digest, stage), until in zip(begun, [*ends, None], strict=True):
        process = scene.process_of(digest)
        first = item.entry.seq
        found.append(
            ReportedProcess(
                digest=digest,
                label=process.label,
                means=process.means,
                solo=process.solo,
                signed=process.signed,
                exposure=process.highest_exposure,
                stages=tuple(
                    ReportedStage(name=stage.name, exposure=stage.exposure, means=stage.means)
                    for stage in process.stages
                ),
                transitions=tuple(_transition(scene, process, transition) for transition in process.transitions),
                began=stage,
                entry=first,
                at=item.recorded.at,
                moves=tuple(
                    move.number for move in made if move.entry >= first and (until is None or move.entry < until)
                ),
            )
        )
    return tuple(found)


def _transition(scene: Scene, process: Process, transition: Transition) -> ReportedTransition:
    return ReportedTransition(
        trigger=transition.trigger,
        sources=transition.sources,
        dest=transition.dest,
        means=transition.means,
        irreversible=any(process.is_irreversible(source, transition.dest) for source in transition.sources),
        raises=any(process.is_raise(source, transition.dest) for source in transition.sources),
        demands=tuple(policy.describe() for policy in scene.rulebook.registry.gate(process, transition)),
    )


def stays(scene: Scene) -> tuple[StayView, ...]:
    """The stages that the release was in, one after the other."""
    found: list[tuple[str, ReadEntry]] = []
    for item in scene.line.read:
        state = scene.line.after(item.entry.seq)
        if state is not None and (not found or found[-1][0] != state.stage):
            found.append((state.stage, item))
    ends = [item.recorded.at for _, item in found[1:]]
    return tuple(
        StayView(
            stage=stage,
            exposure=_exposure(scene, item.entry.seq, stage),
            since=item.recorded.at,
            until=until,
            entry=item.entry.seq,
        )
        for (stage, item), until in zip(found, [*ends, None], strict=True)
    )


def _exposure(scene: Scene, entry: int, stage: str) -> Exposure:
    state = scene.line.after(entry)
    process = scene.process_of(state.process) if state else scene.process
    return process.stage(stage).exposure
