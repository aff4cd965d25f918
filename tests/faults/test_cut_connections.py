"""A connection that is cut anywhere in a command: the command is done once, and told to be.

The way to the server leads through :mod:`tests.faults.wire`. Whether something was done, the command's id decides.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

import pytest

import workflow
from tests.faults.wire import How, Wire, commits
from tests.faults.wired import (
    ACTS,
    COMMITS_AND_WAITS,
    SECONDS,
    Act,
    Wired,
    approve,
    be_refused,
    move,
    slow_commits,
    stop,
    waits_for,
)
from tests.integration.engine.lab import WHY
from tests.support.postgres import Databases
from workflow import InvalidInput, OutcomeUnknown, StorageError
from workflow.storage import postgres as engine_side

WiredUp = Callable[..., AbstractContextManager[Wired]]
CUTS = pytest.mark.parametrize("how", [How.BEFORE, How.AFTER, How.MIDWAY], ids=lambda how: how.name.lower())
HOW = pytest.mark.parametrize("signed", [False, True], ids=["claimed", "signed"])


@CUTS
@pytest.mark.parametrize(
    ("act", "signed"),
    [*((act, False) for act in ACTS), (approve, True)],
    ids=[*(act.__name__ for act in ACTS), "approve-signed"],
)
def test_a_command_whose_connection_is_cut_at_any_request_is_done_once(
    wired_up: WiredUp, act: Act, signed: bool, how: How
) -> None:
    with wired_up(signed=signed) as it:
        act(it)
        committed = False
        for number in count():
            before = it.recorded()
            it.wire.asked.clear()
            cut = it.wire.cut_at(number, how)
            told = act(it)
            after, asked = it.recorded(), it.wire.asked
            assert (after[:-1], told.entry) == (before, len(after)), (number, asked)
            assert not getattr(told, "replayed", False), (number, asked)
            if not cut.done.is_set():
                break
            committed = committed or commits(asked[number])
        assert committed


@CUTS
def test_what_is_read_over_a_connection_that_is_cut_is_read_nevertheless(wired_up: WiredUp, how: How) -> None:
    with wired_up() as it:

        def look() -> list[object]:
            engine = it.lab.engine
            return [
                engine.status("r0"),
                engine.list(),
                engine.explain("r1", "publish", actor="lee").verdicts,
                engine.roster(),
            ]

        expected = look()
        for number in count():
            cut = it.wire.cut_at(number, how)
            assert look() == expected, number
            if not cut.done.is_set():
                break
        assert number > 5


def test_an_audit_whose_connection_is_cut_audits_all(wired_up: WiredUp) -> None:
    with wired_up() as it:
        for asks in ("FROM pg_trigger", "FROM blob", "FROM text"):
            cut = it.wire.cut(lambda asked, asks=asks: asks in asked, How.MIDWAY)
            assert it.lab.engine.audit().outcome == "ok"
            assert cut.done.is_set()


def test_a_view_that_was_cut_does_not_go_on_in_another_state(wired_up: WiredUp) -> None:
    with wired_up() as it, it.lab.engine._pipeline.storage.snapshot() as reader:
        before = reader.head()
        it.beside.tick().hold("r0", role="safety", actor="mara", rationale=WHY)
        assert reader.head() == before
        it.wire.cut_at(0, How.BEFORE)
        with pytest.raises(StorageError, match="was lost"):
            reader.entry(1)


def test_the_memory_of_an_engine_whose_commit_was_lost_is_the_ledger(wired_up: WiredUp) -> None:
    with wired_up() as it:
        for how in (How.BEFORE, How.AFTER):
            it.wire.cut(commits, how)
            move(it)
            it.beside.clock.at = it.lab.clock.at
            assert it.lab.stage("r1") == it.beside.stage("r1")
            assert it.lab.engine.status("r1") == it.beside.engine.status("r1")
            it.beside.tick().hold("r1", role="safety", actor="jun", rationale=WHY)
            it.lab.clock.at = it.beside.clock.at
            assert it.lab.engine.status("r1") == it.beside.engine.status("r1")


def asked_again_meanwhile(it: Wired, act: Act, then: Callable[[], object]) -> None:
    """A commit goes on whose client is cut off and asks again; what comes of both, when something happened to it."""
    before = it.recorded()
    cut = it.wire.cut(commits, How.MEANWHILE)
    told: list[workflow.Outcome | workflow.Refused] = []
    asking = threading.Thread(target=lambda: told.append(act(it)))
    asking.start()
    assert cut.done.wait(SECONDS)
    waits_for(it.connection, "the old one commits, and the new one waits for it", COMMITS_AND_WAITS)
    assert it.recorded() == before
    then()
    asking.join(SECONDS)
    assert it.recorded()[:-1] == before
    assert [item.entry for item in told] == [len(before) + 1]


@HOW
@pytest.mark.parametrize("act", [stop, be_refused], ids=["done", "refused"])
def test_a_commit_that_still_goes_on_when_the_client_asks_again_is_waited_for(
    wired_up: WiredUp, monkeypatch: pytest.MonkeyPatch, act: Act, signed: bool
) -> None:
    """To look for the id without the lock would find nothing, and do it twice."""
    monkeypatch.setattr(engine_side, "LOCK_SECONDS", 2 * SECONDS)
    with wired_up(signed=signed) as it, slow_commits(it.connection) as let_go:
        asked_again_meanwhile(it, act, let_go)


def test_a_commit_that_ends_in_nothing_while_the_client_asks_again_is_made_up_for(
    wired_up: WiredUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_side, "LOCK_SECONDS", 2 * SECONDS)
    with wired_up() as it, slow_commits(it.connection) as let_go:

        def end() -> None:
            it.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event = 'advisory'"
            )
            let_go()

        asked_again_meanwhile(it, stop, end)


@HOW
@pytest.mark.parametrize("how", [How.BEFORE, How.AFTER], ids=["not done", "done"])
def test_where_the_outcome_stays_unknown_the_command_id_is_told_and_asking_again_does_it_once(
    wired_up: WiredUp, signed: bool, how: How
) -> None:
    with wired_up(signed=signed) as it:
        before = len(it.recorded())
        cut = it.wire.cut(commits, how)
        it.wire.cut(lambda asks: cut.done.is_set() and "LOCK TABLE" in asks, How.BEFORE, always=True)
        with pytest.raises(OutcomeUnknown) as caught:
            stop(it)
        assert caught.value.command_id in (caught.value.remedy or "")
        assert caught.value.diagnostics()["command_id"] == caught.value.command_id
        it.wire.mend()
        assert len(it.recorded()) == before + (how is How.AFTER)
        again = stop(it, command_id=caught.value.command_id)
        assert (again.entry, again.replayed) == (before + 1, how is How.AFTER)


def test_that_the_outcome_is_unknown_is_told_whatever_stands_in_the_way_of_asking_again(
    wired_up: WiredUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be told that somebody holds the lock would be to try again, without the id."""
    with wired_up() as it:
        before = len(it.recorded())

        def hold() -> None:
            monkeypatch.setattr(engine_side, "LOCK_SECONDS", 0.05)
            it.connection.execute("BEGIN; LOCK TABLE holdfast.head IN EXCLUSIVE MODE")

        it.wire.cut(commits, How.AFTER, then=hold)
        with pytest.raises(OutcomeUnknown, match="locked by another") as caught:
            stop(it)
        # Who only looks does not wait for the lock, nor does a connection that is new.
        with it.lab.open() as looking:
            assert looking.status("r0") == looking.status("r0")
        it.connection.execute("ROLLBACK")
        monkeypatch.setattr(engine_side, "LOCK_SECONDS", SECONDS)
        assert stop(it, command_id=caught.value.command_id).replayed
        assert len(it.recorded()) == before + 1


def test_a_database_that_is_lost_before_anything_was_written_is_said_to_be_and_nothing_is_recorded(
    wired_up: WiredUp,
) -> None:
    with wired_up() as it:
        before = it.recorded()
        it.wire.cut(lambda asks: "LOCK TABLE" in asks, How.BEFORE, always=True)
        with pytest.raises(StorageError, match="was lost") as caught:
            stop(it)
        assert not isinstance(caught.value, OutcomeUnknown)
        assert it.recorded() == before


@CUTS
@pytest.mark.parametrize("last", ["CREATE TRIGGER", "INSERT INTO entry"], ids=["its tables", "its first entry"])
def test_a_ledger_whose_making_was_cut_is_made_once(postgres: Databases, how: How, last: str) -> None:
    """What is not made can be made, and what was made is told to be."""
    url = postgres.database()
    with Wire(url) as wire:

        def make() -> str:
            try:
                workflow.create_ledger(wire.url, administrators=["ana"], rationale=WHY).close()
            except StorageError as error:
                return error.code
            return "made"

        cut = wire.cut(lambda asks: commits(asks) and any(last in before for before in wire.asked), how)
        told = make()
        assert cut.done.is_set()
        assert told == ("made" if last == "INSERT INTO entry" else "storage")
        if told != "made":
            assert make() == "made"
        with pytest.raises(InvalidInput, match="holds a ledger already"):
            make()
    with workflow.open_engine(url) as engine:
        report = engine.audit()
        assert (report.outcome, report.entries) == ("ok", 1)
    postgres.drop(url)
