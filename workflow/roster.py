"""The roster: who is known, in which roles, who administers, and which processes they allow.

It is the fold of the streams ``ledger`` and ``roster``, in the ledger's order. Its version counts the changes that were
accepted. Nobody is ever forgotten: somebody who left keeps their place, and every role keeps the versions that it was
held between, so that a question about an older entry still has its answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from workflow import ledger
from workflow.changes import (
    AdministratorsSet,
    Change,
    ClockCorrected,
    DecisionMakerNamed,
    DeputyDismissed,
    DeputyNamed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    LatecomerAdmitted,
    LogKeyNamed,
    PersonAdded,
    PersonRemoved,
    ProcessChartered,
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.checkpoints import NamedKey
from workflow.clock import parse_timestamp
from workflow.events import (
    AnyEvent,
    AwayDeclared,
    ChangeAccepted,
    ChangeApproved,
    ChangeProposed,
    KeySuspended,
    LedgerCreated,
    Recorded,
    ReturnDeclared,
)
from workflow.facts import CharteredProcess
from workflow.keyring import Key, enrolled
from workflow.ledger.note import NoteKey
from workflow.people import Deputy, Grant, Person, granted, revoked, without_deputies
from workflow.process import Exposure
from workflow.records import cached_property, replace
from workflow.signoff import Act


@dataclass(frozen=True, slots=True)
class Approval:
    """An administrator's word for a change: which version of the roster it was to make, and the key behind it."""

    version: int
    key: str | None


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that not enough administrators have approved yet, with who did."""

    id: str
    change: Change
    approvals: dict[str, Approval]
    texts: dict[str, str]


@dataclass(frozen=True)
class Roster:
    """Everything about people and permissions at one point of the ledger.

    ``contents`` has the digest of every change that was ever proposed, by its id: what an approval of it names.

    ``clock_corrected_in`` is the entry of the last clock correction; 0 before there was one.

    ``keys`` are by fingerprint. ``keyed`` is true from when on as many administrators as their threshold had a key of
    their own: what administrators ask is signed then, for good. ``away`` has the entry, and until when. ``admitted``
    are latecomers by person, role, release and round, with the change that let them in. ``deciders`` decide about an
    objection, by release and id, whose maker has left. ``log_keys`` are those that checkpoints were ever signed with;
    the last of them counts now.

    ``entry`` is the last that changed more than what is proposed, at the clock's reading ``recorded_at``, and
    ``earlier`` the roster before it.
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
    keys: dict[str, Key] = field(default_factory=dict)
    keyed: bool = False
    deputies: tuple[Deputy, ...] = ()
    away: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)
    absent_in: dict[str, int] = field(default_factory=dict)
    admitted: dict[tuple[str, str, str, int], str] = field(default_factory=dict)
    deciders: dict[tuple[str, str], str] = field(default_factory=dict)
    log_keys: tuple[NamedKey, ...] = ()
    entry: int = field(default=0, compare=False)
    recorded_at: datetime | None = field(default=None, compare=False)
    earlier: Roster | None = field(default=None, compare=False, repr=False)

    @property
    def line(self) -> Iterator[Roster]:
        """The roster and each one that it was before, the last first, but for what was only proposed."""
        roster: Roster | None = self
        while roster is not None:
            yield roster
            roster = roster.earlier

    def after(self, entry: int) -> Roster:
        """The roster as it was after an entry, whoever stands in for whom in this one left out of it."""
        found = next((roster for roster in self.line if roster.entry <= entry), Roster())
        if not found.deputies:
            return found
        own = {handle: without_deputies(person) for handle, person in found.people.items()}
        return replace(found, people=own)

    def knows(self, handle: str) -> bool:
        """Whether this is somebody who has not left."""
        person = self.people.get(handle)
        return person is not None and person.left is None

    def holds(self, handle: str, role: str) -> bool:
        """Whether somebody holds a role now."""
        return handle in self.having(role)

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
        return self._holders.get(role, ())

    @cached_property
    def _holders(self) -> dict[str, tuple[str, ...]]:
        # Asked for several times an entry, while a roster lasts for many.
        roles = {grant.role for person in self.people.values() for grant in person.grants}
        return {role: tuple(sorted(who for who in self.people if self.held(who, role, self.version))) for role in roles}

    def keys_of(self, handle: str) -> tuple[Key, ...]:
        """Every key that was ever enrolled for somebody, in its order."""
        return tuple(key for key in self.keys.values() if key.person == handle)

    def signs_with(self, handle: str, key: str | None) -> bool:
        """Whether a key is somebody's own, and may sign now."""
        known = self.keys.get(key or "")
        return known is not None and known.person == handle and known.refuses is None

    def can_sign(self, handle: str, *, without: str = "") -> bool:
        """Whether somebody has a key that may sign now; ``without`` one of theirs, where that is said."""
        able = (key.fingerprint for key in self.keys_of(handle) if key.refuses is None)
        return self.knows(handle) and any(fingerprint != without for fingerprint in able)

    def fault(self, act: Act) -> str | None:
        """Why an act does not count because of the key that it was signed with, or None; a claim has no such fault."""
        if act.key is None:
            return None
        known = self.keys.get(act.key)
        return known.bears(act) if known else "the key is not on the roster"

    def fallen(self, act: Act, entry: int) -> bool:
        """Whether what an entry rests on an act has fallen since, because of the key that the act was signed with.

        What was known to be bad by then was not counted there, so nothing fell with it.
        """
        if self.fault(act) is None:
            return False
        stopped = self.keys[act.key].stopped(act.at) if act.key in self.keys else None
        return stopped is None or stopped > entry

    def root_key(self, key: Key) -> Key:
        """The key that answers for a key in the end: itself, or the first of those that signed one for the next.

        What a key signed for that was suspended, or compromised by then, stands alone.
        """
        while key.crossed_by is not None:
            before = self.keys[key.crossed_by]
            if before.fault(key.at) is not None:
                break
            key = before
        return key

    def is_away(self, handle: str, now: datetime) -> bool:
        """Whether somebody said that they are away, and has neither come back nor said until when that is over."""
        since = self.away.get(handle)
        return since is not None and (since[1] is None or now < since[1])

    def stood_in(self, handle: str, role: str) -> Deputy | None:
        """As whose deputy somebody could act in a role at any time, or None; the last to have been named."""
        named = (item for item in reversed(self.deputies) if item.deputy == handle and role in item.roles)
        return next(named, None)

    def stands_in(self, handle: str, role: str) -> str | None:
        """For whom somebody holds a role now that is not their own, or None."""
        grant = self._grant(handle, role)
        return grant.stands_in_for if grant else None

    def acts_from(self, handle: str, role: str) -> int:
        """The entry from which on somebody acts in a role that they hold now; 0 where they are nobody's deputy."""
        grant = self._grant(handle, role)
        return grant.acts_from if grant else 0

    def joined(self, handle: str, role: str) -> int:
        """The entry by which somebody was given a role that they hold now; 0 where they hold it by nothing."""
        grant = self._grant(handle, role)
        return grant.entry if grant else 0

    def _grant(self, handle: str, role: str) -> Grant | None:
        person = self.people.get(handle)
        held = person.grants if person else ()
        return next((grant for grant in held if grant.role == role and grant.until is None), None)

    def chartered(self, process: str) -> Exposure:
        """How far a release under this process may get; a process that is not in the charter, ``internal``."""
        allowed = self.charter.get(process)
        return allowed.exposure if allowed else Exposure.INTERNAL


def evolve(roster: Roster, event: AnyEvent, recorded: Recorded) -> Roster:
    """The roster after one more event; events of other kinds leave it as it is."""
    after = _evolved(roster, event, recorded)
    if after is roster or isinstance(event, ChangeProposed | ChangeApproved):
        return after
    return replace(after, entry=recorded.seq, recorded_at=recorded.at, earlier=roster)


def _evolved(roster: Roster, event: AnyEvent, recorded: Recorded) -> Roster:
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
            proposed = {recorded.actor: Approval(roster.version + 1, recorded.key)}
            change = PendingChange(event.id, event.change, proposed, dict(recorded.texts))
            contents = {**roster.contents, event.id: ledger.digest(event.change.model_dump(mode="json"))}
            return replace(roster, pending=(*roster.pending, change), contents=contents)
        case ChangeApproved():
            approval = {recorded.actor: Approval(roster.version + 1, recorded.key)}
            pending = tuple(
                replace(change, approvals={**change.approvals, **approval}) if change.id == event.id else change
                for change in roster.pending
            )
            return replace(roster, pending=pending)
        case ChangeAccepted():
            texts = next((change.texts for change in roster.pending if change.id == event.id), {})
            pending = tuple(change for change in roster.pending if change.id != event.id)
            accepted = replace(roster, pending=pending, version=roster.version + 1)
            return _keyed(_apply(accepted, event.change, event.id, recorded, texts))
        case KeySuspended():
            return _with_key(roster, replace(roster.keys[event.key], suspended=recorded.seq))
        case AwayDeclared():
            until = parse_timestamp(event.until) if event.until else None
            absent_in = {**roster.absent_in, recorded.actor: recorded.seq}
            return replace(roster, away={**roster.away, recorded.actor: (recorded.seq, until)}, absent_in=absent_in)
        case ReturnDeclared():
            still = {who: since for who, since in roster.away.items() if who != recorded.actor}
            return replace(roster, away=still, absent_in={**roster.absent_in, recorded.actor: recorded.seq})
        case _:
            return roster


def _apply(roster: Roster, change: Change, identifier: str, recorded: Recorded, texts: dict[str, str]) -> Roster:
    match change:
        case PersonAdded():
            known = roster.people.get(change.person) or Person(change.person)
            name = texts.get(change.name) if change.name else known.name
            present = replace(known, left=None, name=name)
            return _with_person(roster, granted(present, change.roles, roster.version, recorded.seq))
        case RolesGranted():
            person = roster.people[change.person]
            return _with_person(roster, granted(person, change.roles, roster.version, recorded.seq))
        case RolesRevoked():
            return _with_person(roster, revoked(roster.people[change.person], change.roles, roster.version))
        case PersonRemoved():
            person = roster.people[change.person]
            roles = tuple(grant.role for grant in person.grants)
            return _with_person(roster, replace(revoked(person, roles, roster.version), left=roster.version))
        case ProcessChartered():
            allowed = CharteredProcess(process=change.process, name=change.name, exposure=change.exposure)
            others = {key: item for key, item in roster.charter.items() if key != change.process}
            return replace(roster, charter={**others, change.process: allowed})
        case ProcessUnchartered():
            return replace(roster, charter={key: item for key, item in roster.charter.items() if key != change.process})
        case ClockCorrected():
            return replace(roster, clock_corrected_at=recorded.at, clock_corrected_in=recorded.seq)
        case AdministratorsSet():
            fresh = {handle: Person(handle) for handle in change.administrators if handle not in roster.people}
            return replace(
                roster,
                administrators=change.administrators,
                threshold=change.threshold,
                people={**roster.people, **fresh},
            )
        case KeyEnrolled():
            return _with_key(roster, enrolled(change, roster.keys, entry=recorded.seq, at=recorded.at, texts=texts))
        case KeyRestored():
            return _with_key(roster, replace(roster.keys[change.key], suspended=None))
        case KeyRevoked():
            key = roster.keys[change.key]
            since = parse_timestamp(change.compromised_since) if change.compromised_since else None
            # Whether what it signed counts is decided with this; a suspension was until then.
            ended = replace(key, suspended=None, revoked=key.revoked or recorded.seq, compromised_since=since)
            if since is not None:
                ended = replace(ended, compromised_in=recorded.seq)
            return _with_key(roster, ended)
        case DeputyNamed():
            until = parse_timestamp(change.until) if change.until else None
            named = Deputy(
                change.person, change.deputy, change.roles, roster.version, recorded.seq, change.release, until
            )
            return replace(roster, deputies=(*roster.deputies, named))
        case DeputyDismissed():
            return replace(
                roster,
                deputies=tuple(
                    replace(item, dismissed=item.dismissed or recorded.seq)
                    if (item.person, item.deputy) == (change.person, change.deputy)
                    else item
                    for item in roster.deputies
                ),
            )
        case LatecomerAdmitted():
            late = (change.person, change.role, change.release, change.round)
            return replace(roster, admitted={**roster.admitted, late: identifier})
        case DecisionMakerNamed():
            return replace(roster, deciders={**roster.deciders, (change.release, change.objection): change.person})
        case LogKeyNamed():
            before = [replace(key, ended=key.ended or recorded.seq) for key in roster.log_keys]
            return replace(roster, log_keys=(*before, NamedKey(NoteKey.parse(change.key), recorded.seq)))


def _with_key(roster: Roster, key: Key) -> Roster:
    return replace(roster, keys={**roster.keys, key.fingerprint: key})


def _keyed(roster: Roster) -> Roster:
    """The roster, keyed from when on as many administrators as their threshold can sign: for good."""
    able = sum(1 for handle in roster.administrators if roster.can_sign(handle))
    return replace(roster, keyed=roster.keyed or able >= roster.threshold)


def _with_person(roster: Roster, person: Person) -> Roster:
    return replace(roster, people={**roster.people, person.handle: person})
