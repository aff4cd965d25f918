"""What the owner of a PostgreSQL database can do that no file allows.

Other things in the place of the tables, rows that the server hides, drops or rewrites, names that answer for
PostgreSQL's own, and columns of another kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from attacked import WHY, Lab

from tests.attacks.owned import OwnedServer
from workflow import AuditReport, LedgerError, ProtectionMissing, StorageError, WorkflowError, create_ledger

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def trigger(does: str, fires: str) -> str:
    """A trigger of somebody else's, whose function does something."""
    return (
        f"CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {does} END$$;"
        f" CREATE {fires} FOR EACH ROW EXECUTE FUNCTION public.evil()"
    )


def run(lab: Lab, statements: str) -> None:
    """Several statements of the owner's, as they stand."""
    with psycopg.connect(lab.url, autocommit=True) as connection:
        connection.execute("SET search_path TO holdfast, public")
        connection.execute(statements.encode())


def one(lab: Lab, question: str) -> Any:
    with psycopg.connect(lab.url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]


def reported(lab: Lab) -> AuditReport:
    engine = lab.open()
    report = engine.audit()
    lab.close()
    return report


def words(report: AuditReport) -> str:
    return "\n".join(problem.message for problem in report.problems if problem.kind == "protection")


IN_THE_PLACE = {
    "a view that leaves the refusals out": (
        "ALTER TABLE entry RENAME TO whole; CREATE VIEW entry AS SELECT * FROM whole"
        " WHERE position('command_refused' in convert_from(body, 'UTF8')) = 0"
    ),
    "a table that inherits from the entries": (
        "CREATE TABLE public.more () INHERITS (entry);"
        " INSERT INTO public.more SELECT 9999, stream, 9999, hash, 'x', body FROM ONLY entry WHERE seq = 9"
    ),
    "a partitioned table": (
        "ALTER TABLE kin RENAME TO parts;"
        " CREATE TABLE kin (LIKE parts) PARTITION BY LIST (slug);"
        " ALTER TABLE kin ATTACH PARTITION parts DEFAULT"
    ),
    "a table that a crash empties": "ALTER TABLE text SET UNLOGGED",
    "a rule that drops what comes": "CREATE RULE quiet AS ON INSERT TO text DO INSTEAD NOTHING",
    "a rule with a name of several lines": 'CREATE RULE "a\nb on kin" AS ON INSERT TO kin DO ALSO NOTIFY kin',
    "rows that are hidden from some": "ALTER TABLE entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "a trigger that does nothing": trigger("RETURN NULL;", "TRIGGER drops BEFORE INSERT ON entry"),
    "a trigger that rewrites": trigger("NEW.actor = 'ana'; RETURN NEW;", "TRIGGER rewrites BEFORE INSERT ON text"),
    "a trigger that undoes at the commit": trigger(
        "DELETE FROM holdfast.kin; RETURN NULL;",
        "CONSTRAINT TRIGGER late AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED",
    ),
    "a trigger whose name goes on in another line": trigger("RETURN NEW;", 'TRIGGER "a\nb" BEFORE INSERT ON kin'),
    "a trigger that sleeps": "ALTER TABLE entry DISABLE TRIGGER entry_no_update",
    "a trigger that sleeps where a replica writes": "ALTER TABLE entry ENABLE TRIGGER entry_no_delete",
    "a trigger for one column alone": "DROP TRIGGER entry_no_update ON entry; CREATE TRIGGER entry_no_update"
    " BEFORE UPDATE OF seq ON entry FOR EACH ROW EXECUTE FUNCTION refuse('an entry never changes');"
    " ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_update",
    "a trigger's function that does nothing": "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
    " SET search_path TO pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'",
    "a trigger's function that looks elsewhere": "ALTER FUNCTION only_next() SET search_path TO public",
}


@pytest.mark.parametrize("how", IN_THE_PLACE)
def test_row_50_what_stands_in_the_place_of_a_table_or_in_its_way_stops_every_command_and_is_named(
    copy: Lab, how: str
) -> None:
    run(copy, IN_THE_PLACE[how])

    with pytest.raises(ProtectionMissing):
        copy.open().status("aurora")
    with pytest.raises(ProtectionMissing):
        copy.open().advance("aurora", "withdraw", actor="lee", rationale=WHY)
    report = reported(copy)
    assert report.outcome == "failed"
    assert words(report)


# An engine that is open already does not look again; but what it says is recorded has been.

QUIET = {
    "a trigger": trigger("RETURN NULL;", "TRIGGER drops BEFORE {event} ON {table}"),
    "a rule": "CREATE RULE drops AS ON {event} TO {table} DO INSTEAD NOTHING",
}


@pytest.mark.parametrize("how", QUIET)
@pytest.mark.parametrize("table", ["entry", "text", "release"])
def test_row_51_a_row_that_the_database_drops_without_a_word_is_no_success(lab: Lab, table: str, how: str) -> None:
    engine = lab.engine
    assert engine is not None
    entries = one(lab, "SELECT count(*) FROM holdfast.entry")
    run(lab, QUIET[how].replace("{event}", "INSERT").replace("{table}", table))

    # Where there is a rule, PostgreSQL does not even take the statement that a connection prepares.
    with pytest.raises((LedgerError, StorageError), match=r"did not keep it|RETURNING|rules"):
        lab.start()
    assert one(lab, "SELECT count(*) FROM holdfast.entry") == entries


@pytest.mark.parametrize("how", QUIET)
@pytest.mark.parametrize("table", ["head", "release"])
def test_row_51_a_change_that_the_database_drops_without_a_word_is_no_success(lab: Lab, table: str, how: str) -> None:
    lab.start()
    engine = lab.engine
    assert engine is not None
    entries = one(lab, "SELECT count(*) FROM holdfast.entry")
    run(lab, QUIET[how].replace("{event}", "UPDATE").replace("{table}", table))

    with pytest.raises((LedgerError, StorageError)):
        engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    assert one(lab, "SELECT count(*) FROM holdfast.entry") == entries


REWRITES = {
    "entry": "NEW.body = convert_to(replace(convert_from(NEW.body, 'UTF8'), 'lee', 'sam'), 'UTF8'); RETURN NEW;",
    "text": "NEW.body = 'because I say so'; RETURN NEW;",
}


@pytest.mark.parametrize("does", ["drops", "rewrites"])
@pytest.mark.parametrize("table", REWRITES)
def test_row_51_what_is_dropped_or_rewritten_on_the_way_is_not_committed(lab: Lab, table: str, does: str) -> None:
    """In one round trip, a command is written, held to what was kept, and committed."""
    lab.start()
    engine = lab.engine
    assert engine is not None
    entries = one(lab, "SELECT count(*) FROM holdfast.entry")
    body = "RETURN NULL;" if does == "drops" else REWRITES[table]
    run(lab, trigger(body, f"TRIGGER more BEFORE INSERT ON {table}"))

    with pytest.raises(LedgerError, match="did not keep it"):
        engine.statement("aurora", "it is out", role="lead", actor="lee")
    assert one(lab, "SELECT count(*) FROM holdfast.entry") == entries
    run(lab, f"DROP TRIGGER more ON {table}")
    assert engine.statement("aurora", "it is out", role="lead", actor="lee").entry == entries + 1


@pytest.mark.parametrize("how", QUIET)
def test_row_51_a_text_that_the_database_keeps_in_secret_is_not_called_erased(copy: Lab, how: str) -> None:
    engine = copy.open()
    run(copy, QUIET[how].replace("{event}", "DELETE").replace("{table}", "text"))

    with pytest.raises(LedgerError, match="did not let go of the text"):
        engine.erase(68, "rationale", actor="ana", rationale=WHY)


LATE = {
    "takes the entry away": "DELETE FROM holdfast.entry WHERE seq = NEW.seq; RETURN NULL;",
    "rewrites it": "UPDATE holdfast.entry SET body = '\\x7b7d' WHERE seq = NEW.seq; RETURN NULL;",
}


@pytest.mark.parametrize("how", LATE)
def test_row_51_what_is_undone_at_the_commit_stops_whoever_looks_and_is_named(lab: Lab, how: str) -> None:
    lab.start()
    engine = lab.engine
    assert engine is not None
    run(
        lab,
        "DROP TRIGGER entry_no_delete ON entry; DROP TRIGGER entry_no_update ON entry; "
        + trigger(LATE[how], "CONSTRAINT TRIGGER late AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED"),
    )
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)

    with pytest.raises(ProtectionMissing):
        lab.open().status("aurora")
    assert {problem.kind for problem in reported(lab).problems} > {"protection"}


# Names of the owner's that answer in the place of PostgreSQL's: their arguments fit better.

SHADOWS: dict[str, str] = {
    "a function that spells a name otherwise": (
        "CREATE FUNCTION holdfast.quote_ident(name) RETURNS text IMMUTABLE LANGUAGE sql RETURN 'entry_no_update';"
        + trigger("RETURN NEW;", "TRIGGER aaa BEFORE INSERT ON entry")
    ),
    "an operator for which all columns are no column": (
        "CREATE FUNCTION public.same(int2vector, int2vector) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN true;"
        " CREATE OPERATOR holdfast.= (LEFTARG = int2vector, RIGHTARG = int2vector, FUNCTION = public.same);"
        + IN_THE_PLACE["a trigger for one column alone"]
    ),
    "an operator that joins nothing to nothing": (
        "CREATE FUNCTION public.joined(text, name) RETURNS text IMMUTABLE LANGUAGE sql RETURN NULL;"
        " CREATE OPERATOR holdfast.|| (LEFTARG = text, RIGHTARG = name, FUNCTION = public.joined);"
        " CREATE RULE quiet AS ON INSERT TO text DO INSTEAD NOTHING"
    ),
}


@pytest.mark.parametrize("how", SHADOWS)
def test_row_53_a_name_that_answers_for_one_of_postgresql_s_hides_nothing(copy: Lab, how: str) -> None:
    run(copy, SHADOWS[how])

    with pytest.raises(ProtectionMissing):
        copy.open().status("aurora")
    assert words(reported(copy))


def test_row_53_nothing_of_the_owner_s_runs_with_the_rights_of_whoever_looks(copy: Lab) -> None:
    run(
        copy,
        "CREATE TABLE public.stolen (who text); GRANT INSERT ON public.stolen TO PUBLIC;"
        " CREATE FUNCTION holdfast.quote_ident(name) RETURNS text LANGUAGE sql AS"
        " 'INSERT INTO public.stolen VALUES (current_user); SELECT CAST($1 AS text)'",
    )
    reported(copy)

    assert one(copy, "SELECT count(*) FROM public.stolen") == 0


def planted(lab: Lab, statements: str) -> str:
    """The address of an empty database in which somebody was before its ledger was made."""
    assert isinstance(lab.database, OwnedServer)
    url = lab.database.server.database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())
    return url


PLANTED = {
    "a schema of somebody else's": "CREATE SCHEMA holdfast AUTHORIZATION pg_read_all_data",
    "a function": "CREATE SCHEMA holdfast; CREATE FUNCTION holdfast.refuse(text) RETURNS text LANGUAGE sql RETURN $1",
    "an operator": "CREATE SCHEMA holdfast; CREATE FUNCTION public.joined(text, name) RETURNS text LANGUAGE sql"
    " RETURN $1; CREATE OPERATOR holdfast.|| (LEFTARG = text, RIGHTARG = name, FUNCTION = public.joined)",
    "a type": "CREATE SCHEMA holdfast; CREATE DOMAIN holdfast.bigint AS text",
    "a table": "CREATE SCHEMA holdfast; CREATE TABLE holdfast.entry ()",
}


@pytest.mark.parametrize("what", PLANTED)
def test_row_53_a_ledger_is_not_made_where_somebody_was_before(lab: Lab, what: str) -> None:
    url = planted(lab, PLANTED[what])

    with pytest.raises(StorageError, match="schema holdfast"):
        create_ledger(url, administrators=["ana"], rationale=WHY)
    lab.database.server.drop(url)  # type: ignore[attr-defined]


def test_row_53_a_schema_that_was_made_for_it_is_taken(lab: Lab) -> None:
    url = planted(lab, "CREATE SCHEMA holdfast")

    create_ledger(url, administrators=["ana"], rationale=WHY).close()
    lab.database.server.drop(url)  # type: ignore[attr-defined]


# Tables whose columns, keys or constraints are other ones.

OTHER_COLUMNS: dict[str, str] = {
    "hashes are texts": "ALTER TABLE entry ALTER hash TYPE text USING encode(hash, 'hex')",
    "numbers are decimals": "ALTER TABLE entry ALTER seq TYPE numeric",
    "numbers are no numbers": "ALTER TABLE entry ALTER version TYPE float8;"
    " ALTER TABLE entry DISABLE TRIGGER ALL; UPDATE entry SET version = 'NaN' WHERE seq = 40;"
    " ALTER TABLE entry ENABLE TRIGGER ALL",
    "bodies are texts": "ALTER TABLE entry ALTER body TYPE text USING convert_from(body, 'UTF8')",
    "bodies are documents": "ALTER TABLE entry ALTER body TYPE jsonb USING convert_from(body, 'UTF8')::jsonb",
    "names are cut off": "ALTER TABLE entry ALTER stream TYPE varchar(10) USING substr(stream, 1, 10)",
    "whether it is over is a text": "DROP INDEX release_closed_slug; ALTER TABLE release ALTER closed TYPE text",
    "times are times": "ALTER TABLE head ALTER mark TYPE timestamptz USING mark::timestamptz",
    "a time that never ends": "ALTER TABLE head ALTER mark TYPE timestamptz USING 'infinity'::timestamptz",
    "a column is gone": "ALTER TABLE entry DROP COLUMN command_id",
    "the end is gone": "DROP TABLE head",
    "the end is there twice": "ALTER TABLE head DROP CONSTRAINT head_is_one, DROP CONSTRAINT head_pkey;"
    " INSERT INTO head SELECT * FROM head",
    "a text is there twice": "ALTER TABLE text DROP CONSTRAINT text_pkey; INSERT INTO text SELECT * FROM text",
    "blobs are there twice": "ALTER TABLE blob DROP CONSTRAINT blob_pkey; INSERT INTO blob SELECT * FROM blob",
}


def asked(lab: Lab) -> tuple[Callable[[], object], ...]:
    def engine() -> Any:
        return lab.open()

    return (
        lambda: engine().status("aurora"),
        lambda: engine().list(),
        lambda: engine().history(),
        lambda: engine().history("aurora"),
        lambda: engine().advance("aurora", "withdraw", actor="lee", rationale=WHY),
        lambda: engine().rebuild(),
    )


@pytest.mark.parametrize("what", OTHER_COLUMNS)
def test_row_54_columns_of_another_kind_are_damage_and_never_a_surprise(copy: Lab, what: str) -> None:
    run(copy, OTHER_COLUMNS[what])

    for ask in asked(copy):
        try:
            ask()
        except WorkflowError:
            continue
    copy.close()
    try:
        outcome = reported(copy).outcome
    except (LedgerError, StorageError):
        return
    assert outcome == "failed"
