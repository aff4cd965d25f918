"""Single values of single rows, changed behind an engine's back and put back again."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.attacks.owned import NO_FORM, REFUSED, Connection

KEYS = {
    "entry": ("seq",),
    "text": ("commitment",),
    "blob": ("digest",),
    "release": ("slug",),
    "kin": ("digest", "slug"),
    "objector": ("person", "slug"),
    "span": ("level", "place"),
    "head": ("id",),
}
"""The tables, and what their rows are found by."""

DAMAGED = {"altered", "unreadable", "out-of-place", "missing"}
INTEGER_BYTES = 8


@dataclass(frozen=True)
class Cell:
    """One value of one row."""

    table: str
    row: dict[str, Any]
    column: str

    @property
    def value(self) -> Any:
        """What stands there."""
        return self.row[self.column]

    @property
    def size(self) -> int:
        """How many bytes can be flipped: of nothing, one."""
        match self.value:
            case bytes() as data:
                return len(data)
            case str() as text:
                return len(text.encode())
            case int():
                return INTEGER_BYTES
        return 1

    def chosen(self) -> int:
        """One byte, each time the same, and in each cell another."""
        return zlib.crc32(repr((self.table, self.column, list(self.row.values())[:2])).encode()) % self.size

    def flipped(self, at: int) -> Any:
        """The value with a bit of a byte turned over, as it is bound: a text as its bytes."""
        match self.value:
            case bytes() as data:
                return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            case str() as text:
                data = text.encode()
                return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            case bool() as flag:
                return not flag
            case int() as number:
                turned = number ^ 1 << 8 * at
                return turned - 2**64 if turned >= 2**63 else turned
        return b"\0"


class Flipper:
    """Changes single values behind an engine's back, and puts them back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cells(self, tables: Sequence[str] = tuple(KEYS)) -> list[Cell]:
        """Every value of every row, but for those of no byte."""
        found = []
        for table in tables:
            cursor = self._connection.execute(f"SELECT * FROM {table}")  # noqa: S608
            names = [item[0] for item in cursor.description]
            for values in cursor.fetchall():
                row = dict(zip(names, values, strict=True))
                found += [Cell(table, row, name) for name in names]
        return [cell for cell in found if cell.size]

    def put(self, cell: Cell, value: Any) -> bool:
        """Puts a value into a cell's place; not where another row has this key, or the column cannot hold it."""
        named = " AND ".join(f"{name} = ?" for name in KEYS[cell.table])
        keys = [cell.row[name] for name in KEYS[cell.table]]
        place = self._connection.text if isinstance(cell.value, str) else "?"
        try:
            changed = self._connection.execute(
                f"UPDATE {cell.table} SET {cell.column} = {place} WHERE {named}",  # noqa: S608
                (value, *keys),
            )
        except (*REFUSED, *NO_FORM):
            return False
        assert changed.rowcount == 1
        return True

    def back(self, cell: Cell, value: Any) -> None:
        """Puts what was there into its place again."""
        keys = {name: cell.row[name] for name in KEYS[cell.table]}
        found = dict(keys)
        if cell.column in keys:
            found[cell.column] = value
        flipped = {name for name in keys if isinstance(keys[name], str) and isinstance(found[name], bytes)}
        holds = {name: self._connection.text if name in flipped else "?" for name in keys}
        named = " AND ".join(f"{name} = {holds[name]}" for name in keys)
        changed = self._connection.execute(
            f"UPDATE {cell.table} SET {cell.column} = ? WHERE {named}",  # noqa: S608
            (cell.value, *found.values()),
        )
        assert changed.rowcount == 1


class Names:
    """Which entries name a text or a blob, and which text an entry erased."""

    def __init__(self, connection: Connection) -> None:
        self._bodies = dict(connection.execute("SELECT seq, words(body) FROM entry").fetchall())

    def of(self, digest: str) -> set[int]:
        """Every entry in which a digest stands."""
        return {seq for seq, body in self._bodies.items() if digest in body}

    def erases(self, seq: int) -> bool:
        """Whether an entry is the erasure of a text, which is missing without it."""
        return '"type":"text_erased"' in self._bodies[seq]
