"""Copies of a server: a standby that follows it and can only be read, and one brought back to an earlier moment."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg

from tests.support.postgres import SECONDS, Server
from tests.support.postgres_programs import NoPostgres, give_up, place, run, user


class Standby(Server):
    """A copy that follows a running server, statement by statement, and takes no writes itself."""

    def __init__(self, primary: Server) -> None:
        super().__init__(primary.settings, version=primary.version)
        self._primary = primary
        self._take_over(primary)
        _copy(primary, self.data, "--write-recovery-conf")

    def catch_up(self) -> None:
        """Waits until all that the primary has committed can be read here."""
        with psycopg.connect(self._primary.url(), autocommit=True) as primary:
            # What was committed in haste may not be written yet; a commit that waits takes it along.
            primary.execute("SET synchronous_commit = on")
            _one(primary, "SELECT pg_logical_emit_message(true, 'holdfast', '')::text")
            written = _one(primary, "SELECT pg_current_wal_flush_lsn()::text")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            _wait(connection, f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn")


class Archived(Server):
    """A server that keeps every change in an archive, so that it can be brought back to any moment after a backup."""

    def __init__(self, *, durable: bool = False) -> None:
        self.archive = place("archive")
        settings = {"archive_mode": "on", "archive_command": f"cp %p {self.archive}/%f"}
        super().__init__(settings, durable=durable)

    def backup(self) -> Path:
        """A backup of the whole server as it is now, made while it runs."""
        copy = self.directory / f"backup-{time.monotonic_ns()}"
        _copy(self, copy)
        return copy

    def mark(self, name: str) -> None:
        """Gives the moment a name, and waits until all that was before it is in the archive."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            _one(connection, f"SELECT pg_create_restore_point('{name}')")
            file = _one(connection, "SELECT pg_walfile_name(pg_switch_wal())")
            _wait(connection, f"SELECT max(last_archived_wal) >= '{file}' FROM pg_stat_archiver")  # noqa: S608

    def remove(self) -> None:
        """Ends it at once and removes all that is left of it, its archive too."""
        super().remove()
        give_up(self.archive)


class Recovered(Server):
    """A backup brought forward to a moment that has a name, or to the end of the archive; it goes on by itself."""

    def __init__(self, origin: Archived, backup: Path, to: str | None = None) -> None:
        wanted = {"recovery_target_name": to, "recovery_target_action": "promote"} if to is not None else {}
        settings = {"restore_command": f"cp {origin.archive}/%f %p", **wanted, "archive_mode": "off"}
        super().__init__({**origin.settings, **settings}, version=origin.version)
        self._take_over(origin)
        run("cp", "-a", backup, self.data)
        signal = self.data / "recovery.signal"
        signal.touch()
        if (owner := user()) is not None:
            os.chown(signal, owner.pw_uid, owner.pw_gid)

    def start(self) -> None:
        """Starts it, and waits until the recovery is over and it takes writes."""
        super().start()
        with psycopg.connect(self.url(), autocommit=True) as connection:
            _wait(connection, "SELECT NOT pg_is_in_recovery()")


def _copy(server: Server, to: Path, *options: str) -> None:
    access = ("--host", server.directory, "--port", str(server.port), "--username", "postgres")
    pace = ("--checkpoint=fast", "--wal-method=stream", "--no-sync")
    run(server.programs / "pg_basebackup", "--pgdata", to, *access, *pace, *options)


def _one(connection: psycopg.Connection, question: str) -> object:
    row = connection.execute(question.encode()).fetchone()
    return None if row is None else row[0]


def _wait(connection: psycopg.Connection, question: str) -> None:
    until = time.monotonic() + SECONDS
    while _one(connection, question) is not True:
        if time.monotonic() > until:
            raise NoPostgres(f"it did not come to pass in {SECONDS:.0f} s: {question}")
        time.sleep(0.005)
