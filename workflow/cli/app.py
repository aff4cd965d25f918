"""The command ``holdfast``, put together from its nouns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated

import typer

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

NOUNS: Mapping[str, Sequence[str]] = {
    "status": ("status", "inbox"),
    "explain": ("explain",),
    "releases": ("start", "schedule", "list"),
    "candidate": ("candidate",),
    "advance": ("advance",),
    "withdraw": ("withdraw",),
    "publishing": ("plan", "apply", "reconcile"),
    "signing": ("sign", "reaffirm"),
    "elsewhere": ("request",),
    "collecting": ("collect",),
    "answering": ("unsign", "answer", "assert"),
    "speaking": ("review", "test", "statement"),
    "overrides": ("override",),
    "holds": ("hold", "lift", "require", "discharge"),
    "findings": ("finding", "accept-risk"),
    "incident": ("incident",),
    "evidence": ("attach", "set-aside", "justify"),
    "history": ("history", "erase"),
    "audit": ("audit",),
    "verify_deployed": ("verify-deployed",),
    "report": ("report",),
    "checkpoint": ("checkpoint",),
    "witness": ("witness",),
    "process": ("process",),
    "init": ("init",),
    "roster": ("roster",),
    "charter": ("charter",),
    "database": ("db",),
}
"""The modules that commands stand in, in the order of the help, each with the words that its commands begin with."""


def app_for(args: Sequence[str]) -> typer.Typer:
    """The command with what a call needs of it: the noun that it begins with, or where it begins otherwise, all.

    Whoever asks for the status of a release need not wait until everything else is imported.
    """
    asked = [noun for noun, words in NOUNS.items() if args and args[0] in words]
    app = typer.Typer(
        name=NAME,
        help=HELP,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for noun in asked or NOUNS:
        app.add_typer(import_module(f"workflow.cli.{noun}").app)
    app.callback()(root)
    command(app, "tour", panel=ASK)(tour)
    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # slow to import, and nothing else needs it

        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


def root(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before every command."""


def tour(
    call: Call,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="DIRECTORY", help="Leave the story's files in a new directory.")
    ] = None,
) -> None:
    """See a release refused, allowed and audited, in a minute and in a directory of its own."""
    from workflow.tour.play import play  # the story itself runs the command line

    play(call.out.text, directory=call.path(keep) if keep is not None else None)
