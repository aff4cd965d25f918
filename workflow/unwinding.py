"""A release as it was after an earlier entry of its present round: without what came later.

Whatever stands in a release names the entry that brought it, and what was done to it names the entry of that. So both
can be taken back, without any state being kept. The candidate and the process are those of the round.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from workflow.grounds import Evidence
from workflow.release import ReleaseState
from workflow.signoff import Act, Closing

DONE = frozenset({"set_aside", "withdrawn", "asserted"})
"""The fields that name the entry by which something was done to what has them."""


class Unwinding:
    """A release, to be looked at as it was after each of many entries of its present round.

    What bad keys have taken away from it is there again: whether they had by then is to be decided anew.
    """

    def __init__(self, state: ReleaseState) -> None:
        self._state = state
        listed = {item.name: getattr(state, item.name) for item in fields(state)}
        self._parts = {
            name: [(item, _entry_of(item) or 0, _touched(item)) for item in value]
            for name, value in listed.items()
            if isinstance(value, tuple) and value
        }

    def after(self, entry: int) -> ReleaseState:
        """The release after an entry."""
        state = self._state
        kept: dict[str, Any] = {
            name: tuple(
                item if touched <= entry else _kept(item, entry) for item, own, touched in parts if own <= entry
            )
            for name, parts in self._parts.items()
        }
        proposal = state.proposal
        if proposal is not None:
            kept["proposal"] = _kept(proposal, entry) if proposal.entry <= entry else None
        recused = {person: since for person, since in state.recused.items() if since <= entry}
        return replace(state, **kept, recused=recused)


def dated(item: Any) -> Iterator[tuple[int, datetime | None]]:
    """Every entry that something names as its own or as of what was done to it, with its time where that is known."""
    if isinstance(item, tuple):
        for part in item:
            yield from dated(part)
    elif is_dataclass(item):
        entry = getattr(item, "entry", None)
        if entry is not None:
            yield entry, getattr(item, "at", None)
        for part in fields(item):
            value = getattr(item, part.name)
            if part.name in DONE and value is not None:
                yield value, None
            elif isinstance(value, tuple | Act):
                yield from dated(value)


def _kept(value: Any, entry: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_kept(item, entry) for item in value if (_entry_of(item) or 0) <= entry)
    if not is_dataclass(value) or isinstance(value, Act | type):
        return value
    changed: dict[str, Any] = {}
    for part in fields(value):
        before = getattr(value, part.name)
        if part.name in DONE:
            done = before if before is not None or not isinstance(value, Evidence) else value.doubted
            changed[part.name] = done if done is None or done <= entry else None
        elif isinstance(before, tuple):
            changed[part.name] = _kept(before, entry)
    if isinstance(value, Evidence):
        changed["doubted"] = None  # whether it counts again is for the keys of that time to say
    closings: tuple[Closing, ...] | None = changed.get("closings")
    if closings is not None:
        changed["closed_for"] = frozenset().union(*(closing.candidates for closing in closings))
    return replace(value, **changed)


def _touched(item: Any) -> float:
    """The last entry that did something to a part of a release; what came back with a bad key is never as it was."""
    if isinstance(item, Evidence) and item.doubted is not None:
        return float("inf")
    return max((entry for entry, _ in dated(item)), default=0)


def _entry_of(item: Any) -> int | None:
    """The entry that brought something; None where it names none."""
    entry = getattr(item, "entry", None)
    act = getattr(item, "act", None)
    return entry if entry is not None else act.entry if isinstance(act, Act) else None
