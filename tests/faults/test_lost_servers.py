"""A server that dies under its clients, clients that die or stand still, connections that die idle or go silent.

What is acknowledged is there once, nothing is half-done, the audit passes and no lock is left: that is checked in
:mod:`tests.faults.servers` after each end. The seeds are fixed; a failure names its own, and what had ended how.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.faults.servers import ENDS
from tests.faults.story import opened, prepare
from tests.faults.warm import Warm
from tests.faults.wire import How, commits
from tests.faults.wired import Wired, stop
from tests.integration.engine.lab import WHY
from tests.support.postgres import Databases, Server, name_of
from workflow import StorageError
from workflow.storage import postgres, postgres_patience

SEED = 20250711
HOURS = 3 * 3600
CAMPAIGNS = {"claimed": False, "signed": True}


@pytest.mark.parametrize("how", CAMPAIGNS)
def test_a_server_that_ends_at_any_moment_loses_nothing_and_its_clients_go_on(
    postgres: Databases, warm: Warm, tmp_path: Path, how: str
) -> None:
    ends = 8 if how == "claimed" else 4
    told = warm("servers.campaign", str(tmp_path), SEED, ends, 4, CAMPAIGNS[how], "server")

    assert (len(told["ways"]), set(told["ways"])) == (ends, set(ENDS))
    assert told["done"] >= 4 * 18


@pytest.mark.parametrize("how", CAMPAIGNS)
def test_clients_killed_at_any_moment_lose_nothing_and_leave_no_lock(
    postgres: Databases, warm: Warm, tmp_path: Path, how: str
) -> None:
    ends = 20 if how == "claimed" else 10
    told = warm("servers.campaign", str(tmp_path), SEED, ends, 4, CAMPAIGNS[how], "clients")

    assert (len(told["ways"]), told["failed"]) == (ends, [])


@pytest.mark.soak
@pytest.mark.parametrize("how", CAMPAIGNS)
@pytest.mark.parametrize("whom", ["server", "clients"])
def test_hundreds_of_ends_lose_nothing(postgres: Databases, warm: Warm, tmp_path: Path, whom: str, how: str) -> None:
    told = warm("servers.campaign", str(tmp_path), 7, 500, 8, CAMPAIGNS[how], whom, seconds=HOURS)

    assert len(told["ways"]) == 500


def test_a_process_that_stands_still_with_the_lock_is_put_out_and_does_it_when_it_goes_on(
    postgres_database: str, warm: Warm, tmp_path: Path
) -> None:
    told = warm("servers.standing_still", str(tmp_path), postgres_database, "before")

    assert told["second"] == ["testing", told["before"] + 1, False]
    assert told["first"] == ["testing", told["before"] + 2, False]
    assert (told["meanwhile"], told["after"]) == (1, 2)


def test_a_process_that_stands_still_after_its_commit_is_in_nobody_s_way_and_finds_it_done(
    postgres_database: str, warm: Warm, tmp_path: Path
) -> None:
    told = warm("servers.standing_still", str(tmp_path), postgres_database, "after")

    assert told["first"] == ["testing", told["before"] + 1, False]
    assert told["second"] == ["testing", told["before"] + 2, False]
    assert (told["meanwhile"], told["after"]) == (2, 2)


@pytest.mark.parametrize("socket", [False, True], ids=["tcp", "socket"])
def test_connections_that_died_while_nobody_used_them_are_replaced_without_a_word(
    postgres_server: Callable[..., Server], tmp_path: Path, socket: bool
) -> None:
    server = postgres_server()
    url = server.database()
    if socket:
        url = server.socket_url(name_of(url))
    place = prepare(tmp_path / "lab", signed=False, url=url)
    with opened(place, signed=False, url=url, clock=None) as lab:
        lab.start("r0", path=place / "model")
        storage = lab.engine._pipeline.storage
        for end in ENDS.values():
            with ExitStack() as held:
                for _ in range(5):
                    held.enter_context(storage.snapshot()).head()
            end(server)
            server.start()
            assert lab.engine.status("r0").stage == "testing"
            assert lab.engine.hold("r0", role="safety", actor="mara", rationale=WHY).replayed is False
        lab.audited()


def test_connections_that_an_administrator_ended_are_replaced_without_a_word(
    wired_up: Callable[..., AbstractContextManager[Wired]],
) -> None:
    with wired_up() as it:
        stop(it)
        it.connection.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert stop(it).entry == len(it.recorded())


@pytest.mark.parametrize("silent", [commits, lambda asks: "LOCK TABLE" in asks], ids=["over the commit", "before it"])
def test_a_way_to_the_server_that_goes_silent_is_given_up(
    wired_up: Callable[..., AbstractContextManager[Wired]],
    monkeypatch: pytest.MonkeyPatch,
    silent: Callable[[str], bool],
) -> None:
    # Its server does not know either, and lets others wait for the lock so long.
    monkeypatch.setattr(postgres, "HOLD_SECONDS", 0.3)
    with wired_up() as it:
        before = it.recorded()
        cut = it.wire.cut(silent, How.SILENCE)
        # As much time goes by at once as anybody has patience for; not before they began to wait, which may come later.
        gone_by, looks = 2 * postgres_patience.PATIENCE_SECONDS, count()
        monkeypatch.setattr(
            postgres_patience,
            "monotonic",
            lambda: time.monotonic() + (gone_by if cut.done.is_set() and next(looks) > 0 else 0),
        )
        told = stop(it)
        assert cut.done.is_set()
        assert (it.recorded()[:-1], told.entry) == (before, len(before) + 1)


def test_a_server_that_does_not_come_back_is_said_to_be_gone(
    postgres_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "RETURN_SECONDS", 0.1)
    server = postgres_server()
    url = server.database()
    place = prepare(tmp_path / "lab", signed=False, url=url)
    with opened(place, signed=False, url=url, clock=None) as lab:
        server.stop()
        with pytest.raises(StorageError, match="nothing answers where the database should be") as caught:
            lab.start("r0", path=place / "model")
        assert server.password not in str(caught.value)
        server.start()
        lab.start("r0", path=place / "model")
        lab.audited()
