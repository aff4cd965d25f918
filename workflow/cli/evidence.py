"""``attach`` and ``set-aside``: what is laid before the gates, and what counts of it."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.options import SHOW, Message, Release, Role, command
from workflow.cli.roles import role_for
from workflow.cli.session import Call

app = typer.Typer()


@command(app, "attach", panel=SHOW, changes=True, signs=True)
def attach(
    call: Call,
    release: Release,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The report or document.", show_default=False)],
    message: Message,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="inspect, lm_eval, report or model_signing, if the file's name and contents do not tell; "
            "document: keep the file as it is, without reading it.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="What a document is called; of results of several tasks, which task."
        ),
    ] = None,
    declare_as: Annotated[
        str | None,
        typer.Option(
            "--declare-as", metavar="ROLE", help="As what you declare whose it is, if the report does not say."
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option(
            "--candidate",
            metavar="DIGEST",
            help="The candidate that you declare or that was signed; by default the present one.",
        ),
    ] = None,
    verify_with: Annotated[
        str | None,
        typer.Option(
            "--verify-with",
            metavar="KEY",
            help="The signer's public key (PEM), for a signature made by: model_signing sign key.",
        ),
    ] = None,
) -> None:
    """Attach a report, a signature or a document. It is read, kept, and counts for the candidate it was made for."""
    with call.engine() as engine:
        outcome = engine.attach(
            release,
            call.path(file),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            kind=kind,
            name=name,
            declare_as=declare_as,
            candidate=candidate,
            verify_with=call.path(verify_with) if verify_with is not None else None,
        )
    call.done(outcome)


@command(app, "set-aside", panel=SHOW, changes=True, signs=True)
def set_aside(
    call: Call,
    release: Release,
    evidence: Annotated[str, typer.Argument(metavar="ID", help="The evidence, such as E4.", show_default=False)],
    message: Message,
    role: Role = None,
) -> None:
    """Take a report out of what counts, for a reason that you answer for."""
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        call.done(
            engine.set_aside(
                release, evidence, role=acting, actor=call.actor, rationale=message, command_id=call.command_id
            )
        )


@command(app, "justify", panel=SHOW, changes=True, signs=True)
def justify(
    call: Call,
    release: Release,
    evidence: Annotated[
        str,
        typer.Argument(
            metavar="[SOURCE/]ID",
            help="The report: its release and id, such as aurora-7b/E4; the id alone where it is in this release.",
            show_default=False,
        ),
    ],
    message: Message,
    role: Role = None,
) -> None:
    """Answer for letting a report on an ancestor, such as before a quantization, count for the present candidate.

    What became of each component in between is recorded with it. It counts for exactly this candidate.
    """
    source, _, identifier = evidence.rpartition("/")
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.justify(
            release,
            source or release,
            identifier,
            role=acting,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
        )
    call.done(outcome)
    call.hint(f"holdfast status {release}")
