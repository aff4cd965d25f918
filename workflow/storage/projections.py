"""The tables that can be made again from the entries: the ledger's end, the list of releases, kin and objectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from functools import partial
from itertools import islice
from types import UnionType
from typing import Any

from workflow.errors import LedgerError
from workflow.ledger import WIDTH, Frontier, Span, completed, joined
from workflow.storage import statements
from workflow.storage.base import Head, Listed, ReleaseRow
from workflow.storage.driver import Connection, Driver

_HEAD_KINDS: tuple[type | UnionType, ...] = (int, bytes, str | None, str | None)
_KINDS: dict[str, type | UnionType] = {"str": str, "int": int, "bool": bool, "str | None": str | None}
_RELEASE_KINDS = tuple(_KINDS[str(field.type)] for field in fields(ReleaseRow))


Rows = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]
"""Runs a query."""


def typed(row: Sequence[Any], kinds: tuple[type | UnionType, ...], what: str) -> Sequence[Any]:
    """The row, if each value has its type: a column of SQLite takes anything that somebody puts there by hand.

    Raises:
        LedgerError: it does not.
    """
    if len(row) != len(kinds) or not all(map(isinstance, row, kinds)):
        raise LedgerError(f"{what} is damaged: its row does not have the form of one", remedy="restore a backup")
    return row


def to_head(row: Sequence[Any] | None) -> Head:
    """The end of the ledger from its row.

    Raises:
        LedgerError: the row is missing or damaged.
    """
    if row is None:
        raise LedgerError(
            "the row that holds the end of the ledger is missing",
            remedy="have an administrator rebuild the projections from the entries",
        )
    size, frontier, mark, peak = typed(row, _HEAD_KINDS, "the end of the ledger")
    return Head(Frontier.from_bytes(size, frontier), mark, peak)


def to_release(row: Sequence[Any]) -> ReleaseRow:
    """A line of the list of releases from its row.

    Raises:
        LedgerError: the row is damaged.
    """
    # SQLite keeps what is true or false as a number.
    values = [
        value == 1 if kind is bool and type(value) is int and value in (0, 1) else value
        for value, kind in zip(row, _RELEASE_KINDS, strict=False)
    ]
    return ReleaseRow(*typed(values, _RELEASE_KINDS, "the list of releases"))


def release_values(row: ReleaseRow) -> dict[str, Any]:
    """A line of the list of releases, column by column."""
    return {name: getattr(row, name) for name in statements.RELEASE_NAMES}


def read_nodes(rows: Rows, level: int, first: int, last: int) -> Sequence[bytes]:
    """The hashes of a kept level of the tree, from a place up to another; those of level 0 are the entries'.

    Raises:
        LedgerError: one of them is missing, or damaged.
    """
    statement = statements.NODES if level else statements.LEAVES
    found = [hash_ for (hash_,) in rows(statement, {"level": level, "first": first, "last": last})]
    for hash_ in found:
        if type(hash_) is not bytes:
            typed((hash_,), (bytes,), "a node of the tree")
    if len(found) != last - first:
        raise LedgerError(
            f"of the nodes {first + 1} to {last} on level {level} of the tree, {last - first - len(found)} are missing",
            remedy="run an audit; then have an administrator rebuild the projections from the entries",
        )
    return found


class Projections:
    """Writes them, in the transaction of the entry that moves them."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def move_head(self, connection: Connection, head: Head, before: int) -> None:
        """Moves the end of the ledger on from a tree of ``before`` entries.

        Raises:
            LedgerError: the row tells of a tree of another size.
        """
        if self._driver.change(connection, statements.MOVE_HEAD, {**_head_values(head), "before": before}) != 1:
            raise LedgerError(
                f"the end of the ledger does not fit its entries: there are {before}",
                remedy="run an audit; then have an administrator rebuild the projections from the entries",
            )

    def grow(self, connection: Connection, size: int) -> None:
        """Writes the nodes of the tree that its last entry completed, and that are kept."""
        for level, place in completed(size):
            below = read_nodes(partial(self._driver.rows, connection), level - 1, place * WIDTH, (place + 1) * WIDTH)
            self._put_span(connection, Span(level, place, joined(below).root()))

    def put_release(self, connection: Connection, listed: Listed) -> None:
        """Writes a release's line, new or changed, and the kin and objectors that it did not have yet."""
        row = listed.row
        values = release_values(row)
        for statement in (statements.UPDATE_RELEASE, statements.TURN_RELEASE):
            if self._driver.change(connection, statement, values):
                break
        else:
            self._driver.put(connection, statements.INSERT_RELEASE, values)
        for found, known, inserted, name in (
            (listed.kin, statements.KIN_OF, statements.INSERT_KIN, "digest"),
            (listed.objectors, statements.OBJECTORS, statements.INSERT_OBJECTOR, "person"),
        ):
            there = {key for (key,) in self._driver.rows(connection, known, {"slug": row.slug})} if found else set()
            for key in sorted(found - there):
                self._driver.put(connection, inserted, {name: key, "slug": row.slug})

    def rebuild(self, connection: Connection, head: Head, releases: Iterable[Listed]) -> None:
        """Replaces all of them."""
        for emptied in statements.EMPTY:
            self._driver.change(connection, emptied, {})
        self.start(connection, head)
        for size in range(WIDTH, head.frontier.size + 1, WIDTH):
            self.grow(connection, size)
        remaining = iter(releases)
        while page := list(islice(remaining, statements.PAGE)):
            self._list(connection, page)

    def _list(self, connection: Connection, page: Sequence[Listed]) -> None:
        """Writes releases of which nothing is there, many at a time."""
        for table, names, rows in (
            ("release", statements.RELEASE_NAMES, [astuple(item.row) for item in page]),
            ("kin", statements.KIN_NAMES, [(key, item.row.slug) for item in page for key in sorted(item.kin)]),
            (
                "objector",
                statements.OBJECTOR_NAMES,
                [(person, item.row.slug) for item in page for person in sorted(item.objectors)],
            ),
        ):
            if rows:
                self._driver.fill(connection, table, names, rows)

    def _put_span(self, connection: Connection, span: Span) -> None:
        values = {"level": span.level, "place": span.place, "hash": span.hash}
        self._driver.put(connection, statements.INSERT_SPAN, values)

    def start(self, connection: Connection, head: Head) -> None:
        """Writes the one row of the end of the ledger where there is none."""
        self._driver.put(connection, statements.INSERT_HEAD, {"id": 1, **_head_values(head)})


def _head_values(head: Head) -> dict[str, Any]:
    return {"size": head.frontier.size, "frontier": head.frontier.to_bytes(), "mark": head.mark, "peak": head.peak}
