"""``withdraw``: the end of a release, and what the public is told of it, in one step."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.options import MOVE, Message, Release, Role, command
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.cli.shown import said
from workflow.process import Exposure

app = typer.Typer()


@command(app, "withdraw", panel=MOVE, changes=True, signs=True)
def withdraw(
    call: Call,
    release: Release,
    message: Message,
    notice: Annotated[
        str | None,
        typer.Option(
            "--notice", metavar="TEXT", help="What the public is told; may be left out of what was never out."
        ),
    ] = None,
    role: Role = None,
    trigger: Annotated[
        str | None,
        typer.Option("--trigger", metavar="TRIGGER", help="Which transition, where several lead to withdrawn."),
    ] = None,
) -> None:
    """End a release and tell the public, in one entry. Copies of what was out persist: nothing pulls them back.

    It passes the gate of its process, like every move. Nothing that stands against the files ends with it.

    Exit codes: 0 withdrawn; 1 refused; 8 something is still open; 4 a check could not be made. Whatever was not allowed
    is recorded.
    """
    with call.engine() as engine:
        outcome = engine.withdraw(
            release,
            notice,
            role=role_for(call, engine, release, role) if notice is not None else None,
            actor=call.actor,
            rationale=message,
            trigger=trigger,
            command_id=call.command_id,
        )
        status = engine.status(release)
    call.done(outcome, exposed=status.exposed.value)
    if status.exposed is Exposure.INTERNAL:
        call.out.line(f"{release} has ended. It was never out, as far as this ledger says.", lead="    ")
    else:
        call.out.line(
            f"{release} has ended. It was out, up to {status.exposed}: copies persist, and nothing pulls them back.",
            lead="    ",
        )
    if notice is not None:
        call.out.line(f"The public is told: {said(notice)}", lead="    ")
    call.hint(f"holdfast incident open {release} TEXT --known-since TIME warns whatever comes of these files")
