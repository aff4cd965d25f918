"""``start``, ``schedule`` and ``list``: how releases begin, when they are planned for, and which there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from workflow import Engine, Process
from workflow.artifact import Journal
from workflow.cli.journals import resuming
from workflow.cli.options import (
    ASK,
    MOVE,
    Authors,
    Components,
    FilesHere,
    Label,
    Measured,
    Message,
    NoResume,
    Release,
    Variant,
    command,
    components_of,
)
from workflow.cli.paging import After, show_next
from workflow.cli.progress import Hashing, hashing
from workflow.cli.session import Call
from workflow.cli.shown import short
from workflow.clock import parse_moment
from workflow.errors import InvalidInput
from workflow.phrases import day, listed, moment
from workflow.roster_views import RosterView

app = typer.Typer()

PAGE = 50
"""How many lines of the list are shown at once, where nothing else is said."""

FILE_ENDINGS = (".yaml", ".yml")
"""By which a process file is told from a process of the charter."""


@command(app, "start", panel=MOVE, changes=True)
def start(
    call: Call,
    release: Annotated[str, typer.Argument(help="A name that was never used, such as aurora-7b.", show_default=False)],
    process: Annotated[
        str, typer.Option("--process", metavar="NAME", help="A process of the charter, or a process file.")
    ],
    authors: Authors,
    message: Message,
    path: FilesHere = None,
    measured: Measured = None,
    label: Label = "",
    components: Components = None,
    variant: Variant = None,
    derived_from: Annotated[
        list[str] | None,
        typer.Option("--derived-from", metavar="PARENT", help="A parent: a release, or a digest. Can be repeated."),
    ] = None,
    no_resume: NoResume = False,
) -> None:
    """Enter the files at a path into a process, as a new release. Every byte of them is hashed.

    Files that are too large to move are hashed where they are, by somebody whose key is known here: candidate manifest
    --sign. What they measured is handed in as --measured FILE.
    """
    parts = components_of(components)
    with (
        call.engine() as engine,
        brought(call, path, measured, parts, resume=not no_resume) as (files, journal, progress),
    ):
        outcome = engine.start(
            release,
            **files,
            process=chosen(call, engine, process),
            authors=authors,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            label=label,
            variant=variant,
            derived_from=derived_from or (),
            journal=journal,
            progress=progress,
        )
        roster = engine.roster()
    call.done(outcome)
    tell_strangers(call, authors, roster)
    call.hint(f"holdfast status {release}")


@contextmanager
def brought(
    call: Call, path: str | None, measured: str | None, components: dict[str, str] | None, *, resume: bool
) -> Iterator[tuple[dict[str, Any], Journal | None, Hashing | None]]:
    """What a candidate is made of, as the engine takes it, with the journal and the progress of hashing it here."""
    if path is None:
        file = call.path(measured) if measured is not None else None
        yield {"measured": file, "components": components}, None, None
        return
    place = call.path(path)
    files = {
        "path": place,
        "measured": call.path(measured) if measured is not None else None,
        "components": components,
    }
    with resuming(call, place, components, resume=resume) as journal, hashing(call) as progress:
        yield files, journal, progress


def tell_strangers(call: Call, authors: Sequence[str], roster: RosterView) -> None:
    """Names the authors whom the ledger does not know: by a misspelt name nobody is excluded."""
    known = {person.person for person in roster.people}
    strangers = [author for author in authors if author not in known]
    if strangers:
        call.out.line(
            f"not on the roster, so that nobody is kept from approving by these names: {listed(strangers, 'and')}",
            lead="  authors      ",
        )


@command(app, "schedule", panel=MOVE, changes=True)
def schedule(
    call: Call,
    release: Release,
    message: Message,
    to: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="The date, with its zone: 2025-07-17T17:00:00Z.")
    ] = None,
    no_date: Annotated[bool, typer.Option("--no-date", help="Take the date back and name no other.")] = False,
) -> None:
    """Plan a date, or take it back. A change of a date that stood is recorded as a slip. A date opens no gate."""
    if no_date == (to is not None):
        raise InvalidInput("a schedule has a date or has none", remedy="give one of --to TIME and --no-date")
    planned = parse_moment(to) if to is not None else None
    with call.engine() as engine:
        outcome = engine.schedule(release, planned, actor=call.actor, rationale=message, command_id=call.command_id)
    call.done(outcome)
    if planned is not None and planned < outcome.at:
        call.out.line(("that date has passed already", "open"), f" ({moment(planned)})", lead="  note         ")


@command(app, "list", panel=ASK)
def list_releases(
    call: Call,
    open_only: Annotated[bool, typer.Option("--open", help="Only releases that can still move on.")] = False,
    after: After = "",
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="COUNT", help="At most so many.", min=1)] = PAGE,
) -> None:
    """List the releases, in the order of their names; where there are more, it says how to go on."""
    with call.engine() as engine:
        lines = engine.list(open_only=open_only, after=after, limit=limit)
    if not lines:
        behind = f" after {after}" if after else ""
        call.out.line(f"There is no release{' that can still move on' if open_only else ''}{behind}.")
        if not after:
            call.hint("holdfast start RELEASE PATH --process NAME --author HANDLE -m WHY")
    else:
        call.out.table(
            ("release", "label", "stage", "exposure", "candidate", "process", "planned", "updated"),
            [
                (
                    line.release,
                    line.label,
                    line.stage,
                    line.exposure if line.exposed is None else f"was out: {line.exposed}",
                    short(line.candidate),
                    line.process_label,
                    day(line.planned) if line.planned else "",
                    day(line.updated_at),
                )
                for line in lines
            ],
        )
    chosen = {"--open": True} if open_only else {}
    show_next(call, "list", lines, chosen | ({"--limit": limit} if limit != PAGE else {}))
    call.out.page(lines)


def chosen(call: Call, engine: Engine, name: str) -> str | Process:
    """A process as somebody named it: a file where it is written like one, else the charter's of that name."""
    return engine.load_process(call.path(name)) if name.endswith(FILE_ENDINGS) else name
