"""``witness``: somebody who trusts neither the log nor who asks, and needs no ledger: a directory of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.checkpoints import Watched, Witness, WitnessRequest
from workflow.checkpoints.requests import MAX_BYTES
from workflow.cli.options import KEEP, Into, Replace, command, group
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.clock import SystemClock
from workflow.errors import InvalidInput, LedgerError
from workflow.files import hand_out, read_file

app = typer.Typer()
witness = group("witness", "Vouch that a log only grows.", panel=KEEP, parent=app)

Folder = Annotated[
    str, typer.Argument(metavar="DIRECTORY", help="The witness's own: its key, and what it saw.", show_default=False)
]


@command(witness, "init")
def init(
    call: Call,
    folder: Folder,
    name: Annotated[
        str,
        typer.Option(
            "--name", metavar="NAME", help="What it signs as, such as witness.example/w1.", show_default=False
        ),
    ],
) -> None:
    """Make a witness, with a key of its own. Do it where whoever runs the ledger has no access."""
    made = Witness.make(call.path(folder), name)
    call.out.line(str(made.folder), lead="written  ")
    call.out.line(made.key.vkey, lead="vkey     ")
    call.hint("give that to everybody who is to trust it; then: holdfast witness add-log DIRECTORY VKEY")
    call.out.json({"directory": str(made.folder), "name": made.name, "vkey": made.key.vkey})


@command(witness, "add-log")
def add_log(
    call: Call,
    folder: Folder,
    vkey: Annotated[
        str,
        typer.Argument(
            metavar="VKEY",
            help="The log's key, told by whoever runs it and not by a checkpoint alone.",
            show_default=False,
        ),
    ],
    instead: Annotated[
        bool, typer.Option("--instead", help="It takes the place of the key that the log had before.")
    ] = False,
) -> None:
    """Trust a log's key from now on. What was cosigned of that log stays remembered, whatever its key is."""
    watched = Witness.open(call.path(folder)).add_log(vkey, instead=instead)
    _tell(call, watched)
    call.out.json(_told(watched))


@command(witness, "cosign")
def cosign(
    call: Call,
    folder: Folder,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="What `checkpoint for-witness` made: a checkpoint and its proof.", show_default=False
        ),
    ],
    output: Into = None,
    replace: Replace = False,
) -> None:
    """Cosign a checkpoint, if it goes on from the last that was cosigned of its log. It is remembered first.

    Exit codes: 0 cosigned; 1 conflict: it is to go on from another size than the last, which is told; 2 the log is not
    known here, or this is no request; 3 not signed by the log, or not of the same history.
    """
    request = _request(read_file(call.path(file), limit=MAX_BYTES))
    note = Witness.open(call.path(folder)).cosign(request, call.session.clock or SystemClock()).to_bytes()
    if output is None:
        call.out.exactly(note.decode())
    else:
        begins = f"{request.checkpoint.origin}\n".encode()
        hand_out(call.path(output), note, begins=begins, replace=replace)
        size = counted(request.checkpoint.size, "entry")
        call.out.line(f"{call.path(output)}, {size} of {request.checkpoint.origin}", lead="written  ")
    call.hint("whoever runs the log: holdfast checkpoint add-cosignature FILE")
    call.out.json({"note": note.decode(), "file": output and str(call.path(output))})


@command(witness, "show")
def show(call: Call, folder: Folder) -> None:
    """Show a witness: its key, the logs that it watches, and what it cosigned of each last."""
    found = Witness.open(call.path(folder))
    logs = list(found.logs())
    call.out.line(found.key.vkey, lead="vkey  ")
    for watched in logs:
        _tell(call, watched)
    call.out.json({"name": found.name, "vkey": found.key.vkey, "logs": [_told(watched) for watched in logs]})


def _request(data: bytes) -> WitnessRequest:
    try:
        return WitnessRequest.from_bytes(data)
    except LedgerError as error:
        raise InvalidInput(error.message, remedy="a request is what `holdfast checkpoint for-witness` wrote") from error


def _tell(call: Call, watched: Watched) -> None:
    known = watched.known
    seen = "nothing cosigned yet" if known is None else f"{known.size} entries cosigned, root {known.root.hex()[:16]}.."
    call.out.line(f"{watched.key}: {seen}", lead="log   ")


def _told(watched: Watched) -> dict[str, object]:
    known = watched.known
    return {
        "origin": watched.key.name,
        "vkey": str(watched.key),
        "size": known.size if known else 0,
        "root": known.root.hex() if known else None,
    }
