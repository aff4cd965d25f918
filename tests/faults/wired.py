"""A ledger on PostgreSQL that is reached by a wire, and what people do with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.story import opened
from tests.faults.wire import Wire
from tests.integration.engine.lab import WHY, Lab
from workflow import Outcome, Refused

SECONDS = 60.0


@dataclass
class Wired:
    """A ledger, the wire that its engine is reached by, and a way past the wire."""

    lab: Lab
    wire: Wire
    beside: Lab
    connection: psycopg.Connection[Any]
    turns: Iterator[int] = field(default_factory=count)

    def recorded(self) -> list[str]:
        """The command of every entry, in order."""
        return [row[0] for row in self.connection.execute("SELECT command_id FROM holdfast.entry ORDER BY seq")]


def releases(place: Path, url: str, *, signed: bool) -> None:
    """A release in its first stage, and one in review."""
    with opened(place, signed=signed, url=url) as lab:
        for slug in ("r0", "r1"):
            lab.start(slug, path=place / "model")
        lab.advance("wait", "r1")
        lab.advance("resume", "r1")


@contextmanager
def wired(place: Path, url: str, *, signed: bool, **settings: Any) -> Iterator[Wired]:
    """The ledger at an address, reached through a wire; afterwards it must be whole, and nobody hold a lock."""
    with Wire(url) as wire, psycopg.connect(url, autocommit=True) as connection:
        with (
            opened(place, signed=signed, url=wire.url, **settings) as lab,
            opened(place, signed=signed, url=url) as beside,
        ):
            lab.clock.forward("1d")
            beside.clock.forward("1d")
            yield Wired(lab, wire, beside, connection)
        whole(connection, place, url, signed=signed)


def whole(connection: psycopg.Connection[Any], place: Path, url: str, *, signed: bool) -> None:
    """Checks that nothing is half-done, nothing is there twice, and nobody holds a lock."""
    assert holders(connection) == 0
    with opened(place, signed=signed, url=url) as lab:
        lab.audited()
        listed = lab.engine.list()
        lab.engine.rebuild()
        assert lab.engine.list() == listed


def holders(connection: psycopg.Connection[Any]) -> int:
    """How many hold the append lock, or any other that keeps others waiting."""
    [(found,)] = connection.execute(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.pid <> pg_backend_pid() AND l.mode LIKE '%Exclusive%'"
    )
    return int(found)


def waits_for(connection: psycopg.Connection[Any], what: str, question: str) -> None:
    """Waits until the server says yes to a question."""
    until = time.monotonic() + SECONDS
    while connection.execute(question.encode()).fetchone() != (True,):
        assert time.monotonic() < until, f"not within {SECONDS} s: {what}"
        time.sleep(0.005)


@contextmanager
def slow_commits(connection: psycopg.Connection[Any]) -> Iterator[Callable[[], None]]:
    """Whoever commits an entry from here on is still about it until it is let go."""
    connection.execute(
        "CREATE FUNCTION public.wait_here() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;"
        " CREATE CONSTRAINT TRIGGER wait_here AFTER INSERT ON holdfast.entry DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION public.wait_here();"
        " SELECT pg_advisory_lock(4711)"
    )

    def let_go() -> None:
        connection.execute("SELECT pg_advisory_unlock_all()")

    try:
        yield let_go
    finally:
        let_go()
        connection.execute("DROP TRIGGER wait_here ON holdfast.entry; DROP FUNCTION public.wait_here")


COMMITS_AND_WAITS = (
    "SELECT count(*) FILTER (WHERE wait_event = 'advisory') = 1"
    " AND count(*) FILTER (WHERE query LIKE '%LOCK TABLE%' AND wait_event_type = 'Lock') = 1"
    " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
"""One is about its commit, and another waits for the append lock."""

Act = Callable[[Wired], Outcome | Refused]


def stop(it: Wired, **settings: Any) -> Outcome:
    return it.lab.tick().hold("r0", role="safety", actor="mara", rationale=WHY, **settings)


def approve(it: Wired) -> Outcome:
    basis = it.beside.basis("submit", "r0")
    return it.lab.tick().sign_off(
        "r0", "submit", role="safety", actor="mara", decision="approve", basis=basis, rationale=WHY
    )


def be_refused(it: Wired) -> Refused:
    """What is asked for looks at the files first."""
    with pytest.raises(Refused) as caught:
        it.lab.advance("publish", "r1")
    return caught.value


def attach(it: Wired) -> Outcome:
    card = it.lab.directory / "card.md"
    card.write_text(f"edition {next(it.turns)} of what the model is for\n" * 4000)
    return it.lab.tick().attach("r0", card, name="card", declare_as="lead", actor="lee", rationale=WHY)


def start(it: Wired) -> Outcome:
    return it.lab.start(f"s{next(it.turns)}", path=it.lab.directory / "model")


def move(it: Wired) -> Outcome:
    onward = {"testing": "wait", "delay": "resume", "review": "return"}
    return it.lab.advance(onward[it.beside.stage("r1")], "r1")


ACTS: tuple[Act, ...] = (stop, approve, be_refused, attach, start, move)
