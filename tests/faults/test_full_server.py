"""A server that has no room left for its data, or none for its log: one clear error, nothing lost or half-done.

The first is tried on a real disk where this process may mount one; and both, always, with a limit on the size of files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from psycopg import errors as pg

from tests.faults.disks import disk, enlarge
from tests.faults.story import opened, prepare
from tests.faults.wired import whole
from tests.integration.engine.lab import WHY, Lab
from tests.support.postgres import Server, name_of
from tests.support.postgres_programs import user
from workflow import Outcome, OutcomeUnknown, StorageError
from workflow.storage import postgres
from workflow.storage.base import Interrupted
from workflow.storage.postgres_errors import explained

MIB = 1024 * 1024
LOG_FILE = 16 * MIB
"""The size of a file of the server's log: as far as its files may grow, the log goes on."""


@contextmanager
def cramped(server: Server, kind: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a database that has little room, and what gives it more."""
    if kind == "limit":
        server.limit(LOG_FILE)
        yield server.database(), lambda: server.limit(None)
        return
    place = server.directory / "disk"
    with disk(place, 20 * MIB) as mounted:
        if not mounted:
            with cramped(server, "limit") as given:
                yield given
            return
        try:
            if (owner := user()) is not None:
                os.chown(place, owner.pw_uid, owner.pw_gid)
            server.do(f"CREATE TABLESPACE small LOCATION '{place}'")
            url = server.database()
            server.do(f"ALTER DATABASE {name_of(url)} SET TABLESPACE small")
            yield url, lambda: enlarge(place, 200 * MIB)
        finally:
            server.stop(immediate=True)


def attach(lab: Lab, number: int) -> Outcome:
    path = lab.directory / f"plan{number}.bin"
    if not path.exists():
        path.write_bytes(os.urandom(3 * MIB))
    asked = {"name": path.name, "declare_as": "lead", "command_id": f"plan{number}"}
    return lab.engine.attach("r0", path, actor="lee", rationale=WHY, **asked)


def saying(kind: type[psycopg.Error], severity: str, said: str) -> psycopg.Error:
    """What the driver makes of an error that the server told."""
    heard = type(kind.__name__, (kind,), {"diag": SimpleNamespace(severity_nonlocalized=severity)})
    return heard(said)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [pg.DiskFull, pg.InternalError_])
@pytest.mark.parametrize("said", ["No space left on device", "Disk quota exceeded", "File too large"])
def test_what_ended_the_server_over_a_commit_may_be_recorded_and_what_it_lived_through_is_not(
    kind: type[psycopg.Error], said: str
) -> None:
    told = {way: explained(saying(kind, way, f"could not write: {said}")) for way in ("ERROR", "FATAL", "PANIC")}

    assert [type(error) for error in told.values()] == [StorageError, Interrupted, Interrupted]
    for error in told.values():
        assert "its disk is full" in error.message
        assert "free some space" in (error.remedy or "")


@pytest.mark.parametrize("kind", ["disk", "limit"])
def test_a_server_without_room_says_so_keeps_what_it_said_and_goes_on_when_there_is_some(
    postgres_server: Callable[..., Server], tmp_path: Path, kind: str
) -> None:
    with cramped(postgres_server(durable=True), kind) as (url, make_room):
        place = prepare(tmp_path / "lab", signed=False, url=url)
        with opened(place, signed=False, url=url, clock=None) as lab:
            lab.start("r0", path=place / "model")
            before, done = lab.entries(), []
            with pytest.raises(StorageError) as caught:
                for number in range(10):
                    done.append(attach(lab, number).entry)
            assert type(caught.value) is StorageError
            assert "its disk is full" in caught.value.message
            assert "free some space" in (caught.value.remedy or "")
            assert done
            assert [entry for entry, _, _ in lab.entries()][: -len(before)] == done[::-1]
            assert all(attach(lab, number).replayed for number in range(len(done)))

            make_room()
            assert attach(lab, len(done)).replayed is False
        with psycopg.connect(url, autocommit=True) as connection:
            whole(connection, place, url, signed=False)


def test_a_server_that_crashes_because_its_log_has_no_room_loses_nothing_and_does_nothing_twice(
    postgres_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "RETURN_SECONDS", 0.1)
    server = postgres_server(durable=True)
    url = server.database()
    place = prepare(tmp_path / "lab", signed=False, url=url)
    with opened(place, signed=False, url=url, clock=None) as lab:
        lab.start("r0", path=place / "model")
        before = lab.entries()
        # The log is further in its file than any table is long.
        server.do("SELECT pg_switch_wal()")
        server.do("SELECT pg_logical_emit_message(true, 'holdfast', repeat('x', 3000000))")
        server.limit(2 * MIB)

        with pytest.raises(StorageError) as caught:
            lab.engine.hold("r0", role="safety", actor="mara", rationale=WHY, command_id="stop")

        assert "PANIC:  could not write" in server.log.read_text()
        server.stop(immediate=True)
        server.start()
        assert lab.entries()[-len(before) :] == before
        there = len(lab.entries()) - len(before)
        assert there == 0 or isinstance(caught.value, OutcomeUnknown)
        again = lab.engine.hold("r0", role="safety", actor="mara", rationale=WHY, command_id="stop")
        assert (again.replayed, again.entry) == (there == 1, len(before) + 1)
    with psycopg.connect(url, autocommit=True) as connection:
        whole(connection, place, url, signed=False)
