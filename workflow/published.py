"""What was published of a release, for people to read: each permit, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from workflow.basis import changes
from workflow.decisions.publishing import UNKNOWN
from workflow.eligibility import unsound
from workflow.errors import NotFound
from workflow.gate import evaluate
from workflow.policy import GateContext, Reason
from workflow.publication import Permit, Publication
from workflow.publication_view import PublicationView
from workflow.rulebook import Rulebook, World, known
from workflow.verdict import counted_in
from workflow.views import InboxItem

Before = Callable[[str, int], GateContext | None]
"""The gate of a transition as it was before an entry; None where that cannot be told."""


def publications(rulebook: Rulebook, world: World, before: Before) -> tuple[PublicationView, ...]:
    """The permits of a release in their order, with what became of each."""
    release, _ = known(world)
    used = {item.permit: item for item in release.publications}
    return tuple(_view(rulebook, world, permit, used.get(permit.id), before) for permit in release.permits)


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


def stale(rulebook: Rulebook, world: World, permit: Permit, before: Before) -> tuple[str, ...]:
    """Why what a permit is for is not there any more: what changed since, and whose approval fell with it."""
    release, process = known(world)
    told = []
    if why := unsound(permit.act, world.roster, signed=process.signed):
        told.append(f"the permit {why}")
    if release.stage != permit.source:
        told.append(f"it was for {permit.source}, and {release.slug} is in {release.stage}")
    try:
        now = rulebook.context(world, permit.transition)
    except NotFound as error:
        return (*told, error.message)
    if now.basis == permit.basis:
        return tuple(told)
    then = before(permit.transition, permit.act.entry)
    if then is None:
        return (*told, "what it rests on has changed")
    told += changes(then, now) or ["what it rests on has changed"]
    fell = [person for person in _counted(then) if person not in _counted(now)]
    return (*told, f"so these approvals do not count any more: {', '.join(fell)}") if fell else tuple(told)


def _counted(context: GateContext) -> tuple[str, ...]:
    """Whose approvals count at a gate."""
    return tuple(dict.fromkeys(fact.text for fact in counted_in(evaluate(context))))


def _view(
    rulebook: Rulebook, world: World, permit: Permit, used: Publication | None, before: Before
) -> PublicationView:
    now = max(world.at, world.mark) if world.mark else world.at
    waits = used is None and now < permit.expires
    why = stale(rulebook, world, permit, before) if waits else ()
    return PublicationView(
        permit=permit.id,
        trigger=permit.transition,
        publisher=permit.publisher,
        destination=permit.destination,
        candidate=permit.act.candidate,
        by=permit.act.person,
        entry=permit.act.entry,
        expires=permit.expires,
        usable=waits and not why,
        state=used.end or "begun" if used else "planned",
        begun=used.entry if used else None,
        ended=used.ended if used else None,
        ended_by=used.ended_by if used else None,
        stale=why,
    )
