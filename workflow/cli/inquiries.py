"""What an auditor asks, on the command line: ``audit overrides``, ``audit slips`` and ``audit coverage``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.asked_of import Asked, askable
from workflow.cli.asked_then import who_could
from workflow.cli.differences import diff
from workflow.cli.options import AnyRelease, Command
from workflow.cli.output import Output, Part
from workflow.cli.progress import asking
from workflow.cli.session import Call
from workflow.cli.shown import counted, friendly, lasting, said
from workflow.cli.waits import waiting
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.inquiry.coverage import MAX_BYTES
from workflow.phrases import date, listed, moment, times
from workflow.process import Exposure
from workflow.views.inquiry import (
    Coverage,
    CoverageLine,
    CoveragePlace,
    ExceptionKind,
    ExceptionView,
    PlanChange,
    ReleaseSlips,
)

STDIN = "-"

_MARKED: dict[ExceptionKind, str] = {
    "override": "OVERRIDE: ",
    "override-given": "override, not used: ",
    "waived-test": "WAIVED TEST: ",
    "set-aside": "report set aside: ",
    "solo": "SOLO: ",
}
"""What stands before the sentence of an exception that does not say itself which kind it is."""


@askable
def overrides(call: Call, asked: Asked, release: AnyRelease = None) -> None:
    """Show every exception: what passed, or may pass, otherwise than by the plain rule; who said so, when and why.

    Overrides with their review, accepted risks, reports that were set aside or let count for a descendant, tests that
    were not applicable, refusals that others answered, moves where one person may do everything, processes that
    loosened, and what administrators let pass.
    """
    with asked.opened() as engine:
        found = engine.exceptions(release)
    show_exceptions(call.out, found)
    asked.json(found)


def show_exceptions(out: Output, found: Sequence[ExceptionView]) -> None:
    """Prints exceptions, by release."""
    if not found:
        out.line("No exception: nothing passed otherwise than by the plain rule.")
        return
    reviews = [item.review for item in found if item.review is not None]
    late = sum(1 for review in reviews if review.overdue)
    waiting = sum(1 for review in reviews if review.done_in is None)
    told = f"; {counted(waiting, 'review')} still to be done, {late} overdue" if reviews else ""
    out.line((counted(len(found), "exception"), "strong"), f"{told}.")
    order = sorted(found, key=lambda item: (item.release or "", item.entry))
    for slug, items in groupby(order, key=lambda item: item.release):
        out.line((slug or "the whole ledger", "strong"))
        for item in items:
            _exception(out, item)


def _exception(out: Output, item: ExceptionView) -> None:
    role = f" as {item.role}" if item.role else ""
    out.line(f"{listed(item.by, 'and')}{role}  ", (moment(item.at), "faint"), lead=f"{item.entry:>5}  ")
    until = f"; until {moment(item.until)}" if item.until is not None and item.kind == "override" else ""
    ended = " (ended)" if item.ended and item.until is not None else ""
    out.line((_MARKED.get(item.kind, ""), "strong"), f"{friendly(item.what)}{until}{ended}", lead="       ")
    for place, reason in enumerate(item.reasons):
        who = f"{item.by[place]}: " if len(item.reasons) > 1 and len(item.reasons) == len(item.by) else ""
        out.line(who + said(reason), lead="       | ")
    if item.review is not None:
        review = item.review
        due = f"due {moment(review.due)}" if review.due else "due at no time"
        if review.done_in is not None:
            state = f"done by {review.done_by}, entry {review.done_in}"
        else:
            state = f"OVERDUE, {due}" if review.overdue else f"open, {due}"
        out.line(f"review {review.id} by {review.role}: {state}", lead="       ")


@askable
def slips(call: Call, asked: Asked, release: AnyRelease = None) -> None:
    """Show each change of a planned date: from, to, why, by whom, and how shortly before; and the sums by release."""
    with asked.opened() as engine, asking(call) as progress:
        found = engine.slips(release, progress=progress)
    for item in found:
        _slips(call.out, item)
    if not found:
        call.out.line("No date was ever planned.")
    asked.json(found)


def _slips(out: Output, item: ReleaseSlips) -> None:
    if not item.changes and item.first is None:
        out.line((item.release, "strong"), ": no date was ever planned.")
        return
    often = f"slipped {times(item.slips)}" if item.slips else "never slipped"
    total = f", in all {_shifted(item.shift)}" if item.changes and item.shift is not None else ""
    first = f", at first for {_planned(item.first)}" if item.changes else ""
    out.line((item.release, "strong"), f": planned for {_planned(item.planned)}{first}; {often}{total}.")
    for change in item.changes:
        _change(out, change)


def _change(out: Output, change: PlanChange) -> None:
    shift = f", {_shifted(change.shift)}" if change.shift is not None else ""
    no = "" if change.slip else "; no slip, as no date stood"
    out.line(f"from {_planned(change.previous)} to {_planned(change.planned)}{shift}{no}", lead=f"{change.entry:>5}  ")
    notice = ""
    if change.notice is not None:
        length = lasting(abs(change.notice))
        when = "before the date that stood" if change.notice >= 0 else "AFTER that date had passed"
        notice = f": {length} {when}"
    out.line(f"told by {change.by} on {moment(change.at)}{notice}", lead="       ")
    out.line(said(change.reason), lead="       | ")


def _planned(time: datetime | None) -> str:
    return date(time) if time is not None else "no date"


def _shifted(seconds: int | None) -> str:
    if not seconds:
        return "the same as before"
    return f"{lasting(abs(seconds))} {'later' if seconds > 0 else 'sooner'}"


@askable
def coverage(
    call: Call,
    asked: Asked,
    listed_in: Annotated[
        str,
        typer.Argument(
            metavar="LIST",
            help="A file with the published digests: one SHA-256 a line, as sha256sum writes it, or a JSON object of "
            "names and digests; - for standard input.",
            show_default=False,
        ),
    ],
    exposure: Annotated[
        Exposure, typer.Option("--exposure", metavar="EXPOSURE", help="How far what is published must have got.")
    ] = Exposure.WEIGHTS,
) -> None:
    """Tell which published digests went through here, and which never did. A digest is a file's, or a manifest's.

    Exit codes: 0 every one of them was released; 1 some never were here, or never got so far; 2 the list cannot be
    read, or is empty.
    """
    if listed_in == STDIN:
        data = _handed_in(call)
    else:
        data = read_file(call.path(listed_in), limit=MAX_BYTES, remedy="ask in parts")
    with asked.opened() as engine:
        found = engine.coverage(data, exposure=exposure)
    show_coverage(call.out, found, of_pack=asked.pack is not None)
    asked.json(found)
    if found.released != len(found.lines):
        raise typer.Exit(exits.ExitCode.REFUSED)


def _handed_in(call: Call) -> bytes:
    try:
        return call.session.stdin.buffer.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the standard input cannot be read: {error}", remedy="name a file") from None


def show_coverage(out: Output, found: Coverage, *, of_pack: bool = False) -> None:
    """Prints what is known of published digests, the worst first."""
    total = counted(len(found.lines), "digest")
    out.line(
        (f"{found.released} of {total} released as far as {found.exposure}", "strong"),
        f"; {found.known} known and not released, {found.unknown} unknown.",
    )
    for answer in ("unknown", "known", "released"):
        for line in found.lines:
            if line.answer == answer:
                _covered(out, line, of_pack=of_pack)


def _covered(out: Output, line: CoverageLine, *, of_pack: bool) -> None:
    name = f"{line.name}  " if line.name else ""
    if line.answer == "unknown":
        what = "is not in this pack; the ledger may know it" if of_pack else "was never here"
        out.line(("UNKNOWN", "refused"), f": {name}{line.digest} {what}", lead=" ! ")
        return
    known = line.answer == "known"
    word: Part = ("KNOWN, NOT RELEASED", "refused") if known else ("released", "met")
    out.line(word, f": {name}{line.digest}", lead=" ! " if known else " + ")
    # What got furthest says enough; --json has every place.
    more = f" (and {counted(len(line.places) - 1, 'other place')})" if len(line.places) > 1 else ""
    out.line(_place(line.places[0]) + more, lead="     ")


def _place(place: CoveragePlace) -> str:
    what = "its manifest" if place.path is None else f"{place.component}, {place.path}"
    gone = ", withdrawn since" if place.withdrawn else ""
    return f"{place.release}, entry {place.entry}: {what}; got as far as {place.exposed}{gone}"


QUESTIONS: dict[str, Command[...]] = {
    "who-could": who_could,
    "diff": diff,
    "overrides": overrides,
    "slips": slips,
    "waiting": waiting,
    "coverage": coverage,
}
