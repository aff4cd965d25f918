"""``attach`` and ``set-aside``: what is laid before the gates, and what counts of it."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.options import SHOW, Message, Release, Role, command
from workflow.cli.roles import role_for
from workflow.cli.session import Call

app = typer.Typer()


@command(app, "attach", panel=SHOW, changes=True, signs=True)
def attach(
    call: Call,
    release: Release,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The report or document.", show_default=False)],
    message: Message,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="document: keep the file as it is, without reading it.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="What a document is called.")] = None,
    declare_as: Annotated[
        str | None,
        typer.Option(
            "--declare-as", metavar="ROLE", help="As what you declare whose it is, if the report does not say."
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option(
            "--candidate", metavar="DIGEST", help="The candidate that you declare; by default the present one."
        ),
    ] = None,
) -> None:
    """Attach a report or a document. It is read, kept, and counts for the candidate that it was made for."""
    with call.engine() as engine:
        outcome = engine.attach(
            release,
            call.path(file),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            kind=kind,
            name=name,
            declare_as=declare_as,
            candidate=candidate,
        )
    call.done(outcome)


@command(app, "set-aside", panel=SHOW, changes=True, signs=True)
def set_aside(
    call: Call,
    release: Release,
    evidence: Annotated[str, typer.Argument(metavar="ID", help="The evidence, such as E4.", show_default=False)],
    message: Message,
    role: Role = None,
) -> None:
    """Take a report out of what counts, for a reason that you answer for."""
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        call.done(
            engine.set_aside(
                release, evidence, role=acting, actor=call.actor, rationale=message, command_id=call.command_id
            )
        )
