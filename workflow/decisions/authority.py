"""Whose word it takes: the administrators' for the roster, by their threshold, and a signer's for what opens a gate.

Looked at when something is decided, and again whenever it is folded. So an entry that somebody wrote into the database
makes nobody an administrator, no key anybody's, and nothing pass that has to be signed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workflow.changes import AdministratorsSet, Change
from workflow.events import (
    AnyEvent,
    AwayDeclared,
    ChangeAccepted,
    ChangeApproved,
    ChangeProposed,
    CompromiseFound,
    Event,
    ExposureBegun,
    HoldPlaced,
    LedgerCreated,
    LiftApproved,
    MigrationApproved,
    ObjectionAnswered,
    ObjectionClosed,
    OverrideDecided,
    OverrideUsed,
    ProcessMigrated,
    Reaffirmed,
    Recorded,
    ReleaseStarted,
    RequiredTestJudged,
    RequirementRaised,
    ReturnDeclared,
    RiskReviewed,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
    TransitionMade,
    binding_of,
)
from workflow.process import WITHDRAWN, Process
from workflow.release import ReleaseState
from workflow.roster import PendingChange, Roster


def counting(roster: Roster, pending: PendingChange) -> frozenset[str]:
    """Whose approvals of a pending change count: where they sign, those for the very next version, by keys that hold.

    An approval that was given before another change came into force was for another roster; it has to be given anew.
    """
    return frozenset(
        person
        for person, approval in pending.approvals.items()
        if not roster.keyed or (approval.version == roster.version + 1 and roster.signs_with(person, approval.key))
    )


def enough(roster: Roster, change: Change, people: Collection[str]) -> bool:
    """Whether a change has its threshold: of administrators, and for other administrators of those as well.

    The rule is that of TUF for its root role (The Update Framework specification, section 5.3).
    """
    if len(set(people).intersection(roster.administrators)) < roster.threshold:
        return False
    if isinstance(change, AdministratorsSet):
        return len(set(people).intersection(change.administrators)) >= change.threshold
    return True


def must_sign(roster: Roster, person: str) -> bool:
    """Whether somebody says only by a signature that they are away or back: that lets a deputy act, or stops one."""
    return roster.keyed or any(key.proven for key in roster.keys_of(person))


def opens(process: Process, event: Event) -> bool:
    """Whether an event is one that can open a gate of a process whose signers sign: then it is none without that."""
    if not process.signed or binding_of(event) is None:
        return False
    match event:
        case SignOffRecorded():
            # A recusal lets a deputy act, and an abstention ends an approval of one's own; a refusal opens nothing.
            return event.decision != "reject"
        case SignOffWithdrawn():
            return bool(event.candidates)  # that of a reject; an approval that goes opens nothing
        case RiskReviewed():
            return event.verdict == "acceptable"
        case RequiredTestJudged():
            return event.verdict != "failed"
        case OverrideDecided():
            return event.decision == "approve"
        case _:
            return True


def misstates(process: Process, release: ReleaseState, event: Event, actor: str) -> str | None:
    """What an event says of itself that its process, or what it closes, says otherwise; or None.

    Whether enough of a role that the gates count spoke is decided by the policies, and looked at again by the audit.
    """
    match event:
        case SignOffRecorded():
            role = next((role for role in process.roles if role.name == event.binding.role), None)
            way = next((way for way in process.transitions if way.trigger == event.binding.transition), None)
            if role is None or event.authority != role.authority:
                return f"gives the word of {event.binding.role} another weight than {process.label} does"
            if way is None or event.exposure != process.stage(way.dest).exposure:
                return f"names another exposure than {process.label} does"
        case ObjectionClosed():
            for hold in (item for item in release.holds if item.id == event.subject and item.count is not None):
                said = [
                    {lift.act.person for lift in hold.lifts if name in lift.candidates} for name in event.candidates
                ]
                if any(len(people | {actor}) < (hold.count or 1) for people in said):
                    return f"closes {hold.id}, which takes {hold.count} of {hold.role}"
    return None


def breach(roster: Roster, event: AnyEvent, recorded: Recorded) -> str | None:
    """Why an event that stands in the roster's stream cannot have come about, or None."""
    signed = roster.signs_with(recorded.actor, recorded.key)
    match event:
        case ChangeProposed():
            return None if signed or not roster.keyed else _unsigned(recorded)
        case ChangeApproved():
            if event.content != roster.contents.get(event.id):
                return f"{recorded.actor} approved another change than {event.id}"
            return None if signed or not roster.keyed else _unsigned(recorded)
        case AwayDeclared() | ReturnDeclared():
            return None if signed or not must_sign(roster, recorded.actor) else _unsigned(recorded)
        case ChangeAccepted():
            pending = next((item for item in roster.pending if item.id == event.id), None)
            if pending is None or pending.change != event.change:
                return f"nobody proposed {event.id} as it came into force"
            if not enough(roster, event.change, counting(roster, pending)):
                return f"too few administrators approved {event.id}"
    return None


_BESIDE = ChangeAccepted | ExposureBegun | ObjectionClosed | OverrideUsed | ProcessMigrated | Reaffirmed
"""What is nobody's word by itself."""


def whole(events: Sequence[Event], *, begins: bool) -> bool:
    """Whether the events of an entry are what one command makes happen: its own, and what can follow from that.

    What closes an objection, or puts a change or another process in force, is nobody's word by itself: it stands beside
    the last one that was needed. ``begins`` is whether the entry is the first of its stream.
    """
    first, *rest = events
    if isinstance(first, _BESIDE):
        return False
    if isinstance(first, LedgerCreated | ReleaseStarted) and not begins:
        return False
    return all(_follows(first, event) for event in rest)


def _follows(first: Event, event: Event) -> bool:
    match first, event:
        case (ChangeProposed() | ChangeApproved(), ChangeAccepted()):
            return event.id == first.id
        case (ObjectionAnswered() | LiftApproved(), ObjectionClosed()):
            return event.subject == first.subject and set(event.candidates) <= set(first.candidates)
        case (StatementMade(), TransitionMade()):
            return first.binding.act == "withdrawal" and event.dest == WITHDRAWN
        case (MigrationApproved(), ProcessMigrated()):
            return event.process == first.process
        case (
            (SignOffRecorded(), Reaffirmed() | RequirementRaised())
            | (HoldPlaced() | CompromiseFound(), RequirementRaised())
            | (TransitionMade(), HoldPlaced() | ExposureBegun() | OverrideUsed())
        ):
            return True
        case _:
            return False


def _unsigned(recorded: Recorded) -> str:
    return f"{recorded.actor} has not signed it with a key of theirs that holds"
