"""What was published of a release, for people to read: each permit, and what came of it."""

from __future__ import annotations

from workflow.decisions.publishing import UNKNOWN
from workflow.policy import Reason
from workflow.publication import Permit, Publication
from workflow.publication_view import PublicationView
from workflow.release import ReleaseState
from workflow.rulebook import World, known
from workflow.views import InboxItem


def publications(world: World) -> tuple[PublicationView, ...]:
    """The permits of a release in their order, with what became of each."""
    release, _ = known(world)
    used = {item.permit: item for item in release.publications}
    return tuple(_view(world, release, permit, used.get(permit.id)) for permit in release.permits)


def in_doubt(world: World, actor: str) -> list[InboxItem]:
    """What counts as out and nobody has proven, for somebody who may say what they found there."""
    release, process = known(world)
    permits = {item.id: item for item in release.permits}
    may = [person for person in world.roster.people if any(map(process.has_role, world.roster.roles(person)))]
    return [
        InboxItem(
            release=release.slug,
            label=release.candidate.label,
            trigger=permits[item.permit].transition,
            stage=permits[item.permit].source,
            dest=permits[item.permit].dest,
            irreversible=process.is_irreversible(permits[item.permit].source, permits[item.permit].dest),
            reason=Reason(
                kind="open",
                code=UNKNOWN,
                text=f"nobody has shown what came of {item.permit} to {item.destination}: it counts as out",
                remedy="look there, and say what you found",
                who=tuple(may),
                subject=item.permit,
            ),
            basis=permits[item.permit].basis,
            waiting_since=item.at,
            last_signed=None,
            changed=(),
        )
        for item in release.publications
        if item.is_open and actor in may
    ]


def _view(world: World, release: ReleaseState, permit: Permit, used: Publication | None) -> PublicationView:
    now = max(world.at, world.mark) if world.mark else world.at
    fits = (permit.round, permit.source, permit.act.candidate) == (
        release.round,
        release.stage,
        release.candidate.digest,
    )
    return PublicationView(
        permit=permit.id,
        trigger=permit.transition,
        publisher=permit.publisher,
        destination=permit.destination,
        candidate=permit.act.candidate,
        by=permit.act.person,
        entry=permit.act.entry,
        expires=permit.expires,
        usable=used is None and fits and now < permit.expires,
        state=used.end or "begun" if used else "planned",
        begun=used.entry if used else None,
        ended=used.ended if used else None,
        ended_by=used.ended_by if used else None,
    )
