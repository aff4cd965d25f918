"""``audit verify --pack``: is the file that was handed over what it must be, and who says of which ledger it is?"""

from __future__ import annotations

import typer

from workflow import verify_pack
from workflow.cli import exits
from workflow.cli.anchors import Given
from workflow.cli.audited import show_covered, show_problems
from workflow.cli.output import Output, Style
from workflow.cli.progress import checking
from workflow.cli.session import Call
from workflow.cli.shown import counted, friendly
from workflow.pack.verifying import GOES_ON, NOBODY
from workflow.views.packs import PackReport

ELSEWHERE = (
    "it is not the pack of the ledger that you meant, or what you gave is of another ledger: check the key, pin or "
    "checkpoint first, then get the pack again"
)

MOST_NAMED = 5
"""How many of what was withheld are named one by one, unless all are wanted."""

_STATES: dict[str, Style] = {"verified": "met", "not checked": "open", "failed": "refused"}


def verify_one(call: Call, pack: str, given: Given, *, everything: bool = False) -> None:
    """Verifies a pack and says what was found."""
    with checking(call) as progress:
        report = verify_pack(
            call.path(pack),
            log_keys=given.log_keys or (),
            witnesses=given.witnesses or (),
            pinned=given.pinned(),
            checkpoints=given.notes(call),
            remembered=given.remembered,
            policies=given.policies or (),
            progress=progress,
        )
    show(call.out, report, everything=everything)
    call.out.json(report)
    code = exits.of_pack(report)
    if code is not exits.ExitCode.DONE:
        raise typer.Exit(code)


def show(out: Output, report: PackReport, *, everything: bool = False) -> None:
    """Prints what was found in a pack; the last line is the result."""
    pack = report.pack
    out.line(f"Pack of {pack.release}, from the ledger {pack.origin}")
    out.line(friendly(f"made {pack.at} by {pack.by}, at {counted(pack.size, 'entry')}"), lead="  said         ")
    show_covered(out, report.audit)
    if report.signed_by is not None and not any(item.kind == "log key" for item in report.anchors):
        out.line(f"signed with the key that the ledger itself names, {report.signed_by}", lead="  checkpoint   ")
    _show_withheld(out, report, everything=everything)
    for anchor in report.anchors:
        lead = "  vouched by   " if anchor.state == "verified" else "  anchor       "
        out.line((f"{anchor.state}: ", _STATES[anchor.state]), f"{anchor.kind} {anchor.name}: {anchor.text}", lead=lead)
    for item in report.not_checked:
        if item in (NOBODY, GOES_ON):
            out.line((item, "open"), lead="  NOT VOUCHED  ")
        else:
            out.line(item, lead="  not checked  ")
    if any("is not allowed here" in item for item in report.audit.not_recomputed):
        out.line("a policy of your own, once you have read it: --policy MODULE:CLASS", lead="  next         ")
    show_problems(out, report.problems)
    if any(anchor.state == "failed" for anchor in report.anchors):
        out.line(ELSEWHERE, lead="  next         ")
    match report.outcome:
        case "ok":
            out.line(("pack: ok", "met"), f", {counted(pack.entries, 'entry')}")
        case "incomplete":
            lacking = "not everything could be checked" if report.vouched else "nobody vouches for it"
            out.line(("pack: incomplete", "open"), f", nothing was found, but {lacking}")
        case _:
            place = f" at entry {report.first_bad}" if report.first_bad is not None else ""
            out.line((f"pack: FAILED{place}", "refused"), f", {counted(len(report.problems), 'problem')}")


def _show_withheld(out: Output, report: PackReport, *, everything: bool) -> None:
    """Prints what was left out: each of a few, else how much."""
    if everything or len(report.withheld) <= MOST_NAMED:
        for item in report.withheld:
            out.line((item, "open"), lead="  withheld     ")
        return
    texts, evidence = len(report.pack.withheld_texts), len(report.pack.withheld_evidence)
    counts = [counted(texts, "text")] if texts else []
    counts += [f"{evidence} pieces of evidence" if evidence > 1 else "a piece of evidence"] if evidence else []
    out.line((" and ".join(counts), "open"), "; --all lists them", lead="  withheld     ")
