"""``db``: the schema of the database, and what is derived from the entries."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.options import KEEP, command, group
from workflow.cli.session import Call
from workflow.cli.shown import address, counted
from workflow.errors import InvalidInput
from workflow.storage import role_sql, upgrade_storage

app = typer.Typer()
db = group("db", "The database behind the ledger.", panel=KEEP, parent=app)


@command(db, "upgrade")
def upgrade(call: Call) -> None:
    """Bring the database to this version's schema. No entry is touched; doing it twice changes nothing."""
    url = call.config.ledger()
    upgrade_storage(url)
    call.out.line(f"The schema of {address(url)} is this version's.")
    call.out.json({"database": address(url), "upgraded": True})


@command(db, "grant")
def grant(
    call: Call,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="The role of the database.", show_default=False)],
    read: Annotated[bool, typer.Option("--read", help="It only reads, and appends nothing.")] = False,
    erase: Annotated[bool, typer.Option("--erase", help="It may erase texts as well.")] = False,
) -> None:
    """Print the SQL of a database role that appends and reads, and can change nothing that is there (PostgreSQL)."""
    sql = role_sql(call.config.ledger(), role, reads=read, erases=erase)
    call.out.exactly(sql)
    call.hint("read it, and have the owner of the database run it, with psql: its first lines say how")
    call.out.json({"role": role, "reads": read, "erases": erase, "sql": sql})


@command(db, "rebuild", signs=True, fixed=False)
def rebuild(
    call: Call,
    restore_protection: Annotated[
        bool,
        typer.Option(
            "--restore-protection", help="Acknowledge that triggers were missing or a stranger's; put them right."
        ),
    ] = False,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="WHY", help="Who removed them and why; with --restore-protection."),
    ] = None,
) -> None:
    """Make the lists of releases anew from the entries; with --restore-protection, the lost triggers as well."""
    if restore_protection and message is None:
        raise InvalidInput("restoring protection is recorded, with a reason", remedy="add -m WHY")
    with call.engine() as engine:
        if restore_protection and message is not None:
            outcome = engine.restore_protection(actor=call.actor, rationale=message)
            entry = outcome.entry if outcome else None
            call.out.line(f"Protection is back, entry {entry}." if entry else "No protection was missing.")
        else:
            entry = None
        releases = engine.rebuild()
    call.out.line(f"The lists were made anew from the entries: {counted(releases, 'release')}.")
    call.out.json({"releases": releases, "protection_restored": entry})
