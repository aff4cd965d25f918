"""``incident``: what became known of bytes that are out, or were to go out, and what became of that."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.candidates import whole
from workflow.cli.options import STOP, Candidates, Message, Release, Role, command, group
from workflow.cli.output import Output, Style
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.cli.shown import said, short, since
from workflow.clock import parse_moment
from workflow.phrases import listed, moment
from workflow.views import IncidentView

app = typer.Typer()
incident = group(
    "incident", "What became known of some bytes: it stops whatever descends from them.", panel=STOP, parent=app
)

Incident = Annotated[str, typer.Argument(metavar="ID", help="The incident, such as R3.", show_default=False)]


@command(incident, "open", changes=True)
def open_(
    call: Call,
    release: Release,
    text: Annotated[str, typer.Argument(help="What became known.", show_default=False)],
    known_since: Annotated[
        str, typer.Option("--known-since", metavar="TIME", help="When it became known, with its zone.")
    ],
    affected: Annotated[
        list[str] | None,
        typer.Option(
            "--affected",
            metavar="DIGEST",
            help="What is affected: a candidate or a weight file by its digest, or a release by its name; by default "
            "this release. Can be repeated.",
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="ROLE", help="Who says that it is dealt with; by default your role."),
    ] = None,
    role: Role = None,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="WHY", help="Why; by default the text itself.")
    ] = None,
) -> None:
    """Put on record what became known, in any stage. It blocks every raise of what is affected or descends from it.

    Releases that are started later are reached too. One signer is enough.
    """
    moment_known = parse_moment(known_since)
    with call.engine() as engine:
        outcome = engine.open_incident(
            release,
            text,
            known_since=moment_known,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            affected=affected or (),
            owner=owner,
            rationale=message,
            command_id=call.command_id,
        )
        found = engine.incidents(release)
    opened = next(item for item in found if (item.release, item.entry) == (release, outcome.entry))
    call.done(outcome, incident=opened.model_dump(mode="json"))
    _reach(call.out, opened)
    call.hint(f"holdfast incident update {release} {opened.id} TEXT --public tells the public")


@command(incident, "update", changes=True, signs=True)
def update(
    call: Call,
    release: Release,
    identifier: Incident,
    text: Annotated[str, typer.Argument(help="What you say.", show_default=False)],
    role: Role = None,
    public: Annotated[bool, typer.Option("--public", help="Meant for the public.")] = False,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="WHY", help="Why you say it; by default the text itself.")
    ] = None,
) -> None:
    """Say something on an incident under your own name, for the lab's own people unless --public."""
    with call.engine() as engine:
        outcome = engine.update_incident(
            release,
            identifier,
            text,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            public=public,
            rationale=message,
            command_id=call.command_id,
        )
    call.done(outcome)


@command(incident, "close", changes=True, signs=True)
def close(
    call: Call,
    release: Release,
    identifier: Incident,
    message: Message,
    role: Role = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(
            "--evidence",
            metavar="[SOURCE/]ID",
            help="What shows it, such as aurora-fix/E4; the id alone where it is in this release. Can be repeated.",
        ),
    ] = None,
    candidates: Candidates = None,
) -> None:
    """Say that an incident is dealt with, for exactly these files; against all others it goes on standing."""
    with call.engine() as engine:
        outcome = engine.close_incident(
            release,
            identifier,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            evidence=evidence or (),
            candidates=whole(engine, candidates),
        )
        found = engine.incidents(release)
    closed = next(item for item in found if (item.release, item.id) == (release, identifier))
    call.done(outcome, incident=closed.model_dump(mode="json"))
    _reach(call.out, closed)


@command(incident, "show")
def show(call: Call, release: Release) -> None:
    """Show the incidents of a release and those that stand against it, with what was said and whom they reach."""
    with call.engine() as engine:
        found = engine.incidents(release)
    if not found:
        call.out.line(f"Nothing became known of {release}, as far as this ledger says.")
    for item in found:
        text, lead = incident_line(item)
        call.out.line(text, lead=lead)
        for statement in item.updates:
            how = "in public" if statement.public else "internally"
            call.out.line(
                f"{moment(statement.at)}, {statement.by} as {statement.role}, {how}: {said(statement.text)}",
                lead="    ",
            )
        affected = ", ".join(map(short, item.affected))
        call.out.line(f"affects {affected} and what descends from it; {item.owner} closes it", lead="    ")
        _reach(call.out, item)
    call.out.json(found)


def incident_line(item: IncidentView) -> tuple[str, str | tuple[str, Style]]:
    """What became known, since when, and how late it was put on record; and what a line of it begins with."""
    late = since(item.known_since, item.recorded_at)
    state = "open" if item.open else "not open here"
    text = (
        f"incident {item.id} in {item.release}, {state}, by {item.by} as {item.role}, entry {item.entry}: known since "
        f"{moment(item.known_since)}, on record {late} later: {said(item.text)}"
    )
    return text, (" * ", "open") if item.open else "   "


def _reach(out: Output, item: IncidentView) -> None:
    reached = listed(item.reaches or (), "and")
    closed = listed(tuple(map(short, item.closed_for)), "and")
    still, comes = "", "whatever comes of what is affected"
    if closed:
        out.line(f"It is closed for {closed}.", lead="    ")
        still, comes = "still ", f"whatever else comes of what is affected: other files than {closed}"
    out.line(
        f"It {still}stands against every raise of {reached}, and of {comes}."
        if reached
        else f"It stands against no release here now; it will against {comes}.",
        lead="    ",
    )
