"""``checkpoint``: what the ledger says of its tree, signed with a key of its own, and the file of that key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflow.checkpoints import Vouched, read_checkpoint, vouch
from workflow.checkpoints.log import HEADS
from workflow.checkpoints.requests import BEGINS as REQUEST
from workflow.checkpoints.requests import MAX_BYTES
from workflow.cli import exits
from workflow.cli.anchors import LogKeys
from workflow.cli.config import from_home
from workflow.cli.options import KEEP, Into, Replace, command, group
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput
from workflow.files import hand_out, read_file
from workflow.ledger.note import Note
from workflow.phrases import listed, moment
from workflow.views import CheckpointView

app = typer.Typer()
checkpoint = group("checkpoint", "Say what the ledger's tree is, for good.", panel=KEEP, parent=app)

File = Annotated[str, typer.Argument(metavar="FILE", help="A checkpoint: a signed note.", show_default=False)]


@command(checkpoint, "checkpoint", bare=True)
def made(call: Call, output: Into = None, replace: Replace = False) -> None:
    """Make a checkpoint of all entries: the origin, how many there are and the root of their tree, as a signed note.

    It is remembered outside of the database before it is shown. One that would not go on from every checkpoint before
    it is refused (exit code 3): a backup was put back, or this is another copy of the ledger. A file that is there
    already is not replaced unless that is said.
    """
    with call.engine() as engine:
        view = engine.checkpoint()
    if output is not None:
        hand_out(call.path(output), view.note.encode(), begins=f"{view.origin}\n".encode(), replace=replace)
        _tell(call, view, "written ")
    else:
        call.out.exactly(view.note)
    call.out.json({**view.model_dump(mode="json"), "file": output and str(call.path(output))})


@command(checkpoint, "new-key")
def new_key(
    call: Call,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Where its private half is to be; nothing may be there.", show_default=False
        ),
    ],
) -> None:
    """Make a key of the log's own, in a file that only you can read.

    It signs checkpoints once the administrators have named it. Keep it where nobody else's hands are.
    """
    path = call.path(from_home(file, call.session.environment))
    with call.engine(log_key=path) as engine:
        vkey = engine.new_log_key()
    call.out.line(str(path), lead="written  ")
    call.out.line(vkey, lead="vkey     ")
    call.hint(f"administrators: holdfast roster log-key {vkey} -m WHY")
    settings = [f'log_key = "{_in_config(call, path)}"'] if call.config.log_key != path else []
    if call.memory is not None and call.memory != (call.config.log_heads or path.parent / HEADS):
        # The next key has to go on from what the one before it gave out.
        settings.append(f'log_heads = "{_in_config(call, call.memory)}"')
    if settings:
        call.hint(f"then in holdfast.toml: {' and '.join(settings)}")
    call.out.json({"file": str(path), "vkey": vkey})


@command(checkpoint, "show")
def show(
    call: Call,
    file: File,
    log_key: LogKeys = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", metavar="VKEY", help="A witness whose word counts for you. Can be repeated."),
    ] = None,
    wanted: Annotated[
        int | None,
        typer.Option("--wanted", metavar="COUNT", help="How many witnesses it takes; by default all.", min=0),
    ] = None,
) -> None:
    """Read a checkpoint, and say who vouches for it. It needs no ledger.

    Exit codes: 0 what was asked for is verified; 3 it is not; 8 no key was named, so that nothing is.
    """
    note = read_checkpoint(read_file(call.path(file), limit=MAX_BYTES))
    vouched = vouch(note, given=log_key or (), witnesses=witness or (), wanted=wanted)
    show_vouched(call, note, vouched)
    call.out.json(vouched)
    if not vouched.verified:
        asked = log_key or witness or wanted
        raise typer.Exit(exits.ExitCode.INTEGRITY if asked else exits.ExitCode.WAITING)


@command(checkpoint, "for-witness")
def for_witness(
    call: Call,
    since: Annotated[
        int,
        typer.Option(
            "--since",
            metavar="SIZE",
            help="How many entries it cosigned last; 0 where it has cosigned none.",
            show_default=False,
            min=0,
        ),
    ],
    output: Into = None,
    replace: Replace = False,
) -> None:
    """Make a checkpoint, with what shows a witness that it goes on from the last that it cosigned.

    The witness: holdfast witness cosign DIRECTORY FILE.
    """
    with call.engine() as engine:
        request = engine.for_witness(since)
    if output is None:
        call.out.exactly(request.decode())
    else:
        hand_out(call.path(output), request, begins=REQUEST, replace=replace)
        call.out.line(str(call.path(output)), lead="written  ")
    call.out.json({"request": request.decode(), "file": output and str(call.path(output))})


@command(checkpoint, "add-cosignature")
def add_cosignature(
    call: Call,
    file: File,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            "--witness",
            metavar="VKEY",
            help="A witness whose genuine word is kept, and nobody's else. Can be repeated.",
        ),
    ] = None,
) -> None:
    """Keep a checkpoint that a witness cosigned, beside the one that was given out last.

    With --witness, only what is genuinely theirs is kept, and what strangers wrote below the same checkpoint goes.
    Without, whether a cosignature is genuine, whoever has the witness's key finds out: checkpoint show --witness VKEY.
    """
    with call.engine() as engine:
        view = engine.add_cosignature(read_file(call.path(file), limit=MAX_BYTES), witnesses=witness or ())
    _tell(call, view, "kept    ")
    call.out.json(view)


@command(checkpoint, "remember")
def remember(
    call: Call,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="The last checkpoint that anybody kept.", show_default=False),
    ] = None,
    nothing_known: Annotated[
        bool,
        typer.Option("--nothing-known", help="Begin from nothing: the administrators know that no checkpoint is kept."),
    ] = False,
) -> None:
    """Begin anew to remember what was given out, where that was lost: from a checkpoint that somebody kept.

    What is remembered gives way to a later checkpoint alone, and only where the ledger goes on from both.
    Ask those who keep checkpoints for the one with the most entries: witnesses, auditors, whoever has a pack.
    """
    if (file is None) != nothing_known:
        raise InvalidInput(
            "name the checkpoint to begin from",
            remedy="or say --nothing-known, where nobody kept one: never to save time",
        )
    with call.engine() as engine:
        view = engine.remember_checkpoint(None if file is None else read_file(call.path(file), limit=MAX_BYTES))
    if view is None:
        call.out.line("nothing is remembered as given out", lead="begun    ")
    else:
        _tell(call, view, "remembered  ")
    call.out.json({"checkpoint": view and view.model_dump(mode="json")})


def _in_config(call: Call, path: Path) -> Path:
    """A path as the configuration has it: from the place of its file."""
    base = call.config.file.parent if call.config.file else call.session.directory
    return path.relative_to(base) if path.is_relative_to(base) else path


def show_vouched(call: Call, note: Note, vouched: Vouched) -> None:
    """Prints a checkpoint and who vouches for it."""
    out = call.out
    out.line(f"{vouched.origin}, {counted(vouched.size, 'entry')}")
    out.line(vouched.root, lead="  root          ")
    if vouched.signed_by is not None:
        whose = "" if vouched.known_from == "given" else ", which the ledger names itself"
        out.line(f"with {vouched.signed_by}{whose}", lead="  signed        ")
    for item in vouched.cosigned:
        out.line(f"by {item.witness}, {moment(item.at)}", lead="  cosigned      ")
    for text in vouched.unverified:
        out.line((text, "open"), lead="  not verified  ")
    names = list(dict.fromkeys(item.name for item in note.signatures))
    if vouched.signed_by is None and not vouched.cosigned:
        out.line(f"it says that {listed(names, 'and')} signed it", lead="  ")
    elif vouched.verified:
        out.line(("verified", "met"))


def _tell(call: Call, view: CheckpointView, word: str) -> None:
    names = listed(list(dict.fromkeys(view.names)), "and")
    call.out.line(f"{counted(view.size, 'entry')}, root {view.root[:16]}.., signed by {names}", lead=word)
