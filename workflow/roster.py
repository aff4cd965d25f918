"""The roster: who is known, in which roles, who administers, and which processes they allow.

It is the fold of the streams ``ledger`` and ``roster``, in the ledger's order. Its version counts the changes that were
accepted. Nobody is ever forgotten: somebody who left keeps their place, and every role keeps the versions that it was
held between, so that a question about an older entry still has its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from workflow import ledger
from workflow.changes import (
    Change,
    ClockCorrected,
    PersonAdded,
    PersonRemoved,
    ProcessChartered,
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.events import AnyEvent, ChangeAccepted, ChangeApproved, ChangeProposed, LedgerCreated, Recorded
from workflow.facts import CharteredProcess
from workflow.process import Exposure


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a person holds from one version of the roster on, and until another, if it was revoked."""

    role: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the ledger knows, by a pseudonymous handle. ``name`` is the commitment of the real name."""

    handle: str
    grants: tuple[Grant, ...] = ()
    left: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that not enough administrators have approved yet."""

    id: str
    change: Change
    approvals: tuple[str, ...]
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything about people and permissions at one point of the ledger.

    ``contents`` has the digest of every change that was ever proposed, by its id: what an approval of it names.

    ``clock_corrected_in`` is the entry of the last clock correction; 0 before there was one.
    """

    version: int = 0
    administrators: tuple[str, ...] = ()
    threshold: int = 1
    people: dict[str, Person] = field(default_factory=dict)
    charter: dict[str, CharteredProcess] = field(default_factory=dict)
    pending: tuple[PendingChange, ...] = ()
    contents: dict[str, str] = field(default_factory=dict)
    clock_corrected_at: datetime | None = None
    clock_corrected_in: int = 0

    def knows(self, handle: str) -> bool:
        """Whether this is somebody who has not left."""
        person = self.people.get(handle)
        return person is not None and person.left is None

    def holds(self, handle: str, role: str) -> bool:
        """Whether somebody holds a role now."""
        return self.held(handle, role, self.version)

    def held(self, handle: str, role: str, version: int) -> bool:
        """Whether somebody held a role at an earlier version of the roster."""
        person = self.people.get(handle)
        if person is None or (person.left is not None and person.left <= version):
            return False
        return any(
            grant.role == role and grant.since <= version and (grant.until is None or version < grant.until)
            for grant in person.grants
        )

    def kept(self, handle: str, role: str, version: int) -> bool:
        """Whether somebody has held a role from an earlier version of the roster until now, without a break."""
        person = self.people.get(handle)
        return person is not None and any(
            grant.role == role and grant.since <= version and grant.until is None for grant in person.grants
        )

    def roles(self, handle: str) -> tuple[str, ...]:
        """The roles that somebody holds now, in the order they were granted."""
        person = self.people.get(handle)
        if person is None or person.left is not None:
            return ()
        return tuple(grant.role for grant in person.grants if grant.until is None)

    def having(self, role: str) -> tuple[str, ...]:
        """The people who hold a role now, by handle."""
        return tuple(sorted(handle for handle in self.people if self.holds(handle, role)))

    def chartered(self, process: str) -> Exposure:
        """How far a release under this process may get; a process that is not in the charter, ``internal``."""
        allowed = self.charter.get(process)
        return allowed.exposure if allowed else Exposure.INTERNAL


def evolve(roster: Roster, event: AnyEvent, recorded: Recorded) -> Roster:
    """The roster after one more event; events of other kinds leave it as it is."""
    match event:
        case LedgerCreated():
            return replace(
                roster,
                administrators=event.administrators,
                threshold=event.threshold,
                people={handle: Person(handle) for handle in event.administrators},
                charter={allowed.process: allowed for allowed in event.charter},
            )
        case ChangeProposed():
            change = PendingChange(event.id, event.change, (recorded.actor,), dict(recorded.texts))
            contents = {**roster.contents, event.id: ledger.digest(event.change.model_dump(mode="json"))}
            return replace(roster, pending=(*roster.pending, change), contents=contents)
        case ChangeApproved():
            pending = tuple(
                replace(change, approvals=(*change.approvals, recorded.actor)) if change.id == event.id else change
                for change in roster.pending
            )
            return replace(roster, pending=pending)
        case ChangeAccepted():
            texts = next((change.texts for change in roster.pending if change.id == event.id), {})
            pending = tuple(change for change in roster.pending if change.id != event.id)
            accepted = replace(roster, pending=pending, version=roster.version + 1)
            return _apply(accepted, event.change, recorded, texts)
        case _:
            return roster


def _apply(roster: Roster, change: Change, recorded: Recorded, texts: dict[str, str]) -> Roster:
    match change:
        case PersonAdded():
            known = roster.people.get(change.person) or Person(change.person)
            name = texts.get(change.name) if change.name else known.name
            return _with_person(roster, _granted(replace(known, left=None, name=name), change.roles, roster.version))
        case RolesGranted():
            return _with_person(roster, _granted(roster.people[change.person], change.roles, roster.version))
        case RolesRevoked():
            return _with_person(roster, _revoked(roster.people[change.person], change.roles, roster.version))
        case PersonRemoved():
            person = roster.people[change.person]
            roles = tuple(grant.role for grant in person.grants)
            return _with_person(roster, replace(_revoked(person, roles, roster.version), left=roster.version))
        case ProcessChartered():
            allowed = CharteredProcess(process=change.process, name=change.name, exposure=change.exposure)
            others = {key: item for key, item in roster.charter.items() if key != change.process}
            return replace(roster, charter={**others, change.process: allowed})
        case ProcessUnchartered():
            return replace(roster, charter={key: item for key, item in roster.charter.items() if key != change.process})
        case ClockCorrected():
            return replace(roster, clock_corrected_at=recorded.at, clock_corrected_in=recorded.seq)


def _with_person(roster: Roster, person: Person) -> Roster:
    return replace(roster, people={**roster.people, person.handle: person})


def _granted(person: Person, roles: tuple[str, ...], version: int) -> Person:
    held = {grant.role for grant in person.grants if grant.until is None}
    fresh = tuple(Grant(role, version) for role in dict.fromkeys(roles) if role not in held)
    return replace(person, grants=person.grants + fresh)


def _revoked(person: Person, roles: tuple[str, ...], version: int) -> Person:
    grants = tuple(
        replace(grant, until=version) if grant.role in roles and grant.until is None else grant
        for grant in person.grants
    )
    return replace(person, grants=grants)
