"""``roster log-key``: which key of the log's own signs its checkpoints."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.options import Message, command
from workflow.cli.session import Call

app = typer.Typer()


@command(app, "log-key", changes=True, signs=True)
def log_key(
    call: Call,
    vkey: Annotated[
        str,
        typer.Argument(metavar="VKEY", help="The key, as `checkpoint new-key` told it.", show_default=False),
    ],
    message: Message,
) -> None:
    """Name the key that signs the ledger's checkpoints from now on.

    What the one before signed counts up to the entry that records this, and no further: so a key that was stolen ends.
    """
    with call.engine() as engine:
        call.done(engine.name_log_key(vkey, actor=call.actor, rationale=message, command_id=call.command_id))
