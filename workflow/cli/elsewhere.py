"""``request``, and what ``sign`` does with the file of one: signing far from the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.choosing import Wish
from workflow.cli.considering import considered
from workflow.cli.explanation import field
from workflow.cli.handing import SUFFIX, read_handed, write_new
from workflow.cli.laid_out import as_the_request_says
from workflow.cli.options import DECIDE, NoHash, Release, Trigger, command
from workflow.cli.pen import Pen, own_key
from workflow.cli.progress import hashing
from workflow.cli.session import Call
from workflow.cli.shown import ERASED, said
from workflow.commands import RATIONALE
from workflow.errors import InvalidInput
from workflow.exchange import ActRequest, Reply, Request, read_request

app = typer.Typer()


@command(app, "request", panel=DECIDE)
def request(
    call: Call,
    release: Release,
    trigger: Trigger,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where the request goes.")],
    no_hash: NoHash = False,
) -> None:
    """Write what people need who decide on a transition without this ledger: one file for all of them.

    They sign it with: holdfast sign FILE. What they send back is taken in with: holdfast collect.
    """
    with call.engine() as engine:
        if call.path(output).exists():
            raise InvalidInput(f"{call.path(output)} is there already", remedy="name another file, or move that away")
        with hashing(call) as progress:
            made = engine.request(release, trigger, observe=not no_hash, progress=progress)
    path = call.path(output)
    write_new(path, made.to_bytes())
    if made.other_files is not None:
        call.out.line(made.other_files, lead=(" ! ", "refused"))
    asked = [f"{role.count} as {role.name}" for role in made.says.roles]
    call.out.line(f"`{trigger}` of {release}, basis {made.basis}", lead="request  ")
    call.out.line(f"asked: {', '.join(asked) or 'nobody'}", lead="         ")
    call.out.line(str(path), lead="         ")
    call.hint(f"send it to whoever is asked; they run: holdfast sign {path.name}")
    call.out.json({"file": str(path), "request": made.model_dump(mode="json", by_alias=True)})


def sign_request(call: Call, name: str, wish: Wish, output: str | None) -> None:
    """Lets somebody sign a request, with no ledger and no configuration, and writes their reply."""
    path = call.path(name)
    if not path.is_file():
        raise InvalidInput(
            f"{name} is no file of a request, and a release is signed for one of its transitions",
            remedy="holdfast sign FILE, or holdfast sign RELEASE TRIGGER",
        )
    asked = read_request(read_handed(path))
    pen = _pen(call, asked)
    person = _person(call, asked, pen)
    target = call.path(output) if output is not None else path.with_name(f"{path.name}.{person}{SUFFIX}")
    if target.exists():
        raise InvalidInput(f"{target} is there already", remedy="name another file with -o, or move that away")
    reply = (
        _act(call, asked, wish, pen)
        if isinstance(asked, ActRequest)
        else _decision(call, asked, person, wish, pen, path.name)
    )
    write_new(target, reply.to_bytes())
    call.out.line(str(target), lead="reply  ")
    call.hint(f"send it back; where the ledger is, it is taken in with: holdfast collect {target.name}")
    call.out.json(
        {
            "file": str(target),
            "actor": person,
            "key": reply.key.fingerprint,
            "command": reply.command.request(),
            "statement": reply.read.predicate,
        }
    )


def _pen(call: Call, asked: Request | ActRequest) -> Pen:
    known = asked.keys if isinstance(asked, ActRequest) else _keys(asked, call.named)
    key = call.named_key or own_key(call.session.environment, lambda: known)
    if key is None:
        raise InvalidInput(
            "nothing says which key you sign with",
            remedy="name it: --key FILE, its private file, or the .pub of one in ssh-agent",
        )
    return call.pen(key)


def _keys(asked: Request, person: str | None) -> list[str]:
    return [key for item in asked.says.people if person in (None, item.person) for key in item.keys]


def _person(call: Call, asked: Request | ActRequest, pen: Pen) -> str:
    """Who signs: whose key it is, as the request says, or whom ``--as`` names."""
    whose = asked.whose(pen.fingerprint)
    if call.named is not None and whose not in (None, call.named):
        raise InvalidInput(
            f"the key {pen.fingerprint} is {whose}'s, as the request says, not {call.named}'s",
            remedy="sign with a key of your own: --key FILE",
        )
    person = whose or call.asker
    if person is None:
        raise InvalidInput(
            f"the request does not know the key {pen.fingerprint}",
            remedy="sign with a key that is enrolled for you, or name yourself: --as HANDLE",
        )
    if isinstance(asked, ActRequest) and person != asked.person:
        raise InvalidInput(f"this asks {asked.person}, not {person}", remedy=f"{asked.person} signs it, or nobody")
    if whose is None and call.out.mode != "quiet":
        call.out.say(
            f": the request does not know the key {pen.fingerprint} as {person}'s: what it signs is refused, unless "
            "that key is enrolled by then",
            lead="warning",
        )
    return person


def _decision(call: Call, asked: Request, person: str, wish: Wish, pen: Pen, name: str) -> Reply:
    look = f"holdfast sign {name}, at a terminal, shows it (scripts: its field basis)"
    choice = considered(call, asked, person, wish, look=look, here=False)
    return asked.reply(
        person,
        choice.decision,
        choice.role,
        choice.rationale,
        pen,
        conditions=choice.conditions,
        requirements=choice.requirements,
        expires=choice.expires,
        reaffirms=choice.reaffirms,
    )


def _act(call: Call, asked: ActRequest, wish: Wish, pen: Pen) -> Reply:
    if wish.decision not in (None, "approve") or wish.requirements:
        raise InvalidInput("this asks for one act", remedy="sign it as it is, or leave it: then nothing happens")
    if wish.decision is None:
        out = call.out
        with as_the_request_says(out, asked):
            for note in asked.about:
                field(out, note.label, said(note.text) if note.label in ("said", "says") else note.text or ERASED)
        out.line(("What you would sign", "strong"), ":")
        out.line(asked.meaning, lead="    ")
        for label, text in asked.texts.items():
            field(out, label, said(wish.message if label == RATIONALE and wish.message else text))
        if call.ask("To sign exactly this, type sign:") != "sign":
            raise InvalidInput("nothing was signed", remedy="leave it so, and nothing happens")
    return asked.reply(pen, rationale=wish.message)
