"""The roles of a ledger on PostgreSQL beside its owner: one that appends, one that only reads. What each may is here.

It is printed as SQL, for the owner to read and to run: Holdfast makes no role by itself, and knows no password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workflow.errors import InvalidInput
from workflow.storage.protection import PLACE, TABLES

_READ = dict.fromkeys(TABLES, frozenset({"SELECT"}))
# The lock is asked for on the table ``head`` as a whole, which takes UPDATE of the whole table.
_APPEND = {
    "entry": {"INSERT"},
    "text": {"INSERT"},
    "blob": {"INSERT"},
    "head": {"UPDATE"},
    "span": {"INSERT"},
    "release": {"INSERT", "UPDATE"},
    "kin": {"INSERT"},
    "objector": {"INSERT"},
}
_ERASE = {"text": {"DELETE"}}
_LONGEST = 63
"""Of a longer name, in bytes, PostgreSQL would quietly leave the end out."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do to the tables.

    Args:
        reads: it may read, and nothing else; otherwise it appends as well.
        erases: it may also delete the texts behind commitments.
    """

    reads: bool = False
    erases: bool = False

    def __post_init__(self) -> None:
        if self.reads and self.erases:
            raise InvalidInput("who erases a text records that, and so does more than read", remedy="leave one out")

    def tables(self) -> Mapping[str, frozenset[str]]:
        """What it may do to each table."""
        added = ({} if self.reads else _APPEND, _ERASE if self.erases else {})
        return {table: may.union(*(each.get(table, ()) for each in added)) for table, may in _READ.items()}

    def __str__(self) -> str:
        if self.reads:
            return "reads the ledger, and changes nothing"
        also = ", and may erase texts" if self.erases else ""
        return f"appends to the ledger and reads it{also}; what is there it cannot change"


def granted(role: str, right: Right) -> str:
    """The SQL that makes a role where there is none, and gives it exactly what it needs, whatever it had before.

    It is one transaction, and its last statement holds what the role may against what it should: where they differ,
    nothing is kept.

    Raises:
        InvalidInput: no role can have that name.
    """
    name = _identifier(role)
    wanted: dict[frozenset[str], list[str]] = {}
    for table, may in right.tables().items():
        wanted.setdefault(may, []).append(table)
    grants = "\n".join(
        f"GRANT {', '.join(sorted(may))} ON {', '.join(f'{PLACE}.{table}' for table in tables)} TO {name};"
        for may, tables in wanted.items()
    )
    expected = ",\n    ".join(
        f"('{table}', '{privilege}')" for table, may in right.tables().items() for privilege in sorted(may)
    )
    return _SCRIPT.format(place=PLACE, what=right, name=name, literal=_literal(role), grants=grants, expected=expected)


def _identifier(role: str) -> str:
    # Even in quotes, PostgreSQL takes the two words for everybody and for nobody.
    if role in ("", "public", "none") or role.startswith("pg_"):
        raise InvalidInput(f"no role can be named {role!r}", remedy="choose another name, such as ledger_app")
    if not role.isprintable() or len(role.encode(errors="replace")) > _LONGEST or re.search("[\ud800-\udfff]", role):
        raise InvalidInput(
            f"the name of a role has at most {_LONGEST} bytes, and nothing that cannot be printed",
            remedy="choose another name, such as ledger_app",
        )
    return '"' + role.replace('"', '""') + '"'


def _literal(role: str) -> str:
    return "E'" + role.replace("\\", "\\\\").replace("'", "''") + "'"


_SCRIPT = """\
-- A role that {what}.
-- Run this in the ledger's database, as whoever owns the database and the ledger and may make roles:
--     psql --set ON_ERROR_STOP=1 --file THIS ADDRESS
-- and again after each `holdfast db upgrade`. It contains no password: give the role one with \\password in psql.
-- Whoever else uses this database by what everybody may (PUBLIC) has to be given CONNECT by name.
BEGIN;
SET LOCAL client_encoding TO 'UTF8';
SET LOCAL search_path TO pg_catalog, pg_temp;
SELECT set_config('holdfast.role', {literal}, true);

DO $make$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_setting('holdfast.role')) THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', current_setting('holdfast.role'));
  END IF;
END
$make$;

-- What everybody may, and what this role could before.
REVOKE ALL ON SCHEMA {place} FROM PUBLIC, {name};
REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM PUBLIC, {name};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {place} FROM PUBLIC, {name};
REVOKE ALL ON ALL ROUTINES IN SCHEMA {place} FROM PUBLIC, {name};

DO $database$
DECLARE
  role name := current_setting('holdfast.role');
  owner name := pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = '{place}';
  kind text;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', current_database(), role);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', current_database(), owner);
  -- What is made in the schema later is nobody's but the owner's.
  FOREACH kind IN ARRAY ARRAY['TABLES', 'SEQUENCES', 'ROUTINES'] LOOP
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA {place} REVOKE ALL ON %s FROM PUBLIC, %I',
      owner, kind, role);
  END LOOP;
END
$database$;

GRANT USAGE ON SCHEMA {place} TO {name};
{grants}

-- What came of it. An error here undoes everything.
DO $check$
DECLARE
  role name := current_setting('holdfast.role');
  wrong text;
BEGIN
  SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) INTO wrong FROM pg_roles r
  WHERE pg_has_role(role, r.oid, 'MEMBER') AND (r.rolsuper OR r.rolcreaterole OR r.rolreplication
    OR r.rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
    OR r.oid IN (SELECT nspowner FROM pg_namespace WHERE nspname = '{place}'
      UNION SELECT datdba FROM pg_database WHERE datname = current_database()
      UNION SELECT relowner FROM pg_class WHERE relnamespace = '{place}'::regnamespace));
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the role % is, or can become, one that may do anything to the ledger: %', role, wrong
      USING HINT = 'choose another role';
  END IF;
  WITH may (what, privilege, grantee) AS (
    SELECT c.relname, a.privilege_type, a.grantee
    FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
    WHERE c.relnamespace = '{place}'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION SELECT c.relname || '.' || t.attname, a.privilege_type, a.grantee
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
    WHERE c.relnamespace = '{place}'::regnamespace
    UNION SELECT p.proname || '()', a.privilege_type, a.grantee
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.pronamespace = '{place}'::regnamespace
    UNION SELECT 'schema', a.privilege_type, a.grantee
    FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a WHERE n.nspname = '{place}'
    UNION SELECT 'database', a.privilege_type, a.grantee
    FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
    WHERE d.datname = current_database()
  ), has AS (
    SELECT what, privilege FROM may
    WHERE grantee = 0 OR grantee IN (SELECT oid FROM pg_roles WHERE pg_has_role(role, oid, 'MEMBER'))
  ), should (what, privilege) AS (VALUES
    ('database', 'CONNECT'),
    ('schema', 'USAGE'),
    {expected}
  ), off AS (
    SELECT 'too much: ' || privilege || ' on ' || what AS line FROM (TABLE has EXCEPT TABLE should) AS a
    UNION ALL
    SELECT 'too little: ' || privilege || ' on ' || what FROM (TABLE should EXCEPT TABLE has) AS b
  )
  SELECT string_agg(line, '; ' ORDER BY line) INTO wrong FROM off;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the role % would have %', role, wrong
      USING HINT = 'run this as the owner of the database and of the ledger, or as a superuser';
  END IF;
END
$check$;
COMMIT;
"""
