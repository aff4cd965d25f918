"""What stands around a ledger in a file: whether it can be written, by whom, and whether its large blobs are there."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from workflow.phrases import size
from workflow.storage.base import Condition
from workflow.storage.projections import Rows

_BESIDE = "SELECT count(*) FROM blob WHERE content IS NULL"


def surroundings(path: Path, read: Rows) -> Iterator[Condition]:
    """What can be told of them."""
    yield Condition("database", f"{path}, {size(path.stat().st_size)}, by SQLite {sqlite3.sqlite_version}")
    # SQLite makes two more files beside it.
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        yield Condition("writing", "this user may append")
    else:
        yield Condition("writing", "this user can only read it", "note", "check the permissions of file and directory")
    open_to = [place for place in (path, path.parent) if place.stat().st_mode & stat.S_IWOTH]
    if open_to:
        yield Condition("others", f"everybody may change {open_to[0]}", "not", f"chmod o-w {open_to[0]}")
    else:
        yield Condition("others", "not everybody may change it")
    [(mode,)] = read("PRAGMA journal_mode", {})
    if mode == "wal":
        yield Condition("durability", "a write-ahead log, synced with every commit")
    else:
        yield Condition("durability", f"its journal is {mode}; the next change makes it a write-ahead log", "note")
    [(count,)] = read(_BESIDE, {})
    directory = path.with_name(path.name + ".blobs")
    if count and not directory.is_dir():
        said = f"{count} of them should be in {directory}, and it is not there"
        yield Condition("large blobs", said, "not", "restore that directory from the backup of the ledger", damage=True)
    else:
        yield Condition("large blobs", f"{count} in {directory}" if count else "there is none yet")
