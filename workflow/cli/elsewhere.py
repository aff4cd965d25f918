"""``request`` and ``collect``, and what ``sign`` does with the file of a request: signing far from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow import Engine, Outcome
from workflow.cli.choosing import Wish
from workflow.cli.considering import considered
from workflow.cli.exits import ExitCode
from workflow.cli.explanation import field
from workflow.cli.handing import read_handed, write_new
from workflow.cli.laid_out import origin_of
from workflow.cli.options import DECIDE, NoHash, Release, Trigger, command
from workflow.cli.output import Style
from workflow.cli.pen import Pen, own_key
from workflow.cli.progress import hashing
from workflow.cli.session import Call, told
from workflow.cli.shown import ERASED, claimed, friendly, said
from workflow.commands import RATIONALE, SignOff
from workflow.errors import InvalidInput, NotFound, Refused, WorkflowError
from workflow.exchange import ActRequest, Reply, Request, read_request
from workflow.history import describe

app = typer.Typer()

SUFFIX = ".reply"


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


@command(app, "collect", panel=DECIDE)
def collect(
    call: Call,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help=f"Replies, or directories with files that end with {SUFFIX}.", show_default=False
        ),
    ],
) -> None:
    """Take in what was signed elsewhere, each reply as an entry of its own. Again is harmless: what is there stays.

    Exit codes: 0 all of it taken in, or on record already; 1 something was refused; 2 something could not be read.
    """
    with call.engine() as engine:
        found = [_tell(call, _taken(engine, path)) for path in _files(call, paths)]
    for asked in dict.fromkeys(item.asked for item in found if item.word == "refused" and item.asked):
        call.hint(f"holdfast request {' '.join(asked)} -o FILE asks again, for what there is now")
    call.out.json({"replies": [item.told for item in found]})
    words = {item.word for item in found}
    if words - {"taken", "on record", "refused"}:
        raise typer.Exit(ExitCode.USAGE)
    if "refused" in words:
        raise typer.Exit(ExitCode.REFUSED)


@dataclass(frozen=True)
class _Taken:
    """What became of one file. ``changed`` is what an approval rests on now and did not when it was signed."""

    path: Path
    word: str
    reply: Reply | None = None
    outcome: Outcome | None = None
    error: WorkflowError | None = None
    changed: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, str] | None:
        """The release and the transition that it decides on."""
        command = self.reply.command if self.reply else None
        return (command.release, command.transition) if isinstance(command, SignOff) else None

    @property
    def told(self) -> dict[str, Any]:
        """The same for a script."""
        actor = self.reply.command.actor if self.reply else None
        recorded = told(self.outcome, actor or "") if self.outcome else None
        entry = recorded["entry"] if recorded else getattr(self.error, "entry", None)
        return {
            "file": str(self.path),
            "result": self.word,
            "actor": actor,
            "entry": entry,
            "outcome": recorded,
            "error": self.error.diagnostics() if self.error else None,
            "changed": list(self.changed),
        }


def _taken(engine: Engine, path: Path) -> _Taken:
    try:
        reply = Reply.from_bytes(read_handed(path))
    except (InvalidInput, NotFound) as error:
        return _Taken(path, "no reply", error=error)
    try:
        outcome = engine.collect(reply)
    except Refused as error:
        return _Taken(path, "refused", reply, error=error, changed=_changed(engine, reply))
    except (InvalidInput, NotFound) as error:
        return _Taken(path, "not taken", reply, error=error)
    return _Taken(path, "on record" if outcome.replayed else "taken", reply, outcome)


def _changed(engine: Engine, reply: Reply) -> tuple[str, ...]:
    """What changed since a decision was signed, as far as that can be told."""
    tree = reply.read.tree
    if not isinstance(reply.command, SignOff) or tree is None:
        return ()
    try:
        return engine.changed_since(reply.command.release, reply.command.transition, tree.size)
    except NotFound:
        return ()


_STYLES: dict[str, Style] = {"taken": "met", "on record": "plain", "refused": "refused"}


def _tell(call: Call, item: _Taken) -> _Taken:
    out, lead = call.out, (f"{item.word:<10} ", _STYLES.get(item.word, "open"))
    if item.outcome is not None and item.reply is not None:
        who = claimed(item.reply.command.actor, item.outcome.proof)
        what = "; ".join(describe(event) for event in item.outcome.events)
        out.line(f"{item.path.name}: entry {item.outcome.entry}, {who} {what}", lead=lead)
        return item
    error = item.error or InvalidInput("nothing is known of it")
    entry = getattr(error, "entry", None)
    out.line(f"{item.path.name}: " + (f"entry {entry}, " if entry else "") + friendly(error.message), lead=lead)
    if item.changed:
        field(out, "changed", f"since it was signed: {'; '.join(item.changed)}")
    if error.remedy:
        field(out, "next", error.remedy)
    return item


def _files(call: Call, paths: list[str]) -> Iterator[Path]:
    for name in paths:
        path = call.path(name)
        if not path.is_dir():
            yield path
            continue
        inside = sorted(item for item in path.iterdir() if item.name.endswith(SUFFIX))
        # A directory without any is told like a file that is no reply.
        yield from inside or [path]


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
        out.line(("As the request says", "strong"), f" ({origin_of(asked)}); none of this is signed:")
        for note in asked.about:
            field(out, note.label, said(note.text) if note.label in ("said", "says") else note.text or ERASED)
        out.line(("What you would sign", "strong"), ":")
        out.line(asked.meaning, lead="    ")
        for label, text in asked.texts.items():
            field(out, label, said(wish.message if label == RATIONALE and wish.message else text))
        if call.ask("To sign exactly this, type sign:") != "sign":
            raise InvalidInput("nothing was signed", remedy="leave it so, and nothing happens")
    return asked.reply(pen, rationale=wish.message)
