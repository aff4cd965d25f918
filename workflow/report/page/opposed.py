"""Dissent on the first screen: what stands against the candidate and by whom, and what ended and by whose words."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.phrases import listed
from workflow.report.markup import Child, Element, el
from workflow.report.page.people import ENDINGS
from workflow.report.page.words import ERROR, HELD, MET, NEUTRAL, NOT_MET, OPEN, Tone, Words, tag
from workflow.report.views import DissentView, Report, ReportedHold
from workflow.views import AgainstView

SHOWN = 4
"""How many things that stand have a line of their own, and how many that ended are named."""

_KINDS: dict[str, tuple[Tone, str, tuple[str, str]]] = {
    "refusal": ("bad", "Refused", NOT_MET),
    "hold": ("still", "Held", HELD),
    "incident": ("wait", "Incident", OPEN),
    "compromise": ("bad", "Compromised key", ERROR),
    "withdrawal": ("still", "Withdrawn elsewhere", NEUTRAL),
}


def opposed(report: Report, words: Words) -> Element:
    """How many objections stand and how many ended, each by whom; those of relatives too."""
    ended: list[DissentView | ReportedHold] = [item for item in report.dissent if not item.standing]
    ended += [item for item in report.holds if not item.standing]
    stands, over = len(report.against), len(ended)
    count = f" ({stands} {'stands' if stands == 1 else 'stand'}, {over} ended)" if stands or over else ""
    return el(
        "div",
        el("h2", f"Dissent{count}"),
        el("ul", _standing(report, words), _ended(ended, words))
        if count
        else el("p", tag("good", "None", MET), " Nobody refused or held it, and nothing stands against these files."),
        class_=f"card full{' against' if stands else ''}",
    )


def _standing(report: Report, words: Words) -> list[Child]:
    refusals = {item.id: item for item in report.dissent}
    holds = {item.id: item for item in report.holds}
    told: list[Child] = []
    for item in report.against[:SHOWN]:
        told.append(el("li", tag(*_KINDS[item.kind]), " ", _against(item, refusals, holds, words)))
    rest = len(report.against) - SHOWN
    return [*told, el("li", el("a", f"and {rest} more that stand", href="#dissent")) if rest > 0 else None]


def _against(
    item: AgainstView, refusals: dict[str, DissentView], holds: dict[str, ReportedHold], words: Words
) -> list[Child]:
    who: Child = el("strong", item.by)
    where: list[Child] = [", ", words.entry(item.entry)]
    refusal, hold = refusals.get(item.id), holds.get(item.id)
    if item.kind == "withdrawal":
        return ["the same files were withdrawn in ", el("strong", item.release), " by ", who, *where]
    if refusal is not None:
        kind = "a veto" if refusal.authority == "veto" else "advice"
        step: list[Child] = [el("code", refusal.trigger), f" to {refusal.exposure.value}"]
        return [item.id, ", ", who, f" as {refusal.role} refused ", *step, f", {kind}", *where]
    role = f" as {hold.role}" if hold is not None else ""
    return [item.id, ", ", who, role, *where]


def _ended(items: Sequence[DissentView | ReportedHold], words: Words) -> Child:
    """What ended, in one line: what stands comes first, and has the room."""
    told: list[Child] = []
    for item in items[:SHOWN]:
        told += ["; " if told else None, _end(item, words)]
    rest = len(items) - SHOWN
    if rest > 0:
        told += ["; ", el("a", f"and {rest} more that ended", href="#dissent")]
    return el("li", told) if told else None


def _end(item: DissentView | ReportedHold, words: Words) -> list[Child]:
    if isinstance(item, DissentView):
        tone, word, shape = ENDINGS[item.fate]
        what, by, entry = f"refused `{item.trigger}`", item.ended_by, item.ended
        others = item.fate == "answered"
    else:
        tone, word, shape = "still", "Lifted", NEUTRAL
        by = tuple(dict.fromkeys(said.by for said in item.words if said.what == "lift"))
        what, entry, others = "held it", item.lifted_in, True
    return [
        tag(tone, word, shape),
        f" {item.id}, ",
        el("strong", item.by),
        f" as {item.role} ",
        words.prose(what),
        [", ended by ", el("strong", listed(by, "and"))] if by and others else None,
        [", ", words.entry(entry)] if entry is not None else None,
    ]
