"""The first screen: what became of it, which bytes, by which rules, with which exceptions, and who signed."""

from __future__ import annotations

from workflow.course import slipped
from workflow.phrases import listed, size
from workflow.process import Exposure
from workflow.report.markup import Child, Element, el
from workflow.report.page.opposed import opposed
from workflow.report.page.words import (
    ERROR,
    HELD,
    MET,
    NEUTRAL,
    NOT_MET,
    OPEN,
    Tone,
    Words,
    counted,
    date,
    day,
    moment,
    sign,
    tag,
)
from workflow.report.views import IN_USE, Report, VerdictWord
from workflow.views import AuditReport
from workflow.views.packs import PackReport

SHOWN = 6
"""How many exceptions, signers and components have a line on the first screen."""

_WORDS: dict[VerdictWord, tuple[str, Tone, tuple[str, str]]] = {
    "released": ("Released", "good", MET),
    "released, contested": ("Released, and contested", "wait", ERROR),
    "released, unproven": ("Released, unproven", "wait", ERROR),
    "withdrawn": ("Withdrawn", "still", NEUTRAL),
    "refused": ("Refused", "bad", NOT_MET),
    "held": ("Held", "still", HELD),
    "blocked": ("Blocked", "bad", NOT_MET),
    "waiting": ("Waiting", "wait", OPEN),
    "not checkable": ("Not checkable", "wait", ERROR),
    "allowed": ("Allowed, and not made yet", "good", OPEN),
    "not in order": ("Not in order", "bad", NOT_MET),
}


def first(report: Report, words: Words) -> list[Child]:
    """The head of the page."""
    label = f" {report.status.label}" if report.status.label else ""
    return [
        el(
            "header",
            el(
                "div",
                el("div", el("p", "Release report", class_="kicker"), el("h1", f"{report.release}{label}")),
                el(
                    "p",
                    f"Ledger {report.proof.origin}, {counted(report.proof.entries, 'entry', 'entries')}",
                    el("br"),
                    "Made on ",
                    moment(report.made_at),
                    class_="soft",
                ),
                class_="top",
            ),
            _verdict(report, words),
        ),
        el(
            "div",
            opposed(report, words),
            _bytes(report, words),
            _rules(report, words),
            _exceptions(report, words),
            _signers(report, words),
            class_="cards",
        ),
        checked(report, " ", el("a", "What that covers, and what it does not", href="#checked"), "."),
    ]


def _verdict(report: Report, words: Words) -> Element:
    word, tone, shape = _WORDS[report.summary.word]
    if tone == "good" and any(item.kind != "refusal" for item in report.against):
        tone = "wait"
    return el(
        "div",
        el("span", sign(shape), class_=f"tag {tone}"),
        el(
            "div",
            el("p", word, class_="word"),
            el("p", words.prose(report.summary.text), class_="why"),
        ),
        class_=f"verdict {tone}",
    )


def _bytes(report: Report, words: Words) -> Element:
    status, present = report.status, report.candidates[-1]
    earlier = len(report.candidates) - 1
    before = f" {counted(earlier, 'earlier candidate')} gave way to it." if earlier else ""
    parts = present.components[:SHOWN]
    return el(
        "div",
        el("h2", "Which bytes"),
        el("p", words.digest(status.candidate, "the candidate's manifest"), class_="lead"),
        el(
            "p",
            f"{counted(status.files, 'file')}, {size(status.size)}, by {listed(present.authors, 'and')}; recorded ",
            day(present.at),
            ", ",
            words.entry(present.entry),
            f".{before}",
        ),
        el(
            "ul",
            (
                el(
                    "li",
                    el("strong", part.name),
                    f" {counted(part.files, 'file')}, {size(part.bytes or 0)} " if part.files is not None else " ",
                    words.digest(part.digest, f"the files of {part.name}") if part.digest is not None else None,
                )
                for part in parts
            ),
            el("li", f"and {counted(len(present.components) - SHOWN, 'more component')}")
            if len(present.components) > SHOWN
            else None,
        ),
        class_="card",
    )


def _rules(report: Report, words: Words) -> Element:
    process = report.processes[-1]
    under = f"since {day(process.at)}" if len(report.processes) > 1 else f"from the start, {day(process.at)}"
    signed = "What opens a gate must be signed." if process.signed else "It asks for no signatures."
    planned = report.status.planned
    slips = len(slipped(report.status.schedule))
    return el(
        "div",
        el("h2", "Which rules"),
        el("p", process.label, " ", words.digest(process.digest, f"the process {process.label}"), class_="lead"),
        el("p", f"{under}, ", words.entry(process.entry), f". {signed}"),
        el("p", "Leads to exposure ", el("strong", process.exposure.value), "; ", _where(report), "."),
        el(
            "p",
            ["The last planned date was ", date(planned)] if planned is not None else "It has no planned date any more",
            f"; slipped {'once' if slips == 1 else 'twice' if slips == 2 else f'{slips} times'}."
            if slips
            else "; never slipped.",
        )
        if report.status.schedule
        else el("p", "No date was ever planned."),
        class_="card",
    )


def _where(report: Report) -> list[Child]:
    """Where it is, and how far out; how far it had been, where that is further."""
    stage, exposed = report.status.stage, report.status.exposed
    now = report.stays[-1].exposure
    if exposed is now:
        how = "nothing has left" if exposed is Exposure.INTERNAL else f"out as {exposed.value}"
        return ["it is in ", el("strong", stage), f", {how}"]
    return ["it is in ", el("strong", stage), " and had been out as ", el("strong", exposed.value)]


def _exceptions(report: Report, words: Words) -> Element:
    found = report.exceptions
    if not found:
        body: Child = el("p", tag("good", "None", MET), " No override, no accepted risk, nothing set aside or erased.")
    else:
        body = el(
            "ul",
            (
                el(
                    "li",
                    el("span", item.kind, class_="pill hard"),
                    " ",
                    words.prose(item.text),
                    _at(words, item.text, item.entry),
                )
                for item in found[:SHOWN]
            ),
            el("li", el("a", f"and {len(found) - SHOWN} more", href="#exceptions")) if len(found) > SHOWN else None,
        )
    return el("div", el("h2", f"Exceptions{f' ({len(found)})' if found else ''}"), body, class_="card")


def _at(words: Words, text: str, entry: int | None) -> Child:
    return [", ", words.entry(entry)] if entry is not None and f"entry {entry}" not in text else None


def _signers(report: Report, words: Words) -> Element:
    crossed = [move for move in report.moves if move.raises and move.taken_back is None]
    whose = f"counted at `{crossed[-1].trigger}`, entry {crossed[-1].entry}" if crossed else "whose approvals count now"
    found = report.signers
    unfit = {key.fingerprint: key.state for key in report.keys if key.state != IN_USE}
    body: Child = el("p", "Nobody: no approval counts." if not crossed else "No gate asked for any.")
    if found:
        body = el(
            "ul",
            (
                el(
                    "li",
                    el("strong", item.person),
                    f" as {item.role}, {day(item.at)}, ",
                    words.entry(item.entry),
                    " ",
                    words.proof(item.key),
                    f" (the key: {unfit[item.key]})" if item.key in unfit else None,
                )
                for item in found[:SHOWN]
            ),
            el("li", el("a", f"and {len(found) - SHOWN} more", href="#signed")) if len(found) > SHOWN else None,
        )
    return el(
        "div",
        el("h2", "Who signed"),
        el("p", words.prose(whose), class_="soft") if found else None,
        body,
        class_="card",
    )


def checked(report: Report, *more: Child) -> Element:
    """What was checked when the page was made, in one line, and ``more``."""
    pack = report.proof.pack
    told = (_audit(report.proof.audit), _pack(pack) if pack is not None else None)
    return el("div", el("p", *told, *more), class_="checked")


def _pack(found: PackReport) -> list[Child]:
    """Whether anybody vouches for which ledger a pack is of, and what was left out of it."""
    left_out: Child = (
        [" ", tag("still", "Withheld", HELD), f" by whoever made the pack: {_left_out(found)}."]
        if found.withheld
        else None
    )
    if found.vouched:
        who = listed([f"{item.kind} {item.name}" for item in found.anchors if item.state == "verified"], "and")
        return [" ", tag("good", "Vouched for", MET), f" by {who}.", left_out]
    nobody = " Nobody says which ledger this is of: whoever checks it must bring a key, a pin or a checkpoint."
    return [" ", tag("wait", "Not vouched for", OPEN), nobody, left_out]


def _left_out(found: PackReport) -> str:
    texts, files = len(found.pack.withheld_texts), len(found.pack.withheld_evidence)
    told = [counted(number, noun) for number, noun in ((texts, "text"), (files, "report")) if number]
    return listed(told, "and")


def _part(found: AuditReport) -> str:
    if found.audited is None or found.entries == found.size:
        return ""
    return (
        f" It was this release, its relatives, and who may sign: {counted(found.entries, 'entry', 'entries')} of "
        f"{found.size:,}."
    )


def _audit(found: AuditReport | None) -> list[Child]:
    if found is None:
        return [tag("wait", "Not checked", OPEN), " No entry was decided again when this page was made."]
    signatures = counted(found.signatures, "signature") if found.signatures else "no signature"
    said = (
        f"{counted(found.entries, 'entry', 'entries')} checked, {found.redecided:,} decided again by the rules of "
        f"their time, {signatures} verified when this page was made."
    )
    match found.outcome:
        case "ok" | "partial":
            return [tag("good", "Verified", MET), f" {said}{_part(found)}"]
        case "incomplete":
            return [tag("wait", "Verified in part", OPEN), f" {said} Not everything could be decided again."]
    where = f", first at entry {found.first_bad}" if found.first_bad is not None else ""
    return [tag("bad", "DAMAGED", NOT_MET), f" {counted(len(found.problems), 'problem')} found{where}. {said}"]
