"""``plan``, ``apply`` and ``reconcile``: how bytes leave where a process names who publishes them."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from workflow import Engine
from workflow.api.publishing import VALID_FOR
from workflow.cli import exits
from workflow.cli.exits import ExitCode
from workflow.cli.explanation import Surroundings, field, show_explanation, title
from workflow.cli.handing import write_new
from workflow.cli.leaving import lay_out_leaving, lay_out_rehearsal, show_unfit, what_leaves
from workflow.cli.options import MOVE, STOP, Message, Release, Role, Trigger, command
from workflow.cli.output import Part
from workflow.cli.progress import hashing
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.cli.shown import claimed, counted, short
from workflow.clock import parse_timestamp
from workflow.errors import InvalidInput
from workflow.measurement import check_free
from workflow.phrases import moment, size
from workflow.publishing import PlanFile, read_plan
from workflow.rehearsal import Applied, Rehearsal

app = typer.Typer()

_FOUND = {"published": "published", "not-published": "not_published"}


@command(app, "plan", panel=MOVE, changes=True, signs=True, fixed=False)
def plan(
    call: Call,
    release: Release,
    trigger: Trigger,
    to: Annotated[
        str, typer.Option("--to", metavar="DESTINATION", help="Where it is to go, below a place of the process.")
    ],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where the plan goes: a new file.")],
    message: Message,
    valid_for: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long it is good for, such as 36h; 7d at most.")
    ] = VALID_FOR,
) -> None:
    """Rehearse a step that publishes, and get the permit for it: good once, for you, for a while, for exactly this.

    It shows what would leave, to where, and who signed for it. Where it would be refused, that is shown, and nothing is
    recorded or written. Nothing leaves before the plan is applied.

    Exit codes: 0 planned; 1 a rule or a person said no; 8 something is still open; 4 a check could not be made, or the
    destination will not do.
    """
    target = call.path(output)
    check_free(target, ())
    with call.engine() as engine:
        with hashing(call) as progress:
            shown = engine.plan(
                release,
                trigger,
                to=to,
                actor=call.actor,
                rationale=message,
                valid_for=valid_for,
                command_id=call.command_id,
                progress=progress,
            )
        if shown.permit is None:
            _show_refused(call, shown, Surroundings.of(engine, release))
    if shown.permit is not None:
        write_new(target, shown.permit.to_bytes())
    if shown.explanation.here:
        _show(call, shown)
    if shown.permit is None:
        call.out.line("Nothing was recorded, and no plan was written.")
        if shown.explanation.allowed:
            call.hint(f"holdfast plan {release} {trigger} --to DESTINATION -o {output}, with one that will do")
        call.out.json({**shown.model_dump(mode="json"), "file": None})
        raise typer.Exit(_code(shown))
    call.out.line(
        f"permit {shown.permit.permit} of {claimed(call.actor, shown.proof or 'claimed')}: once, until "
        f"{moment(parse_timestamp(shown.permit.expires))}",
        lead=f"entry {shown.entry}  ",
    )
    call.out.line(str(target), lead="plan  ")
    call.out.line(
        "It ends by itself: then, or as soon as what it rests on changes. Nobody need take it back.", lead="    "
    )
    call.hint(f"holdfast apply {output} lets it out")
    call.out.json({**shown.model_dump(mode="json"), "file": str(target)})


@command(app, "apply", panel=MOVE)
def apply(
    call: Call,
    path: Annotated[str, typer.Argument(metavar="FILE", help="The plan.", show_default=False)],
    message: Message,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="RELEASE", help="The name of the release that leaves.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing. It still wants --confirm.")] = False,
) -> None:
    """Let out what a plan names: staged privately, decided once more, published in one step, read back.

    Again is harmless: the same plan finds what became of it, also after it was interrupted, and brings that to its end.
    It never publishes twice, and never replaces what is there.

    Exit codes: 0 published; 1 refused; 8 something is still open; 4 it could not be done, and no byte left, or nobody
    can prove what came of it: then it counts as out, until somebody reconciles it.
    """
    made = read_plan(str(call.path(path)))
    with call.engine() as engine:
        target = _target(call, engine, made, confirm, yes=yes)
        with hashing(call, "copying, hashing") as progress:
            try:
                done = engine.apply(made, target=target, actor=call.actor, rationale=message, progress=progress)
            except KeyboardInterrupt:
                again = f"holdfast status {made.release} says; the same plan again brings it to its end"
                call.out.say(f"{made.release} may have begun to leave: {again}")
                raise
    _tell(call, done, made)
    call.checkpointed(done.checkpoint)
    call.out.json(done)
    if done.state == "aborted":
        raise typer.Exit(ExitCode.ENVIRONMENT)
    call.hint(f"holdfast status {made.release}")


@command(app, "reconcile", panel=STOP, changes=True, signs=True)
def reconcile(
    call: Call,
    release: Release,
    permit: Annotated[str, typer.Argument(metavar="ID", help="The permit, such as L1.", show_default=False)],
    found: Annotated[
        str, typer.Option("--found", metavar="WHAT", help="What you found there: published or not-published.")
    ],
    message: Message,
    role: Role = None,
) -> None:
    """Answer for what became of something that was let out, where nobody could prove it. Look there first.

    It never lowers the exposure: what may have been out counts as out.
    """
    if found not in _FOUND:
        raise InvalidInput(f"{found!r} is nothing that one can find", remedy="--found published, or not-published")
    with call.engine() as engine:
        outcome = engine.reconcile(
            release,
            permit,
            found=cast("Literal['published', 'not_published']", _FOUND[found]),
            role=role_for(call, engine, release, role),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
        )
    call.done(outcome)


def _show_refused(call: Call, shown: Rehearsal, around: Surroundings) -> None:
    """Prints why there is no plan: what is wrong with the destination first, and then what the gate says."""
    explained = shown.explanation
    if explained.here:
        show_unfit(call.out, shown)
    if explained.allowed:
        call.out.line(f"The gate would let {title(explained)} leave {explained.source} for {explained.dest} now.")
    else:
        show_explanation(call.out, explained, around)


def _show(call: Call, shown: Rehearsal) -> None:
    out, explained = call.out, shown.explanation
    if shown.permit is not None:
        lead: Part = ("IRREVERSIBLE", "strong") if explained.irreversible else ("PLANNED", "strong")
        out.line(lead, f": {title(explained)} will leave {explained.source} for {explained.dest} when this is applied.")
    lay_out_leaving(out, explained, what_leaves(shown), call.actor)
    lay_out_rehearsal(out, shown)


def _code(shown: Rehearsal) -> ExitCode:
    if any(check.name == "allowed" and not check.ok for check in shown.checks):
        return ExitCode.REFUSED
    return ExitCode.ENVIRONMENT if shown.explanation.allowed else exits.of_explanation(shown.explanation)


def _target(call: Call, engine: Engine, plan: PlanFile, confirm: str | None, *, yes: bool) -> str:
    """The release's name, as whoever applies the plan gave it."""
    if confirm is not None:
        return confirm
    if yes:
        raise InvalidInput(
            "--yes is not enough to let something out", remedy=f"name the release as well: --confirm {plan.release}"
        )
    if not call.interactive:
        raise InvalidInput(
            f"this lets {plan.release} out, and nobody is here to be asked",
            remedy=f"read the plan, then add --confirm {plan.release}",
        )
    out = call.out
    explained = engine.explain(plan.release, plan.transition, actor=call.actor, observe=False)
    lead: Part = ("IRREVERSIBLE", "strong") if explained.irreversible else ("LEAVING", "strong")
    out.line(lead, f": {title(explained)} is about to leave {plan.source} for {plan.dest}.")
    lay_out_leaving(out, explained, f"{plan.files} files, {size(plan.size)}", call.actor)
    field(out, "to", f"{plan.destination} ({plan.publisher})")
    field(out, "permit", f"{plan.permit}, entry {plan.entry}, until {moment(parse_timestamp(plan.expires))}")
    return call.ask("Type the release's name to let it out:")


def _tell(call: Call, done: Applied, plan: PlanFile) -> None:
    call.out.recorded(done.begun, done.ended)
    if done.already:
        call.out.line("This plan has come to its end already; nothing was done again.")
    elif done.resumed:
        call.out.line("What had begun before was brought to its end.")
    if done.state == "confirmed":
        what = f"{counted(plan.files, 'file')}, {plan.size:,} bytes, of digest {short(done.manifest)}"
        call.out.line(("PUBLISHED", "strong"), f": {done.release} is at {done.destination} ({what}).")
    call.out.line(f"{done.release} began to leave for {done.destination}", lead=f"entry {done.begun}  ")
    what = (
        f"read back from there: exactly {done.manifest}"
        if done.state == "confirmed"
        else "taken back: it is proven that no byte left"
    )
    call.out.line(what, lead=f"entry {done.ended}  ")
