"""What stands around a ledger on PostgreSQL: the server, what it does to keep a commit, and what the role may do."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.storage.base import Condition
from workflow.storage.postgres_roles import Right
from workflow.storage.projections import Rows
from workflow.storage.protection import PLACE

_SERVER = """
SELECT current_setting('server_version'), current_database(), session_user, pg_is_in_recovery(),
current_setting('transaction_read_only') = 'on',
coalesce((SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()), 0)
"""
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"
_ROLE = """
SELECT r.rolsuper, EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = CAST(:place AS regnamespace)
  AND pg_has_role(c.relowner, 'USAGE')), has_schema_privilege(:place, 'CREATE')
FROM pg_roles r WHERE r.rolname = current_user
"""
_MAY = """
SELECT c.relname, p.name FROM pg_class c, unnest(CAST(:privileges AS text[])) p(name)
WHERE c.relnamespace = CAST(:place AS regnamespace) AND c.relkind = 'r' AND has_table_privilege(c.oid, p.name)
"""
_PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"]
_LOST = {
    "fsync": "what was committed can be lost, or the whole database damaged, when the machine stops",
    "full_page_writes": "a page that was half written when the machine stops stays damaged",
}
_GRANT = "give whoever works with the ledger every day a role of their own: holdfast db grant"


def surroundings(read: Rows) -> Iterator[Condition]:
    """What can be told of them."""
    [(version, database, user, replica, read_only, failures)] = read(_SERVER, {})
    yield Condition("database", f"{database}, on PostgreSQL {version}, as {user}")
    if replica:
        yield Condition("server", "a replica: it can be read, and nothing can be appended", "note", "name the primary")
    elif read_only:
        said = "transactions are read-only by default, though the ledger's own say otherwise"
        yield Condition("server", said, "note", "set default_transaction_read_only to off for this database and role")
    else:
        yield Condition("server", "a primary, which takes what is appended")
    yield from _durability(read, failures)
    yield from _role(read, user)


def _durability(read: Rows, failures: int) -> Iterator[Condition]:
    names = [*_LOST, "synchronous_commit", "data_checksums", "archive_mode"]
    found: dict[str, str] = dict(map(tuple, read(_SETTINGS, {"names": names})))
    off = [name for name in _LOST if found.get(name) != "on"]
    for name in off:
        yield Condition("durability", f"{name} is off: {_LOST[name]}", "not", f"set {name} = on in postgresql.conf")
    if not off:
        how = found["synchronous_commit"]
        yield Condition("durability", f"a commit is on disk before it is told (synchronous_commit = {how})")
    if failures:
        said = f"{failures} damaged pages were read"
        yield Condition("pages", said, "not", "check the disk, run an audit, and restore a backup", damage=True)
    elif found.get("data_checksums") == "on":
        yield Condition("pages", "have checksums, and none was wrong so far")
    else:
        yield Condition("pages", "have no checksums", "note", "pg_checksums --enable, with the server stopped")
    if found.get("archive_mode") == "off":
        remedy = "docs/databases.md says how to keep an archive"
        yield Condition("archive", "none: there is no way back to a moment between two backups", "note", remedy)
    else:
        yield Condition("archive", "the write-ahead log is archived")


def _role(read: Rows, user: str) -> Iterator[Condition]:
    place = {"place": PLACE}
    [(superuser, owner, makes)] = read(_ROLE, place)
    may = {(table, name) for table, name in read(_MAY, {**place, "privileges": _PRIVILEGES})}
    needed, allowed = _pairs(Right()), _pairs(Right(erases=True))
    appends = may >= needed
    if superuser or owner:
        what = "is a superuser" if superuser else "owns the ledger's tables"
        yield Condition("role", f"{user} {what}: it may append, and take the protection away", "note", _GRANT)
        return
    more = sorted(f"{name} on {table}" for table, name in may - allowed)
    if makes:
        more.append(f"CREATE in the schema {PLACE}")
    if more:
        said = f"{user} may do more than append: {', '.join(more)}"
        yield Condition("role", said, "not", "have the owner run what `holdfast db grant` prints for it")
    elif appends:
        erases = ("text", "DELETE") in may
        yield Condition("role", f"{user} may append and read{', and erase texts' if erases else ''}, and nothing else")
    else:
        lacks = sorted(f"{name} on {table}" for table, name in needed - may)
        reads = may == _pairs(Right(reads=True))
        said = "may only read" if reads else f"may not append: it lacks {', '.join(lacks)}"
        state = "note" if reads else "not"
        remedy = "to append, have the owner run what `holdfast db grant` prints for it"
        yield Condition("role", f"{user} {said}", state, remedy)  # type: ignore[arg-type]


def _pairs(right: Right) -> set[tuple[str, str]]:
    return {(table, name) for table, names in right.tables().items() for name in names}
