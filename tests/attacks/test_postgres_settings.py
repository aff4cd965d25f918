"""Settings of a database, a role, an address or the surroundings that would have things read or kept otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

import psycopg
import pytest
from attacked import Lab

import workflow
from tests.support.postgres import name_of
from workflow import WorkflowError

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

SETTINGS: Mapping[str, str] = {
    "search_path": "evil",
    "synchronous_commit": "off",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "row_security": "on",
    "TimeZone": "Australia/Eucla",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "bytea_output": "escape",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "client_encoding": "LATIN1",
    "statement_timeout": "1",
    "lock_timeout": "1",
    "plan_cache_mode": "force_generic_plan",
    "enable_indexscan": "off",
    "enable_seqscan": "off",
    "quote_all_identifiers": "on",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "extra_float_digits": "-15",
    "xmlbinary": "hex",
    "default_tablespace": "",
    "check_function_bodies": "off",
    "client_min_messages": "debug5",
}
MIGHTY = {"session_replication_role": "replica", "zero_damaged_pages": "on", "lc_messages": "C"}
"""What a superuser alone may set."""


def of_the_database(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    with psycopg.connect(lab.url, autocommit=True) as connection:
        for name, value in {**SETTINGS, **MIGHTY}.items():
            said = "''" if not value else f"'{value}'"
            connection.execute(f"ALTER DATABASE {name_of(lab.url)} SET {name} = {said}".encode())
    return lab.url


def of_the_role(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    with psycopg.connect(lab.url, autocommit=True) as connection:
        for name, value in {**SETTINGS, **MIGHTY}.items():
            said = "''" if not value else f"'{value}'"
            connection.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {name_of(lab.url)} SET {name} = {said}".encode())
    return lab.url


def options() -> str:
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in {**SETTINGS, **MIGHTY}.items())


def of_the_address(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    return f"{lab.url}?options={quote(options())}&client_encoding=LATIN1"


def of_the_surroundings(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "PGOPTIONS": options(),
        "PGCLIENTENCODING": "LATIN1",
        "PGTZ": "Australia/Eucla",
        "PGDATESTYLE": "SQL, DMY",
        "PGAPPNAME": "evil",
        "PGHOST": "evil.example",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGDATABASE": "evil",
        "PGUSER": "evil",
    }.items():
        monkeypatch.setenv(name, value)
    return lab.url


@pytest.mark.parametrize("where", [of_the_database, of_the_role, of_the_address, of_the_surroundings])
def test_row_52_no_setting_has_anything_read_or_kept_otherwise(
    lab: Lab, where: Callable[[Lab, pytest.MonkeyPatch], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.close()
    with psycopg.connect(lab.url, autocommit=True) as connection:
        # What a path of somebody else's would lead to.
        connection.execute("CREATE SCHEMA evil; CREATE TABLE evil.entry AS SELECT * FROM holdfast.entry WHERE false")
        connection.execute("CREATE TABLE evil.head AS SELECT * FROM holdfast.head")
    url = where(lab, monkeypatch)
    said = "because « we » said so: 日本語 \\ ' \" %s"
    with workflow.open_engine(url) as engine:
        lab.engine = engine
        lab.start()
        done = engine.statement("aurora", said, role="lead", actor="lee")
        report = engine.audit()
        [(durable, path)] = engine._pipeline.storage._rows(  # type: ignore[attr-defined]
            "SELECT current_setting('synchronous_commit'), current_setting('search_path')", {}
        )
        assert said in engine.history("aurora")[0].texts.values()
        lab.engine = None

    assert (report.outcome, report.entries) == ("ok", done.entry)
    assert (durable, path) == ("on", "holdfast, pg_temp")
    monkeypatch.undo()
    assert lab.open().audit().root == report.root
    with psycopg.connect(lab.url) as connection:
        assert connection.execute("SELECT count(*) FROM evil.entry").fetchone() == (0,)


REFUSED = {
    "another service": "?service=evil",
    "a setting that there is not": "?nonsense=1",
    "options that there are not": "?options=-c%20nonsense.%3D",
    "a port of no form": "?port=many",
    "a file of passwords that is none": "?passfile=/dev/null/none&password=",
    "a certificate that nobody has": "?sslmode=verify-full&sslrootcert=/nowhere",
    "a demand that it be encrypted": "?sslmode=require",
    "a demand for another way to log in": "?require_auth=gss",
}


@pytest.mark.parametrize("what", REFUSED)
def test_row_52_an_address_that_leads_nowhere_is_one_clear_error_without_its_password(lab: Lab, what: str) -> None:
    with pytest.raises(WorkflowError) as stopped:
        workflow.open_engine(lab.url + REFUSED[what])

    secret = lab.url.partition(":")[2].partition(":")[2].partition("@")[0]
    assert secret
    assert secret not in f"{stopped.value} {stopped.value.remedy} {stopped.value.diagnostics()}"


# Where rows are hidden from a role, that is an error, and no other history.


def test_row_52_rows_that_are_hidden_from_a_role_are_an_error_to_it(copy: Lab) -> None:
    with psycopg.connect(copy.url, autocommit=True) as connection:
        connection.execute(
            "CREATE ROLE auditor_" + name_of(copy.url) + " LOGIN PASSWORD 'word'"  # type: ignore[operator]
        )
        role = f"auditor_{name_of(copy.url)}"
        connection.execute(f"GRANT USAGE ON SCHEMA holdfast TO {role}".encode())
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO {role}".encode())
        server = copy.database.server  # type: ignore[attr-defined]
        url = server.url(name_of(copy.url), role, "word")
        try:
            with workflow.open_engine(url) as engine:
                assert engine.audit().outcome == "ok"
                connection.execute(b"ALTER TABLE holdfast.entry ENABLE ROW LEVEL SECURITY")
                connection.execute(b"CREATE POLICY few ON holdfast.entry USING (seq < 60)")

                for ask in (engine.history, engine.audit, lambda: engine.status("aurora")):
                    with pytest.raises(WorkflowError):
                        ask()
        finally:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
