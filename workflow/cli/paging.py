"""Long lists, a page at a time: what every one of them takes, and the command that goes on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from workflow.cli.completion import release_names
from workflow.cli.session import Call
from workflow.views import Page

After = Annotated[
    str,
    typer.Option(
        "--after",
        metavar="RELEASE",
        help="Only releases whose names come after this one: the next page.",
        show_default=False,
        autocompletion=release_names,
    ),
]


def show_next(call: Call, command: str, page: Page[Any, str], options: Mapping[str, object]) -> None:
    """Says how to go on, where the page is not the last; ``options`` are those that were given."""
    if page.next is None:
        return
    words = ["holdfast", command]
    for name, value in options.items():
        words += [name] if value is True else [name, str(value)]
    call.out.line("There may be more:")
    call.out.verbatim(shlex.join([*words, "--after", page.next]))
