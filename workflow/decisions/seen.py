"""From which entry on there was what a command is about: whoever signs it must have seen the ledger so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workflow.commands import (
    AcceptRisk,
    Answer,
    AnyCommand,
    CloseIncident,
    DeclareAway,
    DeclareReturn,
    Discharge,
    EraseText,
    JudgeTest,
    Justify,
    Lift,
    MakeStatement,
    Reconcile,
    SetAside,
    Withdraw,
    WithdrawSignOff,
)
from workflow.decisions.situation import Situation


def since_when(situation: Situation, command: AnyCommand) -> int:
    """The last entry that a command's maker must have seen; 0 where it is about nothing that came at a certain one.

    Sign-offs name their round and basis, changes of the roster its version, and approvals of a migration the proposal.
    """
    if isinstance(command, EraseText):
        return command.entry
    if isinstance(command, DeclareAway | DeclareReturn):
        return situation.roster.absent_in.get(command.actor, 0)
    release = situation.release
    if release is None:
        return 0
    match command:
        case WithdrawSignOff():
            return _entry(release.sign_offs, command.subject)
        case Answer():
            # What closes an objection is counted within the round.
            return max(release.round_entry, _entry(release.sign_offs, command.subject))
        case Lift():
            return max(release.round_entry, _entry(release.holds, command.subject))
        case AcceptRisk():
            return _entry(release.requirements, command.subject)
        case CloseIncident():
            named = (cited.rpartition("/") for cited in command.evidence)
            cited = (
                _entry(other.evidence, identifier)
                for source, _, identifier in named
                for other in (release, *situation.kin)
                if other.slug == (source or release.slug)
            )
            return max(_entry(release.requirements, command.subject), *cited, 0)
        case Discharge():
            cited = (_entry(release.evidence, subject) for subject in command.evidence)
            return max(_entry(release.requirements, command.subject), *cited, 0)
        case JudgeTest():
            return max((_entry(release.evidence, subject) for subject in command.evidence), default=0)
        case SetAside():
            return _entry(release.evidence, command.subject)
        case Justify():
            sources = (other for other in (release, *situation.kin) if other.slug == command.source)
            return max((_entry(other.evidence, command.subject) for other in sources), default=0)
        case Reconcile():
            return max((item.entry for item in release.publications if item.permit == command.subject), default=0)
        case Withdraw():
            return release.round_entry
        case MakeStatement():
            return max(release.round_entry, _entry(release.requirements, command.about or ""))
        case _:
            return 0


def _entry(items: Sequence[Any], subject: str) -> int:
    for item in items:
        if item.id == subject:
            act = getattr(item, "act", None)
            return int(act.entry if act is not None else item.entry)
    return 0
