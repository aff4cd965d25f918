"""``audit verify``: is the history what it must be, and what was looked at to say so?"""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.anchors import Checkpoints, Given, LogKeys, Pack, Pins, Policies, Witnesses, size_and_root
from workflow.cli.audited import show_audit
from workflow.cli.completion import release_names
from workflow.cli.exporting import export
from workflow.cli.inquiries import QUESTIONS
from workflow.cli.options import ASK, command, group
from workflow.cli.packs import verify_one
from workflow.cli.progress import checking
from workflow.cli.proving import prove
from workflow.cli.session import Call
from workflow.errors import InvalidInput

app = typer.Typer()
audit = group("audit", "Check the history.", panel=ASK, parent=app)
command(audit, "prove")(prove)
command(audit, "export")(export)


@command(audit, "verify")
def verify(
    call: Call,
    remembered: Annotated[
        str | None,
        typer.Option(
            "--remembered",
            metavar="SIZE:ROOT",
            help="The entries and the tree root of an earlier audit: what was there then must be there still.",
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(
            "--release",
            metavar="RELEASE",
            help="Check only what decides on this release: itself and its relatives.",
            autocompletion=release_names,
        ),
    ] = None,
    pack: Pack = None,
    log_key: LogKeys = None,
    witness: Witnesses = None,
    pin: Pins = None,
    checkpoint: Checkpoints = None,
    policy: Policies = None,
    everything: Annotated[bool, typer.Option("--all", help="With --pack: list each thing that was withheld.")] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="How many processes look at it; else one a core, for a long ledger."),
    ] = None,
) -> None:
    """Check everything again from nothing: bytes, links, tree, texts, and every decision by the rules of its time.

    With --pack it is of a file that was handed over, without any ledger or configuration; the keys, pins and
    checkpoints that you have from elsewhere and give here say whether it is of the ledger that it names.

    Where log_key is set, the ledger is also held against the checkpoints that are remembered as given out.

    Exit codes: 0 all that was asked for is checked and sound; 3 something is not as it must be; 8 nothing was found,
    but something could not be decided again, or nobody vouches for which ledger a pack is of.
    """
    given = Given(log_key, witness, pin, checkpoint, policy, kept(remembered))
    if pack is not None:
        if release is not None:
            raise InvalidInput("a pack is of one release already", remedy="leave --release out")
        if workers is not None:
            raise InvalidInput("several processes look at a whole ledger alone", remedy="leave --workers out")
        verify_one(call, pack, given, everything=everything)
        return
    if policy or everything:
        raise InvalidInput("--policy and --all are for a pack", remedy="name it with --pack, or leave them out")
    notes = given.notes(call)
    if (log_key or witness) and not notes:
        raise InvalidInput(
            "--log-key and --witness are for a checkpoint", remedy="name it: --checkpoint FILE, or a pack: --pack FILE"
        )
    # What is pinned is one of the things that an audit looks at, and says more than that it is not so.
    with call.engine(pinned=False) as engine, checking(call) as progress:
        report = engine.audit(
            remembered=given.remembered,
            pinned={**call.config.pinned, **given.pinned()},
            progress=progress,
            release=release,
            workers=workers,
            checkpoints=notes,
            log_keys=log_key or (),
            witnesses=witness or (),
        )
    show_audit(call.out, report)
    call.out.json(report)
    if call.memory is not None and any(item.kind in ("rewritten", "rolled-back") for item in report.problems):
        call.hint(
            f"{call.memory} remembers which checkpoints were given out; docs/checkpoints.md says what to do where the "
            "ledger does not go on from them"
        )
    code = exits.of_audit(report)
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


def kept(remembered: str | None) -> tuple[int, str] | None:
    """The size and the root that somebody has kept, written as one."""
    if remembered is None:
        return None
    found = size_and_root(remembered)
    if found is None:
        raise InvalidInput(
            f"{remembered!r} is no size and root",
            remedy="write the number of entries, a colon, and the tree root, from an earlier audit verify",
        )
    return found


for name, question in QUESTIONS.items():
    command(audit, name)(question)
