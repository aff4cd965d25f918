"""Several processes that work on one ledger of a PostgreSQL server, while it or they are killed, or stand still."""

from __future__ import annotations

import hashlib
import os
import random
import select
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from tests.faults.forks import Child, fork
from tests.faults.story import entry_of, opened, prepare, steps
from tests.integration.engine.lab import WHY
from tests.support.postgres import Server, name_of
from workflow import StorageError
from workflow.storage import postgres
from workflow.storage import postgres_trips as trips

PATIENCE = 120.0
AGAIN = 2
"""How many of the commands that are done already a process asks for again that goes on with a story."""

ENDS: dict[str, Callable[[Server], None]] = {
    "killed": Server.kill,
    "stopped": Server.stop,
    "stopped at once": partial(Server.stop, immediate=True),
}
Tell = Callable[[Any], None]
Answer = TypeVar("Answer")


@dataclass
class Load:
    """Processes that each tell a story of their own in one ledger, and what they said was done."""

    place: Path
    url: str
    signed: bool
    children: list[Child] = field(default_factory=list)
    done: dict[str, tuple[int, str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    finished: set[int] = field(default_factory=set)

    def begin(self, clients: int) -> None:
        """Sets the processes to work. Each goes on when the server is there again."""
        self.children = [fork(partial(self._work, number)) for number in range(clients)]

    def kill_one(self, dice: random.Random) -> None:
        """Kills one of them that is not ready, and lets another one tell its story again: what is done stays done."""
        number = dice.choice([each for each in range(len(self.children)) if each not in self.finished])
        for told in self.children[number].kill():
            self._take(told)
        if number not in self.finished:
            self.children[number] = fork(partial(self._work, number))
        else:
            self.children[number].ended = True

    def _work(self, number: int, tell: Tell) -> None:
        with ExitStack() as held:
            # The server's clock, which is the same for all of them.
            opening = partial(opened, self.place, signed=self.signed, url=self.url, clock=None)
            lab = insistent(lambda: held.enter_context(opening()), tell)
            known = [identifier for identifier in self.done if identifier.startswith(f"r{number}-")][:-AGAIN]
            look = lab.basis
            lab.basis = lambda *which: insistent(lambda: look(*which), tell)  # type: ignore[method-assign]
            for identifier, ask in steps(lab, number, self.seen, lambda key, basis: tell({"seen": [key, basis]})):
                if identifier in known:
                    continue
                entry = insistent(partial(entry_of, ask), tell)
                digest = insistent(lambda entry=entry: lab.engine.history(before=entry + 1, limit=1)[0].hash, tell)
                tell({"done": [identifier, entry, digest]})
        tell({"finished": number})

    def listen(self, seconds: float, *, until: int | None = None) -> None:
        """Takes down what the processes tell, for so long or until so much more is done."""
        last, enough = time.monotonic() + seconds, len(self.done) + (until or 10**9)
        while len(self.finished) < len(self.children) and len(self.done) < enough:
            left = last - time.monotonic()
            pipes = {child.pipe: child for child in self.children if not child.ended}
            ready = select.select(pipes, [], [], max(left, 0))[0] if left > 0 else []
            if not ready:
                return
            for pipe in ready:
                for told in pipes[pipe].lines(time.monotonic() + 0.001):
                    self._take(told)

    def _take(self, told: dict[str, Any]) -> None:
        match told:
            case {"done": [identifier, entry, digest]}:
                assert self.done.setdefault(identifier, (entry, digest)) == (entry, digest), (
                    f"{identifier} is elsewhere"
                )
            case {"seen": [key, basis]}:
                self.seen[key] = basis
            case {"failed": why}:
                self.failed.append(why)
            case {"finished": number}:
                self.finished.add(number)
            case _:
                raise AssertionError(told.get("broke", told))

    def check(self) -> list[str]:
        """Checks that all that was acknowledged is there once, where it was said to be, and nothing is there twice."""
        rows = stored(self.url)
        assert [seq for seq, _, _ in rows] == list(range(1, len(rows) + 1)), "the entries are not dense"
        ids = [identifier for _, identifier, _ in rows]
        assert len(set(ids)) == len(ids), "a command is there twice"
        for identifier, (seq, digest) in self.done.items():
            assert rows[seq - 1][2] == digest, f"{identifier} was acknowledged as entry {seq} and is not it"
        return ids

    def end(self) -> None:
        """Ends the processes, wherever they are."""
        for child in self.children:
            if not child.ended:
                child.kill()


def insistent(ask: Callable[[], Answer], tell: Tell) -> Answer:
    """Asks as whoever is told that the database was lost does: again, and of a command under the same id."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except StorageError as error:
            tell({"failed": f"{error.code}: {error.message}"})
            if time.monotonic() > until:
                raise


def stored(url: str) -> list[tuple[int, str, str]]:
    """Each entry's place, command and hash."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT seq, command_id, body FROM holdfast.entry ORDER BY seq").fetchall()
    return [(seq, identifier, hashlib.sha256(b"\x00" + body).hexdigest()) for seq, identifier, body in rows]


def campaign(directory: str, seed: int, ends: int, clients: int, signed: bool, whom: str) -> dict[str, Any]:
    """Ends a server, or processes that work with it, at random moments of their work, and starts it or others anew.

    Args:
        directory: where to work.
        seed: of the moments, and of what ends how.
        ends: how often.
        clients: how many processes work.
        signed: whether people sign.
        whom: the ``server`` or the ``clients``.

    Raises:
        AssertionError: something was lost, half-done, done twice or damaged.
    """
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    place = Path(directory) / "lab"
    due = ["a client"] * ends if whom == "clients" else [way for way, _ in zip(cycle(ENDS), range(ends), strict=False)]
    dice.shuffle(due)
    ways: list[str] = []
    done, failed = 0, list[str]()
    with Server() as server:
        template = server.database()
        prepare(place, signed=signed, url=template)
        before = len(stored(template))
        while due:
            load = Load(place, server.database(name_of(template)), signed)
            load.begin(clients)
            try:
                while len(load.finished) < clients:
                    load.listen(PATIENCE, until=dice.randint(1, 2 * clients))
                    if due and len(load.finished) < clients:
                        load.listen(dice.uniform(0, 0.05))
                        ways.append(due.pop())
                        _end(server, load, dice, ways[-1])
                        load.check()
            except Exception as error:
                raise AssertionError(f"seed {seed}, after {ways}: {error}") from error
            finally:
                load.end()
            ids = load.check()
            assert len(ids) - before == len(load.done), "something was done that nobody was told of"
            audited(place, load.url, signed=signed)
            done, failed = done + len(load.done), failed + load.failed
            server.drop(load.url)
    return {"ways": ways, "done": done, "failed": failed}


def _end(server: Server, load: Load, dice: random.Random, way: str) -> None:
    if way in ENDS:
        ENDS[way](server)
        server.start()
    elif len(load.finished) < len(load.children):
        load.kill_one(dice)


def audited(place: Path, url: str, *, signed: bool) -> None:
    """Checks that the audit passes, that the projections are what the entries say, and that no lock is left."""
    with opened(place, signed=signed, url=url, clock=None) as lab:
        lab.audited()
        listed = lab.engine.list()
        lab.engine.rebuild()
        assert lab.engine.list() == listed
    with psycopg.connect(url, autocommit=True) as connection:
        held = connection.execute(
            "SELECT l.mode, a.query FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE d.datname = current_database() AND l.pid <> pg_backend_pid() AND l.mode LIKE '%Exclusive%'"
        ).fetchall()
        assert held == []


def standing_still(directory: str, url: str, point: str) -> dict[str, Any]:
    """One process stops over a command, and another one wants to do something; then the first goes on.

    Args:
        directory: where to work.
        url: an empty database.
        point: whether the first one stops ``before`` its commit, with the lock, or ``after`` it.
    """
    place = Path(directory) / "lab"
    prepare(place, signed=False, url=url)
    with opened(place, signed=False, url=url, clock=None) as lab:
        lab.start("r0", path=place / "model")
    before = len(stored(url))
    first = fork(partial(_stop_over, place, url, "mara", point))
    _, status = os.waitpid(first.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    second = fork(partial(_stop_over, place, url, "jun", ""))
    told = {"second": next(second.lines(time.monotonic() + PATIENCE))}
    ids = len(stored(url))
    os.kill(first.pid, signal.SIGCONT)
    told["first"] = next(first.lines(time.monotonic() + PATIENCE))
    first.kill()
    second.kill()
    audited(place, url, signed=False)
    return {**told, "before": before, "meanwhile": ids - before, "after": len(stored(url)) - before}


def _stop_over(place: Path, url: str, person: str, point: str, tell: Tell) -> None:
    """Places a hold; where a point is named, this process stops there."""
    finish = trips.finish

    def stopping(connection: Any, append: Any) -> None:
        trips.finish = finish
        if point == "before":
            os.kill(os.getpid(), signal.SIGSTOP)
        finish(connection, append)
        if point == "after":
            os.kill(os.getpid(), signal.SIGSTOP)

    # Others wait longer than anybody may hold the lock and say nothing.
    postgres.HOLD_SECONDS, postgres.LOCK_SECONDS = 0.3, PATIENCE
    trips.finish = stopping
    with opened(place, signed=False, url=url, clock=None) as lab:
        # Who only looks waits for nobody.
        stage = lab.engine.status("r0").stage
        outcome = lab.engine.hold("r0", role="safety", actor=person, rationale=WHY)
        tell([stage, outcome.entry, outcome.replayed])
