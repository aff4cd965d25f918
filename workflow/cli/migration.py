"""How a release that goes from one process to another is shown."""

from __future__ import annotations

from workflow.cli.output import Output, Style
from workflow.cli.shown import short
from workflow.phrases import listed
from workflow.views import MigrationView, ProposalView


def show_migration(out: Output, done: MigrationView) -> None:
    """Prints that a process gave way to another."""
    before, after = _apart(done.previous_label, done.previous, done.process_label, done.process)
    loosens = _loosens(done.loosens)
    out.line(("MIGRATED", "strong"), f" from {before} to {after}, ", loosens, f" (in {done.stage}, entry {done.entry})")


def show_proposal(out: Output, proposal: ProposalView, label: str, digest: str) -> None:
    """Prints which process is proposed in the place of the present one, who has approved it, and who can."""
    before, after = _apart(label, digest, proposal.process_label, proposal.process)
    loosens = _loosens(proposal.loosens)
    out.line(
        ("PROPOSED", "strong"),
        f" {after} instead of {before}, ",
        loosens,
        f" (by {proposal.by}, entry {proposal.entry})",
    )
    for item in proposal.consents:
        missing = item.count - len(item.people)
        sign: tuple[str, Style] = (" * ", "open") if missing else (" + ", "met")
        have = listed(item.people, "and")
        told = f"{missing} more to approve as {item.role}: {listed(item.who_can) or 'nobody can'}"
        counted = f" (have {have})" if have else ""
        out.line(told + counted if missing else f"approved as {item.role}: {have}", lead=sign)
        for ignored in item.ignored:
            out.line(f"not counted: {ignored}", lead="   ")


def _loosens(places: tuple[str, ...]) -> tuple[str, Style]:
    return (f"loosens: {len(places)}", "open") if places else ("loosens nothing", "met")


def _apart(label: str, digest: str, other_label: str, other: str) -> tuple[str, str]:
    """Two processes by what people call them, and where that is the same, by their digests too."""
    if label != other_label:
        return label, other_label
    return f"{label} ({short(digest)})", f"{other_label} ({short(other)})"
