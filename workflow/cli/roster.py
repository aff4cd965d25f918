"""``roster``: who is known and may act as what. Changes are the administrators', by their threshold."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli import absences, founding, importing, keys, log_key
from workflow.cli.options import KEEP, Message, command, group
from workflow.cli.roles import tell_unknown_roles
from workflow.cli.roster_shown import show_roster
from workflow.cli.session import Call

app = typer.Typer()
roster = group("roster", "People, their roles and their keys.", panel=KEEP, parent=app)

Person = Annotated[str, typer.Argument(help="A handle, such as mara.", show_default=False)]
Roles = Annotated[list[str], typer.Argument(metavar="ROLE...", help="One or more roles.", show_default=False)]


@command(roster, "show")
def show(call: Call) -> None:
    """Show who is known, in which roles and with which keys, who administers, and which changes wait for approval."""
    with call.engine() as engine:
        view = engine.roster()
    show_roster(call, view)
    call.out.json(view)


@command(roster, "add", changes=True, signs=True)
def add(
    call: Call,
    person: Person,
    message: Message,
    roles: Annotated[list[str] | None, typer.Option("--role", metavar="ROLE", help="A role. Can be repeated.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The real name: a text that can be erased.")
    ] = None,
) -> None:
    """Put somebody on the roster, by a pseudonymous handle."""
    with call.engine() as engine:
        call.done(
            engine.add_person(
                person, actor=call.actor, rationale=message, command_id=call.command_id, roles=roles or (), name=name
            )
        )
        tell_unknown_roles(call, engine, roles or ())


@command(roster, "grant", changes=True, signs=True)
def grant(call: Call, person: Person, roles: Roles, message: Message) -> None:
    """Grant roles to somebody on the roster."""
    with call.engine() as engine:
        call.done(engine.grant(person, roles, actor=call.actor, rationale=message, command_id=call.command_id))
        tell_unknown_roles(call, engine, roles)


@command(roster, "ungrant", changes=True, signs=True)
def ungrant(call: Call, person: Person, roles: Roles, message: Message) -> None:
    """Take roles from somebody. What they approved in them counts no more; what they refused does."""
    with call.engine() as engine:
        call.done(engine.revoke(person, roles, actor=call.actor, rationale=message, command_id=call.command_id))


@command(roster, "remove", changes=True, signs=True)
def remove(call: Call, person: Person, message: Message) -> None:
    """Record that somebody has left. Their approvals count no more; their objections do."""
    with call.engine() as engine:
        call.done(engine.remove_person(person, actor=call.actor, rationale=message, command_id=call.command_id))


@command(roster, "administrators", changes=True, signs=True)
def administrators(
    call: Call,
    people: Annotated[
        list[str],
        typer.Argument(metavar="PERSON...", help="Everybody who administers from now on.", show_default=False),
    ],
    message: Message,
    threshold: Annotated[
        int, typer.Option("--threshold", metavar="COUNT", help="How many of them a change takes.", show_default=False)
    ],
) -> None:
    """Say who administers. It takes the threshold of those who do, and that of those who will."""
    with call.engine() as engine:
        call.done(
            engine.set_administrators(
                people, threshold, actor=call.actor, rationale=message, command_id=call.command_id
            )
        )


@command(roster, "approve", changes=True, signs=True)
def approve(
    call: Call,
    change: Annotated[str, typer.Argument(metavar="ID", help="The change, such as C3.", show_default=False)],
    message: Message,
) -> None:
    """Approve a change to the roster or the charter that another administrator proposed."""
    with call.engine() as engine:
        call.done(engine.approve_change(change, actor=call.actor, rationale=message, command_id=call.command_id))


@command(roster, "correct-clock", changes=True, signs=True)
def correct_clock(call: Call, message: Message) -> None:
    """Record that the clock was ahead and is right now. Waiting times begin anew; nothing that expired comes back."""
    with call.engine() as engine:
        call.done(engine.correct_clock(actor=call.actor, rationale=message, command_id=call.command_id))


for part in (founding, keys, importing, absences, log_key):
    roster.add_typer(part.app)
