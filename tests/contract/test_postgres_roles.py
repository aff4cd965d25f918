"""What PostgreSQL refuses the roles that `holdfast db grant` prints: all but to append and to read."""

# ruff: noqa: S608 (the statements are put together from this module's own words)

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from storage_making import LARGE, add, blobs, following, line

from tests.support.postgres import Databases
from tests.support.postgres_roles import Team, team
from workflow.errors import InvalidInput, StorageError
from workflow.ledger import SaltedText
from workflow.storage import open_storage, role_sql, tables
from workflow.storage.protection import TABLES

LEDGER = ("entry", "text", "blob")
TEXT = SaltedText.of("because")
CHANGED = {
    "entry": "body = 'x'",
    "text": "body = 'x'",
    "blob": "content = 'x'",
    "alembic_version": "version_num = '9999'",
    "kin": "slug = 'x'",
    "objector": "slug = 'x'",
    "span": "hash = 'x'",
}
KEYS = {"entry": "seq", "text": "commitment", "blob": "digest"}
NEXT = "4, 'release/aurora', 4, 'x', 'command-4', 'x'"

FORBIDDEN = {
    **{f"update {table}": f"UPDATE {table} SET {change}" for table, change in CHANGED.items()},
    **{f"delete from {table}": f"DELETE FROM {table}" for table in TABLES},
    **{f"truncate {table}": f"TRUNCATE {table} CASCADE" for table in TABLES},
    **{f"drop {table}": f"DROP TABLE {table} CASCADE" for table in TABLES},
    **{
        f"upsert {table}": f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE"
        f" SET {CHANGED[table]}"
        for table, key in KEYS.items()
    },
    **{
        f"merge into {table}": f"MERGE INTO {table} a USING {table} b ON a.{key} = b.{key}"
        f" WHEN MATCHED THEN UPDATE SET {CHANGED[table]}"
        for table, key in KEYS.items()
    },
    **{
        f"{strength} on {table}": f"SELECT * FROM {table} FOR {strength}"
        for table in LEDGER
        for strength in ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE")
    },
    **{f"lock {table}": f"BEGIN; LOCK TABLE {table} IN SHARE MODE" for table in CHANGED},
    **{
        f"{what} of {table}": f"ALTER TABLE {table} {how}"
        for table in LEDGER
        for what, how in {
            "disable the triggers": "DISABLE TRIGGER ALL",
            "disable the user's triggers": "DISABLE TRIGGER USER",
            "add a column": "ADD COLUMN more text",
            "rename": "RENAME TO gone",
            "take the logging": "SET UNLOGGED",
            "hide rows": "ENABLE ROW LEVEL SECURITY",
            "take the owner's place": "OWNER TO CURRENT_USER",
        }.items()
    },
    "rename a trigger": "ALTER TRIGGER entry_no_update ON entry RENAME TO gone",
    "drop a trigger": "DROP TRIGGER entry_no_update ON entry",
    "make a trigger": "CREATE TRIGGER more BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION"
    " suppress_redundant_updates_trigger()",
    "make a rule": "CREATE RULE more AS ON INSERT TO entry DO INSTEAD NOTHING",
    "make a policy": "CREATE POLICY more ON entry USING (false)",
    "make an index": "CREATE INDEX more ON entry (body)",
    "drop an index": "DROP INDEX entry_command_id",
    "say something of a table": "COMMENT ON TABLE entry IS 'x'",
    "make statistics": "CREATE STATISTICS more ON seq, version FROM entry",
    "replace a function": (
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    ),
    "alter a function": "ALTER FUNCTION refuse() SET search_path TO public",
    "drop a function": "DROP FUNCTION refuse() CASCADE",
    "make a function": "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make a function in public": "CREATE FUNCTION public.more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make a function in pg_temp": "CREATE FUNCTION pg_temp.now() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make an operator": "CREATE OPERATOR = (LEFTARG = bytea, RIGHTARG = text, FUNCTION = byteaeq)",
    "make a cast": "CREATE CAST (text AS bytea) WITHOUT FUNCTION AS IMPLICIT",
    "make a type": "CREATE TYPE more AS (x int)",
    "make a domain": "CREATE DOMAIN more AS text",
    "make a table": "CREATE TABLE more (x int)",
    "make a table in public": "CREATE TABLE public.entry (x int)",
    "make a table that shadows": "CREATE TEMP TABLE entry (LIKE holdfast.entry)",
    "make a view that shadows": "CREATE TEMP VIEW entry AS SELECT * FROM holdfast.entry",
    "make a table's child": "CREATE TEMP TABLE more () INHERITS (holdfast.entry)",
    "make a view": "CREATE VIEW more AS SELECT * FROM entry",
    "make a sequence": "CREATE SEQUENCE more",
    "make a schema": "CREATE SCHEMA more",
    "drop the schema": "DROP SCHEMA holdfast CASCADE",
    "rename the schema": "ALTER SCHEMA holdfast RENAME TO gone",
    "drop the database": "DROP DATABASE {database}",
    "set up the database": "ALTER DATABASE {database} SET search_path TO public",
    "make a database": "CREATE DATABASE more",
    "make a role": "CREATE ROLE more",
    "become a superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "set up the owner": "ALTER ROLE {owner} SET search_path TO public",
    "take the owner's place": "GRANT {owner} TO CURRENT_USER",
    "act as the owner": "SET ROLE {owner}",
    "connect as the owner": "SET SESSION AUTHORIZATION {owner}",
    "take what the owner has": "REASSIGN OWNED BY {owner} TO CURRENT_USER",
    "drop what the owner has": "DROP OWNED BY {owner} CASCADE",
    "give what the owner makes": "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO PUBLIC",
    "play a replica": "SET session_replication_role TO replica",
    "set up the server": "ALTER SYSTEM SET session_replication_role TO replica",
    "load a library": "LOAD '/tmp/more.so'",
    "make a language": "CREATE LANGUAGE more HANDLER plpgsql_call_handler",
    "watch what is done": "CREATE EVENT TRIGGER more ON ddl_command_start EXECUTE FUNCTION refuse()",
    "publish": "CREATE PUBLICATION more FOR TABLE entry",
    "publish everything": "CREATE PUBLICATION more FOR ALL TABLES",
    "subscribe": "CREATE SUBSCRIPTION more CONNECTION 'host=127.0.0.1' PUBLICATION more WITH (connect = false)",
    "follow the changes": "SELECT pg_create_logical_replication_slot('more', 'pgoutput')",
    "copy into the ledger from a program": "COPY entry FROM PROGRAM 'echo'",
    "copy into the ledger from a file": "COPY entry FROM '/etc/passwd'",
    "copy out to a program": "COPY entry TO PROGRAM 'cat'",
    "copy out to a file": "COPY entry TO '/tmp/more'",
    "read a file": "SELECT pg_read_file('PG_VERSION')",
    "bring a file in": "SELECT lo_import('/etc/passwd')",
    "take a file out": "SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/more')",
    "change the catalogue": "UPDATE pg_catalog.pg_trigger SET tgenabled = 'D'",
    "delete from the catalogue": "DELETE FROM pg_catalog.pg_trigger",
    "delete in a block": "DO $$ BEGIN EXECUTE 'DELETE FROM holdfast.entry'; END $$",
    "delete on the way": "WITH gone AS (DELETE FROM text RETURNING *) SELECT * FROM gone",
    "delete from the parent alone": "DELETE FROM ONLY entry",
    "delete behind a barrier": "PREPARE gone AS DELETE FROM blob; EXECUTE gone",
    "another end of the ledger": "INSERT INTO head SELECT 2, size, frontier, mark, peak FROM head",
    "another revision": "INSERT INTO alembic_version VALUES ('9999')",
}
"""What is refused for want of a right, whoever appends."""

MISPLACED = {
    "an entry over a gap": "INSERT INTO entry VALUES (9, 'release/aurora', 4, 'x', 'command-9', 'x')",
    "an entry before the first": "INSERT INTO entry VALUES (0, 'release/aurora', 4, 'x', 'command-0', 'x')",
    "an entry without a place": "INSERT INTO entry VALUES (NULL, 'release/aurora', 4, 'x', 'command-0', 'x')",
    "an entry over a gap in its stream": "INSERT INTO entry VALUES (4, 'release/aurora', 5, 'x', 'command-4', 'x')",
    "an entry of a command that was": "INSERT INTO entry VALUES (4, 'release/aurora', 4, 'x', 'command-1', 'x')",
    "an entry that is there": "INSERT INTO entry SELECT * FROM entry WHERE seq = 1",
    "a text that is there": "INSERT INTO text SELECT commitment, salt, 'x' FROM text",
    "a blob that is there": "INSERT INTO blob SELECT digest, size, 'x' FROM blob",
    "an entry in the place of what the system gives": f"INSERT INTO entry OVERRIDING SYSTEM VALUE VALUES (9{NEXT[1:]})",
}
"""What the triggers and the keys refuse, where the right is there."""

APPENDED = {
    "an entry": f"INSERT INTO entry VALUES ({NEXT})",
    "a text": "INSERT INTO text VALUES ('x', 'x', 'x')",
    "a blob": "INSERT INTO blob VALUES ('x', 1, 'x')",
    "a node": "INSERT INTO span VALUES (9, 9, 'x')",
    "an objector": "INSERT INTO objector VALUES ('x', 'x')",
    "a relative": "INSERT INTO kin VALUES ('x', 'x')",
    "another end": "UPDATE head SET size = size",
    "another stage": "UPDATE release SET stage = stage",
    "an entry by COPY": "COPY entry FROM STDIN",
    "the append lock": "BEGIN; LOCK TABLE head IN EXCLUSIVE MODE",
    "the least lock of a writer": "BEGIN; LOCK TABLE entry IN ROW EXCLUSIVE MODE",
    "to lock the end of the ledger": "SELECT * FROM head FOR SHARE",
}
"""What only a reader may not."""


@pytest.fixture(scope="module")
def ledger(postgres: Databases) -> Iterator[Team]:
    """A ledger with a few entries that its owner made."""
    with team(postgres) as made:
        storage = open_storage(made.url(), create=True)
        add(storage, texts=(TEXT,), release=line())
        add(storage, blobs=blobs(b"small", LARGE))
        add(storage, kin=frozenset({"d" * 64}), release=line())
        storage.close()
        yield made


@pytest.fixture(scope="module")
def app(ledger: Team) -> str:
    return ledger.granted()


@pytest.fixture(scope="module")
def eraser(ledger: Team) -> str:
    return ledger.granted(erases=True)


@pytest.fixture(scope="module")
def reader(ledger: Team) -> str:
    return ledger.granted(reads=True)


@pytest.fixture(scope="module")
def sessions(ledger: Team, app: str, eraser: str, reader: str) -> Iterator[dict[str, psycopg.Connection]]:
    """A connection of each role, as whoever has its password makes one."""
    with ExitStack() as held:
        made = {
            kind: held.enter_context(psycopg.connect(ledger.url(role), autocommit=True))
            for kind, role in {"app": app, "eraser": eraser, "reader": reader}.items()
        }
        for session in made.values():
            session.execute("SET search_path TO holdfast, pg_temp")
        yield made


def refusal(ledger: Team, session: psycopg.Connection, statement: str) -> psycopg.Error:
    """Why the database refused a statement."""
    named = statement.replace("{owner}", ledger.owner).replace("{database}", ledger.database)
    try:
        with pytest.raises(psycopg.Error) as error:
            session.execute(named.encode())
    finally:
        session.rollback()
    return error.value


@pytest.mark.parametrize("kind", ["app", "reader"])
@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_database_refuses_what_nobody_needs_who_appends_or_reads(
    ledger: Team, sessions: dict[str, psycopg.Connection], statement: str, kind: str
) -> None:
    assert isinstance(refusal(ledger, sessions[kind], statement), InsufficientPrivilege)


@pytest.mark.parametrize("statement", MISPLACED.values(), ids=MISPLACED)
def test_whoever_appends_puts_an_entry_nowhere_but_at_the_end(
    ledger: Team, sessions: dict[str, psycopg.Connection], statement: str
) -> None:
    assert isinstance(refusal(ledger, sessions["app"], statement), psycopg.IntegrityError)
    assert isinstance(refusal(ledger, sessions["reader"], statement), InsufficientPrivilege)


@pytest.mark.parametrize("statement", APPENDED.values(), ids=APPENDED)
def test_whoever_reads_cannot_append_nor_keep_others_from_it(
    ledger: Team, sessions: dict[str, psycopg.Connection], statement: str
) -> None:
    assert isinstance(refusal(ledger, sessions["reader"], statement), InsufficientPrivilege)
    if "COPY" not in statement:
        with sessions["app"].transaction(force_rollback=True):
            sessions["app"].execute(statement.removeprefix("BEGIN; ").encode())


@pytest.mark.parametrize("statement", ["GRANT INSERT ON entry TO PUBLIC", "GRANT ALL ON entry TO CURRENT_USER"])
def test_nobody_hands_on_what_they_may(ledger: Team, sessions: dict[str, psycopg.Connection], statement: str) -> None:
    before = rights(ledger)
    for session in sessions.values():
        session.execute(statement.encode())  # the database warns that nothing was granted
    assert rights(ledger) == before


def test_no_table_of_a_ledger_is_left_out() -> None:
    assert set(TABLES) == set(tables.metadata.tables)


def test_only_whoever_erases_deletes_a_text_and_nothing_else(
    ledger: Team, sessions: dict[str, psycopg.Connection]
) -> None:
    for table in TABLES:
        if table != "text":
            assert isinstance(refusal(ledger, sessions["eraser"], f"DELETE FROM {table}"), InsufficientPrivilege)
    assert isinstance(refusal(ledger, sessions["eraser"], "UPDATE text SET body = 'x'"), InsufficientPrivilege)
    assert isinstance(refusal(ledger, sessions["eraser"], "TRUNCATE text"), InsufficientPrivilege)
    with sessions["eraser"].transaction(force_rollback=True):
        assert sessions["eraser"].execute("DELETE FROM text").rowcount == 1


def rights(ledger: Team) -> list[tuple[object, ...]]:
    """What anybody may do to the tables, the schema, its functions and the database."""
    with psycopg.connect(ledger.url()) as connection:
        return connection.execute(
            "SELECT relname, unnest(relacl)::text FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace"
            " UNION ALL SELECT attname, unnest(attacl)::text FROM pg_attribute WHERE attacl IS NOT NULL"
            " AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace)"
            " UNION ALL SELECT nspname, unnest(nspacl)::text FROM pg_namespace WHERE nspname = 'holdfast'"
            " UNION ALL SELECT proname, unnest(proacl)::text FROM pg_proc WHERE pronamespace = 'holdfast'::regnamespace"
            " UNION ALL SELECT 'database', unnest(datacl)::text FROM pg_database WHERE datname = current_database()"
            " ORDER BY 1, 2"
        ).fetchall()


def test_what_is_printed_gives_the_same_as_often_as_it_is_run(ledger: Team, app: str) -> None:
    before = rights(ledger)
    ledger.granted(app)
    assert rights(ledger) == before


def test_what_a_role_had_before_is_taken_from_it(ledger: Team) -> None:
    role, other = ledger.granted(), ledger.granted(reads=True)
    like_a_reader = [right for right in rights(ledger) if other in str(right)]
    ledger.above(f"GRANT ALL ON ALL TABLES IN SCHEMA holdfast TO {role} WITH GRANT OPTION")
    ledger.above(f"GRANT UPDATE (body) ON holdfast.entry TO {role}, PUBLIC; GRANT CREATE ON SCHEMA holdfast TO PUBLIC")
    ledger.above(f"GRANT ALL ON DATABASE {ledger.database} TO {role}, PUBLIC")
    ledger.above(f"ALTER DEFAULT PRIVILEGES FOR ROLE {ledger.owner} IN SCHEMA holdfast GRANT ALL ON TABLES TO {role}")
    ledger.granted(role, reads=True)

    ledger.do("CREATE TABLE holdfast.later (x int)")
    with psycopg.connect(ledger.url(role), autocommit=True) as session:
        assert isinstance(refusal(ledger, session, "SELECT * FROM holdfast.later"), InsufficientPrivilege)
    ledger.do("DROP TABLE holdfast.later")
    now = rights(ledger)
    assert len([right for right in now if role in str(right)]) == len(like_a_reader)
    assert not [right for right in now if str(right[1]).startswith("=")], "something is left to everybody"


def test_a_role_that_may_more_by_another_way_is_refused_and_left_as_it_was(ledger: Team) -> None:
    other, strong = ledger.new(), ledger.new()
    ledger.above(f"CREATE ROLE {strong} CREATEROLE; CREATE ROLE {other}; GRANT DELETE ON holdfast.entry TO {other}")
    ways = {
        f"GRANT {ledger.owner} TO {{role}}": "may do anything",
        f"GRANT {strong} TO {{role}}": "may do anything",
        "GRANT pg_write_all_data TO {role}": "may do anything",
        "GRANT pg_execute_server_program TO {role}": "may do anything",
        "ALTER ROLE {role} SUPERUSER": "may do anything",
        f"GRANT {other} TO {{role}}": "too much: DELETE on entry",
    }
    for way, why in ways.items():
        role = ledger.new()
        ledger.above(f"CREATE ROLE {role} NOINHERIT; {way.format(role=role)}")
        before = rights(ledger)
        with pytest.raises(psycopg.errors.RaiseException, match=why):
            ledger.granted(role)
        assert rights(ledger) == before
    ledger.above(f"REVOKE DELETE ON holdfast.entry FROM {other}")


def test_whoever_does_not_own_the_ledger_gives_nothing(ledger: Team) -> None:
    somebody, role = ledger.granted(), ledger.new()
    ledger.above(f"ALTER ROLE {somebody} CREATEROLE")
    before = rights(ledger)
    with pytest.raises(psycopg.Error):
        ledger.do(role_sql(ledger.url(), role), role=somebody)
    assert rights(ledger) == before
    with psycopg.connect(ledger.url()) as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None


@pytest.mark.parametrize(
    "name",
    [
        "Mara",
        "with blank",
        'a"quote',
        "an'apostrophe",
        "back\\slash",
        "$make$",
        "$$; DROP SCHEMA holdfast; --",
        ":variable",
        "%I",
        "--comment",
        "/*",
        "current_user",
        "session_user",
        "all",
        "\N{LATIN SMALL LETTER E WITH ACUTE}" * 27,
        "\N{PILE OF POO}",
        "{place}",
    ],
)
def test_any_name_that_a_role_can_have_is_taken_as_it_is(ledger: Team, name: str) -> None:
    # The other tests' roles stand on the same server.
    name += secrets.token_hex(4)
    ledger.names.append(name)
    for backslashes in ("on", "off"):
        with psycopg.connect(ledger.url(), autocommit=True) as connection:
            connection.execute(f"SET standard_conforming_strings TO {backslashes}".encode())
            connection.execute(role_sql(ledger.url(), name).encode())
            assert connection.execute(
                "SELECT has_table_privilege(%s, 'holdfast.entry', 'INSERT')", [name]
            ).fetchone() == (True,)


@pytest.mark.parametrize(
    "name", ["", "public", "none", "pg_mine", "a\0b", "two\nlines", "x" * 64, "\u00e9" * 32, "\ud800"]
)
def test_a_name_that_no_role_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="role"):
        role_sql("postgresql:///ledger", name)


def test_nothing_is_printed_that_a_ledger_has_no_use_for() -> None:
    with pytest.raises(InvalidInput, match="more than read"):
        role_sql("postgresql:///ledger", "app", reads=True, erases=True)
    with pytest.raises(InvalidInput, match="has no roles"):
        role_sql("sqlite:///ledger.db", "app")
    with pytest.raises(InvalidInput, match="scheme"):
        role_sql("mysql://ledger", "app")


def test_without_the_right_to_delete_texts_none_is_erased_and_nothing_recorded(ledger: Team, app: str) -> None:
    storage = open_storage(ledger.url(app))
    before = storage.head()
    with pytest.raises(StorageError, match="does not let this user") as error, storage.lock() as unit:
        unit.append(following(unit, erase=TEXT.commitment))
        unit.commit()
    assert "--erase" in str(error.value.remedy)
    assert storage.head() == before
    assert storage.text(TEXT.commitment) is not None
    storage.close()
