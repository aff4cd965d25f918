"""What stands against a candidate, for people to read: holds, requirements and refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workflow.lineage import Objection
from workflow.migrated import Words
from workflow.release import ReleaseState
from workflow.requirement import YES_IF, Hold, Requirement
from workflow.rulebook import World
from workflow.seals import Seals
from workflow.signoff import SignOff
from workflow.views import SEALED, AcceptanceView, HoldView, RejectView, RequirementView


def holds_of(release: ReleaseState, standing: Sequence[Objection[Hold]]) -> list[tuple[str, Hold, bool]]:
    """The holds of a release, and those of its relatives that stand; with each, its release and whether it stands."""
    own = {item.source.id for item in standing if item.release == release.slug}
    found = [(release.slug, hold, hold.id in own) for hold in release.holds]
    elsewhere = [item for item in standing if item.release != release.slug]
    return found + [(item.release, item.source, True) for item in elsewhere]


def hold_view(world: World, item: tuple[str, Hold, bool], words: Words) -> HoldView:
    """One hold, for people to read."""
    slug, hold, standing = item
    return HoldView(
        id=hold.id,
        release=slug,
        owner=hold.by if hold.count is None else f"{hold.count} of {hold.role}",
        role=hold.role,
        by=hold.by,
        placed_at=hold.at,
        entry=hold.entry,
        reason=words(hold.reason),
        review_by=hold.review_by,
        lapsed=hold.review_by is not None and world.at > hold.review_by,
        standing=standing,
        lifted_for=tuple(sorted(hold.closed_for)),
    )


def requirements_of(
    release: ReleaseState, standing: Sequence[Objection[Requirement]]
) -> list[tuple[str, Requirement, bool]]:
    """The requirements of a release, and those of its relatives that stand, as :func:`holds_of` has holds."""
    own = {item.source.id for item in standing if item.release == release.slug}
    found = [(release.slug, requirement, requirement.id in own) for requirement in release.requirements]
    elsewhere = [item for item in standing if item.release != release.slug]
    return found + [(item.release, item.source, True) for item in elsewhere]


def requirement_view(
    world: World,
    item: tuple[str, Requirement, bool],
    words: Words,
    seals: Callable[[str], Seals],
    actor: str | None,
) -> RequirementView:
    """One requirement, for people to read; ``actor`` is who reads it, and sees what they themselves demanded."""
    slug, requirement, is_open = item
    sealed = requirement.by != actor and requirement.kind == YES_IF and requirement.entry in seals(slug).entries
    return RequirementView(
        id=requirement.id,
        release=slug,
        kind=requirement.kind,
        text=words(requirement.text),
        by=SEALED if sealed else requirement.by,
        role=requirement.role,
        discharged_by=requirement.discharged_by,
        blocks=requirement.blocks,
        due=requirement.due,
        overdue=is_open and requirement.due is not None and world.at >= requirement.due,
        hold=requirement.hold,
        entry=requirement.entry,
        open=is_open,
        severity=requirement.severity,
        accepted=tuple(
            AcceptanceView(
                by=word.act.person,
                role=word.act.role,
                until=word.until,
                ended=world.at >= word.until,
                candidates=tuple(sorted(word.candidates)),
                entry=word.act.entry,
                reason=words(word.reason),
            )
            for word in requirement.accepted
        ),
        closed_for=tuple(sorted(requirement.closed_for)),
    )


def reject_view(item: Objection[SignOff], words: Words) -> RejectView:
    """One refusal that stands, for people to read."""
    rejected = item.source
    return RejectView(
        id=rejected.id,
        release=item.release,
        by=item.by,
        role=item.role,
        authority=rejected.authority,
        transition=rejected.transition,
        candidate=rejected.act.candidate,
        entry=item.entry,
        reason=words(rejected.reason),
    )
