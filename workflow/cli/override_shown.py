"""An override on the screen: whose it is, until when and why, and the review that its use has to get."""

from __future__ import annotations

from workflow.cli.output import Output
from workflow.cli.shown import friendly, said
from workflow.phrases import listed, moment
from workflow.views import Explanation, OverridingView, Status

PASSED = "PASSED BY OVERRIDE"


def show_overriding(out: Output, explanation: Explanation) -> None:
    """Prints how far the override of a gate is given, where its policy does not pass by itself or somebody gave it."""
    found = explanation.override
    if found is None or not found.place < len(explanation.verdicts):
        return
    verdict = explanation.verdicts[found.place]
    if verdict.allow and not found.by:
        return
    if found.passes:
        out.line(f"{friendly(verdict.summary)}   ", (PASSED, "strong"), f" of `{found.policy}`", lead="= ")
    else:
        out.line(
            f"Override of `{found.policy}`: {len(found.by)} of {found.count} as {found.role}, each for {found.lasts}",
            lead="= ",
        )
    _words(out, found)
    if found.who_can and not verdict.allow:
        command = f"holdfast override {explanation.release} {explanation.trigger} {found.policy}"
        _field(out, "who can", f"{listed(found.who_can)}:  {command}")
    if found.by:
        _field(out, "review", f"by {found.reviewed_by}, within {found.within} of the move")


def show_used(out: Output, found: Status) -> None:
    """Prints the moves that passed a policy by an override, with what became of their review."""
    for item in found.overrides:
        due = f"OVERDUE since {moment(item.due)}" if item.overdue and item.due else ""
        due = "done" if item.reviewed else due or (f"due {moment(item.due)}" if item.due else "")
        why = "; ".join(said(reason) for reason in item.reasons)
        out.line(
            f"`{item.trigger}` {PASSED.lower()} of `{item.policy}` by {listed(item.by, 'and')} (until "
            f"{moment(item.until)}), entry {item.entry}: {why}; review {item.review} by {item.reviewed_by} {due}",
            lead=" = ",
        )


def _words(out: Output, found: OverridingView) -> None:
    for person, entry, reason in zip(found.by, found.entries, found.reasons, strict=True):
        _field(out, "given by", f"{person}, entry {entry}: {said(reason)}")
    if found.until is not None:
        _field(out, "until", moment(found.until))
    if found.ignored:
        _field(out, "ignored", friendly("; ".join(found.ignored)))


def _field(out: Output, label: str, text: str) -> None:
    out.line(text, lead=f"    {label:<10} ")
