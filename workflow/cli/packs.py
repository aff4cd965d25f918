"""``audit verify --pack``: is the file that was handed over what it must be, and who says of which ledger it is?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from workflow import verify_pack
from workflow.cli import exits
from workflow.cli.audited import show_covered, show_problems
from workflow.cli.output import Output, Style
from workflow.cli.own_code import make_importable
from workflow.cli.progress import checking
from workflow.cli.session import Call
from workflow.cli.shown import counted, friendly
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.ledger import is_digest
from workflow.ledger.note import MAX_BYTES
from workflow.pack.verifying import GOES_ON, NOBODY
from workflow.views import PackReport

Pack = Annotated[
    str | None, typer.Option("--pack", metavar="FILE", help="Verify this pack instead of a ledger, offline.")
]
LogKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--log-key",
        metavar="VKEY",
        help="The ledger's own key, which must have signed the checkpoint. Can be repeated, and one must fit.",
    ),
]
Witnesses = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="VKEY", help="A witness who must have cosigned the checkpoint. Can be repeated."),
]
Pins = Annotated[
    list[str] | None,
    typer.Option("--pin", metavar="SEQ:HASH", help="The hash that an entry must have. Can be repeated."),
]
Checkpoints = Annotated[
    list[str] | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE",
        help="A checkpoint that you have kept: the entries it is of must be there still. Can be repeated.",
    ),
]

_STATES: dict[str, Style] = {"verified": "met", "not checked": "open", "failed": "refused"}


@dataclass(frozen=True)
class Given:
    """What whoever verifies a pack has from elsewhere, as they typed it."""

    log_keys: Sequence[str]
    witnesses: Sequence[str]
    pins: Sequence[str]
    checkpoints: Sequence[str]
    remembered: tuple[int, str] | None


def verify_one(call: Call, pack: str, given: Given) -> None:
    """Verifies a pack and says what was found."""
    notes = [read_file(call.path(name), limit=MAX_BYTES) for name in given.checkpoints]
    pinned = {**call.config.pinned, **dict(map(pin_of, given.pins))}
    make_importable(call.config)
    with checking(call) as progress:
        report = verify_pack(
            call.path(pack),
            log_keys=given.log_keys,
            witnesses=given.witnesses,
            pinned=pinned,
            checkpoints=notes,
            remembered=given.remembered,
            policies=call.config.policies,
            progress=progress,
        )
    show(call.out, report)
    call.out.json(report)
    code = exits.of_pack(report)
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


def pin_of(text: str) -> tuple[int, str]:
    """An entry and the hash that it must have, written as one.

    Raises:
        InvalidInput: it is written otherwise.
    """
    seq, _, digest = text.partition(":")
    if not (seq.isdecimal() and seq.isascii() and len(seq) < 16 and is_digest(digest)):
        raise InvalidInput(f"{text[:80]!r} pins nothing", remedy="write the number of an entry, a colon, and its hash")
    return int(seq), digest


def show(out: Output, report: PackReport) -> None:
    """Prints what was found in a pack; the last line is the result."""
    pack = report.pack
    out.line(f"Pack of {pack.release}, from the ledger {pack.origin}")
    out.line(friendly(f"made {pack.at} by {pack.by}, at {counted(pack.size, 'entry')}"), lead="  said         ")
    show_covered(out, report.audit)
    if report.signed_by is not None:
        out.line(f"signed with the key that the ledger itself names, {report.signed_by}", lead="  checkpoint   ")
    for item in report.withheld:
        out.line((item, "open"), lead="  withheld     ")
    for anchor in report.anchors:
        lead = "  vouched by   " if anchor.state == "verified" else "  anchor       "
        out.line((f"{anchor.state}: ", _STATES[anchor.state]), f"{anchor.kind} {anchor.name}: {anchor.text}", lead=lead)
    for item in report.not_checked:
        if item in (NOBODY, GOES_ON):
            out.line((item, "open"), lead="  NOT VOUCHED  ")
        else:
            out.line(item, lead="  not checked  ")
    show_problems(out, report.problems)
    match report.outcome:
        case "ok":
            out.line(("pack: ok", "met"), f", {counted(pack.entries, 'entry')}")
        case "incomplete":
            out.line(("pack: incomplete", "open"), ", nothing was found, but not everything could be checked")
        case _:
            place = f" at entry {report.first_bad}" if report.first_bad is not None else ""
            out.line((f"pack: FAILED{place}", "refused"), f", {counted(len(report.problems), 'problem')}")
