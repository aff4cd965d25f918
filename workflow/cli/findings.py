"""``finding`` and ``accept-risk``: what somebody found wrong, and who answers for letting it stand for a time."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.candidates import whole
from workflow.cli.options import STOP, Candidates, Message, Release, Role, command
from workflow.cli.roles import role_for, warn_if_nobody
from workflow.cli.session import Call
from workflow.clock import parse_moment
from workflow.facts import Severity

app = typer.Typer()


@command(app, "finding", panel=STOP, changes=True)
def finding(
    call: Call,
    release: Release,
    text: Annotated[str, typer.Argument(help="What is wrong.", show_default=False)],
    severity: Annotated[Severity, typer.Option("--severity", help="How grave it is.", show_default=False)],
    message: Message,
    role: Role = None,
    discharged_by: Annotated[
        str | None,
        typer.Option("--discharged-by", metavar="ROLE", help="Who says that it is gone; by default your role."),
    ] = None,
) -> None:
    """Say that something is wrong, and how grave that is. It blocks every raise, unless a gate says otherwise."""
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.finding(
            release,
            text,
            severity=severity,
            role=acting,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            discharged_by=discharged_by,
        )
        call.done(outcome)
        warn_if_nobody(call, engine, release, outcome, discharged_by or acting)


@command(app, "accept-risk", panel=STOP, changes=True, signs=True)
def accept_risk(
    call: Call,
    release: Release,
    finding_id: Annotated[str, typer.Argument(metavar="ID", help="The finding, such as R3.", show_default=False)],
    until: Annotated[
        str,
        typer.Option("--until", metavar="TIME", help="When it stands open again. With its zone.", show_default=False),
    ],
    message: Message,
    role: Role = None,
    candidates: Candidates = None,
) -> None:
    """Accept the risk of a finding until a time, where the process says who may. Your later word replaces this one."""
    moment = parse_moment(until)
    with call.engine() as engine:
        outcome = engine.accept_risk(
            release,
            finding_id,
            until=moment,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            candidates=whole(engine, candidates),
        )
    call.done(outcome)
