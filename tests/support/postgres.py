"""A real PostgreSQL for the tests: one that all of them share, or one of a test's own, to be killed and restarted.

The programs are those that :mod:`tests.support.postgres_programs` finds; ``HOLDFAST_TEST_POSTGRES_URL`` names a running
server in place of the shared one, and none of a test's own is to be had without the programs.
"""

from __future__ import annotations

import os
import random
import secrets
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.support.postgres_programs import NoPostgres, begin, give_up, place, programs, run, version_of

SECONDS = 60.0
"""How long a server may take to start or to stop."""

ALWAYS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_statement": "none",
    "log_line_prefix": "%m [%p] %u@%d ",
    "logging_collector": "off",
}
HASTY: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What makes a server fast that need not survive the machine."""


class Databases:
    """A running server, and databases of it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def url(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """The address of a database, of the superuser or of another user."""
        parts = urlsplit(self._address)
        who, place = parts.netloc.rpartition("@")[::2]
        if user is not None:
            who = quote(user, safe="") + ("" if password is None else f":{quote(password, safe='')}")
        return urlunsplit(
            parts._replace(netloc=f"{who}@{place}" if who else place, path=f"/{quote(database, safe='')}")
        )

    def database(self, template: str | None = None) -> str:
        """The address of a new database: empty, or a copy of one that nobody is connected to."""
        name = f"holdfast_{secrets.token_hex(6)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.do(made.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        return self.url(name)

    def drop(self, url: str) -> None:
        """Removes a database, whoever is connected to it; one that is gone already is gone."""
        self.do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name_of(url))))

    def do(self, statement: str | sql.Composed) -> None:
        """Runs one statement as the superuser, in no transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement if isinstance(statement, sql.Composed) else statement.encode())


class Server(Databases):
    """A cluster in a directory of its own, on a port of the loopback and a socket in that directory.

    Use it as a context manager: it starts, and in the end nothing of it is left. ``settings`` go into its
    ``postgresql.conf``, and can be changed until the next start. As long as ``durable`` is not asked for, it does not
    wait for the disk: what it says is committed survives its own death, and not the machine's.
    """

    def __init__(
        self, settings: Mapping[str, str] | None = None, *, durable: bool = False, version: int | None = None
    ) -> None:
        self.programs = programs(version)
        self.version = version_of(self.programs)
        self.settings = {**ALWAYS, **({} if durable else HASTY), **(settings or {})}
        self.directory = place("postgres")
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.port = _free_port()
        self.password = secrets.token_hex(8)
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__(self._own_address())

    def socket_url(self, database: str = "postgres", user: str = "postgres") -> str:
        """The address of a database by way of the socket, where everybody is believed."""
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={self.directory}&port={self.port}"

    def start(self) -> None:
        """Starts it, and waits until it takes connections. Its port stays the same, unless that was taken."""
        if not self.data.exists():
            self._make()
        for _ in range(20):
            self._configure()
            self._process = begin([self.programs / "postgres", "-D", self.data], self.log)
            began = self.log.stat().st_size
            if self._is_ready(self._process):
                return
            self._process = None
            said = self.log.read_bytes()[began:].decode(errors="replace")
            if "Address already in use" not in said:
                break
            self._move(_free_port())
        raise NoPostgres(f"the server did not start: {said.strip()}")

    def stop(self, *, immediate: bool = False) -> None:
        """Ends it in order; ``immediate`` leaves to its next start what a crash would."""
        if (process := self._process) is not None:
            process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            process.wait(SECONDS)
            self._process = None

    def kill(self) -> None:
        """Kills it and every process of it, in the middle of whatever they do."""
        if (process := self._process) is None:
            return
        # Nobody is born any more while those that live are counted.
        process.send_signal(signal.SIGSTOP)
        children = [(child, os.pidfd_open(child)) for child in _children_of(process.pid)]
        process.kill()
        process.wait(SECONDS)
        for child, handle in children:
            with suppress(ProcessLookupError):  # it may end by itself once the first process is gone
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            if not select.select([handle], [], [], SECONDS)[0]:
                raise NoPostgres(f"process {child} of the server cannot be killed")
            os.close(handle)
        self._process = None

    def restart(self) -> None:
        """Ends it in order, where it runs, and starts it, with the settings as they are now."""
        self.stop()
        self.start()

    @property
    def pid(self) -> int:
        """Its first process."""
        if self._process is None:
            raise NoPostgres("the server is not running")
        return self._process.pid

    def limit(self, size: int | None) -> None:
        """Lets it write no file beyond a size; or any, as before."""
        given = "unlimited" if size is None else size
        # As its own user, who needs no right for that. Whoever is born later has it from the first process.
        run("prlimit", f"--pid={self.pid}", f"--fsize={given}:")
        for child in _children_of(self.pid):
            run("prlimit", f"--pid={child}", f"--fsize={given}:", check=False)  # it may have ended by itself

    def remove(self) -> None:
        """Ends it at once and removes all that is left of it."""
        self.stop(immediate=True)
        give_up(self.directory)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _make(self) -> None:
        secret = self.directory / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        access = ("--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}")
        form = ("--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
        # To derive a key 4,096 times costs each connection some milliseconds, and proves nothing here.
        cheap = ("--set=scram_iterations=1",) if self.version >= 16 else ()
        run(self.programs / "initdb", "--pgdata", self.data, *access, *form, *cheap)
        secret.unlink()

    def _configure(self) -> None:
        places = {"port": str(self.port), "unix_socket_directories": str(self.directory)}
        lines = [f"{name} = {_quoted(value)}" for name, value in {**self.settings, **places}.items()]
        (self.data / "postgresql.conf").write_text("\n".join([*lines, ""]))

    def _move(self, port: int) -> None:
        self.port = port
        self._address = self._own_address()

    def _take_over(self, other: Server) -> None:
        """Has the users of another server, and their passwords."""
        self.password = other.password
        self._address = self._own_address()

    def _own_address(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Waits until it says in its own file that it takes connections; False where it ended instead."""
        status = self.data / "postmaster.pid"
        until = time.monotonic() + SECONDS
        while process.poll() is None:
            lines = status.read_text().splitlines() if status.exists() else []
            if lines[:1] == [str(process.pid)] and lines[7:8] and lines[7].strip() == "ready":
                return True
            if time.monotonic() > until:
                process.kill()
                process.wait()
            time.sleep(0.005)
        return False


def name_of(url: str) -> str:
    """The database that an address names."""
    return urlsplit(url).path.removeprefix("/")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _free_port() -> int:
    # From below those that the kernel gives to whoever connects: while a server is down, none of them takes its port.
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return random.randrange(10_000, max(lowest, 11_000))  # noqa: S311 (no secret)


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
