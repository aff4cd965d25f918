"""Decides what a command makes happen, from what is known at the ledger's head. Pure: no clock, no I/O, no database.

A command that is not allowed becomes a ``CommandRefused``, which is recorded like everything else. A command that
cannot mean anything (an unknown id, a name that is taken) raises, and is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflow import commands
from workflow.commands import AnyCommand, Command
from workflow.decisions import (
    acts,
    administer,
    enrolment,
    findings,
    incidents,
    migrating,
    moves,
    overrides,
    publishing,
    showing,
    sign_offs,
)
from workflow.decisions.attesting import attest, identify
from workflow.decisions.situation import Refusal, Situation
from workflow.events import CommandRefused, Event
from workflow.texts import presentable

__all__ = ["Refusal", "Situation", "decide", "propose"]

MAX_MESSAGE = 2000
"""The longest message of a refusal. It may quote what was signed, which may be anything."""

_DECISIONS: dict[type[Command], Callable[[Situation, Any], tuple[Event, ...]]] = {
    commands.Start: moves.start,
    commands.ReplaceCandidate: moves.replace_candidate,
    commands.Advance: moves.advance,
    commands.Schedule: moves.schedule,
    commands.PlaceHold: moves.place_hold,
    commands.Require: moves.require,
    commands.SignOff: sign_offs.sign_off,
    commands.WithdrawSignOff: sign_offs.withdraw_sign_off,
    commands.Answer: sign_offs.answer,
    commands.Lift: acts.lift,
    commands.Discharge: acts.discharge,
    commands.Review: acts.review,
    commands.JudgeTest: acts.judge_test,
    commands.RaiseFinding: findings.raise_finding,
    commands.AcceptRisk: findings.accept_risk,
    commands.Override: overrides.decide_override,
    commands.MakeStatement: acts.statement,
    commands.Attach: showing.attach,
    commands.SetAside: showing.set_aside,
    commands.ProposeChange: administer.propose_change,
    commands.ApproveChange: administer.approve_change,
    commands.EraseText: administer.erase,
    commands.RestoreProtection: administer.restore_protection,
    commands.SuspendKey: enrolment.suspend_key,
    commands.DeclareAway: enrolment.away,
    commands.DeclareReturn: enrolment.back,
    commands.RaiseCompromise: enrolment.raise_compromise,
    commands.AssertCondition: sign_offs.assert_condition,
    commands.Justify: showing.justify,
    commands.ProposeMigration: migrating.propose_migration,
    commands.ApproveMigration: migrating.approve_migration,
    commands.Withdraw: moves.withdraw,
    commands.OpenIncident: incidents.open_incident,
    commands.CloseIncident: incidents.close_incident,
    commands.Plan: publishing.plan,
    commands.Apply: publishing.apply,
    commands.ConfirmExposure: publishing.confirm,
    commands.AbortExposure: publishing.abort,
    commands.Reconcile: publishing.reconcile,
}


def propose(situation: Situation, command: AnyCommand) -> tuple[Event, ...]:
    """The events that a command would make happen, whether it is signed or not: what there is to sign.

    Raises:
        Refusal: it is not allowed, signed or not.
        InvalidInput: as for :func:`decide`.
        NotFound: as for :func:`decide`.
    """
    return _DECISIONS[type(command)](situation, command)


def decide(situation: Situation, command: AnyCommand) -> tuple[Event, ...]:
    """The events that a command makes happen; a single ``CommandRefused`` where it is not allowed.

    Raises:
        InvalidInput: the command does not fit what there is; it is not recorded.
        NotFound: it names something that does not exist; it is not recorded.
    """
    try:
        identify(situation, command.actor)
        events = propose(situation, command)
        attest(situation, command, events)
        return events
    except Refusal as refusal:
        return (
            CommandRefused(
                command=command.command,
                request=command.request(),
                code=refusal.code,
                outcome=refusal.outcome,
                message=presentable(refusal.message, MAX_MESSAGE),
                remedy=refusal.remedy,
            ),
        )
