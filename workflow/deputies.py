"""Who acts for somebody who is away, has recused themselves or has left: only whom the administrators named before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workflow.people import Grant, Person
from workflow.records import replace
from workflow.roster import Roster


def standing_in(roster: Roster, release: str, recused: Mapping[str, int], now: datetime) -> Roster:
    """The roster as it counts for one release: with each active deputy's roles among their grants.

    A deputy is active only by the person's own ``away``, recusal or departure, holds the role under their own name and
    key, and is nobody's second in turn: a role that is only stood in for activates no further deputy. They act in this
    absence: what they said in an earlier one does not come back with it. ``recused`` has the entries of the recusals.
    """
    if not roster.deputies:
        return roster
    people = dict(roster.people)
    for named in roster.deputies:
        if not named.covers(release, now) or not roster.knows(named.deputy):
            continue
        person = roster.people[named.person]
        since = _absent_since(roster, person, recused, now)
        if since is None:
            continue
        deputy = people[named.deputy]
        held = {grant.role for grant in deputy.grants if grant.until is None}
        fresh = tuple(
            Grant(role, max(named.version, since[0]), entry=named.entry, stands_in_for=named.person, acts_from=since[1])
            for role in named.roles
            if role not in held and _had(person, role)
        )
        people[named.deputy] = replace(deputy, grants=deputy.grants + fresh)
    return replace(roster, people=people)


def _absent_since(roster: Roster, person: Person, recused: Mapping[str, int], now: datetime) -> tuple[int, int] | None:
    """The version of the roster and the entry since which somebody is absent, or None where they are there."""
    entries = [recused[person.handle]] if person.handle in recused else []
    if roster.is_away(person.handle, now):
        entries.append(roster.away[person.handle][0])
    if entries:
        return 0, min(entries)
    return None if person.left is None else (person.left, 0)


def _had(person: Person, role: str) -> bool:
    """Whether somebody holds a role, or held it until they left."""
    ended = (None,) if person.left is None else (None, person.left)
    return any(grant.role == role and grant.until in ended for grant in person.grants)
