"""The triggers that keep the ledger append-only, in one place for fresh databases and for migrations.

They are hygiene: they stop slips and plain statements, not somebody who may drop them. What shows tampering is the
hashes, and heads that are held elsewhere. On SQLite, ``INSERT OR REPLACE`` deletes the row that it collides with past
the triggers for UPDATE and DELETE; so every insertion that would collide is refused before it is tried. On PostgreSQL
the keys refuse it, and ``ON CONFLICT DO UPDATE`` is an UPDATE; but TRUNCATE is a thing of its own there.
"""

from __future__ import annotations

from dataclasses import dataclass


def _refuse(when: str, why: str, condition: str = "") -> str:
    guard = f"WHEN {condition} " if condition else ""
    return f"{when} {guard}BEGIN SELECT RAISE(ABORT, '{why}'); END"


_ONLY_NEXT = "an entry goes right behind the last one of the ledger and of its stream"
_NO_CHANGE, _NO_END = "an entry never changes", "an entry never goes"
_TEXT_NO_CHANGE, _TEXT_NO_END = "a text can be erased, and never changes", "texts are erased one by one"
_BLOB_NO_CHANGE, _BLOB_NO_END = "a blob never changes", "a blob never goes"

_BODIES = {
    "entry_only_next": _refuse(
        "BEFORE INSERT ON entry",
        _ONLY_NEXT,
        "NEW.seq IS NOT coalesce((SELECT seq FROM entry ORDER BY seq DESC LIMIT 1), 0) + 1"
        " OR NEW.version IS NOT coalesce("
        "(SELECT version FROM entry WHERE stream = NEW.stream ORDER BY version DESC LIMIT 1), 0) + 1"
        " OR EXISTS (SELECT 1 FROM entry WHERE command_id = NEW.command_id)",
    ),
    "entry_no_update": _refuse("BEFORE UPDATE ON entry", _NO_CHANGE),
    "entry_no_delete": _refuse("BEFORE DELETE ON entry", _NO_END),
    "text_no_replace": _refuse(
        "BEFORE INSERT ON text",
        "there is a text behind this commitment",
        "EXISTS (SELECT 1 FROM text WHERE commitment = NEW.commitment)",
    ),
    "text_no_update": _refuse("BEFORE UPDATE ON text", _TEXT_NO_CHANGE),
    "blob_no_replace": _refuse(
        "BEFORE INSERT ON blob",
        "this blob is kept already",
        "EXISTS (SELECT 1 FROM blob WHERE digest = NEW.digest)",
    ),
    "blob_no_update": _refuse("BEFORE UPDATE ON blob", _BLOB_NO_CHANGE),
    "blob_no_delete": _refuse("BEFORE DELETE ON blob", _BLOB_NO_END),
}

SQLITE = {name: f"CREATE TRIGGER {name} {body}" for name, body in _BODIES.items()}
"""Each trigger's name, and the statement that makes it, exactly as SQLite keeps it."""


PLACE = "holdfast"
"""The schema of a PostgreSQL database that the tables and functions of a ledger stand in."""

TABLES = ("alembic_version", "blob", "entry", "head", "kin", "objector", "release", "span", "text")
"""Each table of a ledger."""

FUNCTIONS = {
    "refuse": "BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END",
    "only_next": (
        "BEGIN"
        f" IF NEW.seq IS DISTINCT FROM coalesce((SELECT seq FROM {PLACE}.entry ORDER BY seq DESC LIMIT 1), 0) + 1"
        f" OR NEW.version IS DISTINCT FROM coalesce((SELECT version FROM {PLACE}.entry WHERE stream = NEW.stream"
        " ORDER BY version DESC LIMIT 1), 0) + 1"
        " THEN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END"
    ),
}
"""What PostgreSQL's triggers run: each function's name and its body in PL/pgSQL."""

# Of pg_trigger.tgtype, as PostgreSQL's own header pg_trigger.h has it.
_ROW, _BEFORE = 1, 2
_EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of PostgreSQL's, which refuses what happens to a table."""

    table: str
    event: str
    why: str
    function: str = "refuse"

    @property
    def kind(self) -> int:
        """When it fires, as ``pg_trigger.tgtype``: before, and once a row but for TRUNCATE, which has none."""
        return _BEFORE | _EVENTS[self.event] | (0 if self.event == "TRUNCATE" else _ROW)

    def made(self, name: str) -> tuple[str, ...]:
        """The statements that make it so that it fires always: also where a session plays the part of a replica."""
        each = "ROW" if self.kind & _ROW else "STATEMENT"
        made = (
            f"CREATE TRIGGER {name} BEFORE {self.event} ON {PLACE}.{self.table} FOR EACH {each}"
            f" EXECUTE FUNCTION {PLACE}.{self.function}('{self.why}')"
        )
        return made, f"ALTER TABLE {PLACE}.{self.table} ENABLE ALWAYS TRIGGER {name}"


POSTGRES = {
    "entry_only_next": Trigger("entry", "INSERT", _ONLY_NEXT, "only_next"),
    "entry_no_update": Trigger("entry", "UPDATE", _NO_CHANGE),
    "entry_no_delete": Trigger("entry", "DELETE", _NO_END),
    "entry_no_truncate": Trigger("entry", "TRUNCATE", _NO_END),
    "text_no_update": Trigger("text", "UPDATE", _TEXT_NO_CHANGE),
    "text_no_truncate": Trigger("text", "TRUNCATE", _TEXT_NO_END),
    "blob_no_update": Trigger("blob", "UPDATE", _BLOB_NO_CHANGE),
    "blob_no_delete": Trigger("blob", "DELETE", _BLOB_NO_END),
    "blob_no_truncate": Trigger("blob", "TRUNCATE", _BLOB_NO_END),
}
"""Each trigger of PostgreSQL's by its name."""


def postgres_functions() -> tuple[str, ...]:
    """The statements that make what the triggers run, or put it right."""
    return tuple(
        f"CREATE OR REPLACE FUNCTION {PLACE}.{name}() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path TO pg_catalog, pg_temp AS $${body}$$"
        for name, body in FUNCTIONS.items()
    )


def sqlite_made() -> tuple[str, ...]:
    """The statements that make all of it on SQLite."""
    return tuple(SQLITE.values())


def postgres_made() -> tuple[str, ...]:
    """The statements that make all of it on PostgreSQL."""
    triggers = (statement for name, trigger in POSTGRES.items() for statement in trigger.made(name))
    return (*postgres_functions(), *triggers)
