"""``report``: what became of a release, as a page to be read years later."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.options import ASK, Release, command
from workflow.cli.progress import checking
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput
from workflow.files import deliver
from workflow.report import Report, as_html

app = typer.Typer()


@command(app, "report", panel=ASK)
def report(
    call: Call,
    release: Release,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where the page goes, such as report.html."),
    ] = None,
) -> None:
    """Write what became of a release as one page: who, which bytes, which rules, which exceptions, and all the rest.

    The page needs no network and no script, and can be printed. What decides on the release is audited on the
    way, and the page says what was checked. With --json the same facts are printed; then no file is needed.

    Exit codes: 0 all of it checked and sound; 3 something is not as it must be; 8 nothing was found, but something
    could not be decided again. The page is written all the same.
    """
    if output is None and call.out.mode != "json":
        raise InvalidInput("nothing says where the page goes", remedy="add -o report.html, or --json for the facts")
    with call.engine(pinned=False) as engine, checking(call) as progress:
        found = engine.report(release, progress=progress, pinned=call.config.pinned)
    if output is not None:
        deliver(call.path(output), as_html(found).encode("utf-8"))
        _told(call, found, output)
    call.out.json(found)
    code = exits.of_audit(found.proof.audit) if found.proof.audit is not None else exits.ExitCode.WAITING
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


def _told(call: Call, found: Report, output: str) -> None:
    label = f" {found.status.label}" if found.status.label else ""
    call.out.line((f"{found.release}{label}: {found.summary.word}", "strong"), f", {found.summary.text}")
    exceptions = counted(len(found.exceptions), "exception") if found.exceptions else "no exception"
    call.out.line(f"{counted(len(found.signers), 'signer')}, {exceptions}, {counted(len(found.lines), 'entry')}")
    call.out.line(f"written to {output}")
    audit = found.proof.audit
    if audit is not None and audit.outcome == "failed":
        call.out.line(("audit: FAILED", "refused"), f", {counted(len(audit.problems), 'problem')}; the page says which")
