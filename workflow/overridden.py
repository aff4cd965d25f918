"""Overrides for people to read: how far one is given at a gate, and what became of those that were used."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.migrated import Words
from workflow.overriding import covering, overriding
from workflow.policy import GateContext, Verdict
from workflow.rulebook import World, known
from workflow.views import OverridingView, UsedOverrideView


def given(context: GateContext, verdicts: Sequence[Verdict], words: Words) -> OverridingView | None:
    """How far the override of a gate is given, and whether its rule passes by it; None where it has none."""
    found = overriding(context)
    if found is None:
        return None
    return OverridingView(
        policy=found.terms.policy,
        role=found.terms.sign_offs.role,
        count=found.terms.sign_offs.count,
        by=tuple(word.act.person for word in found.counted),
        entries=tuple(word.act.entry for word in found.counted),
        reasons=tuple(words(word.reason) for word in found.counted),
        until=found.until,
        ignored=tuple(f"{word.act.person} ({why}), entry {word.act.entry}" for word, why in found.ignored),
        who_can=found.who_can if found.missing else (),
        lasts=found.terms.lasts,
        reviewed_by=found.terms.review.role,
        within=found.terms.review.within,
        place=found.place,
        passes=covering(context, verdicts) is not None,
    )


def used(world: World, words: Words) -> tuple[UsedOverrideView, ...]:
    """The moves of a release that passed a policy by an override, with what those who gave it said, and its review."""
    release, _ = known(world)
    said = {word.id: word.reason for word in release.overrides}
    reviews = {item.id: item for item in release.requirements}
    return tuple(
        UsedOverrideView(
            policy=item.policy,
            trigger=item.trigger,
            mover=item.mover,
            by=item.by,
            reasons=tuple(words(said[word]) for word in item.words),
            until=item.until,
            entry=item.entry,
            at=item.at,
            review=item.review,
            reviewed_by=reviews[item.review].discharged_by,
            due=reviews[item.review].due,
            overdue=_is_overdue(world, item.review),
            reviewed=release.candidate.digest in reviews[item.review].closed_for,
        )
        for item in release.used
    )


def _is_overdue(world: World, review: str) -> bool:
    release, _ = known(world)
    found = next(item for item in release.requirements if item.id == review)
    is_open = release.candidate.digest not in found.closed_for
    return is_open and found.due is not None and world.at >= found.due
