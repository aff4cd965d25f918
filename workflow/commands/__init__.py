"""What can be asked of the engine: one command becomes one entry.

A command holds everything of the request but its texts; where a text belongs, it holds the text's name. So two
requests are the same exactly when their commands are equal and their texts are.
"""

from __future__ import annotations

from workflow.commands.administration import (
    ApproveChange,
    DeclareAway,
    DeclareReturn,
    EraseText,
    ProposeChange,
    RestoreProtection,
    SuspendKey,
)
from workflow.commands.base import RATIONALE, Command, ReleaseCommand
from workflow.commands.course import (
    Advance,
    ApproveMigration,
    ProposeMigration,
    ReplaceCandidate,
    Schedule,
    Start,
    Withdraw,
)
from workflow.commands.decisions import Answer, AssertCondition, Override, SignOff, WithdrawSignOff, YesIf, depending
from workflow.commands.grounds import Attach, JudgeTest, Justify, MakeStatement, Review, SetAside
from workflow.commands.incidents import CloseIncident, OpenIncident
from workflow.commands.publishing import AbortExposure, Apply, ConfirmExposure, Plan, Reconcile
from workflow.commands.standing import (
    AcceptRisk,
    Discharge,
    Lift,
    LiftCondition,
    PlaceHold,
    RaiseCompromise,
    RaiseFinding,
    Require,
)

__all__ = [
    "RATIONALE",
    "AbortExposure",
    "AcceptRisk",
    "Advance",
    "Answer",
    "AnyCommand",
    "Apply",
    "ApproveChange",
    "ApproveMigration",
    "AssertCondition",
    "Attach",
    "CloseIncident",
    "Command",
    "ConfirmExposure",
    "DeclareAway",
    "DeclareReturn",
    "Discharge",
    "EraseText",
    "JudgeTest",
    "Justify",
    "Lift",
    "LiftCondition",
    "MakeStatement",
    "OpenIncident",
    "Override",
    "PlaceHold",
    "Plan",
    "ProposeChange",
    "ProposeMigration",
    "RaiseCompromise",
    "RaiseFinding",
    "Reconcile",
    "ReleaseCommand",
    "ReplaceCandidate",
    "Require",
    "RestoreProtection",
    "Review",
    "Schedule",
    "SetAside",
    "SignOff",
    "Start",
    "SuspendKey",
    "Withdraw",
    "WithdrawSignOff",
    "YesIf",
    "depending",
]

AnyCommand = (
    Start
    | ReplaceCandidate
    | Attach
    | SetAside
    | Review
    | Require
    | Discharge
    | MakeStatement
    | SignOff
    | WithdrawSignOff
    | Answer
    | Schedule
    | PlaceHold
    | Lift
    | Advance
    | EraseText
    | ProposeChange
    | ApproveChange
    | SuspendKey
    | DeclareAway
    | DeclareReturn
    | AssertCondition
    | Justify
    | RaiseCompromise
    | RestoreProtection
    | ProposeMigration
    | ApproveMigration
    | OpenIncident
    | CloseIncident
    | JudgeTest
    | RaiseFinding
    | AcceptRisk
    | Override
    | Withdraw
    | Plan
    | Apply
    | ConfirmExposure
    | AbortExposure
    | Reconcile
)
