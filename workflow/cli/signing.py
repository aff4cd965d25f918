"""``sign``, ``unsign`` and ``answer``: deciding on a transition. Refusing takes exactly as much as approving."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import typer

from workflow import Engine, SignOffRejected
from workflow.cli.explanation import Surroundings, field, show_explanation
from workflow.cli.options import DECIDE, Candidates, Message, Release, Role, Trigger, command
from workflow.cli.progress import hashing
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.cli.shown import SEEN_DIGITS
from workflow.errors import InvalidInput, NotFound
from workflow.facts import Decision
from workflow.views import Explanation, HistoryItem

app = typer.Typer()

DECISIONS: tuple[Decision, ...] = ("approve", "reject", "abstain", "recuse")
TYPED_DIGITS = 8
_BASIS = re.compile(rf"[0-9a-f]{{{SEEN_DIGITS},64}}", re.ASCII)


@command(app, "sign", panel=DECIDE, changes=True)
def sign(
    call: Call,
    release: Release,
    trigger: Trigger,
    message: Message,
    role: Role = None,
    approve: Annotated[bool, typer.Option("--approve", help="Say yes, to exactly what you saw.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Say no. It stands until you take it back.")] = False,
    abstain: Annotated[bool, typer.Option("--abstain", help="Say neither.")] = False,
    recuse: Annotated[bool, typer.Option("--recuse", help="Step aside from this release, for good.")] = False,
    seen: Annotated[
        str | None,
        typer.Option("--seen", metavar="BASIS", help="The basis that explain showed you, or 12 digits or more of it."),
    ] = None,
) -> None:
    """Decide on a transition, in your role: approve, reject, abstain or recuse yourself.

    An approval is for exactly what was seen. At a terminal it is shown, with what changed since you last signed, and
    you type the first digits of its basis; elsewhere name the basis with --seen.
    """
    flags = [name for name, given in zip(DECISIONS, (approve, reject, abstain, recuse), strict=True) if given]
    if len(flags) > 1 or (not flags and not call.interactive):
        raise InvalidInput(
            "a sign-off is one decision" if flags else "this does not say what you decide",
            remedy="add one of --approve, --reject, --abstain, --recuse",
        )
    with call.engine() as engine:
        acting = role_for(call, engine, release, role, asked=_asked(engine, release, trigger) if not reject else None)
        decision = flags[0] if flags else None
        basis = None
        if decision in (None, "approve"):
            decision, basis = _look(call, engine, release, trigger, decision, seen)
        outcome = engine.sign_off(
            release,
            trigger,
            role=acting,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            decision=decision,
            basis=basis,
        )
    call.done(outcome)
    call.hint(f"holdfast explain {release} {trigger}")


@command(app, "unsign", panel=DECIDE, changes=True)
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
                candidates=candidates or (),
            )
        )


@command(app, "answer", panel=DECIDE, changes=True)
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
                candidates=candidates or (),
            )
        )


def _asked(engine: Engine, release: str, trigger: str) -> tuple[str, ...] | None:
    """The roles whose approval the gate asks for; None where only rules of the organisation's own know."""
    transition = engine.process(engine.status(release).process).transition(trigger)
    roles = tuple(dict.fromkeys(str(rule.params["role"]) for rule in transition.gate if rule.policy == "sign_offs"))
    return roles or None


def _look(
    call: Call, engine: Engine, release: str, trigger: str, decision: Decision | None, seen: str | None
) -> tuple[Decision, str | None]:
    """The decision, and the basis that somebody saw who approves."""
    if seen is not None or not call.interactive:
        explanation = engine.explain(release, trigger, observe=False)
        return "approve", _seen(explanation, seen)
    with hashing(call) as progress:
        explanation = engine.explain(release, trigger, progress=progress)
    _show(call, engine, explanation)
    if decision is None:
        typed = call.ask(f"Your decision ({', '.join(DECISIONS)}):")
        decision = next((item for item in DECISIONS if item == typed), None)
        if decision is None:
            raise InvalidInput(f"{typed!r} is no decision: nothing was done", remedy=f"one of {', '.join(DECISIONS)}")
    if decision != "approve":
        return decision, None
    digits = call.ask(f"To approve exactly this, type the first {TYPED_DIGITS} digits of its basis:")
    if len(digits) < TYPED_DIGITS or not explanation.basis.startswith(digits):
        raise InvalidInput("these are not its digits: nothing was done", remedy="type them as they are shown")
    return decision, explanation.basis


def _show(call: Call, engine: Engine, explanation: Explanation) -> None:
    show_explanation(call.out, explanation, Surroundings.of(engine, explanation.release), everything=True)
    field(call.out, "candidate", explanation.candidate)
    changed = engine.changed(explanation.release, explanation.trigger, call.actor)
    told = "you have not decided on this before" if changed is None else "; ".join(changed) or "nothing"
    field(call.out, "changed", told if changed is None else f"since you last decided: {told}")
    field(call.out, "basis", explanation.basis)


def _seen(explanation: Explanation, seen: str | None) -> str:
    """The whole basis that was seen.

    Raises:
        InvalidInput: none was named, or too little of one.
        SignOffRejected: it is not the present one any more.
    """
    look = f"holdfast explain {explanation.release} {explanation.trigger} shows it (scripts: --json, field basis)"
    if seen is None:
        raise InvalidInput("an approval names the basis that was seen", remedy=f"{look}; then add --seen BASIS")
    if not _BASIS.fullmatch(seen):
        raise InvalidInput(f"{seen!r} is no basis: {SEEN_DIGITS} hexadecimal digits or more", remedy=look)
    if len(seen) == len(explanation.basis):
        return seen
    if not explanation.basis.startswith(seen):
        raise SignOffRejected(
            f"what this approval rests on has changed: {seen[:SEEN_DIGITS]} was seen, now it is "
            f"{explanation.basis[:SEEN_DIGITS]}",
            remedy=f"look again: {look}",
            reason="sign-off-rejected",
        )
    return explanation.basis


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
