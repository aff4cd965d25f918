"""Decides what administrators do: changes to the roster and the charter, and the erasure of texts."""

from __future__ import annotations

from workflow.changes import (
    AdministratorsSet,
    Change,
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
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.clock import timestamp
from workflow.commands import ApproveChange, EraseText, ProposeChange, RestoreProtection
from workflow.decisions.authority import counting, enough
from workflow.decisions.enrolment import enrols, known_key
from workflow.decisions.log_keys import names
from workflow.decisions.situation import Refusal, Situation, find
from workflow.errors import InvalidInput, NotFound
from workflow.events import (
    ChangeAccepted,
    ChangeApproved,
    ChangeProposed,
    Event,
    ProtectionRestored,
    TextErased,
)
from workflow.lineage import objections
from workflow.roster import Roster


def propose_change(situation: Situation, command: ProposeChange) -> tuple[Event, ...]:
    """A change, in force at once where one administrator is enough."""
    roster = situation.roster
    administrator(roster, command.actor)
    _makes_sense(situation, command.change)
    identifier = f"C{len(roster.contents) + 1}"
    proposed = ChangeProposed(id=identifier, change=command.change)
    if not enough(roster, command.change, {command.actor}):
        return (proposed,)
    return (proposed, ChangeAccepted(id=identifier, change=command.change))


def approve_change(situation: Situation, command: ApproveChange) -> tuple[Event, ...]:
    """Another administrator's approval; the last one that is needed puts the change in force."""
    roster = situation.roster
    pending = find("pending change", command.id, roster.pending)
    administrator(roster, command.actor, pending.change)
    if command.content != roster.contents[command.id]:
        raise InvalidInput(f"{command.id} is another change than the one that was seen", remedy="holdfast roster show")
    standing = counting(roster, pending)
    if command.actor in standing:
        raise InvalidInput(f"{command.actor} approved {command.id} already", remedy="another administrator must")
    _makes_sense(situation, pending.change)
    approved = ChangeApproved(id=command.id, content=command.content)
    if not enough(roster, pending.change, {*standing, command.actor}):
        return (approved,)
    return (approved, ChangeAccepted(id=command.id, change=pending.change))


def erase(situation: Situation, command: EraseText) -> tuple[Event, ...]:
    """The erasure of a text, unless it is that of a requirement that stands open."""
    administrator(situation.roster, command.actor)
    commitment = situation.texts_of_subject.get(command.name)
    if commitment is None:
        known = ", ".join(situation.texts_of_subject) or "none"
        raise NotFound(f"entry {command.entry} has no text {command.name!r}", remedy=f"it has: {known}")
    releases = (situation.release, *situation.kin) if situation.release else ()
    for bearer in releases:
        for item in objections(bearer, [other for other in releases if other is not bearer]).requirements:
            if item.source.text == commitment:
                raise Refusal(
                    "requirement-open",
                    f"this is the text of {item.id}, which stands open against {bearer.slug}",
                    remedy="a requirement's text can be erased once it is discharged",
                )
    return (TextErased(entry=command.entry, name=command.name, commitment=commitment),)


def restore_protection(situation: Situation, command: RestoreProtection) -> tuple[Event, ...]:
    """The acknowledgement that the database had lost its append-only triggers."""
    administrator(situation.roster, command.actor)
    return (ProtectionRestored(triggers=command.triggers),)


def administrator(roster: Roster, person: str, change: Change | None = None) -> None:
    """Checks that somebody administers, or will by the change that it is about."""
    coming = change.administrators if isinstance(change, AdministratorsSet) else ()
    if person not in (*roster.administrators, *coming):
        who = ", ".join(roster.administrators)
        raise Refusal("not-administrator", f"{person} is no administrator of this ledger", remedy=f"{who} can do this")


def _makes_sense(situation: Situation, change: Change) -> None:
    roster = situation.roster
    match change:
        case KeyEnrolled():
            enrols(situation, change)
        case KeyRestored():
            key = known_key(roster, change.key)
            if key.suspended is None:
                raise InvalidInput(f"the key {change.key} is not suspended", remedy="holdfast roster show")
        case KeyRevoked():
            _can_revoke(situation, change)
        case AdministratorsSet():
            _can_administer(roster, change)
        case DeputyNamed():
            _present(roster, change.person)
            _present(roster, change.deputy)
            missing = [role for role in change.roles if not roster.holds(change.person, role)]
            if change.person == change.deputy or missing:
                raise InvalidInput(
                    f"{change.person} does not hold {', '.join(missing)}" if missing else "nobody is their own deputy",
                    remedy="name somebody else, for roles that the person holds",
                )
            if change.until is not None and change.until <= timestamp(situation.at):
                raise InvalidInput("that time has passed already", remedy="name a time that is still to come")
        case DeputyDismissed():
            named = (item for item in roster.deputies if item.dismissed is None)
            if not any((item.person, item.deputy) == (change.person, change.deputy) for item in named):
                raise NotFound(f"{change.deputy} is no deputy of {change.person}", remedy="holdfast roster show")
        case LatecomerAdmitted():
            _present(roster, change.person)
            stands_in = any(item.deputy == change.person and change.role in item.roles for item in roster.deputies)
            if not stands_in and not roster.holds(change.person, change.role):
                raise InvalidInput(f"{change.person} does not hold {change.role}", remedy="holdfast roster grant")
        case DecisionMakerNamed():
            _present(roster, change.person)
        case LogKeyNamed():
            names(situation, change)
        case PersonAdded():
            known = roster.knows(change.person)
            # Administrators are known from the genesis on; adding one gives them a name and roles.
            if known and not (change.person in roster.administrators and not roster.roles(change.person)):
                raise InvalidInput(f"{change.person} is on the roster already", remedy="holdfast roster grant")
        case RolesGranted():
            _present(roster, change.person)
            if all(roster.holds(change.person, role) for role in change.roles):
                raise InvalidInput(f"{change.person} holds {', '.join(change.roles)} already")
        case RolesRevoked():
            _present(roster, change.person)
            if not all(roster.holds(change.person, role) for role in change.roles):
                held = ", ".join(roster.roles(change.person)) or "no role"
                raise InvalidInput(f"{change.person} holds {held}")
        case PersonRemoved():
            _present(roster, change.person)
            if change.person in roster.administrators:
                raise InvalidInput(f"{change.person} is an administrator; an administrator cannot be removed")
        case ProcessUnchartered():
            if change.process not in roster.charter:
                raise NotFound(f"the charter has no process {change.process[:12]}", remedy="holdfast charter show")
        case _:
            return


def _can_revoke(situation: Situation, change: KeyRevoked) -> None:
    roster = situation.roster
    key = known_key(roster, change.key)
    since = change.compromised_since
    if key.revoked is not None and since is None:
        raise InvalidInput(f"the key {change.key} was revoked already, entry {key.revoked}")
    if since is not None and since > timestamp(situation.at):
        raise InvalidInput("that time has not come yet", remedy="say since when what it signed does not count")
    if since is not None and key.compromised_since is not None and since >= timestamp(key.compromised_since):
        raise InvalidInput(
            f"the key {change.key} was compromised since {timestamp(key.compromised_since)} already",
            remedy="only an earlier time can be said now: what counts no more does not come back",
        )
    able = [person for person in roster.administrators if roster.can_sign(person, without=change.key)]
    if roster.keyed and key.refuses is None and len(able) < roster.threshold:
        raise InvalidInput(
            f"after this {len(able)} of {', '.join(roster.administrators)} could sign, and a change takes "
            f"{roster.threshold}: nothing on this roster could be changed any more",
            remedy="enrol another key first, or other administrators: holdfast roster enroll, roster administrators",
        )


def _can_administer(roster: Roster, change: AdministratorsSet) -> None:
    people = set(change.administrators)
    if len(people) < len(change.administrators) or change.threshold > len(people):
        raise InvalidInput(
            f"a threshold of {change.threshold} cannot be reached by {', '.join(change.administrators)}",
            remedy="name each administrator once, and at least as many as the threshold",
        )
    for person in change.administrators:
        _present(roster, person)
    able = sum(1 for person in people if roster.can_sign(person))
    if roster.keyed and able < change.threshold:
        raise InvalidInput(
            f"only {able} of {', '.join(change.administrators)} have a key, and a change would take {change.threshold}",
            remedy="enrol their keys first: holdfast roster enroll",
        )


def _present(roster: Roster, person: str) -> None:
    if not roster.knows(person):
        known = ", ".join(sorted(handle for handle in roster.people if roster.knows(handle)))
        raise NotFound(f"{person} is not on the roster", remedy=f"it has: {known}")
