"""``advance``: the one way from stage to stage. A step that nothing undoes is rehearsed before it is taken."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from workflow import Engine
from workflow.cli.explanation import field, state_of, title
from workflow.cli.leaving import lay_out_leaving
from workflow.cli.options import MOVE, Measured, Message, Release, Trigger, command
from workflow.cli.progress import hashing
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput, InvalidTransition, WorkflowError
from workflow.phrases import listed, size
from workflow.views import Explanation, Status

app = typer.Typer()


@command(app, "advance", panel=MOVE, changes=True)
def advance(
    call: Call,
    release: Release,
    trigger: Trigger,
    message: Message,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm", metavar="RELEASE", help="The release's name once more: for a step that nothing undoes."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing. A step that nothing undoes still wants --confirm.")
    ] = False,
    measured: Measured = None,
) -> None:
    """Pull a trigger: move a release to another stage, if every policy of the gate allows it.

    A step that puts weights out shows what will leave, and wants the release's name typed, even where the gate looks
    closed.

    Exit codes: 0 moved; 1 refused; 8 something is still open; 4 a check could not be made. Whatever was not allowed is
    recorded.
    """
    with call.engine() as engine:
        explanation = engine.explain(release, trigger, actor=call.actor, observe=False)
        # The gate decides later than this look; whatever it looks like now, it may be open by then.
        if explanation.here and explanation.irreversible and explanation.publisher is None:
            _confirm(call, engine, explanation, confirm, yes=yes)
        with hashing(call) as progress:
            try:
                outcome = engine.advance(
                    release,
                    trigger,
                    actor=call.actor,
                    rationale=message,
                    command_id=call.command_id,
                    progress=progress,
                    measured=call.path(measured) if measured is not None else None,
                )
            except InvalidTransition as refused:
                with suppress(WorkflowError):  # the refusal is what is told, whatever else cannot be found out
                    refused.remedy = _made_already(engine, release, trigger) or refused.remedy
                raise
    call.done(outcome)
    call.hint(f"holdfast status {release}")


def _made_already(engine: Engine, release: str, trigger: str) -> str | None:
    """Who made the very move that brought a release to its present stage, for somebody who came too late with it."""
    stage = engine.status(release).stage
    for item in engine.history(release):
        for event in item.events:
            if event["type"] == "transition_made":
                same = (event["trigger"], event["dest"]) == (trigger, stage)
                return f"nothing: {item.actor} made this very move, entry {item.entry}" if same else None
    return None


def _confirm(call: Call, engine: Engine, explanation: Explanation, confirm: str | None, *, yes: bool) -> None:
    if confirm is None and yes:
        raise InvalidInput(
            "--yes is not enough for a step that nothing undoes",
            remedy=f"name the release as well: --confirm {explanation.release}",
        )
    if confirm is None and not call.interactive:
        raise InvalidInput(
            f"`{explanation.trigger}` puts weights out, which nothing undoes, and nobody is here to be asked",
            remedy=f"look at it with holdfast explain {explanation.release} {explanation.trigger}, then add "
            f"--confirm {explanation.release}",
        )
    if confirm is None:
        _rehearse(call, explanation, engine.status(explanation.release))
        confirm = call.ask("Type the release's name to let it out:")
    if confirm != explanation.release:
        raise InvalidInput(
            f"{confirm!r} is not {explanation.release}: nothing was done", remedy="type the release's name exactly"
        )


def _rehearse(call: Call, explanation: Explanation, status: Status) -> None:
    out = call.out
    out.line(("IRREVERSIBLE", "strong"), f": {title(explanation)} is about to leave for {explanation.dest}.")
    what = f"{counted(status.files, 'file')}, {size(status.size)}: {listed(status.components, 'and')}"
    lay_out_leaving(out, explanation, what, call.actor)
    for verdict in explanation.blockers:
        unseen = state_of(verdict) == "unseen"
        field(out, "still", f"{'checked before anything leaves' if unseen else 'in the way'}: {verdict.summary}")
