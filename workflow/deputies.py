"""Who acts for somebody who is away, has recused themselves or has left: only whom the administrators named before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from workflow.roster import Grant, Person, Roster


def standing_in(roster: Roster, release: str, recused: Collection[str], now: datetime) -> Roster:
    """The roster as it counts for one release: with each active deputy's roles among their grants.

    A deputy is active only by the person's own ``away``, recusal or departure, holds the role under their own name and
    key, and is nobody's second in turn: a role that is only stood in for activates no further deputy.
    """
    if not roster.deputies:
        return roster
    people = dict(roster.people)
    for named in roster.deputies:
        if not named.covers(release, now) or not roster.knows(named.deputy):
            continue
        person = roster.people[named.person]
        if not _absent(roster, person, recused, now):
            continue
        deputy = people[named.deputy]
        held = {grant.role for grant in deputy.grants if grant.until is None}
        fresh = tuple(
            Grant(role, named.version, entry=named.entry, stands_in_for=named.person)
            for role in named.roles
            if role not in held and _had(person, role)
        )
        people[named.deputy] = replace(deputy, grants=deputy.grants + fresh)
    return replace(roster, people=people)


def _absent(roster: Roster, person: Person, recused: Collection[str], now: datetime) -> bool:
    return person.left is not None or person.handle in recused or roster.is_away(person.handle, now)


def _had(person: Person, role: str) -> bool:
    """Whether somebody holds a role, or held it until they left."""
    ended = (None,) if person.left is None else (None, person.left)
    return any(grant.role == role and grant.until in ended for grant in person.grants)
