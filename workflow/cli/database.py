"""``db``: the schema of the database, and what is derived from the entries."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow import check_database, copy_ledger
from workflow.cli.config import located
from workflow.cli.exits import ExitCode
from workflow.cli.options import KEEP, command, group
from workflow.cli.output import Style
from workflow.cli.progress import copying
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput
from workflow.storage import role_sql, upgrade_storage
from workflow.storage.address import shown as address

app = typer.Typer()
db = group("db", "The database behind the ledger.", panel=KEEP, parent=app)


@command(db, "upgrade")
def upgrade(call: Call) -> None:
    """Bring the database to this version's schema. No entry is touched; doing it twice changes nothing."""
    url = call.config.ledger()
    upgrade_storage(url)
    call.out.line(f"The schema of {address(url)} is this version's.")
    call.out.json({"database": address(url), "upgraded": True})


_SIGNS: dict[str, tuple[str, Style]] = {"ok": ("ok", "met"), "note": ("note", "open"), "not": ("not ok", "refused")}
_ENDS = {"ok": ExitCode.DONE, "failed": ExitCode.ENVIRONMENT, "damaged": ExitCode.INTEGRITY}


@command(db, "check")
def check(
    call: Call,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Its address; by default the ledger's of this directory.")
    ] = None,
) -> None:
    """Look at the database: schema, protection, keys, durability, privileges. Whether the entries are, the audit says.

    Exit codes: 0 nothing has to be done; 3 it is damaged or unprotected; 4 something around it is not as it must be.
    """
    url = call.config.ledger() if url is None else located(url, call.session.directory)
    found = check_database(url)
    wide = max(len(item.name) for item in found.conditions)
    for item in found.conditions:
        word, style = _SIGNS[item.state]
        call.out.line(item.said, lead=(f"{word:<6}  {item.name:<{wide}}  ", style))
        if item.state != "ok" and item.remedy is not None:
            call.out.line(item.remedy, lead=f"{'':<8}next: ")
    call.hint("holdfast audit verify checks every entry")
    call.out.json({"database": address(url), **found.model_dump(mode="json")})
    if found.outcome != "ok":
        raise typer.Exit(_ENDS[found.outcome])


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


@command(db, "copy")
def copy(
    call: Call,
    source: Annotated[str, typer.Argument(metavar="FROM_URL", help="The ledger's address.", show_default=False)],
    target: Annotated[str, typer.Argument(metavar="TO_URL", help="Where it is to be: an empty database, or none yet.")],
    retire: Annotated[
        bool, typer.Option("--retire", help="Close the ledger at FROM_URL for good as soon as the copy is whole.")
    ] = False,
    from_retired: Annotated[
        bool, typer.Option("--from-retired", help="Copy one that was retired, because what it was moved to is lost.")
    ] = False,
) -> None:
    """Copy a ledger into another database, byte for byte; all of it is checked before and after, or nothing is kept.

    An address is sqlite:///PATH or postgresql://USER@HOST/DATABASE. Two copies that are both written to are two
    histories, and only one of them can be the ledger: so move it with --retire, after which nobody can add anything at
    FROM_URL. The same again, where the copy is there already, does just that, and where that was done, says so.
    """
    source, target = (located(url, call.session.directory) for url in (source, target))
    with copying(call) as progress:
        done = copy_ledger(source, target, retire=retire, retired=from_retired, progress=progress)
    old, new = address(source), address(target)
    what = f"{counted(done.entries, 'entry')}, {counted(done.texts, 'text')}, {counted(done.blobs, 'blob')}"
    how = "copied" if done.copied else "there already"
    call.out.line(f"{what} and {counted(done.releases, 'release')}, from {old} to {new}", lead=f"{how}  ")
    call.out.line(f"every byte of both, by its hash; the root of all entries is {done.root}", lead="compared  ")
    if done.retired:
        call.out.line(f"nothing can be added at {old} any more; it stays as a backup of now", lead="retired  ")
    else:
        call.out.line(
            f"both can be written to, and only one of them may be: never write to {old} again, or never to {new}",
            lead="warning  ",
        )
        call.hint("the same again with --retire closes the first for good")
    call.hint(f'put database = "{new}" into every holdfast.toml, and run: holdfast audit verify')
    call.out.json({"from": old, "to": new, **done.model_dump(mode="json")})
