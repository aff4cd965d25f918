"""What is shown of bytes that are about to leave: by a plain step or by a plan, and what became of those that did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflow.cli.explanation import field
from workflow.cli.output import Output, Part
from workflow.cli.shown import SEEN_DIGITS, claimed, counted, short
from workflow.looking import SIGN_OFFS_MISSING
from workflow.phrases import listed, moment, size
from workflow.publication_view import PublicationView
from workflow.publishing import LOCAL_DIRECTORY
from workflow.verdict import counted_in
from workflow.views import Explanation, Status

if TYPE_CHECKING:
    from workflow.rehearsal import LeavingFile, Rehearsal

FILES_SHOWN = 12


def lay_out_leaving(out: Output, explanation: Explanation, what: str, actor: str) -> None:
    """Prints what exactly would leave, by whose word, and who asks for it."""
    field(out, "candidate", explanation.candidate)
    field(out, "what", what)
    field(out, "process", f"{explanation.process_label}, {explanation.process}")
    field(out, "basis", explanation.basis[:SEEN_DIGITS])
    people = [f"{fact.text}, entry {fact.entry}" for fact in counted_in(explanation.verdicts)]
    missing = [r.text for verdict in explanation.blockers for r in verdict.reasons if r.code == SIGN_OFFS_MISSING]
    people += [fact.text for verdict in explanation.verdicts for fact in verdict.facts if fact.label == "sealed"]
    so_far = f"{'; '.join(people) or 'nobody yet'} ({listed(missing, 'and')})" if missing else "; ".join(people)
    field(out, "signed by", so_far or "nobody: this gate asks for no sign-off")
    field(out, "you are", claimed(actor))


def lay_out_rehearsal(out: Output, shown: Rehearsal) -> None:
    """Prints the files, the destination, and what was looked at there."""
    for place, file in enumerate(shown.files[:FILES_SHOWN]):
        field(out, "files" if place == 0 else "", _file(file))
    if len(shown.files) > FILES_SHOWN:
        field(out, "", f"and {len(shown.files) - FILES_SHOWN} more (--json has them all)")
    field(out, "to", f"{shown.destination} ({shown.publisher})")
    for check in shown.checks:
        lead: Part = (" + ", "met") if check.ok else (" ! ", "refused")
        out.line(f"{check.name}: {check.text}", lead=lead)
    out.line(f"Not checked: {'; '.join(shown.not_checked)}.")


def show_unfit(out: Output, shown: Rehearsal) -> None:
    """Prints first what is wrong with the destination: whatever the gate says, nothing goes there."""
    for check in (check for check in shown.checks if not check.ok):
        out.line(("NO", "refused"), f": not to {shown.destination}: {check.text}.")
    if any(check.name == "allowed" and not check.ok for check in shown.checks):
        places = " or ".join(f"{place.rstrip('/')}/NAME" for place in shown.explanation.below)
        whole = ", an absolute path without . or .." if shown.publisher == LOCAL_DIRECTORY else ""
        field(out, "to unblock", f"--to {places}{whole}")


def show_publications(out: Output, found: Status) -> None:
    """Prints what was let out and what came of it; what nobody could prove comes first, and loudly."""
    let_out = {item.trigger for item in found.publications if item.state not in ("planned", "aborted")}
    for item in sorted(found.publications, key=lambda item: item.state != "begun"):
        if not (item.stale and item.trigger in let_out):
            _publication(out, found.release, item)


def _publication(out: Output, release: str, item: PublicationView) -> None:
    what = f"{item.permit} to {item.destination}"
    match item.state:
        case "begun":
            out.line(
                ("OUT, UNPROVEN", "strong"),
                f": {what} by {item.by}, entry {item.begun}. Nobody has shown what came of it, so it counts as out.",
            )
            out.line(f"look there; then holdfast reconcile {release} {item.permit} --found WHAT -m WHY", lead="    ")
        case "confirmed":
            out.line(f"published: {what}, read back in entry {item.ended}")
        case "published":
            out.line(f"published: {what}, as {item.ended_by} found, entry {item.ended}")
        case "not_published":
            out.line(f"{what}: {item.ended_by} found nothing there, entry {item.ended}; it counts as out all the same")
        case "aborted":
            out.line(f"taken back: {what}, entry {item.ended}; no byte left")
        case "planned" if item.usable:
            out.line(f"planned: {what} by {item.by}, good until {moment(item.expires)}")
        case "planned" if item.stale:
            out.line(f"stale: the plan {what} by {item.by} is good for nothing any more: {'; '.join(item.stale)}")


def _file(file: LeavingFile) -> str:
    return f"{file.path}  {size(file.size)}  {short(file.sha256)}"


def what_leaves(shown: Rehearsal) -> str:
    """How many files, and how many bytes."""
    return f"{counted(len(shown.files), 'file')}, {shown.size:,} bytes, of digest {short(shown.manifest)}"
