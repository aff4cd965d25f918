"""``init``: a ledger, and the configuration that leads to it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from workflow import create_ledger, open_engine
from workflow.cli.config import DATABASE, FILE, Config, find_config, located, writing_config
from workflow.cli.founding import OwnKeys, pin, record_own_keys, say_founded
from workflow.cli.keys import key_at
from workflow.cli.options import KEEP, Message, command
from workflow.cli.session import Call, somebody, tell
from workflow.cli.shown import claimed
from workflow.errors import InvalidInput, WorkflowError
from workflow.phrases import listed
from workflow.storage.address import shown as address
from workflow.storage.address import without_password

app = typer.Typer()


@command(app, "init", panel=KEEP)
def init(
    call: Call,
    message: Message,
    administrators: Annotated[
        list[str] | None,
        typer.Option("--admin", metavar="HANDLE", help="Who administers it; by default who makes it. Can be repeated."),
    ] = None,
    threshold: Annotated[
        int, typer.Option("--threshold", metavar="COUNT", help="How many administrators a change takes.")
    ] = 1,
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="NAME", help="What the ledger calls itself, such as holdfast.example/models."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="Where it is to be, such as postgresql://USER@HOST/DATABASE."),
    ] = None,
    keys: OwnKeys = None,
) -> None:
    """Make a ledger here, with a holdfast.toml that leads to it. What is there already is never overwritten.

    A single --admin is also who makes it, where nothing else says who acts. A holdfast.toml in this very directory says
    where the ledger is to be, and HOLDFAST_DATABASE_URL goes before it; one of a directory above does not count. With
    --database, a holdfast.toml is written that leads there, without the password: that belongs into ~/.pgpass, or into
    PGPASSWORD. A database on PostgreSQL has to be there, and its encoding has to be UTF8.

    The genesis is pinned in holdfast.toml. With --key, who makes the ledger records their own key at once, as
    `roster init` does: from when on as many administrators as a change takes have one, changes are signed.
    """
    here = find_config(call.session.directory, call.session.environment, above=False)
    only = administrators[0] if administrators and len(administrators) == 1 else None
    actor = somebody(call.named or here.actor or only)
    for key in keys or ():
        key_at(call, key)  # a key that cannot be read is found before anything is made
    if database is not None and here.file is not None:
        raise InvalidInput(
            f"{here.file} says already where a ledger is", remedy="leave --database out; edit it; or remove it"
        )
    chosen = database or (DATABASE if here.database is None else None)
    url = located(chosen, call.session.directory) if chosen else here.ledger()
    # The file comes last: a ledger without one is found by its address, and one without its ledger misleads.
    file = writing_config(call.session.directory, without_password(chosen)) if chosen else nullcontext()
    with file as written:
        _unpinned(here, url)
        engine = create_ledger(
            url,
            administrators=administrators or [actor],
            rationale=message,
            actor=actor,
            threshold=threshold,
            origin=origin,
            clock=call.session.clock,
        )
    with engine:
        outcomes = record_own_keys(call, actor, engine, keys or (), message)
        view = engine.roster()
        config = written or here.file
        pins = pin(call.out, engine, config, {})
    call.out.recorded(1)
    call.out.line(f"{claimed(actor)} made the ledger {view.origin} at {address(url)}", lead="entry 1  ")
    call.out.line(f"administered by {listed(view.administrators, 'and')}; a change takes {threshold}", lead="  ")
    call.out.line(f"ready-made processes: {', '.join(line.name for line in view.charter)}", lead="  ")
    if written is not None:
        call.out.line(f"{written} was written", lead="  ")
    elif here.file is None:
        call.out.line(f"no {FILE} was written: HOLDFAST_DATABASE_URL says where the ledger is", lead="  ")
    for outcome in outcomes:
        tell(call.out, outcome, actor)
    say_founded(call, view, pins, config)
    if written is not None and without_password(url) != url:
        call.hint("the password was not written down: put it into ~/.pgpass, or into PGPASSWORD")
    if database is not None and not database.startswith("sqlite:"):
        call.hint("holdfast db grant ROLE gives a role of its own to whoever works with it every day; then: db check")
    call.hint("holdfast roster add HANDLE --role ROLE -m WHY puts people on the roster")
    call.out.json(
        {
            "database": address(url),
            "configuration": str(written) if written is not None else None,
            "pinned": {str(seq): digest for seq, digest in pins.items()},
            "roster": view.model_dump(mode="json"),
        }
    )


def _unpinned(here: Config, url: str) -> None:
    """Checks that no other ledger is pinned where a new one is to be; one that is there already says so by itself.

    Raises:
        InvalidInput: one is.
    """
    if not here.pinned:
        return
    try:
        open_engine(url).close()
    except WorkflowError:
        raise InvalidInput(
            f"{here.file} pins entries of a ledger that is not there any more",
            remedy="find that ledger; or make the new one elsewhere",
        ) from None
