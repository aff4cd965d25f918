"""``audit diff``: what changed from one point of the ledger to another."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from workflow.checkpoints import Vouched
from workflow.cli.anchors import LogKeys, Witnesses, size_and_root
from workflow.cli.asked_of import Asked, askable
from workflow.cli.output import Output, Style
from workflow.cli.session import Call
from workflow.cli.shown import claimed, friendly, said, short
from workflow.cli.times import first_of, last_of
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.inquiry.difference import Spot
from workflow.ledger.note import MAX_BYTES
from workflow.phrases import date, listed, moment
from workflow.views.inquiry import DiffFact, DiffGroup, DiffPoint, EndView, LedgerDiff, StateThen

SAID = ("rationale", "text")
"""Which text of an entry is told, the first that there is."""

MOST = 120
"""How much of it."""

_ENTRY = re.compile(r"[0-9]{1,15}", re.ASCII)
_FORMS = "an entry, a time or a day, SIZE:ROOT, or a checkpoint's file"


@askable
def diff(
    call: Call,
    asked: Asked,
    first: Annotated[str, typer.Argument(metavar="FROM", help=f"The earlier point: {_FORMS}.", show_default=False)],
    second: Annotated[
        str | None,
        typer.Argument(metavar="[TO]", help="The later point, written the same way; without it, the present end."),
    ] = None,
    log_key: LogKeys = None,
    witness: Witnesses = None,
) -> None:
    """Tell what changed between two points of the ledger, by release, and of people, roles, keys and processes.

    What was started, moved, held, lifted and refused, what was overridden, erased or became known is told in words; of
    the rest, how much there was. FROM may be 0, the beginning.

    A checkpoint's root, or the one in SIZE:ROOT, is compared with the ledger's own, and it is told who vouches for it.
    A day is its beginning as FROM, and its end as TO.

    Exit codes: 0 compared; 2 there is no such point; 3 the ledger is not the one that was kept.
    """
    spots = _spot(call, first, last=False), _spot(call, second, last=True) if second is not None else None
    with asked.opened() as engine:
        found = engine.difference(*spots, log_keys=log_key or (), witnesses=witness or ())
    show_diff(call.out, found)
    if any(group.others for group in found.groups):
        asked.hint(f"holdfast history --after {found.first.entry} --before {found.second.entry + 1} shows each entry")
    asked.json(found)


def _spot(call: Call, text: str, *, last: bool) -> Spot:
    if _ENTRY.fullmatch(text):
        return int(text)
    if (kept := size_and_root(text)) is not None:
        return kept
    try:
        found = last_of(text) if last else first_of(text)
    except InvalidInput:
        found = None
    if found is not None:
        return found
    path = call.path(text)
    if not text or not path.exists():
        raise InvalidInput(f"{text[:80]!r} is no point of a ledger, and no file", remedy=f"name {_FORMS}")
    return read_file(path, limit=MAX_BYTES, remedy="name a checkpoint as it was signed")


def show_diff(out: Output, found: LedgerDiff) -> None:
    """Prints what changed."""
    out.line(("From ", "strong"), _point(found.first))
    out.line(("to ", "strong"), _point(found.second), lead="  ")
    for place in (found.first, found.second):
        if place.compared:
            out.line(f"the root that was kept for {place.entry} entries is the ledger's", lead="  ")
        if place.vouched is not None:
            _vouched(out, place.vouched)
    if not found.groups:
        out.line("Nothing changed.")
    for group in found.groups:
        _group(out, group)


def _vouched(out: Output, vouched: Vouched) -> None:
    if vouched.signed_by is not None:
        whose = "" if vouched.known_from == "given" else ", which only the ledger itself names"
        out.line(f"verified: that checkpoint is signed with {vouched.signed_by}{whose}", lead="  ")
    for item in vouched.cosigned:
        out.line(f"verified: {item.witness} cosigned it, {moment(item.at)}", lead="  ")
    for text in vouched.unverified:
        out.line(("not verified", "open"), f": {text}", lead="  ")


def _point(place: DiffPoint) -> str:
    if place.at is None:
        return "the beginning"
    root = f"root {place.root[:16]}.." if place.root is not None else "whose root the pack does not prove"
    return f"entry {place.entry}, {moment(place.at)}, {root}"


def _group(out: Output, group: DiffGroup) -> None:
    if group.release is None:
        out.line(("people, keys, charter and the ledger itself", "strong"))
    else:
        out.line((group.release, "strong"), f": {_became(group.before, group.after)}")
    for fact in group.facts:
        _fact(out, fact)
    if group.others:
        told = ", ".join(f"{number} x {name.replace('_', ' ')}" for name, number in sorted(group.others.items()))
        out.line(f"{'besides' if group.facts else 'only'}: {told}", lead="       ")


def _became(before: StateThen | None, after: StateThen | None) -> str:
    if after is None:
        return "not started"
    if before is None:
        return f"new, now in {after.stage}"
    parts = [f"{before.stage} -> {after.stage}" if before.stage != after.stage else f"in {after.stage} as before"]
    if before.candidate != after.candidate:
        parts.append(f"candidate {short(before.candidate)} -> {short(after.candidate)}")
    if before.process != after.process:
        parts.append(f"process {short(before.process)} -> {short(after.process)}")
    if before.planned != after.planned:
        dates = [date(item.planned) if item.planned else "no date" for item in (before, after)]
        parts.append(f"planned {' -> '.join(dates)}")
    return ", ".join(parts)


def _fact(out: Output, fact: DiffFact) -> None:
    out.line(
        f"{claimed(fact.by, fact.proof)}  ",
        (moment(fact.at), "faint"),
        lead=f"{fact.entry:>5}  ",
    )
    style: Style = "refused" if fact.kind == "refusal" else "plain"
    for sentence in fact.text:
        out.line((friendly(sentence), style), lead="       ")
    for name in SAID:
        if name in fact.texts:
            out.line(_begun(said(fact.texts[name])), lead="       | ")
            break
    for end in fact.ends:
        out.line((ended(end), "met"), lead="       -> ")
    if fact.stands is not None:
        out.line(("it STANDS", "refused") if fact.stands else "it no longer stands", lead="       -> ")


def ended(end: EndView) -> str:
    """One end of a no, as people read it."""
    by = f" by {listed(end.by, 'and')}" if end.by else ""
    return f"{end.how}{by}, entry {end.entry}"


def _begun(text: str) -> str:
    """The beginning of a text, which the history has whole."""
    return text if len(text) <= MOST else f"{text[: MOST - 3]}.."
