"""Whatever is wrong with a server or its address: one clear error, its exit code, what to do, and never a password."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cli_desk import Desk, Result, by

import workflow
import workflow.storage
from tests.support.postgres import Server
from tests.support.postgres_impostor import Impostor, fatal, welcome
from tests.support.postgres_programs import NoPostgres, leave_out
from workflow.cli.config import find_config
from workflow.errors import StorageError, WorkflowError
from workflow.storage import open_storage
from workflow.storage.base import Interrupted
from workflow.storage.postgres_errors import explained, unreached

SECRET = "hunter2"  # noqa: S105
USERS = f"""
CREATE ROLE app LOGIN PASSWORD '{SECRET}';
CREATE ROLE crowd LOGIN PASSWORD '{SECRET}' CONNECTION LIMIT 0;
CREATE ROLE asleep NOLOGIN PASSWORD '{SECRET}';
CREATE ROLE unlisted LOGIN PASSWORD '{SECRET}';
"""
DATABASES = (
    "CREATE DATABASE ledger TEMPLATE template0",
    "CREATE DATABASE empty TEMPLATE template0",
    "CREATE DATABASE crowded TEMPLATE template0 CONNECTION LIMIT 0",
    "CREATE DATABASE closed TEMPLATE template0 ALLOW_CONNECTIONS false",
    "CREATE DATABASE walled TEMPLATE template0",
    "REVOKE CONNECT ON DATABASE walled FROM PUBLIC",
    "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
    "CREATE DATABASE others TEMPLATE template0",
    "CREATE DATABASE still TEMPLATE template0",
    "ALTER DATABASE still SET default_transaction_read_only TO on",
)
ACCESS = """
local all all trust
host barred all all reject
host all postgres,app,crowd,asleep,missing all scram-sha-256
"""


@dataclass(frozen=True)
class Wrong:
    """An address, and what is to be said of it: ``{at}`` is the server, and ``{port}`` its port."""

    url: str
    code: int
    says: tuple[str, ...]


AT = f"app:{SECRET}@{{at}}"
WRONG = {
    "a wrong password": Wrong(f"app:not{SECRET}@{{at}}/ledger", 4, ("does not let this user in", "~/.pgpass")),
    "no password": Wrong("app@{at}/ledger", 4, ("does not let this user in", "PGPASSWORD")),
    "no such user": Wrong(f"missing:{SECRET}@{{at}}/ledger", 4, ("does not let this user in",)),
    "a user who may not log in": Wrong(f"asleep:{SECRET}@{{at}}/ledger", 4, ("not permitted to log in", "db grant")),
    "a user who stands nowhere": Wrong(f"unlisted:{SECRET}@{{at}}/ledger", 4, ("pg_hba.conf", "administrator")),
    "a database that is barred": Wrong(f"{AT}/barred", 4, ("pg_hba.conf",)),
    "no such database": Wrong(f"{AT}/nothing", 2, ("no such database", "createdb")),
    "no database": Wrong(f"{AT}", 2, ('"app" does not exist', "createdb")),
    "an empty database": Wrong(f"{AT}/empty", 2, ("holds no ledger", "holdfast init")),
    "a database that is full": Wrong(f"{AT}/crowded", 4, ("no connection left", "max_connections")),
    "a database that is closed": Wrong(f"{AT}/closed", 4, ("takes no connections",)),
    "a database without the right to connect": Wrong(f"{AT}/walled", 4, ("does not let this user in", "db grant")),
    "a user with too many connections": Wrong(f"crowd:{SECRET}@{{at}}/ledger", 4, ("no connection left",)),
    "a ledger without any right": Wrong(f"{AT}/ledger", 4, ("does not let this user do that", "db grant ROLE")),
    "another encoding": Wrong(f"{AT}/ascii", 4, ("SQL_ASCII", "--encoding UTF8")),
    "a schema of something else": Wrong(f"postgres:{SECRET}@{{at}}/others", 4, ("something else",)),
    "a port that nobody answers": Wrong(f"app:{SECRET}@127.0.0.1:1/ledger", 4, ("nothing answers", "the port")),
    "a socket that is not there": Wrong(f"app:{SECRET}@/ledger?host=/nowhere", 4, ("nothing answers",)),
    "a host that nobody knows": Wrong(f"app:{SECRET}@db.invalid/ledger", 4, ("host", "not known", "check the host")),
    "a host that cannot be": Wrong(f"app:{SECRET}@a..b/ledger", 2, ("impossible", "correct the address")),
    "TLS that the server has not": Wrong(f"{AT}/ledger?sslmode=require", 4, ("in secret", "sslmode")),
    "a certificate that is not there": Wrong(
        f"{AT}/ledger?sslmode=verify-full&sslrootcert=/nowhere", 4, ("in secret", "sslrootcert")
    ),
    "a standby that is asked for": Wrong(f"{AT}/ledger?target_session_attrs=standby", 4, ("not of the kind",)),
    "a mode that there is not": Wrong(f"{AT}/ledger?sslmode=perhaps", 2, ("impossible", "correct the address")),
    "a time that is none": Wrong(f"{AT}/ledger?connect_timeout=soon", 2, ("impossible",)),
    "an option that there is not": Wrong(f"{AT}/ledger?colour=red", 2, ("cannot be read", "%40")),
    "a code that there is not": Wrong(f"app:%zz{SECRET}@{{at}}/ledger", 2, ("cannot be read",)),
    "a null": Wrong(f"app:%00{SECRET}@{{at}}/ledger", 2, ("cannot be read",)),
    "an @ in the password": Wrong(f"app:a@{SECRET}@{{at}}/ledger", 2, ("cannot be read", "%40 for @")),
    "a / in the password": Wrong(f"app:a/{SECRET}@{{at}}/ledger", 2, ("cannot be read",)),
    "a ? in the password": Wrong(f"app:a?{SECRET}@{{at}}/ledger", 2, ("cannot be read",)),
    "a password in the place of the port": Wrong(f"app:{SECRET}/ledger", 2, ("cannot be read",)),
    "a wrong password as an option": Wrong(
        f"app@{{at}}/ledger?password=not{SECRET}", 4, ("does not let this user in",)
    ),
    "a user of the superuser's": Wrong("postgres@{at}/ledger?passfile=/nowhere", 4, ("does not let this user in",)),
}
SAID = {
    "an old server": (welcome(server_version="12.4", server_encoding="UTF8"), "PostgreSQL 12", "upgrade the server"),
    "a server that starts": (fatal("57P03", "the database system is starting up"), "not ready", "in a moment"),
    "a server that stops": (fatal("57P03", "the database system is shutting down"), "not ready", "in a moment"),
    "a server that recovers": (fatal("57P03", "the database system is in recovery mode"), "not ready", "in a moment"),
    "a server that is full": (
        fatal("53300", "sorry, too many clients already"),
        "no connection left",
        "others are done",
    ),
    "another language": (fatal("28P01", "Passwort-Authentifizierung fehlgeschlagen"), "cannot be reached", "address"),
    "a web server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers is no PostgreSQL server", "the port"),
    "nothing": (b"", "cannot be reached", "server runs"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with users and databases of every kind, and one ledger."""
    try:
        made = Server()
    except NoPostgres as error:
        leave_out(error)
    with made:
        for statement in (USERS, *DATABASES):
            made.do(statement)
        open_storage(made.url("ledger"), create=True).close()
        with psycopg.connect(made.url("others"), autocommit=True) as connection:
            connection.execute("CREATE SCHEMA holdfast; CREATE TABLE holdfast.theirs (x int)")
        made.do(f"ALTER ROLE postgres PASSWORD '{SECRET}'")
        made.password = SECRET
        (made.data / "pg_hba.conf").write_text(ACCESS)
        made.restart()
        yield made


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command on the ledger at an address, out of the reach of this machine's own settings."""
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGUSER", "PGHOST", "PGDATABASE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(url: str, *args: str) -> Result:
        return Desk(tmp_path)(*(args or ("list",)), environment={"HOLDFAST_DATABASE_URL": url})

    return run


def unknown(host: str, *_: object, **__: object) -> None:
    raise socket.gaierror(-2, "Name or service not known")


def told(result: Result) -> str:
    """What an error says, in one line."""
    return " ".join(result.err.split())


def everything_of(error: BaseException) -> str:
    """All that a program which reports errors can find out about one, but for the values of variables."""
    found = "".join(traceback.format_exception(error))
    met: list[BaseException | None] = [None]
    for each in (ahead := [error]):
        if each not in met:
            met.append(each)
            found += repr(each) + repr(each.args) + str(vars(each))
            ahead += [other for other in (each.__cause__, each.__context__) if other is not None]
    return found


def check(call: Callable[..., Result], url: str, code: int, says: tuple[str, ...]) -> None:
    for command in (("list",), ("hold", "aurora", "--role", "safety", *by("mara")), ("db", "upgrade")):
        result = call(url, *command)
        assert (result.code, result.out) == (code, ""), result
        assert result.err.startswith("error: ")
        assert "next: " in result.err
        assert [part for part in says if part not in told(result)] == [], result.err
        assert SECRET not in result.err
        assert "Traceback" not in result.err
    scripted = call(url, "list", "--json")
    assert scripted.code == code
    assert json.loads(scripted.out or scripted.err)
    assert SECRET not in scripted.out + scripted.err


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_mistake_in_the_address_or_on_the_server_is_told_with_what_to_do(
    server: Server, call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, wrong: Wrong
) -> None:
    if ".invalid" in wrong.url:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    check(call, "postgresql://" + wrong.url.format(at=f"127.0.0.1:{server.port}"), wrong.code, wrong.says)


@pytest.mark.parametrize(("says", "what", "remedy"), SAID.values(), ids=SAID)
def test_what_else_may_answer_there_is_told_with_what_to_do(
    call: Callable[..., Result], says: bytes, what: str, remedy: str
) -> None:
    with Impostor(says) as impostor:
        check(call, impostor.url, 4, (what, remedy))


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_no_password_stands_anywhere_in_what_a_program_is_told(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, wrong: Wrong
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    if ".invalid" in wrong.url:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(WorkflowError) as error:
        workflow.open_engine("postgresql://" + wrong.url.format(at=f"127.0.0.1:{server.port}"))

    assert not isinstance(error.value, Interrupted), "nothing was under way that could have been interrupted"
    assert SECRET not in everything_of(error.value)
    assert SECRET not in caplog.text
    assert SECRET not in json.dumps(error.value.diagnostics())


def test_no_password_stands_in_what_an_open_ledger_tells_of_itself(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = server.url("ledger", "postgres", SECRET)
    storage = open_storage(url)
    opening = storage.opening()
    assert opening is not None
    shown = [storage, opening, storage.clock(), find_config(tmp_path, {"HOLDFAST_DATABASE_URL": url})]
    assert SECRET not in repr(shown) + str(shown)
    again = pickle.loads(pickle.dumps(opening))()  # noqa: S301 (what was just made)
    assert again.head() == storage.head()
    for each in (storage, again):
        each.close()
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        'database = "postgresql://app:{secret}@db/x',
        "database = postgresql://app:{secret}@db/x",
        'database = "postgresql://app:\\{secret}@db/x"',
        'database = ["postgresql://app:{secret}@db/x"]',
        'database = "postgresql://app:{secret}@db/x"\ndatabase = "postgresql://app:{secret}@db/x"',
        'databse = "postgresql://app:{secret}@db/x"',
        'database = "postgresql//app:{secret}@db/x"',
        'database = "host=db password={secret}"',
        'database = "postgresql+psycopg://app:{secret}@db/x"',
    ],
)
def test_a_configuration_that_is_wrong_does_not_tell_the_password_in_it(tmp_path: Path, line: str) -> None:
    (tmp_path / "holdfast.toml").write_text(line.replace("{secret}", SECRET))
    result = Desk(tmp_path)("list")
    assert (result.code, result.out) == (2, "")
    assert SECRET not in result.err


def test_without_the_driver_it_is_said_how_to_get_it(
    call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("workflow.storage.postgres", "psycopg"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(workflow.storage, "postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    check(call, f"postgresql://app:{SECRET}@db/x", 2, ("psycopg", "pip install 'holdfast[postgres]'"))


def test_a_database_that_is_read_only_by_default_takes_no_new_ledger_and_says_why(
    server: Server, call: Callable[..., Result]
) -> None:
    url = server.url("still", "postgres", SECRET)
    result = call(url, "init", *by("ops"))
    assert (result.code, result.out) == (4, "")
    assert "takes no writing" in told(result)


def test_what_takes_too_long_is_told_as_that(server: Server) -> None:
    with psycopg.connect(server.url("ledger", "postgres", SECRET), autocommit=True) as connection:
        connection.execute("SET statement_timeout TO '1ms'")
        with pytest.raises(psycopg.Error) as error:
            connection.execute("SELECT pg_sleep(10)")
    assert isinstance(explained(error.value), StorageError)
    assert "took too long" in explained(error.value).message


def test_a_lock_that_somebody_keeps_is_told_as_that(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow.storage.postgres.LOCK_SECONDS", 0.001)
    url = server.url("ledger", "postgres", SECRET)
    storage = open_storage(url)
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE holdfast.head IN EXCLUSIVE MODE")
        with pytest.raises(StorageError, match="stayed locked") as error, storage.lock():
            pytest.fail("two had the lock")
    storage.close()
    assert not isinstance(error.value, Interrupted)


@pytest.mark.parametrize(
    ("kind", "is_interruption"),
    [
        (psycopg.OperationalError, True),
        (psycopg.errors.AdminShutdown, True),
        (psycopg.errors.CrashShutdown, True),
        (psycopg.errors.IdleSessionTimeout, True),
        (psycopg.errors.SerializationFailure, True),
        (psycopg.errors.ConnectionFailure, True),
        (psycopg.errors.DiskFull, False),
        (psycopg.errors.OutOfMemory, False),
        (psycopg.errors.TooManyConnections, False),
        (psycopg.errors.IoError, False),
        (psycopg.errors.QueryCanceled, False),
        (psycopg.errors.LockNotAvailable, False),
        (psycopg.errors.ReadOnlySqlTransaction, False),
        (psycopg.errors.InsufficientPrivilege, False),
    ],
)
def test_only_what_ends_a_connection_or_a_transaction_from_outside_is_an_interruption(
    kind: type[psycopg.Error], is_interruption: bool
) -> None:
    told = explained(kind("it went wrong"))
    assert isinstance(told, StorageError)
    assert isinstance(told, Interrupted) is is_interruption
    assert told.remedy


def test_a_silent_server_is_told_as_that() -> None:
    told = unreached(psycopg.errors.ConnectionTimeout("connection timeout expired"))
    assert isinstance(told, StorageError)
    assert "did not answer in time" in told.message
