"""``unsign``, ``answer`` and ``assert``: what becomes of decisions that were given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from workflow import Engine
from workflow.cli.candidates import whole
from workflow.cli.options import DECIDE, Candidates, Message, Release, Role, command
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.errors import InvalidInput, NotFound
from workflow.views import HistoryItem

app = typer.Typer()


@command(app, "unsign", panel=DECIDE, changes=True, signs=True)
def unsign(
    call: Call,
    release: Release,
    message: Message,
    sign_off: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Which, such as S3; by default your last one in this round.")
    ] = None,
    candidates: Candidates = None,
) -> None:
    """Take your own sign-off back. A gate that it kept open closes; a reject ends for the candidates named."""
    if sign_off is None and call.command_id is not None:
        raise InvalidInput(
            "a request that may be repeated names what it takes back", remedy="add the id: holdfast unsign RELEASE ID"
        )
    with call.engine() as engine:
        call.done(
            engine.withdraw_sign_off(
                release,
                sign_off or _last(call, engine, release),
                actor=call.actor,
                rationale=message,
                command_id=call.command_id,
                candidates=whole(engine, candidates),
            )
        )


@command(app, "answer", panel=DECIDE, changes=True, signs=True)
def answer(
    call: Call,
    release: Release,
    reject: Annotated[str, typer.Argument(metavar="ID", help="The reject, such as S3.", show_default=False)],
    message: Message,
    candidates: Candidates = None,
) -> None:
    """Answer a reject of your role: an adviser's, or the veto of somebody who has left."""
    with call.engine() as engine:
        call.done(
            engine.answer(
                release,
                reject,
                actor=call.actor,
                rationale=message,
                command_id=call.command_id,
                candidates=whole(engine, candidates),
            )
        )


@command(app, "assert", panel=DECIDE, changes=True)
def assert_condition(
    call: Call,
    release: Release,
    sign_off: Annotated[str, typer.Argument(metavar="ID", help="The approval, such as S3.", show_default=False)],
    condition: Annotated[
        str, typer.Argument(metavar="CONDITION", help="Its condition, such as condition.1.", show_default=False)
    ],
    message: Message,
    role: Role = None,
) -> None:
    """Say that a condition of an approval came about, under which it ceases to hold: it counts no more."""
    with call.engine() as engine:
        outcome = engine.assert_condition(
            release,
            sign_off,
            condition,
            role=role_for(call, engine, release, role),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
        )
    call.done(outcome)


def _last(call: Call, engine: Engine, release: str) -> str:
    """The id of the actor's last decision in this round that they have not taken back."""
    present = engine.status(release).round
    withdrawn: set[str] = set()
    for item in _decisions(engine, release, call.actor):
        for event in item.events:
            if event["type"] == "sign_off_withdrawn":
                withdrawn.add(event["subject"])
            elif (
                event["type"] == "sign_off_recorded"
                and item.actor == call.actor
                and event["binding"]["round"] == present
                and event["id"] not in withdrawn
            ):
                return str(event["id"])
    raise NotFound(
        f"{call.actor} decided nothing about {release} in round {present} that still stands",
        remedy=f"an earlier one is taken back by its id: holdfast history {release} shows it",
    )


def _decisions(engine: Engine, release: str, actor: str) -> Iterator[HistoryItem]:
    """The release's entries, newest first, as somebody sees them."""
    before: int | None = None
    while page := engine.history(release, before=before, actor=actor):
        yield from page
        before = page[-1].entry
