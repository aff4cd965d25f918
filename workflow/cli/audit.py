"""``audit verify``: is the history what it must be, and what was looked at to say so?"""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.exporting import export
from workflow.cli.inquiries import QUESTIONS
from workflow.cli.options import ASK, command, group
from workflow.cli.output import Output
from workflow.cli.progress import checking
from workflow.cli.proving import prove
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput
from workflow.views import AuditReport

app = typer.Typer()
audit = group("audit", "Check the history.", panel=ASK, parent=app)
command(audit, "prove")(prove)
command(audit, "export")(export)
for name, question in QUESTIONS.items():
    command(audit, name)(question)


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
        typer.Option("--release", help="Check only what decides on this release: itself and its relatives."),
    ] = None,
) -> None:
    """Check everything again from nothing: bytes, links, tree, texts, and every decision by the rules of its time.

    Exit codes: 0 all that was asked for is checked and sound; 3 something is not as it must be; 8 nothing was found,
    but something could not be decided again.
    """
    # What is pinned is one of the things that an audit looks at, and says more than that it is not so.
    with call.engine(pinned=False) as engine, checking(call) as progress:
        report = engine.audit(
            remembered=kept(remembered), pinned=call.config.pinned, progress=progress, release=release
        )
    show_audit(call.out, report)
    call.out.json(report)
    code = exits.of_audit(report)
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


def kept(remembered: str | None) -> tuple[int, str] | None:
    """The size and the root that somebody has kept, written as one."""
    if remembered is None:
        return None
    size, _, root = remembered.partition(":")
    if not (size.isdecimal() and size.isascii() and root):
        raise InvalidInput(
            f"{remembered!r} is no size and root",
            remedy="write the number of entries, a colon, and the tree root, from an earlier audit verify",
        )
    return int(size), root


def show_audit(out: Output, report: AuditReport) -> None:
    """Prints what an audit found; the last line is its result."""
    whole = report.audited is None
    out.line(f"Audit of {report.origin}" if whole else f"Audit of a part of {report.origin}")
    covered = (
        counted(report.entries, "entry"),
        counted(report.streams, "stream"),
        counted(report.releases, "release"),
        counted(report.transitions, "move"),
        f"{counted(report.refusals, 'refusal')} on record",
        f"{counted(report.redecided, 'entry')} decided again by the recorded rules",
        f"{counted(report.signatures, 'signature')} verified",
        counted(report.blobs, "kept file"),
        f"{counted(report.texts, 'text')}, {len(report.erased)} erased on record",
    )
    out.line("; ".join(covered), lead="  covered      ")
    out.line(report.root, lead="  tree root    ")
    for item in report.erased:
        out.line(item, lead="  erased       ")
    for item in report.withheld:
        out.line((item, "open"), lead="  withheld     ")
    for item in report.not_recomputed:
        out.line((item, "open"), lead="  not decided  ")
    for item in report.not_covered:
        out.line(item, lead="  not covered  ")
    for problem in report.problems:
        where = f"entry {problem.entry}" if problem.entry is not None else "no single entry"
        stream = f" ({problem.stream})" if problem.stream else ""
        out.line((f"{where}{stream}, {problem.kind}: {problem.message}", "refused"), lead="  PROBLEM      ")
    match report.outcome:
        case "ok":
            out.line(("audit: ok", "met"), f", {counted(report.entries, 'entry')}")
        case "partial":
            looked = f", {report.entries} of {counted(report.size, 'entry')}: nothing was found in "
            out.line(("audit: only a part", "met"), looked + counted(report.streams, "stream"))
        case "incomplete":
            out.line(("audit: incomplete", "open"), ", nothing was found, but not everything could be decided again")
        case _:
            place = f" at entry {report.first_bad}" if report.first_bad is not None else ""
            out.line((f"audit: FAILED{place}", "refused"), f", {counted(len(report.problems), 'problem')}")
