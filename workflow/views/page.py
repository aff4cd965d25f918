"""A page of a long answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key")


class Page(tuple[Item, ...], Generic[Item, Key]):
    """Some of what there is, in its order, and where it goes on: ``next`` is None where nothing was left out.

    A page is told by a key and not by how many were before it, so what is recorded meanwhile moves nothing.
    """

    next: Key | None

    def __new__(cls, items: Iterable[Item] = (), next: Key | None = None) -> Page[Item, Key]:  # noqa: A002
        """The items, and the key that the next page comes after (or, of a history, before)."""
        made = super().__new__(cls, items)
        made.next = next
        return made
