"""``explain``: would a transition be allowed now, and what stands in the way?"""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from workflow import Engine
from workflow.cli import exits
from workflow.cli.explanation import Surroundings, show_explanation
from workflow.cli.options import ASK, Measured, NoHash, Release, Trigger, command
from workflow.cli.output import Output
from workflow.cli.progress import hashing
from workflow.cli.releases import chosen
from workflow.cli.session import Call
from workflow.clock import parse_moment
from workflow.errors import InvalidInput, NotFound
from workflow.looking import CALLER_UNKNOWN, may_call, waits_for_caller
from workflow.phrases import listed
from workflow.views import Explanation

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

    It is looked at as if you called the trigger, if you may; else for whoever may. Whom --as names and who may not is
    told so.

    With --at, --assume-signed or --process the answer is about what is supposed, and says so: it begins with IF.

    Exit codes: 0 allowed; 1 a rule or a person said no, or nothing is open but that somebody else calls it than --as
    names; 8 something is still open; 4 a check could not be made. Of what is supposed, they are those that there would
    be.
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
        if call.named is not None:
            _check_known(engine, call.named)
        may = asker is not None and may_call(ask(observe=False), asker)
        with hashing(call) as progress:
            explanation = ask(
                actor=asker if may else None,
                observe=not no_hash,
                progress=progress,
                measured=call.path(measured) if measured is not None else None,
            )
        around = Surroundings.of(engine, release)
    show_explanation(call.out, explanation, around, everything=everything)
    if not explanation.here and not everything:
        call.hint("--all shows how the gate there stands")
    call.out.json({**explanation.model_dump(mode="json"), "asker": asker, "may_call": may if asker else None})
    if call.named is not None and not may and explanation.here:
        _barred(call.out, explanation, call.named)
        if waits_for_caller(explanation):
            raise typer.Exit(exits.ExitCode.REFUSED)
    raise typer.Exit(exits.of_explanation(explanation))


def _check_known(engine: Engine, person: str) -> None:
    roster = engine.roster()
    if person not in {*roster.administrators, *(known.person for known in roster.people)}:
        raise NotFound(f"{person} is not on the roster", remedy="holdfast roster show names who is")


def _barred(out: Output, explanation: Explanation, person: str) -> None:
    """Says that somebody may not call the trigger, and who may: it was looked at for them."""
    for verdict in explanation.blockers:
        for reason in verdict.reasons:
            if reason.code == CALLER_UNKNOWN:
                who = listed(reason.who) if reason.who else "nobody now"
                out.line(
                    f"{person} may not call `{explanation.trigger}`: {reason.text} ({who}).", lead=("! ", "refused")
                )
