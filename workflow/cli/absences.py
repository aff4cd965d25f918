"""Who acts where somebody cannot: ``roster deputy``, ``dismiss``, ``away``, ``back``, ``admit`` and ``decider``."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.completion import release_names
from workflow.cli.options import Message, Release, command
from workflow.cli.session import Call
from workflow.clock import parse_moment

app = typer.Typer()

Person = Annotated[str, typer.Argument(help="A handle, such as mara.", show_default=False)]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="When it ends; without it, it does not by itself.")
]


@command(app, "deputy", changes=True, signs=True)
def deputy(
    call: Call,
    person: Person,
    stands_in: Annotated[str, typer.Argument(metavar="DEPUTY", help="Who is to act for them.", show_default=False)],
    roles: Annotated[list[str], typer.Argument(metavar="ROLE...", help="In which of their roles.", show_default=False)],
    message: Message,
    release: Annotated[
        str | None,
        typer.Option("--release", metavar="RELEASE", help="In this release only.", autocompletion=release_names),
    ] = None,
    until: Until = None,
) -> None:
    """Name who acts for a person while they are away, have recused themselves or have left. Until then it does nothing.

    A deputy acts under their own name and key, and stands in for nobody in turn. In a round that had begun before, the
    administrators have to admit them.
    """
    with call.engine() as engine:
        call.done(
            engine.name_deputy(
                person,
                stands_in,
                roles,
                release=release,
                until=parse_moment(until) if until else None,
                actor=call.actor,
                rationale=message,
                command_id=call.command_id,
            )
        )


@command(app, "dismiss", changes=True, signs=True)
def dismiss(
    call: Call,
    person: Person,
    stands_in: Annotated[str, typer.Argument(metavar="DEPUTY", help="Who acted for them.", show_default=False)],
    message: Message,
) -> None:
    """Take somebody's deputy away again."""
    with call.engine() as engine:
        call.done(
            engine.dismiss_deputy(person, stands_in, actor=call.actor, rationale=message, command_id=call.command_id)
        )


@command(app, "away", changes=True, signs=True)
def away(call: Call, message: Message, until: Until = None) -> None:
    """Say that you are away: your deputies may act, and what you approved does not count until you are back."""
    with call.engine() as engine:
        call.done(
            engine.away(
                until=parse_moment(until) if until else None,
                actor=call.actor,
                rationale=message,
                command_id=call.command_id,
            )
        )


@command(app, "back", changes=True, signs=True)
def back(call: Call, message: Message) -> None:
    """Say that you are back: your deputies act no more, and what they approved for you counts no more."""
    with call.engine() as engine:
        call.done(engine.back(actor=call.actor, rationale=message, command_id=call.command_id))


@command(app, "admit", changes=True, signs=True)
def admit(
    call: Call,
    person: Person,
    role: Annotated[str, typer.Argument(help="As what they are to count.", show_default=False)],
    release: Release,
    message: Message,
) -> None:
    """Let somebody count in the present round of a release who came to the role, or to a first key, after it began."""
    with call.engine() as engine:
        call.done(
            engine.admit_latecomer(
                person, role, release, actor=call.actor, rationale=message, command_id=call.command_id
            )
        )


@command(app, "decider", changes=True, signs=True)
def decider(
    call: Call,
    release: Release,
    objection: Annotated[str, typer.Argument(metavar="ID", help="The refusal, such as S3.", show_default=False)],
    person: Person,
    message: Message,
) -> None:
    """Name who decides about the refusal of somebody who has left.

    It ends with that person's answer and those of a quorum of the role, all given since.
    """
    with call.engine() as engine:
        call.done(
            engine.name_decision_maker(
                release, objection, person, actor=call.actor, rationale=message, command_id=call.command_id
            )
        )
