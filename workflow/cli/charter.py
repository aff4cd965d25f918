"""``charter``: which processes are allowed, and how far. Changes are the administrators', by their threshold."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.options import KEEP, Message, command, group
from workflow.cli.session import Call
from workflow.definition import shipped
from workflow.errors import InvalidInput
from workflow.process import Exposure

app = typer.Typer()
charter = group("charter", "Which processes are allowed, and how far.", panel=KEEP, parent=app)


@command(charter, "show")
def show(call: Call) -> None:
    """Show which processes releases may be started under, and how far they may get."""
    with call.engine() as engine:
        view = engine.roster()
    if view.charter:
        call.out.table(
            ("process", "up to", "digest"), [(line.name, line.exposure, line.process) for line in view.charter]
        )
    else:
        call.out.line("The charter allows no process.")
    call.out.json(view.charter)


@command(charter, "allow", changes=True, signs=True)
def allow(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The process file.", show_default=False)],
    up_to: Annotated[Exposure, typer.Option("--up-to", help="The highest exposure that it may lead to.")],
    message: Message,
) -> None:
    """Allow releases under exactly this process, up to an exposure."""
    if file in shipped() and not call.path(file).exists():
        raise InvalidInput(
            f"{file} is no file but a ready-made process, which a new ledger's charter has already",
            remedy=f"holdfast charter show says how far; to allow it otherwise, write its file: holdfast process show "
            f"{file} --format yaml > {file}.yaml",
        )
    with call.engine() as engine:
        process = engine.load_process(call.path(file))
        call.done(engine.allow_process(process, up_to, actor=call.actor, rationale=message, command_id=call.command_id))


@command(charter, "disallow", changes=True, signs=True)
def disallow(
    call: Call,
    digest: Annotated[str, typer.Argument(help="The process, by its digest.", show_default=False)],
    message: Message,
) -> None:
    """Take a process out of the charter: releases under it rise no further."""
    with call.engine() as engine:
        call.done(engine.disallow_process(digest, actor=call.actor, rationale=message, command_id=call.command_id))
