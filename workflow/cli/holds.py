"""``hold``, ``lift``, ``require`` and ``discharge``: what stops a release, and how it may go on."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.candidates import whole
from workflow.cli.options import STOP, Candidates, Message, Release, Role, command
from workflow.cli.roles import role_for, warn_if_nobody
from workflow.cli.session import Call
from workflow.clock import parse_moment
from workflow.errors import InvalidInput
from workflow.events import ObjectionClosed
from workflow.evidence.bound import Confidence
from workflow.phrases import listed

app = typer.Typer()

Time = Annotated[
    str | None, typer.Option("--review-by", metavar="TIME", help="When to look again: never a release date.")
]


@command(app, "hold", panel=STOP, changes=True)
def hold(
    call: Call,
    release: Release,
    message: Message,
    role: Role = None,
    review_by: Time = None,
    conditions: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="TEXT", help="What must be done before it can be lifted. Can be repeated."),
    ] = None,
    discharged_by: Annotated[
        str | None,
        typer.Option("--discharged-by", metavar="ROLE", help="Who says that a condition is met; by default your role."),
    ] = None,
) -> None:
    """Stop a release, at once and with no end date. One signer is enough, in any stage."""
    review = parse_moment(review_by) if review_by is not None else None
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.hold(
            release,
            role=acting,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            conditions=[(text, discharged_by or acting) for text in conditions or ()],
            review_by=review,
        )
    call.done(outcome)
    call.hint(f"holdfast status {release} shows what it takes to lift it")


@command(app, "lift", panel=STOP, changes=True, signs=True)
def lift(
    call: Call,
    release: Release,
    hold_id: Annotated[str, typer.Argument(metavar="ID", help="The hold, such as H1.", show_default=False)],
    message: Message,
    role: Role = None,
    candidates: Candidates = None,
) -> None:
    """Say that a hold can go, citing what changed. Its owner ends it at once, others by their role's quorum."""
    with call.engine() as engine:
        outcome = engine.lift(
            release,
            hold_id,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            candidates=whole(engine, candidates),
        )
        standing = next(
            (item for item in engine.status(release).holds if (item.release, item.id) == (release, hold_id)), None
        )
        roster = engine.roster()
    call.done(outcome)
    if standing is not None and not any(isinstance(event, ObjectionClosed) for event in outcome.events):
        others = [
            item.person
            for item in roster.people
            if standing.role in item.roles and not item.left and item.person != call.actor
        ]
        alone = f"{standing.by}, its owner, lifts it alone; or " if standing.owner == standing.by else ""
        call.out.line(
            f"{hold_id} still stands: {alone}more of {standing.role} must say so ({listed(others) or 'nobody else'})",
            lead="    ",
        )


@command(app, "require", panel=STOP, changes=True)
def require(
    call: Call,
    release: Release,
    text: Annotated[str, typer.Argument(help="What must be done.", show_default=False)],
    message: Message,
    role: Role = None,
    discharged_by: Annotated[
        str | None,
        typer.Option("--discharged-by", metavar="ROLE", help="Who says that it is done; by default your role."),
    ] = None,
    blocks: Annotated[
        list[str] | None,
        typer.Option("--blocks", metavar="TRIGGER", help="What it blocks; by default every raise. Can be repeated."),
    ] = None,
    due: Annotated[
        str | None, typer.Option("--due", metavar="TIME", help="From then on it blocks every raise. With its zone.")
    ] = None,
    hold_id: Annotated[
        str | None, typer.Option("--hold", metavar="ID", help="The hold whose lifting it is a condition of.")
    ] = None,
    measured: Annotated[
        str | None, typer.Option("--measured", metavar="NAME", help="Reports of this name must meet a bound.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="The kind of those reports.")] = "inspect",
    metric: Annotated[str, typer.Option("--metric", metavar="NAME", help="The metric in them.")] = "accuracy",
    at_most: Annotated[str | None, typer.Option("--at-most", metavar="NUMBER", help="Its upper bound.")] = None,
    at_least: Annotated[str | None, typer.Option("--at-least", metavar="NUMBER", help="Its lower bound.")] = None,
    margin: Annotated[
        str | None, typer.Option("--margin", metavar="NUMBER", help="How far inside the bound it must stay.")
    ] = None,
    confidence: Annotated[
        Confidence | None,
        typer.Option("--confidence", help="How sure the report must be of it, by its standard error; or --margin."),
    ] = None,
    min_samples: Annotated[
        int | None, typer.Option("--min-samples", metavar="COUNT", help="Fewer samples decide nothing.")
    ] = None,
) -> None:
    """Raise something that must be discharged first: a finding, a test, a "yes, if"."""
    limits = {
        "at_most": at_most,
        "at_least": at_least,
        "margin": margin,
        "confidence": confidence,
        "min_samples": min_samples,
    }
    if measured is None and any(limit is not None for limit in limits.values()):
        raise InvalidInput("a bound is on reports of some name", remedy="add --measured NAME")
    bound = {"kind": kind, "name": measured, "bound": {"metric": metric, **limits}} if measured is not None else None
    moment = parse_moment(due) if due is not None else None
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.require(
            release,
            text,
            role=acting,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            discharged_by=discharged_by,
            blocks=blocks or (),
            due=moment,
            bound=bound,
            hold=hold_id,
        )
        call.done(outcome)
        warn_if_nobody(call, engine, release, outcome, discharged_by or acting)


@command(app, "discharge", panel=STOP, changes=True, signs=True)
def discharge(
    call: Call,
    release: Release,
    requirement: Annotated[str, typer.Argument(metavar="ID", help="The requirement, such as R2.", show_default=False)],
    message: Message,
    role: Role = None,
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", metavar="ID", help="What shows it, such as E4. Can be repeated.")
    ] = None,
    candidates: Candidates = None,
) -> None:
    """Say that a requirement is met, and on what evidence."""
    with call.engine() as engine:
        outcome = engine.discharge(
            release,
            requirement,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            evidence=evidence or (),
            candidates=whole(engine, candidates),
        )
    call.done(outcome)
