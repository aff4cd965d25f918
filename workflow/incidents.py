"""Incidents for people to read: what became known, how late it was put on record, and what was said of it since."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workflow.grounds import Statement
from workflow.lineage import Objections
from workflow.release import ReleaseState
from workflow.requirement import Incident, Requirement
from workflow.views import IncidentView, StatementView

Words = Callable[[str], str | None]
"""The text behind a commitment, or None where it was erased."""


def incidents(
    release: ReleaseState, kin: Sequence[ReleaseState], standing: Objections, words: Words
) -> tuple[IncidentView, ...]:
    """The incidents of a release, and those of others that stand against its present candidate."""
    against = {(item.release, item.id) for item in standing.requirements}
    return tuple(
        _view(other, item, item.incident, words, is_open=(other.slug, item.id) in against)
        for other in (release, *kin)
        for item in other.requirements
        if item.incident is not None and (other is release or (other.slug, item.id) in against)
    )


def said(statement: Statement, words: Words) -> StatementView:
    """A statement with its words."""
    return StatementView(
        id=statement.id,
        by=statement.act.person,
        role=statement.act.role,
        public=statement.public,
        text=words(statement.text),
        at=statement.act.at,
        entry=statement.act.entry,
        about=statement.about,
    )


def _view(release: ReleaseState, item: Requirement, known: Incident, words: Words, *, is_open: bool) -> IncidentView:
    return IncidentView(
        id=item.id,
        release=release.slug,
        by=item.by,
        role=item.role,
        owner=item.discharged_by,
        text=words(item.text),
        known_since=known.known_since,
        recorded_at=known.recorded_at,
        affected=tuple(sorted(known.affected)),
        entry=item.entry,
        open=is_open,
        closed_for=tuple(sorted(item.closed_for)),
        updates=tuple(said(statement, words) for statement in release.statements if statement.about == item.id),
    )
