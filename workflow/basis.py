"""What approvals of a gate rest on: in words, and when it last became another.

The basis is not kept anywhere. When it changed is worked out from the state: the gate is looked at as it was after each
entry that could have moved it, back to the one that did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from workflow.gate_context import GateContext
from workflow.records import replace
from workflow.roster import Roster
from workflow.settling import settle
from workflow.unwinding import Unwinding, dated

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class BasisChange:
    """The last change of what a gate's approvals rest on: when, in which entry, and what it was, in words.

    Where nothing was recorded and only time made the difference, as when a deputy's time ends, there is no entry.
    """

    at: datetime
    entry: int | None
    what: str


@dataclass(frozen=True, slots=True)
class _Point:
    """An entry after which the basis could have been another, or a moment at which it could."""

    at: datetime
    entry: int
    recorded: bool = True


def last_change(context: GateContext) -> BasisChange:
    """When the basis of a gate became what it is. One that changes and changes back has changed at its return.

    Every round has another basis, so it is the round's beginning at the latest.
    """
    release = context.release
    begun = _Point(release.round_at, release.round_entry)
    points = [begun, *_points(context, begun)]
    past = _Past(context)
    later = past.at(points[-1])
    for before, after in reversed(list(pairwise(points))):
        earlier = past.at(before)
        if earlier.basis != later.basis:
            what = "; ".join(changes(earlier, later))
            return BasisChange(after.at, after.entry if after.recorded else None, what)
        later = earlier
    return BasisChange(begun.at, begun.entry, f"round {release.round} began")


def _points(context: GateContext, begun: _Point) -> list[_Point]:
    """What came after the round began, in its order: entries, and between them moments at which time ends a word."""
    times: dict[int, datetime | None] = {}
    for entry, at in _recorded(context):
        if entry > begun.entry:
            times[entry] = times.get(entry) or at
    found, highest = [], begun.at
    moments = sorted(moment for moment in _moments(context.roster) if begun.at < moment <= context.now)
    # Who recorded something without a time of its own did it before the next thing that has one.
    following = context.release.updated_at or context.now
    for entry in sorted(times, reverse=True):
        following = times[entry] or following
        found.append(_Point(following, entry))
    ordered: list[_Point] = []
    last = begun.entry
    for point in reversed(found):
        while moments and moments[0] <= max(highest, point.at):
            ordered.append(_Point(moments.pop(0), last, recorded=False))
        highest, last = max(highest, point.at), point.entry
        ordered.append(point)
    return [*ordered, *(_Point(moment, last, recorded=False) for moment in moments)]


def _recorded(context: GateContext) -> Iterator[tuple[int, datetime | None]]:
    for state in (context.release, *context.kin):
        yield from dated(state)
    for roster in context.roster.line:
        yield roster.entry, roster.recorded_at


def _moments(roster: Roster) -> Iterator[datetime]:
    """When a deputy's time, or somebody's absence, has an end of its own, by whatever was ever said of that."""
    for known in roster.line:
        yield from (deputy.until for deputy in known.deputies if deputy.until is not None)
        yield from (until for _, until in known.away.values() if until is not None)


class _Past:
    """A gate as it was: its release, the relatives and the roster without what came later."""

    def __init__(self, context: GateContext) -> None:
        self._context = context
        self._release = Unwinding(context.release)
        self._kin = [Unwinding(other) for other in context.kin]

    def at(self, point: _Point) -> GateContext:
        release, kin, roster = settle(
            self._release.after(point.entry),
            [other.after(point.entry) for other in self._kin],
            self._context.roster.after(point.entry),
            signed=self._context.process.signed,
            now=point.at,
        )
        return replace(self._context, release=release, kin=kin, roster=roster, at=point.at, mark=None)


def changes(before: GateContext, after: GateContext) -> tuple[str, ...]:
    """What is different between two bases, in words, digests cut to twelve digits."""
    old, new = before.basis_parts, after.basis_parts
    told = []
    if old["candidate"] != new["candidate"]:
        told.append(
            f"the candidate: {old['candidate'][:12]} was replaced by {new['candidate'][:12]}; these are other files, "
            "so every report and review is new"
        )
    if old["process"] != new["process"]:
        told.append(f"the process: {before.process.label} gave way to {after.process.label}")
    if old["round"] != new["round"]:
        told.append(f"the round: {old['round']} ended, this is {new['round']}")
    if old["candidate"] == new["candidate"]:
        told += _rests_on_changed(old["rests_on"], new["rests_on"])
    return tuple(told)


def _rests_on_changed(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """What approvals rest on now and did not, and the other way round; where only its state is another, said once."""
    gone = {_subject(item): item for item in old if item not in new}
    come = {_subject(item): item for item in new if item not in old}
    told = [f"{'now' if subject in gone else 'new'}: {in_words(item)}" for subject, item in come.items()]
    return told + [f"gone: {in_words(item)}" for subject, item in gone.items() if subject not in come]


def _subject(item: str) -> tuple[str, ...]:
    """What one text of ``Policy.rests_on`` is about, without what became of it."""
    match item.split(" "):
        case ["evidence", evidence, blob, *_]:
            return evidence, blob
        case ["justified", evidence, blob, entry, *_]:
            return evidence, blob, entry
        case ["test", test, person, role, *_]:
            return test, person, role
        case ["accepted", finding, person, role, _]:
            return finding, person, role
        case ["risk", area, person, role, _]:
            return area, person, role
    return (item,)


def in_words(item: str) -> str:
    """One text of ``Policy.rests_on`` for people."""
    match item.split(" "):
        case ["evidence", evidence, blob, *state]:
            return f"report {evidence} ({blob[:12]}) {'counts' if state == ['counts'] else 'is set aside'}"
        case ["justified", evidence, blob, entry, *state]:
            counts = "counts" if state == ["counts"] else "is set aside"
            return f"report {evidence} ({blob[:12]}) on an ancestor, justified in entry {entry}, {counts}"
        case ["risk", area, person, role, verdict]:
            return f"{person} as {role} found {area} {verdict}"
        case ["accepted", finding, person, role, until]:
            return f"{person} as {role} accepts the risk of {finding} until {until}"
        case ["test", test, person, role, verdict, *cited]:
            on = [f"{name} (set aside)" if state == "aside" else name for name, _, state in _split(cited)]
            return f"{person} as {role} said of {test}: {verdict.replace('_', ' ')}" + (
                f", on {', '.join(on)}" if on else ""
            )
    return _DIGEST.sub(lambda digest: digest[0][:12], item)


def _split(cited: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    return (item.partition(":") for item in cited)
