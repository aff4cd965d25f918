"""The history by person, role, stage, trigger and time: pages that stay the same, and that say how far they looked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from workflow.asked import slug_of
from workflow.clock import timestamp
from workflow.errors import InvalidInput
from workflow.events import (
    AffectedGate,
    AnyEvent,
    ChangeAccepted,
    ChangeProposed,
    CommandRefused,
    ExposureAborted,
    ReleaseStarted,
    TransitionMade,
    binding_of,
)
from workflow.folding import ReadEntry, check_there, read_entry
from workflow.history import MAX_PAGE, item_of, sealed_in
from workflow.inquiry import LOOK
from workflow.inquiry.walk import Sealing, downward, glimpse, of_types, upward
from workflow.ledger import Json, release_stream
from workflow.storage.base import Reader, StoredEntry
from workflow.views import HistoryItem, HistoryPage

KNOWN_STAGES = 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the entries of a page have in common; what is None, all may be. ``until`` is the last moment that counts."""

    by: str | None = None
    role: str | None = None
    stage: str | None = None
    trigger: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    refusals: bool = False

    def __bool__(self) -> bool:
        return self != Wanted()


class Search:
    """One look through a history.

    Args:
        reader: the ledger.
        wanted: what is looked for.
        seals: says what is sealed in a release. Of what is sealed, nothing is found by who made it.
        actor: who reads it, and sees what they themselves decided.
    """

    def __init__(
        self,
        reader: Reader,
        wanted: Wanted,
        *,
        seals: Sealing,
        actor: str | None,
    ) -> None:
        self._reader = reader
        self._wanted = wanted
        self._seals = seals
        self._actor = actor
        self._since = timestamp(wanted.since) if wanted.since else ""
        self._until = timestamp(wanted.until) if wanted.until else "~"
        # A name stands in an entry that is about it as it is written here: canonical JSON has one way to write it.
        self._words = [f'"{word}"'.encode() for word in (wanted.role, wanted.trigger) if word is not None]
        if wanted.refusals:
            self._words.append(b'"command_refused"')
        self._stages: OrderedDict[str, _Stages] = OrderedDict()

    def page(
        self, release: str | None, *, before: int | None, after: int | None, limit: int, look: int = LOOK
    ) -> HistoryPage:
        """The newest entries below a place; or where ``after`` is given, the oldest above that.

        Args:
            release: only of this one.
            before: only entries below this number.
            after: only entries above this number.
            limit: at most so many.
            look: look at no more than so many.

        Raises:
            NotFound: there is no release of that name.
            InvalidInput: the page is of an impossible size.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInput(f"a page has 1 to {MAX_PAGE} entries, not {limit}")
        if look < 1:
            raise InvalidInput(f"at least one entry is looked at, not {look}")
        stream = release_stream(release) if release is not None else None
        if release is not None:
            check_there(self._reader, release)
        found: list[HistoryItem] = []
        places: list[int] = []
        looked = 0
        more = False
        for stored in self._entries(stream, before, after):
            if len(found) == limit or looked == look:
                more = True
                break
            looked += 1
            places[1:] = [stored.seq]
            item = self._item(stored)
            if item is not None:
                found.append(item)
        last = places[-1] if more else None
        return HistoryPage(
            items=tuple(found if after is None else reversed(found)),
            looked_at=looked,
            lowest=min(places, default=None),
            highest=max(places, default=None),
            next_before=last if after is None else None,
            next_after=last if after is not None else None,
        )

    def _entries(self, stream: str | None, before: int | None, after: int | None) -> Iterator[StoredEntry]:
        if after is None:
            return downward(self._reader, before, stream)
        above = upward(self._reader, after, stream)
        return above if before is None else takewhile(lambda stored: stored.seq < before, above)

    def _item(self, stored: StoredEntry) -> HistoryItem | None:
        """An entry for people, where it is one of those that are looked for."""
        seen, wanted = glimpse(stored), self._wanted
        if not self._since <= seen.at <= self._until or any(word not in stored.body for word in self._words):
            return None
        if wanted.by is not None and seen.actor != wanted.by:
            return None
        if wanted.stage is not None and wanted.stage not in self._stages_of(stored):
            return None
        read = read_entry(stored)
        sealed = sealed_in(read, self._seals, self._actor)
        if sealed is not None and wanted.by is not None:
            return None
        roles, triggers = _named(read) if sealed is None else ({sealed[1]}, {sealed[0]})
        if wanted.role is not None and wanted.role not in roles:
            return None
        if wanted.trigger is not None and wanted.trigger not in triggers:
            return None
        if wanted.refusals and not isinstance(read.events[0], CommandRefused):
            return None
        return item_of(self._reader, read, sealed)

    def _stages_of(self, stored: StoredEntry) -> set[str]:
        stream = stored.stream
        if not slug_of(stream):
            return set()
        if stream not in self._stages:
            self._stages[stream] = _Stages.of(self._reader, stream)
            if len(self._stages) > KNOWN_STAGES:
                self._stages.popitem(last=False)
        self._stages.move_to_end(stream)
        return self._stages[stream].at(stored.seq)


@dataclass(frozen=True, slots=True)
class _Stages:
    """Where a release was, and the entries by which it came elsewhere."""

    first: str
    moves: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, reader: Reader, stream: str) -> _Stages:
        first = ""
        moves: list[tuple[int, str]] = []
        for read in of_types(reader.stream(stream), "release_started", "transition_made", "exposure_aborted"):
            for event in read.events:
                match event:
                    case ReleaseStarted():
                        first = event.stage
                    case TransitionMade():
                        moves.append((read.entry.seq, event.dest))
                    case ExposureAborted() if event.stage != (moves[-1][1] if moves else first):
                        moves.append((read.entry.seq, event.stage))
        return cls(first, tuple(moves))

    def at(self, entry: int) -> set[str]:
        """The stage that an entry was made in; of a move, the one that it leads to as well."""
        before = [dest for moved, dest in self.moves if moved < entry]
        to = [dest for moved, dest in self.moves if moved == entry]
        return {before[-1] if before else self.first, *to}


def _named(read: ReadEntry) -> tuple[set[str], set[str]]:
    """The roles and the triggers that an entry is about: as what somebody acted, or who was given or lost a role."""
    roles: set[str] = set()
    triggers: set[str] = set()
    for event in read.events:
        said = _fields(event)
        roles |= {str(said[name]) for name in ("role",) if said.get(name) is not None}
        roles |= set(map(str, said.get("roles") or ()))
        triggers |= {str(said[name]) for name in ("trigger", "transition") if said.get(name) is not None}
        triggers |= set(map(str, said.get("blocks") or ()))
        triggers |= {gate.trigger for gate in said.get("gates") or () if isinstance(gate, AffectedGate)}
    return roles, triggers


def _fields(event: AnyEvent) -> Json:
    """What an event says of roles and triggers: itself, in what it is bound to, or in what was asked."""
    match event:
        case CommandRefused():
            change = event.request.get("change")
            return {**(change if isinstance(change, dict) else {}), **event.request}
        case ChangeProposed() | ChangeAccepted():
            return vars(event.change)
    bound = binding_of(event)
    own: dict[str, Any] = vars(event)
    return own if bound is None else {**own, "role": bound.role, "transition": bound.transition}
