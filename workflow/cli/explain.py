"""``explain``: would a transition be allowed now, and what stands in the way?"""

from __future__ import annotations

from typing import Annotated

import typer

from workflow import Engine
from workflow.cli import exits
from workflow.cli.explanation import Surroundings, show_explanation
from workflow.cli.options import ASK, Measured, NoHash, Release, Trigger, command
from workflow.cli.progress import hashing
from workflow.cli.session import Call
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
) -> None:
    """Say whether a transition would be allowed now, and what stands in the way. Changes nothing.

    It is looked at as if you called the trigger, if you may; else for whoever may.

    Exit codes: 0 allowed; 1 a rule or a person said no; 8 something is still open; 4 a check could not be made.
    """
    if no_hash and measured is not None:
        raise InvalidInput("with --no-hash nothing is looked at, measured or not", remedy="leave one of them out")
    with call.engine() as engine:
        with hashing(call) as progress:
            explanation = engine.explain(
                release,
                trigger,
                actor=_caller(engine, release, trigger, call.asker),
                observe=not no_hash,
                progress=progress,
                measured=call.path(measured) if measured is not None else None,
            )
        around = Surroundings.of(engine, release)
    show_explanation(call.out, explanation, around, everything=everything)
    call.out.json(explanation)
    raise typer.Exit(exits.of_explanation(explanation))


def _caller(engine: Engine, release: str, trigger: str, asker: str | None) -> str | None:
    """Who is taken to call the trigger when somebody asks about its gate: they themselves where they may."""
    if asker is None or not may_call(engine.explain(release, trigger, observe=False), asker):
        return None
    return asker
