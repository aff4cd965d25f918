"""Which releases an inbox is looked for in: those that can still move on, and those that somebody objected in.

Whether anything waits for a person is known to the rules alone: it depends on the clock, the roster and relatives too,
so no table can say it. But of a release that goes nowhere any more, only its objectors are told anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby

from workflow.storage.base import Reader

BATCH = 256
"""How many names are read at a time."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A release that may have something for somebody: it is ``open``, or they ``objected`` in it, or both."""

    slug: str
    open: bool
    objected: bool


def concerned(reader: Reader, actor: str, after: str) -> Iterator[Concerned]:
    """The releases above a name in which something may wait for somebody, in the order of their names."""

    def can_move(after: str) -> Sequence[str]:
        return [row.slug for row in reader.releases(after, BATCH, open_only=True)]

    def objected(after: str) -> Sequence[str]:
        return reader.objected(actor, after, BATCH)

    both = merge(((slug, True) for slug in _all(can_move, after)), ((slug, False) for slug in _all(objected, after)))
    for slug, found in groupby(both, key=lambda item: item[0]):
        kinds = {is_open for _, is_open in found}
        yield Concerned(slug, open=True in kinds, objected=False in kinds)


def _all(page: Callable[[str], Sequence[str]], after: str) -> Iterator[str]:
    while names := page(after):
        yield from names
        after = names[-1]
