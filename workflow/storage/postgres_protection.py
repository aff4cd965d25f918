"""Whether a PostgreSQL database protects the ledger as it should, and what puts it right.

Besides the triggers and what they run, it is what could answer in the place of the tables or hide their rows: rules,
row security, tables that inherit from them, tables that are no longer plain, logged ones. And in the ledger's schema,
what would be taken for something of the server's own where it fits the types better: functions, operators, types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from workflow.storage.protection import FUNCTIONS, PLACE, POSTGRES, TABLES, postgres_functions

_FUNCTIONS = """
SELECT p.proname, p.prosrc, l.lanname, p.prosecdef, p.proconfig, p.pronargs
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = CAST(:place AS regnamespace)
"""
_TRIGGERS = """
SELECT quote_ident(t.tgname), c.relname, t.tgtype, t.tgenabled, t.tgargs, t.tgqual IS NULL, t.tgattr = '',
p.pronamespace = c.relnamespace, p.proname
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = CAST(:place AS regnamespace) AND c.relname = ANY(:tables) AND NOT t.tgisinternal
"""
_OF_OURS = "c.relnamespace = CAST(:place AS regnamespace) AND c.relname = ANY(:tables)"
_STRANGE = f"""
SELECT 'rule ' || quote_ident(r.rulename) || ' on ' || c.relname
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE {_OF_OURS}
UNION ALL
SELECT 'row security on ' || c.relname FROM pg_class c WHERE {_OF_OURS} AND (c.relrowsecurity OR c.relforcerowsecurity)
UNION ALL
SELECT 'rows of ' || CAST(CAST(i.inhrelid AS regclass) AS text) || ' in ' || c.relname
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE {_OF_OURS}
UNION ALL
SELECT 'operator ' || CAST(CAST(o.oid AS regoperator) AS text)
FROM pg_operator o WHERE o.oprnamespace = CAST(:place AS regnamespace)
UNION ALL
SELECT 'function ' || CAST(CAST(p.oid AS regprocedure) AS text)
FROM pg_proc p WHERE p.pronamespace = CAST(:place AS regnamespace)
AND NOT (p.proname = ANY(:functions) AND p.pronargs = 0)
UNION ALL
SELECT 'type ' || CAST(CAST(t.oid AS regtype) AS text) FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typnamespace = CAST(:place AS regnamespace) AND t.typtype <> 'm' AND t.typcategory <> 'A'
AND (t.typtype <> 'c' OR c.relkind = 'c')
UNION ALL
SELECT 'no plain table ' || c.relname FROM pg_class c WHERE {_OF_OURS} AND (c.relkind <> 'r' OR c.relpersistence <> 'p')
"""
_LOOKS = ["search_path=pg_catalog, pg_temp"]
_MENDED = {
    r"trigger (?P<name>.+) on (?P<table>\w+)": ("DROP TRIGGER {name} ON {place}.{table}",),
    r"rule (?P<name>.+) on (?P<table>\w+)": ("DROP RULE {name} ON {place}.{table}",),
    r"row security on (?P<table>\w+)": (
        "ALTER TABLE {place}.{table} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {place}.{table} NO FORCE ROW LEVEL SECURITY",
    ),
    r"rows of (?P<name>.+) in (?P<table>\w+)": ("ALTER TABLE {name} NO INHERIT {place}.{table}",),
    r"operator (?P<name>.+)": ("DROP OPERATOR {name}",),
    r"function (?P<name>.+)": ("DROP ROUTINE {name}",),
    r"type (?P<name>.+)": ("DROP TYPE {name}",),
    r"no plain table (?P<table>\w+)": ("ALTER TABLE {place}.{table} SET LOGGED",),
}

# Whoever owns a schema can exchange what is in it, and what stands in it is found by its name alone.
OURS = (
    "SELECT 1 FROM pg_namespace n WHERE n.nspname = :place AND n.nspowner = CAST(current_user AS regrole)"
    " AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE pronamespace = n.oid)"
    " AND NOT EXISTS (SELECT 1 FROM pg_operator WHERE oprnamespace = n.oid)"
    " AND NOT EXISTS (SELECT 1 FROM pg_type WHERE typnamespace = n.oid)"
)

Read = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]


def missing(read: Read) -> tuple[str, ...]:
    """The triggers that are not as they should be, with what they run; and whatever else stands in their way.

    Args:
        read: runs a query.
    """
    values = {"place": PLACE, "tables": list(TABLES), "functions": list(FUNCTIONS)}
    functions = {name: tuple(rest) for name, *rest in read(_FUNCTIONS, values) if rest[-1] == 0}
    good = {name for name, body in FUNCTIONS.items() if functions.get(name) == (body, "plpgsql", False, _LOOKS, 0)}
    present = {(name, table): tuple(rest) for name, table, *rest in read(_TRIGGERS, values)}
    expected = {
        (name, item.table): (item.kind, "A", item.why.encode() + b"\0", True, True, True, item.function)
        for name, item in POSTGRES.items()
    }
    lacking = [name for (name, _), made in expected.items() if present.get((name, _)) != made or made[-1] not in good]
    strangers = sorted(f"trigger {name} on {table}" for name, table in present.keys() - expected.keys())
    # An operator goes before the function that it calls.
    strange = sorted(
        (row[0] for row in read(_STRANGE, values)), key=lambda name: (not name.startswith("operator "), name)
    )
    return (*lacking, *strangers, *strange)


def protect(names: Iterable[str]) -> Iterator[str]:
    """The statements that put right what :func:`missing` named."""
    yield from postgres_functions()
    for name in names:
        if (trigger := POSTGRES.get(name)) is not None:
            yield f"DROP TRIGGER IF EXISTS {name} ON {PLACE}.{trigger.table}"
            yield from trigger.made(name)
            continue
        for form, statements in _MENDED.items():
            if (match := re.fullmatch(form, name, re.DOTALL)) is not None:
                yield from (statement.format(place=PLACE, **match.groupdict()) for statement in statements)
