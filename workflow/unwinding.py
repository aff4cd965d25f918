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


def unwound(state: ReleaseState, entry: int) -> ReleaseState:
    """The release after an entry of its present round, before what bad keys take away from it is taken away."""
    recused = {person: since for person, since in state.recused.items() if since <= entry}
    kept = {item.name: _kept(getattr(state, item.name), entry) for item in fields(state)}
    if state.proposal is not None and state.proposal.entry > entry:
        kept["proposal"] = None
    return replace(state, **{**kept, "recused": recused})


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


def _entry_of(item: Any) -> int | None:
    """The entry that brought something; None where it names none."""
    entry = getattr(item, "entry", None)
    act = getattr(item, "act", None)
    return entry if entry is not None else act.entry if isinstance(act, Act) else None
