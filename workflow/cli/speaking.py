"""``review``, ``test`` and ``statement``: judging a risk area or a test, and saying something under one's own name."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from workflow.cli.options import DECIDE, Message, Release, Role, command
from workflow.cli.roles import role_for
from workflow.cli.session import Call

app = typer.Typer()


class Judgement(StrEnum):
    """The verdicts on a risk area."""

    acceptable = "acceptable"
    unacceptable = "unacceptable"
    unclear = "unclear"


@command(app, "review", panel=DECIDE, changes=True, signs=True)
def review(
    call: Call,
    release: Release,
    area: Annotated[str, typer.Argument(help="The risk area, such as biosecurity.", show_default=False)],
    verdict: Annotated[Judgement, typer.Argument(help="Your verdict.", show_default=False)],
    message: Message,
    role: Role = None,
) -> None:
    """Give your verdict on a risk area. Silence is none: an area that nobody reviewed stays open."""
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.review(
            release, area, verdict.value, role=acting, actor=call.actor, rationale=message, command_id=call.command_id
        )
    call.done(outcome)


class Result(StrEnum):
    """What can be said of a required test."""

    done = "done"
    failed = "failed"
    not_applicable = "not_applicable"


@command(app, "test", panel=DECIDE, changes=True, signs=True)
def test(
    call: Call,
    release: Release,
    name: Annotated[str, typer.Argument(metavar="TEST", help="The test, such as red_team.", show_default=False)],
    verdict: Annotated[Result, typer.Argument(help="What came of it.", show_default=False)],
    message: Message,
    role: Role = None,
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", metavar="ID", help="What shows it, such as E4. Can be repeated.")
    ] = None,
) -> None:
    """Say of a required test that it is done, failed or not applicable. Silence is none of these: it stays open."""
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.judge_test(
            release,
            name,
            verdict.value,
            role=acting,
            actor=call.actor,
            rationale=message,
            evidence=evidence or (),
            command_id=call.command_id,
        )
    call.done(outcome)


@command(app, "statement", panel=DECIDE, changes=True, signs=True)
def statement(
    call: Call,
    release: Release,
    text: Annotated[str, typer.Argument(help="What you say.", show_default=False)],
    role: Role = None,
    internal: Annotated[bool, typer.Option("--internal", help="Not meant for the public.")] = False,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="WHY", help="Why you say it; by default the text itself.")
    ] = None,
) -> None:
    """Say something about a release under your own name; in public, unless --internal."""
    with call.engine() as engine:
        acting = role_for(call, engine, release, role)
        outcome = engine.statement(
            release,
            text,
            role=acting,
            actor=call.actor,
            public=not internal,
            rationale=message,
            command_id=call.command_id,
        )
    call.done(outcome)
