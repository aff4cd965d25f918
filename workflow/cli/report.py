"""``report``: what became of a release, as a page to be read years later."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.anchors import Checkpoints, Given, LogKeys, Pack, Pins, Policies, Witnesses
from workflow.cli.completion import release_names
from workflow.cli.exporting import tell_internal
from workflow.cli.options import ASK, Replace, command
from workflow.cli.progress import checking
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.clock import SystemClock
from workflow.errors import InvalidInput
from workflow.files import delivering
from workflow.report import Report, as_html, report_of_pack

app = typer.Typer()


@command(app, "report", panel=ASK)
def report(
    call: Call,
    release: Annotated[
        str | None,
        typer.Argument(
            help="The release, by its name; a pack is of one.", show_default=False, autocompletion=release_names
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where the page goes, such as report.html."),
    ] = None,
    replace: Replace = False,
    pack: Pack = None,
    log_key: LogKeys = None,
    witness: Witnesses = None,
    pin: Pins = None,
    checkpoint: Checkpoints = None,
    policy: Policies = None,
) -> None:
    """Write what became of a release as one page: who, which bytes, which rules, which exceptions, and all the rest.

    The page needs no network and no script, and can be printed. What decides on the release is audited on the
    way, and the page says what was checked. With --json the same facts are printed; then no file is needed.
    A file that is there already is not replaced unless that is said, an earlier report of the release neither.

    With --pack it is of a file that was handed over, without any ledger or configuration.

    Exit codes: 0 all of it checked and sound; 3 something is not as it must be; 8 nothing was found, but something
    could not be decided again, or nobody vouches for which ledger a pack is of. The page is written all the same.
    """
    if output is None and call.out.mode != "json":
        raise InvalidInput("nothing says where the page goes", remedy="add -o report.html, or --json for the facts")
    given = Given(log_key, witness, pin, checkpoint, policy)
    given.check_for_pack(pack)
    if pack is not None:
        found = _of_pack(call, pack, release, given)
    elif release is None:
        raise InvalidInput("nothing says which release", remedy="name it; holdfast list shows what there is")
    else:
        with call.engine(pinned=False) as engine, checking(call) as progress:
            found = engine.report(release, progress=progress, pinned=call.config.pinned)
    if output is not None:
        with delivering(call.path(output), replace=replace) as file:
            file.write(as_html(found).encode("utf-8"))
        _told(call, found, output)
    call.out.json(found)
    code = _code(found)
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


def _of_pack(call: Call, pack: str, release: str | None, given: Given) -> Report:
    with checking(call) as progress:
        return report_of_pack(
            call.path(pack),
            release,
            at=(call.session.clock or SystemClock()).now(),
            log_keys=given.log_keys or (),
            witnesses=given.witnesses or (),
            pinned=given.pinned(),
            checkpoints=given.notes(call),
            policies=given.policies or (),
            progress=progress,
        )


def _code(found: Report) -> exits.ExitCode:
    """The exit code of what was checked."""
    if found.proof.pack is not None:
        return exits.of_pack(found.proof.pack)
    return exits.of_audit(found.proof.audit) if found.proof.audit is not None else exits.ExitCode.WAITING


def _told(call: Call, found: Report, output: str) -> None:
    label = f" {found.status.label}" if found.status.label else ""
    call.out.line((f"{found.release}{label}: {found.summary.word}", "strong"))
    call.out.line(found.summary.text)
    exceptions = counted(len(found.exceptions), "exception") if found.exceptions else "no exception"
    call.out.line(f"{counted(len(found.signers), 'signer')}, {exceptions}, {counted(len(found.lines), 'entry')}")
    over = sum(not item.standing for item in found.dissent) + sum(not item.standing for item in found.holds)
    if found.against or over:
        call.out.line(f"dissent: {len(found.against)} {'stands' if len(found.against) == 1 else 'stand'}, {over} ended")
    call.out.line(f"written to {output}")
    inside = [item.entry for item in found.status.statements if not item.public and item.text is not None]
    leave_out = f"holdfast audit export {found.release} --withhold ENTRY:NAME -o FILE"
    tell_internal(call, inside, f"{leave_out} leaves them out, and holdfast report --pack FILE is made of that")
    checked = found.proof.pack or found.proof.audit
    if checked is not None and checked.outcome == "failed":
        call.out.line(
            ("audit: FAILED", "refused"), f", {counted(len(checked.problems), 'problem')}; the page says which"
        )
    if found.proof.pack is not None and not found.proof.pack.vouched:
        call.out.line(("nobody vouches", "open"), " for which ledger the pack is of; the page says so")
