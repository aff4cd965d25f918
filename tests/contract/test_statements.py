"""The SQL that stands as text fits the tables as they are declared."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from storage_making import url_of

from workflow.storage import open_storage, statements, tables


def texts() -> Iterator[str]:
    for name, value in vars(statements).items():
        if name.isupper() and not name.startswith("_") and not name.endswith("_NAMES"):
            yield from [value] if isinstance(value, str) else value if isinstance(value, tuple) else []


STATEMENTS = list(texts())


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_can_be_prepared_for_a_fresh_database(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "ledger.db"
    open_storage(url_of(path), create=True).close()
    values = dict.fromkeys(re.findall(r":(\w+)", statement))

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(f"EXPLAIN {statement}", values).fetchall()


def test_an_insertion_fills_every_column_of_its_table_in_the_order_in_which_they_are_declared() -> None:
    filled = {}
    for statement in STATEMENTS:
        if found := re.fullmatch(r"INSERT INTO (\w+) \((.*?)\) VALUES \((.*?)\)", statement):
            table, columns, values = found.groups()
            assert values == ", ".join(f":{name}" for name in columns.split(", "))
            filled[table] = columns.split(", ")

    declared = {name: [column.name for column in table.columns] for name, table in tables.metadata.tables.items()}
    assert filled == {name: columns for name, columns in declared.items() if name != "alembic_version"}
