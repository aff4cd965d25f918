"""The triggers that keep the ledger append-only, in one place for fresh databases and for migrations.

They are hygiene: they stop slips and plain statements, not somebody who may drop them. What shows tampering is the
hashes, and heads that are held elsewhere. On SQLite, ``INSERT OR REPLACE`` deletes the row that it collides with past
the triggers for UPDATE and DELETE; so every insertion that would collide is refused before it is tried.
"""

from __future__ import annotations


def _refuse(when: str, why: str, condition: str = "") -> str:
    guard = f"WHEN {condition} " if condition else ""
    return f"{when} {guard}BEGIN SELECT RAISE(ABORT, '{why}'); END"


_BODIES = {
    "entry_only_next": _refuse(
        "BEFORE INSERT ON entry",
        "an entry goes right behind the last one of the ledger and of its stream",
        "NEW.seq IS NOT coalesce((SELECT seq FROM entry ORDER BY seq DESC LIMIT 1), 0) + 1"
        " OR NEW.version IS NOT coalesce("
        "(SELECT version FROM entry WHERE stream = NEW.stream ORDER BY version DESC LIMIT 1), 0) + 1"
        " OR EXISTS (SELECT 1 FROM entry WHERE command_id = NEW.command_id)",
    ),
    "entry_no_update": _refuse("BEFORE UPDATE ON entry", "an entry never changes"),
    "entry_no_delete": _refuse("BEFORE DELETE ON entry", "an entry never goes"),
    "text_no_replace": _refuse(
        "BEFORE INSERT ON text",
        "there is a text behind this commitment",
        "EXISTS (SELECT 1 FROM text WHERE commitment = NEW.commitment)",
    ),
    "text_no_update": _refuse("BEFORE UPDATE ON text", "a text can be erased, and never changes"),
    "blob_no_replace": _refuse(
        "BEFORE INSERT ON blob",
        "this blob is kept already",
        "EXISTS (SELECT 1 FROM blob WHERE digest = NEW.digest)",
    ),
    "blob_no_update": _refuse("BEFORE UPDATE ON blob", "a blob never changes"),
    "blob_no_delete": _refuse("BEFORE DELETE ON blob", "a blob never goes"),
}

SQLITE = {name: f"CREATE TRIGGER {name} {body}" for name, body in _BODIES.items()}
"""Each trigger's name, and the statement that makes it, exactly as SQLite keeps it."""
