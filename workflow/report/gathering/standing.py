"""What stood in the way and how it ended: holds and requirements, and the words that were said on each; opinions."""

from __future__ import annotations

from datetime import datetime

from workflow.events import (
    EvidenceSetAside,
    RequiredTestJudged,
    RiskReviewed,
    TextErased,
)
from workflow.folding import ReadEntry, read_entry
from workflow.lineage import objections
from workflow.report.gathering.said import attempts_on, reason_of, words_on
from workflow.report.gathering.scene import Scene
from workflow.report.views import (
    ErasedView,
    OpinionView,
    ReportedHold,
    ReportedRequirement,
    SetAsideView,
)
from workflow.requirement import Hold, Requirement
from workflow.standing import requirements_of


def holds(scene: Scene) -> tuple[ReportedHold, ...]:
    """Every hold, and by whose words it went."""
    raw = {item.id: item for item in scene.recorded.holds}
    found = []
    for view in scene.status.holds:
        own = raw.get(view.id) if view.release == scene.slug else None
        first = _first_end(scene, own) if own is not None else None
        found.append(
            ReportedHold(
                id=view.id if view.release == scene.slug else f"{view.release}/{view.id}",
                by=view.by,
                role=view.role,
                owner=view.owner,
                entry=view.entry,
                at=view.placed_at,
                text=view.reason,
                review_by=view.review_by,
                standing=view.standing,
                lifted_at=first.recorded.at if first else None,
                lifted_in=first.entry.seq if first else None,
                words=words_on(scene, view.release, view.id),
                attempts=attempts_on(scene, view.release, view.id),
            )
        )
    return tuple(found)


def _first_end(scene: Scene, hold: Hold) -> ReadEntry | None:
    """The entry that lifted a hold first."""
    if not hold.closings:
        return None
    return next((item for item in scene.line.read if item.entry.seq == hold.closings[0].entry), None)


def requirements(scene: Scene) -> tuple[ReportedRequirement, ...]:
    """Everything that had to be discharged, and how it was."""
    standing = objections(scene.release, scene.world.kin).requirements
    sources = requirements_of(scene.release, standing)
    found = []
    for view, (slug, source, _) in zip(scene.status.requirements, sources, strict=True):
        own = slug == scene.slug
        found.append(
            ReportedRequirement(
                id=view.id if own else f"{slug}/{view.id}",
                kind=view.kind,
                by=view.by,
                role=view.role,
                discharged_by=view.discharged_by,
                entry=view.entry,
                at=_raised_at(scene, source),
                text=view.text or source.about or None,
                severity=view.severity,
                due=view.due,
                bound=_bound(source),
                open=view.open,
                overdue=view.overdue,
                words=words_on(scene, slug, view.id),
            )
        )
    return tuple(found)


def _raised_at(scene: Scene, item: Requirement) -> datetime:
    stored = scene.reader.entry(item.entry)
    return read_entry(stored).recorded.at if stored is not None else scene.at


def _bound(item: Requirement) -> str | None:
    if item.bound is None:
        return None
    bound = item.bound.bound
    return f"{item.bound.name}: {bound.metric} {'at most' if bound.upper else 'at least'} {bound.limit}"


def opinions(scene: Scene) -> tuple[OpinionView, ...]:
    """The verdicts on risk areas and on required tests."""
    return tuple(
        OpinionView(
            what="risk area" if isinstance(event, RiskReviewed) else "test",
            subject=event.area if isinstance(event, RiskReviewed) else event.test,
            by=item.entry.actor,
            role=event.binding.role or "",
            verdict=event.verdict,
            entry=item.entry.seq,
            at=item.recorded.at,
            key=scene.key(item.entry.seq),
            evidence=event.evidence if isinstance(event, RequiredTestJudged) else (),
            candidate=event.binding.candidate,
            current=event.binding.candidate == scene.release.candidate.digest,
            text=reason_of(scene, item),
        )
        for item in scene.line.read
        for event in item.events
        if isinstance(event, RiskReviewed | RequiredTestJudged)
    )


def set_aside(scene: Scene) -> tuple[SetAsideView, ...]:
    """The reports that somebody took out of what counts."""
    return tuple(
        SetAsideView(
            evidence=event.subject,
            by=item.entry.actor,
            role=event.binding.role or "",
            entry=item.entry.seq,
            at=item.recorded.at,
            key=scene.key(item.entry.seq),
            text=reason_of(scene, item),
        )
        for item in scene.line.read
        for event in item.events
        if isinstance(event, EvidenceSetAside)
    )


def erased(scene: Scene) -> tuple[ErasedView, ...]:
    """The texts of the release that were erased."""
    return tuple(
        ErasedView(entry=event.entry, name=event.name, erased_in=item.entry.seq, by=item.entry.actor)
        for item in scene.line.read
        for event in item.events
        if isinstance(event, TextErased)
    )
