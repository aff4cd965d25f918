"""``explain``: would a transition be allowed now, and what stands in the way?"""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.explanation import Surroundings, show_explanation
from workflow.cli.options import ASK, Measured, NoHash, Release, Trigger, command
from workflow.cli.progress import hashing
from workflow.cli.releases import chosen
from workflow.cli.session import Call
from workflow.clock import parse_moment
from workflow.errors import InvalidInput
from workflow.looking import may_call

app = typer.Typer()


@command(app, "explain", panel=ASK)
def explain(
    call: Call,
    release: Release,
    trigger: Trigger,
    everything: Annotated[bool, typer.Option("--all", help="Show what is met, too.")] = False,
    no_hash: NoHash = False,
    measured: Measured = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="What if it were that later time, and nothing else had changed?"),
    ] = None,
    assume_signed: Annotated[
        list[str] | None,
        typer.Option(
            "--assume-signed",
            metavar="ROLE",
            help="What if all of this role's sign-offs that it asks for were in? Can be repeated.",
        ),
    ] = None,
    process: Annotated[
        str | None,
        typer.Option(
            "--process",
            metavar="PROCESS",
            help="What if it had gone on under this one? A process file, or a process of the charter.",
        ),
    ] = None,
) -> None:
    """Say whether a transition would be allowed now, and what stands in the way. Changes nothing.

    It is looked at as if you called the trigger, if you may; else for whoever may.

    With --at, --assume-signed or --process the answer is about what is supposed, and says so: it begins with IF.

    Exit codes: 0 allowed; 1 a rule or a person said no; 8 something is still open; 4 a check could not be made. Of what
    is supposed, they are those that there would be.
    """
    if no_hash and measured is not None:
        raise InvalidInput("with --no-hash nothing is looked at, measured or not", remedy="leave one of them out")
    with call.engine() as engine:
        ask = partial(
            engine.explain,
            release,
            trigger,
            at=parse_moment(at) if at is not None else None,
            assume_signed=assume_signed or (),
            process=chosen(call, engine, process) if process is not None else None,
        )
        asker = call.asker
        if asker is not None and not may_call(ask(observe=False), asker):
            asker = None
        with hashing(call) as progress:
            explanation = ask(
                actor=asker,
                observe=not no_hash,
                progress=progress,
                measured=call.path(measured) if measured is not None else None,
            )
        around = Surroundings.of(engine, release)
    show_explanation(call.out, explanation, around, everything=everything)
    call.out.json(explanation)
    raise typer.Exit(exits.of_explanation(explanation))
