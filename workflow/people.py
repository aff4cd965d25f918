"""People as the roster knows them: which roles each held when, and who may act for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow.records import replace


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a person holds from one version of the roster on, and until another, if it was revoked.

    ``entry`` is where it was granted. ``stands_in_for`` is whose deputy holds it, where it is not the person's own, and
    ``acts_from`` the entry by which that person went.
    """

    role: str
    since: int
    until: int | None = None
    entry: int = 0
    stands_in_for: str | None = None
    acts_from: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the ledger knows, by a pseudonymous handle. ``name`` is the commitment of the real name."""

    handle: str
    grants: tuple[Grant, ...] = ()
    left: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Deputy:
    """Whom the administrators named to act for a person in some roles, by a version of the roster.

    ``dismissed`` is the entry that ended it.
    """

    person: str
    deputy: str
    roles: tuple[str, ...]
    version: int
    entry: int
    release: str | None
    until: datetime | None
    dismissed: int | None = None

    def covers(self, release: str, now: datetime) -> bool:
        """Whether it is for a release, and has not ended."""
        return self.dismissed is None and self.release in (None, release) and (self.until is None or now < self.until)


def without_deputies(person: Person) -> Person:
    """Somebody with the roles that are their own."""
    return replace(person, grants=tuple(grant for grant in person.grants if grant.stands_in_for is None))


def granted(person: Person, roles: tuple[str, ...], version: int, entry: int) -> Person:
    """Somebody with some roles more, from a version of the roster and an entry on."""
    held = {grant.role for grant in person.grants if grant.until is None}
    fresh = tuple(Grant(role, version, entry=entry) for role in dict.fromkeys(roles) if role not in held)
    return replace(person, grants=person.grants + fresh)


def revoked(person: Person, roles: tuple[str, ...], version: int) -> Person:
    """Somebody without some of their roles, from a version of the roster on."""
    grants = tuple(
        replace(grant, until=version) if grant.role in roles and grant.until is None else grant
        for grant in person.grants
    )
    return replace(person, grants=grants)
