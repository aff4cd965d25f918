"""What an operator wants to know of a ledger's database at a glance, without reading all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workflow.errors import LedgerError
from workflow.storage.base import Condition
from workflow.storage.reader import moved_away
from workflow.storage.revision import RETIRED, SCHEMA

if TYPE_CHECKING:
    from workflow.storage.sql import SqlStorage

_RESTORE = "find out who could do that; then, as an administrator: holdfast db rebuild --restore-protection -m WHY"
_AUDIT = "holdfast audit verify says all that is wrong; keep a copy of it, and restore a backup"


def conditions(storage: SqlStorage) -> Iterator[Condition]:
    """One line after the other; what a line says is as of the moment in which it is asked for."""
    yield from storage.surroundings()
    schema = _schema(storage)
    yield schema
    missing = storage.missing_protection()
    if missing:
        yield Condition("protection", f"not as it must be: {', '.join(missing)}", "not", _RESTORE, damage=True)
    else:
        yield Condition("protection", "every trigger is as it must be, and there is no other")
    if schema.state != "ok":
        yield Condition("tables", "not looked at: they are of another schema", "note")
        return
    defects = storage.defects()
    if defects:
        yield Condition("tables", "; ".join(defects), "not", _AUDIT, damage=True)
    else:
        yield Condition("tables", "tables, keys and indexes are as they were made")
    yield _end(storage)


def _schema(storage: SqlStorage) -> Condition:
    found = storage.revision()
    if found == SCHEMA:
        return Condition("schema", f"{SCHEMA}, the newest that this Holdfast knows")
    if found == RETIRED:
        error = moved_away()
        return Condition("schema", error.message, "not", error.remedy)
    return Condition(
        "schema",
        f"{found}, and this Holdfast works with {SCHEMA}",
        "not",
        "make a backup, then run: holdfast db upgrade",
    )


def _end(storage: SqlStorage) -> Condition:
    """Whether the end that is kept, and the line of the last release, are those of the last entry."""
    rebuild = "holdfast audit verify says whether the entries are whole; if so: holdfast db rebuild"
    try:
        with storage.snapshot() as reader:
            head, last = reader.head(), next(iter(reader.entries_before(None, 1)), None)
            row = reader.release(last.stream.removeprefix("release/")) if last else None
    except LedgerError as error:
        return Condition("end", error.message, "not", error.remedy, damage=True)
    size = head.frontier.size
    if size != (last.seq if last else 0):
        there = f"the last entry that is there is {last.seq}" if last else "there is none"
        return Condition("end", f"the ledger should end with entry {size}, and {there}", "not", rebuild, damage=True)
    if last is None:
        return Condition("end", "there is no entry yet", "note", "holdfast init makes a ledger")
    if last.stream.startswith("release/") and (row is None or row.version != last.version):
        return Condition("end", f"the list of releases is behind entry {size}", "not", rebuild, damage=True)
    return Condition("end", f"entry {size}, with the root {head.frontier.root().hex()}")
