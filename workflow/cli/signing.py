"""``sign`` and ``reaffirm``: deciding on a transition, with the ledger at hand or far from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from workflow import Engine
from workflow.cli.choosing import Choice, Wish, chosen, wished
from workflow.cli.considering import considered, role_in
from workflow.cli.elsewhere import sign_request
from workflow.cli.options import DECIDE, Message, NoHash, Release, Role, Trigger, command
from workflow.cli.progress import hashing
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.cli.shown import SEEN_DIGITS
from workflow.errors import InvalidInput, NotFound
from workflow.exchange import Request

app = typer.Typer()

Seen = Annotated[
    str | None,
    typer.Option("--seen", metavar="BASIS", help=f"The basis that you were shown, or its first {SEEN_DIGITS} digits."),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--condition",
        metavar="TEXT",
        help="Your approval ceases to hold when somebody says that this came about. Can be repeated.",
    ),
]
Expires = Annotated[
    str | None, typer.Option("--expires", metavar="TIME", help="Your approval holds so long at most, such as 7d.")
]


@command(app, "sign", panel=DECIDE, changes=True, signs=True, fixed=False)
def sign(
    call: Call,
    what: Annotated[
        str,
        typer.Argument(metavar="RELEASE", help="The release; or, alone, the file of a request.", show_default=False),
    ],
    trigger: Annotated[
        str | None, typer.Argument(metavar="[TRIGGER]", help="The transition, by its trigger.", show_default=False)
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="WHY", help="Why, in a sentence: what an auditor will read."),
    ] = None,
    role: Role = None,
    approve: Annotated[bool, typer.Option("--approve", help="Say yes, to exactly what you saw.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Say no. It stands until you take it back.")] = False,
    require: Annotated[
        list[str] | None,
        typer.Option("--require", metavar="TEXT", help="Say yes, if this is done first. Can be repeated."),
    ] = None,
    recuse: Annotated[bool, typer.Option("--recuse", help="Step aside from this release, for good.")] = False,
    abstain: Annotated[bool, typer.Option("--abstain", help="Say neither.")] = False,
    discharged_by: Annotated[
        str | None,
        typer.Option("--discharged-by", metavar="ROLE", help="Who says that it is done; by default your role."),
    ] = None,
    seen: Seen = None,
    conditions: Conditions = None,
    expires: Expires = None,
    reaffirms: Annotated[
        str | None, typer.Option("--reaffirm", metavar="ID", help="Cite your earlier approval, such as S3.")
    ] = None,
    no_hash: NoHash = False,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where the reply goes; by default beside the request."),
    ] = None,
) -> None:
    """Decide on a transition, in your role: approve, refuse, require something first, recuse yourself or abstain.

    With a release and a trigger it is recorded at once. With the file of a request (holdfast request) it works without
    any ledger or configuration, and writes a reply for holdfast collect.

    An approval is for exactly what was seen. At a terminal it is shown, with what changed since you last signed, and
    you type the first digits of its basis; elsewhere name the basis with --seen.
    """
    wish = wished(
        call,
        approve=approve,
        reject=reject,
        abstain=abstain,
        recuse=recuse,
        requirements=require or (),
        conditions=conditions or (),
        discharged_by=discharged_by,
        expires=expires,
        reaffirms=reaffirms,
        role=role,
        message=message,
        seen=seen,
    )
    if trigger is None:
        sign_request(call, what, wish, output)
        return
    if output is not None:
        raise InvalidInput("a reply is written where a request is signed", remedy="sign the file of the request")
    with call.engine() as engine:
        if wish.decision in (None, "approve"):
            choice = _considered(call, engine, what, trigger, wish, look=not no_hash)
        else:
            # A refusal looks at nothing: whatever there is, it is taken.
            asked = _asked(engine, what, trigger) if wish.decision != "reject" else None
            acting = role_for(call, engine, what, wish.role, asked=asked)
            choice = chosen(call, wish.decision, wish, acting)
        _record(call, engine, what, trigger, choice)


@command(app, "reaffirm", panel=DECIDE, changes=True, signs=True, fixed=False)
def reaffirm(
    call: Call,
    release: Release,
    trigger: Trigger,
    message: Message,
    role: Role = None,
    seen: Seen = None,
    conditions: Conditions = None,
    expires: Expires = None,
    no_hash: NoHash = False,
) -> None:
    """Approve again what you approved before: your earlier approval is cited, with what became of each component.

    It counts like any approval, for exactly what was seen. Nothing carries over by itself.
    """
    wish = wished(
        call,
        approve=True,
        conditions=conditions or (),
        expires=expires,
        role=role,
        message=message,
        seen=seen,
    )
    with call.engine() as engine:
        _record(
            call,
            engine,
            release,
            trigger,
            _considered(call, engine, release, trigger, wish, look=not no_hash, again=True),
        )


def _considered(
    call: Call, engine: Engine, release: str, trigger: str, wish: Wish, *, look: bool, again: bool = False
) -> Choice:
    """What somebody decides with the ledger at hand; ``again``: they reaffirm what they approved before."""
    repeated = call.command_id is not None and engine.is_on_record(call.actor, call.command_id)
    with hashing(call) as progress:
        request = engine.request(release, trigger, observe=look and not repeated, progress=progress)
    if again:
        wish = _citing(call, request, wish)
    how = f"holdfast explain {release} {trigger} shows it (scripts: --json, field basis)"
    publish = engine.process(request.process).transition(trigger).publish
    publisher = publish.publisher if publish else None
    return considered(call, request, call.actor, wish, look=how, here=True, publisher=publisher)


def _citing(call: Call, request: Request, wish: Wish) -> Wish:
    """The wish with the actor's last approval in their role, which it reaffirms."""
    acting = role_in(request, call.actor, wish)
    approval = request.approval(call.actor, acting)
    if approval is None:
        raise NotFound(
            f"{call.actor} has not approved `{request.transition}` of {request.release} as {acting} before",
            remedy=f"holdfast sign {request.release} {request.transition}",
        )
    return replace(wish, role=acting, reaffirms=approval.id)


def _record(call: Call, engine: Engine, release: str, trigger: str, choice: Choice) -> None:
    outcome = engine.sign_off(
        release,
        trigger,
        role=choice.role,
        actor=call.actor,
        rationale=choice.rationale,
        command_id=call.command_id,
        decision=choice.decision,
        basis=choice.basis,
        conditions=choice.conditions,
        requirements=choice.requirements,
        reaffirms=choice.reaffirms,
        expires=choice.expires,
    )
    call.done(outcome)
    call.hint(f"holdfast explain {release} {trigger}")


def _asked(engine: Engine, release: str, trigger: str) -> tuple[str, ...] | None:
    """The roles whose approval the gate asks for; None where only rules of the organisation's own know."""
    transition = engine.process(engine.status(release).process).transition(trigger)
    rules = (leaf for rule in transition.gate for leaf in rule.leaves)
    roles = tuple(dict.fromkeys(str(rule.params["role"]) for rule in rules if rule.policy == "sign_offs"))
    return roles or None
