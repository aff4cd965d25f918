"""What an audit found, for people: of a ledger, of a part of one, and of a pack."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.cli.output import Output
from workflow.cli.shown import counted
from workflow.views import AuditProblem, AuditReport


def show_audit(out: Output, report: AuditReport) -> None:
    """Prints what an audit found; the last line is its result."""
    whole = report.audited is None
    out.line(f"Audit of {report.origin}" if whole else f"Audit of a part of {report.origin}")
    show_covered(out, report)
    for item in report.withheld:
        out.line((item, "open"), lead="  withheld     ")
    for item in report.not_recomputed:
        out.line((item, "open"), lead="  not decided  ")
    for item in report.not_covered:
        out.line(item, lead="  not covered  ")
    show_problems(out, report.problems)
    if report.more:
        told = f"and at least {report.more} more: of each kind the first are listed"
        out.line((told, "refused"), lead="  PROBLEM      ")
    for item in report.trusted:
        out.line(item, lead="  can be trusted ")
    show_next(out, report.problems)
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
            out.line((f"audit: FAILED{place}", "refused"), f", {told_problems(report)}")


def told_problems(report: AuditReport) -> str:
    """How many problems there are."""
    count = len(report.problems) + report.more
    return f"at least {counted(count, 'problem')}" if report.more else counted(count, "problem")


def show_covered(out: Output, report: AuditReport) -> None:
    """Prints what an audit looked at, and of which tree."""
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
    for lead, facts in (("  signed       ", report.signed_facts), ("  host says    ", report.asserted_facts)):
        said = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in facts.items())
        out.line(f"{counted(sum(facts.values()), 'entry')}{f': {said}' if said else ''}", lead=lead)
    out.line(report.root, lead="  tree root    ")
    for item in report.erased:
        out.line(item, lead="  erased       ")


def show_problems(out: Output, problems: Sequence[AuditProblem]) -> None:
    """Prints what is not as it must be."""
    for problem in problems:
        where = f"entry {problem.entry}" if problem.entry is not None else "no single entry"
        stream = f" ({problem.stream})" if problem.stream else ""
        out.line((f"{where}{stream}, {problem.kind}: {problem.message}", "refused"), lead="  PROBLEM      ")


def show_next(out: Output, problems: Sequence[AuditProblem]) -> None:
    """Prints what to do about problems, once for each kind, the first that is told first."""
    if not problems:
        return
    out.line("keep a copy of what you have before anything else", lead="  next         ")
    for kind in dict.fromkeys(problem.kind for problem in problems):
        out.line(f"{kind}: {NEXT[kind]}", lead="  next         ")
    out.line("docs/audit.md says what each kind means", lead="  next         ")


_RESTORE = "compare with a backup or a pack, and restore that one thing from a copy whose hash fits"
NEXT: dict[str, str] = {
    "altered": _RESTORE,
    "unreadable": _RESTORE,
    "missing": f"{_RESTORE}; a text that is gone and was not erased on record was removed past Holdfast",
    "out-of-place": "somebody wrote to the database by hand, or an entry that named it is gone: find out who can",
    "link": "an entry before it was taken out, put in or exchanged: compare with a backup or a pack",
    "tree": "compare with the checkpoints that others hold: audit verify --checkpoint FILE; where entries are missing, "
    "find the copy that has them, and tell those who rely on this one",
    "rewritten": "there are two histories: keep both, do not go on with this ledger, and show the checkpoint to "
    "those who rely on it",
    "rolled-back": "the end was cut off, or an older backup was put back: find the later database",
    "not-allowed": "what rests on it was not decided by the process: treat that release as not approved, and tell "
    "those who signed",
    "projection": "find out who changed it, then: holdfast db rebuild",
    "protection": "find out who could, then, as an administrator: holdfast db rebuild --restore-protection -m WHY",
}
