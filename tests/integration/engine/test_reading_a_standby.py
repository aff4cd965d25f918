"""A server that follows another one answers every question, says how far it has come, and takes no act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psycopg
import pytest

from tests.golden.keeping import HERE, Kept
from tests.support.postgres import Server, name_of
from tests.support.postgres_copies import Standby
from workflow import Engine, StorageError, open_engine

QUESTIONS: Mapping[str, Callable[[Engine], object]] = {
    "status": lambda engine: engine.status("aurora").model_dump(exclude={"at", "next"}),
    "explain": lambda engine: engine.explain("aurora", "publish", observe=False).allowed,
    "list": lambda engine: engine.list(),
    "inbox": lambda engine: engine.inbox("mara"),
    "history": lambda engine: engine.history(limit=1000),
    "history by a person": lambda engine: engine.search_history(by="lee"),
    "slips": lambda engine: engine.slips(),
    "exceptions": lambda engine: engine.exceptions(),
    "roster": lambda engine: engine.roster(),
    "a proof": lambda engine: engine.prove_inclusion(3),
    "audit": lambda engine: engine.audit().model_dump(),
}


@dataclass(frozen=True)
class Pair:
    """A server with a ledger, and one that follows it."""

    primary: str
    standby: str
    follower: Standby


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    from tests.support.postgres_programs import NoPostgres, leave_out

    try:
        primary = Server()
    except NoPostgres as error:
        leave_out(error)
    with primary:
        url = primary.database()
        Kept.read(HERE).restore(url).close()
        with Standby(primary) as follower:
            follower.catch_up()
            yield Pair(url, follower.url(name_of(url)), follower)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_standby_that_has_caught_up_answers_as_the_primary_does(pair: Pair, name: str) -> None:
    with open_engine(pair.primary) as primary, open_engine(pair.standby) as standby:
        assert QUESTIONS[name](standby) == QUESTIONS[name](primary)


def test_an_act_on_a_standby_is_refused_and_nothing_of_it_is_recorded(pair: Pair) -> None:
    with open_engine(pair.standby) as standby:
        before = standby.audit().entries
        with pytest.raises(StorageError) as refused:
            standby.schedule("aurora", None, actor="lee", rationale="not yet")
        assert refused.value.remedy
        assert standby.audit().entries == before


def test_a_standby_that_lags_shows_an_earlier_end_and_is_told_from_the_ledger_by_whoever_remembers_a_later_one(
    pair: Pair,
) -> None:
    with psycopg.connect(pair.follower.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        with open_engine(pair.primary) as primary, open_engine(pair.standby) as standby:
            primary.add_person("newcomer", roles=["lead"], actor="ana", rationale="joins today")
            now, then = primary.audit(), standby.audit()

            assert (then.outcome, then.entries) == ("ok", now.entries - 1)
            assert primary.audit(remembered=(then.entries, then.root or "")).outcome == "ok"
            late = standby.audit(remembered=(now.entries, now.root or ""))
            assert (late.outcome, {problem.kind for problem in late.problems}) == ("failed", {"missing"})

        connection.execute("SELECT pg_wal_replay_resume()")
    pair.follower.catch_up()
    with open_engine(pair.standby) as standby:
        assert standby.audit(remembered=(now.entries, now.root or "")).outcome == "ok"
