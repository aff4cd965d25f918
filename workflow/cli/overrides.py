"""``override``: letting one policy of a gate be passed all the same, where the process says who may."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.choosing import seen_basis, typed_basis
from workflow.cli.explanation import Surroundings, show_explanation
from workflow.cli.options import DECIDE, Message, Release, Role, Trigger, command
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.errors import InvalidInput

app = typer.Typer()


@command(app, "override", panel=DECIDE, changes=True, signs=True)
def override(
    call: Call,
    release: Release,
    trigger: Trigger,
    policy: Annotated[str, typer.Argument(help="Which policy of its gate, such as soak.", show_default=False)],
    message: Message,
    role: Role = None,
    seen: Annotated[
        str | None,
        typer.Option("--seen", metavar="BASIS", help="The basis that you saw; its first 16 digits will do."),
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take your own word for it back.")] = False,
) -> None:
    """Let one policy of a gate be passed all the same, for a time: where the process says who may, and never for good.

    It counts once enough people have given it, and every move by it is reviewed after the fact. Refusals, holds and
    requirements are never passed.
    """
    if withdraw and seen is not None:
        raise InvalidInput("taking it back needs no basis", remedy="leave --seen out")
    with call.engine() as engine:
        declared = engine.process(engine.status(release).process).transition(trigger).override
        asked = (declared.sign_offs.role,) if declared is not None else None
        acting = role_for(call, engine, release, role, asked=asked)
        basis = None
        # Where none is declared no basis would help: the engine refuses it, whatever was seen.
        if not withdraw and declared is not None:
            explanation = engine.explain(release, trigger, observe=False)
            look = f"holdfast explain {release} {trigger} shows it (scripts: --json, field basis)"
            if seen is None and call.interactive:
                show_explanation(call.out, explanation, Surroundings.of(engine, release))
                basis = typed_basis(call, explanation.basis)
            else:
                basis = seen_basis(explanation.basis, seen, look)
        outcome = engine.override(
            release,
            trigger,
            policy,
            role=acting,
            actor=call.actor,
            rationale=message,
            decision="withdraw" if withdraw else "approve",
            basis=basis,
            command_id=call.command_id,
        )
    call.done(outcome)
    call.hint(f"holdfast explain {release} {trigger} shows who has given it")
