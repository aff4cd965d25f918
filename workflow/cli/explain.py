"""``explain``: would a transition be allowed now, and what stands in the way?"""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.asking import caller_for
from workflow.cli.explanation import show_explanation
from workflow.cli.next_step import standing_in
from workflow.cli.options import ASK, Release, Trigger, command
from workflow.cli.progress import hashing
from workflow.cli.session import Call

app = typer.Typer()


@command(app, "explain", panel=ASK)
def explain(
    call: Call,
    release: Release,
    trigger: Trigger,
    everything: Annotated[bool, typer.Option("--all", help="Show what is met, too.")] = False,
    no_hash: Annotated[
        bool, typer.Option("--no-hash", help="Do not hash the files again: they count as not looked at.")
    ] = False,
) -> None:
    """Say whether a transition would be allowed now, and what stands in the way. Changes nothing.

    It is looked at as if you called the trigger, if you may; else for whoever may.

    Exit codes: 0 allowed; 1 a rule or a person said no; 8 something is still open; 4 a check could not be made.
    """
    with call.engine() as engine:
        with hashing(call) as progress:
            caller = caller_for(engine, release, trigger, call.asker)
            explanation = engine.explain(release, trigger, actor=caller, observe=not no_hash, progress=progress)
        status = engine.status(release)
    show_explanation(call.out, explanation, standing_in(status), everything=everything)
    call.out.json(explanation)
    raise typer.Exit(exits.of_explanation(explanation))
