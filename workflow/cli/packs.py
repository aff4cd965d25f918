"""``audit verify --pack``: is the file that was handed over what it must be, and who says of which ledger it is?"""

from __future__ import annotations

import typer

from workflow import verify_pack
from workflow.cli import exits
from workflow.cli.anchors import Given
from workflow.cli.audited import show_covered, show_problems
from workflow.cli.output import Output, Style
from workflow.cli.own_code import make_importable
from workflow.cli.progress import checking
from workflow.cli.session import Call
from workflow.cli.shown import counted, friendly
from workflow.pack.verifying import GOES_ON, NOBODY
from workflow.views import PackReport

_STATES: dict[str, Style] = {"verified": "met", "not checked": "open", "failed": "refused"}


def verify_one(call: Call, pack: str, given: Given, remembered: tuple[int, str] | None) -> None:
    """Verifies a pack and says what was found."""
    make_importable(call.config)
    with checking(call) as progress:
        report = verify_pack(
            call.path(pack),
            log_keys=given.log_keys or (),
            witnesses=given.witnesses or (),
            pinned={**call.config.pinned, **given.pinned()},
            checkpoints=given.notes(call),
            remembered=remembered,
            policies=call.config.policies,
            progress=progress,
        )
    show(call.out, report)
    call.out.json(report)
    code = exits.of_pack(report)
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


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
