"""The command ``holdfast``, put together from its nouns."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from workflow.cli import (
    advance,
    answering,
    audit,
    candidate,
    charter,
    collecting,
    database,
    elsewhere,
    evidence,
    explain,
    findings,
    history,
    holds,
    incident,
    init,
    overrides,
    process,
    publishing,
    releases,
    roster,
    signing,
    speaking,
    status,
    withdraw,
)
from workflow.cli.options import ASK, command
from workflow.cli.session import Call

NAME = "holdfast"
HELP = """Staged releases of AI models: nothing leaves until everyone who must has signed, for these exact bytes.

Begin with: holdfast tour

Exit codes:
 0  done, or allowed
 1  refused: a rule or a person said no
 2  usage, or a definition
 3  integrity: the ledger is not what it must be
 4  environment, or a check that could not be made
 8  waiting: nobody said no, but something is open
"""

app = typer.Typer(
    name=NAME,
    help=HELP,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for noun in (
    status,
    explain,
    releases,
    candidate,
    advance,
    withdraw,
    publishing,
    signing,
    elsewhere,
    collecting,
    answering,
    speaking,
    overrides,
    holds,
    findings,
    incident,
    evidence,
    history,
    audit,
    process,
    init,
    roster,
    charter,
    database,
):
    app.add_typer(noun.app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback()
def root(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before every command."""


@command(app, "tour", panel=ASK)
def tour(
    call: Call,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="DIRECTORY", help="Leave the story's files in a new directory.")
    ] = None,
) -> None:
    """See a release refused, allowed and audited, in a minute and in a directory of its own."""
    from workflow.tour.play import play  # the story itself runs the command line

    play(call.out.text, directory=call.path(keep) if keep is not None else None)
