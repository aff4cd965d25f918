"""``roster``: who is known and may act as what. Changes are the administrators', by their threshold."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from workflow.cli.options import KEEP, Message, command, group
from workflow.cli.session import Call
from workflow.cli.shown import listed
from workflow.views import PendingView

app = typer.Typer()
roster = group("roster", "People and their roles.", panel=KEEP, parent=app)

Person = Annotated[str, typer.Argument(help="A handle, such as mara.", show_default=False)]
Roles = Annotated[list[str], typer.Argument(metavar="ROLE...", help="One or more roles.", show_default=False)]


@command(roster, "show")
def show(call: Call) -> None:
    """Show who is known, in which roles, who administers, and which changes wait for approval."""
    with call.engine() as engine:
        view = engine.roster()
    out = call.out
    out.line(f"{view.origin}, roster version {view.version}; people are as claimed")
    out.line(f"administered by {listed(view.administrators, 'and')}; a change takes {view.threshold} of them")
    if view.people:
        out.table(
            ("person", "roles", "name", "note"),
            [
                (
                    person.person,
                    ", ".join(person.roles),
                    person.name or "",
                    "has left" if person.left else "administrator" if person.administrator else "",
                )
                for person in view.people
            ],
        )
    for pending in view.pending:
        _pending(call, pending)
    out.json(view)


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


@command(roster, "grant", changes=True, signs=True)
def grant(call: Call, person: Person, roles: Roles, message: Message) -> None:
    """Grant roles to somebody on the roster."""
    with call.engine() as engine:
        call.done(engine.grant(person, roles, actor=call.actor, rationale=message, command_id=call.command_id))


@command(roster, "revoke", changes=True, signs=True)
def revoke(call: Call, person: Person, roles: Roles, message: Message) -> None:
    """Take roles from somebody. What they approved in them counts no more; what they refused does."""
    with call.engine() as engine:
        call.done(engine.revoke(person, roles, actor=call.actor, rationale=message, command_id=call.command_id))


@command(roster, "remove", changes=True, signs=True)
def remove(call: Call, person: Person, message: Message) -> None:
    """Record that somebody has left. Their approvals count no more; their objections do."""
    with call.engine() as engine:
        call.done(engine.remove_person(person, actor=call.actor, rationale=message, command_id=call.command_id))


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


def _pending(call: Call, pending: PendingView) -> None:
    have = f"{len(pending.approvals)} of {pending.needed} ({listed(pending.approvals, 'and')})"
    call.out.line(f"{_change(pending.change)}; approved by {have}", lead=f"waiting {pending.id}  ")
    call.hint(f"another administrator: holdfast roster approve {pending.id} -m WHY")


def _change(change: dict[str, Any]) -> str:
    facts = [
        f"{key} {', '.join(value) if isinstance(value, list) else value}" for key, value in change.items() if value
    ]
    return "; ".join(fact.removeprefix("op ").replace("_", " ") for fact in facts)
