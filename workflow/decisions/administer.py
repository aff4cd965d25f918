"""Decides what administrators do: changes to the roster and the charter, and the erasure of texts."""

from __future__ import annotations

from workflow.changes import Change, PersonAdded, PersonRemoved, ProcessUnchartered, RolesGranted, RolesRevoked
from workflow.commands import ApproveChange, EraseText, ProposeChange, RestoreProtection
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
    _administrator(roster, command.actor)
    _makes_sense(roster, command.change)
    identifier = f"C{len(roster.contents) + 1}"
    proposed = ChangeProposed(id=identifier, change=command.change)
    if roster.threshold > 1:
        return (proposed,)
    return (proposed, ChangeAccepted(id=identifier, change=command.change))


def approve_change(situation: Situation, command: ApproveChange) -> tuple[Event, ...]:
    """Another administrator's approval; the last one that is needed puts the change in force."""
    roster = situation.roster
    _administrator(roster, command.actor)
    pending = find("pending change", command.id, roster.pending)
    if command.content != roster.contents[command.id]:
        raise InvalidInput(f"{command.id} is another change than the one that was seen", remedy="holdfast roster show")
    if command.actor in pending.approvals:
        raise InvalidInput(f"{command.actor} approved {command.id} already", remedy="another administrator must")
    _makes_sense(roster, pending.change)
    approved = ChangeApproved(id=command.id, content=command.content)
    approvals = {*pending.approvals, command.actor}.intersection(roster.administrators)
    if len(approvals) < roster.threshold:
        return (approved,)
    return (approved, ChangeAccepted(id=command.id, change=pending.change))


def erase(situation: Situation, command: EraseText) -> tuple[Event, ...]:
    """The erasure of a text, unless it is that of a requirement that stands open."""
    _administrator(situation.roster, command.actor)
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
    _administrator(situation.roster, command.actor)
    return (ProtectionRestored(triggers=command.triggers),)


def _administrator(roster: Roster, person: str) -> None:
    if person not in roster.administrators:
        who = ", ".join(roster.administrators)
        raise Refusal("not-administrator", f"{person} is no administrator of this ledger", remedy=f"{who} can do this")


def _makes_sense(roster: Roster, change: Change) -> None:
    match change:
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


def _present(roster: Roster, person: str) -> None:
    if not roster.knows(person):
        known = ", ".join(sorted(handle for handle in roster.people if roster.knows(handle)))
        raise NotFound(f"{person} is not on the roster", remedy=f"it has: {known}")
