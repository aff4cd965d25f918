"""Processes that are killed at any moment of their work, and what must be so when the ledger is opened again."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Set
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import workflow
from tests.faults.forks import Child, fork
from tests.faults.story import entry_of, opened, prepare, steps
from tests.integration.engine.lab import WHY, Lab

STORIES = 1
"""Releases that one ledger tells of before another copy is begun, so that audits stay short."""

AGAIN = 2
"""How many of the commands that are done already a process asks for again; at the end all are."""

PATIENCE = 60.0
Tell = Callable[[Any], None]


@dataclass
class Run:
    """One ledger, the processes that worked on it one after the other, and what they said was done."""

    directory: Path
    signed: bool
    acknowledged: dict[str, tuple[int, str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    before: int = 0
    finished: bool = False

    def take(self, told: dict[str, Any]) -> bool:
        """Takes down what a process told; whether it was that a command is done, and for the first time."""
        match told:
            case {"done": [identifier, entry, digest]}:
                new = identifier not in self.acknowledged
                known = self.acknowledged.setdefault(identifier, (entry, digest))
                assert known == (entry, digest), f"{identifier} was told of again as {entry, digest}, not {known}"
                return new
            case {"seen": [key, basis]}:
                self.seen[key] = basis
            case {"all": True}:
                self.finished = True
            case _:
                raise AssertionError(told.get("broke", told))
        return False

    def work(self, tell: Tell) -> None:
        """Goes on with the stories where they ended, and before that asks again for what was done last."""
        known = set(list(self.acknowledged)[:-AGAIN])
        with opened(self.directory, signed=self.signed) as lab:
            self.tell_stories(lab, tell, known)
            lab.engine.rebuild()
        tell({"all": True})

    def tell_stories(self, lab: Lab, tell: Tell, known: Set[str] = frozenset()) -> None:
        """Asks for one command after the other, but for those that are known, and tells of each what came of it."""
        for turn in range(STORIES):
            for identifier, ask in steps(lab, turn, self.seen, lambda key, basis: tell({"seen": [key, basis]})):
                if identifier not in known:
                    entry = entry_of(ask)
                    tell({"done": [identifier, entry, lab.engine.history(before=entry + 1, limit=1)[0].hash]})

    def check(self) -> None:
        """What must be so after any death of any process."""
        rows = stored(self.directory / "ledger.db")
        places = {identifier: (seq, digest) for seq, identifier, digest in rows}
        assert [seq for seq, _, _ in rows] == list(range(1, len(rows) + 1)), "the entries are not dense"
        assert len(places) == len(rows), "a command is there twice"
        for identifier, (seq, digest) in self.acknowledged.items():
            found = rows[seq - 1]
            assert found[0] == seq and found[2] == digest, f"{identifier} was acknowledged as entry {seq} and is not it"
        # One command may have been done whose process did not live to say so; never two.
        assert len(rows) - self.before - len(self.acknowledged) in (0, 1), "something was done that nobody asked for"
        with opened(self.directory, signed=self.signed) as lab:
            if self.finished:
                self.tell_stories(lab, self.take)
            report = lab.engine.audit()
        assert (report.outcome, report.entries) == ("ok", len(rows)), report


def stored(path: Path) -> list[tuple[int, str, str]]:
    """Each entry's place, command and hash, from the file itself, which must be sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("SELECT seq, command_id, body FROM entry ORDER BY seq").fetchall()
    return [(seq, identifier, hashlib.sha256(b"\x00" + body).hexdigest()) for seq, identifier, body in rows]


def campaign(directory: str, seed: int, kills: int, signed: bool = False, half: bool = False) -> dict[str, int]:
    """Kills processes at random moments of their work, checks after each death, and lets the next one go on.

    Args:
        directory: where to work.
        seed: of the moments.
        kills: how many processes to kill.
        signed: whether people sign.
        half: whether the storage is one that commits halfway, so that this must fail.

    Raises:
        AssertionError: something was lost, half-done or damaged.
    """
    place = Path(directory)
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    template = prepare(place / "template", signed=signed)
    if half:
        _connecting_with(_Halving)
    runs = _runs(place, template, signed)
    run, killed, pace, in_flight, left = next(runs), 0, 0.005, 0, 0
    while killed < kills:
        done = len(run.acknowledged)
        child = fork(run.work)
        # So many commands, and then any moment of the next: how fast the machine is does not matter.
        pace = _wait(run, child, dice.randint(0, 3), pace)
        _linger(run, child, dice.uniform(0, 1.5 * pace))
        for told in child.kill():
            run.take(told)
        killed += 1
        context = f"seed {seed}, kill {killed}, after {len(run.acknowledged) - done} commands"
        try:
            run.check()
        except Exception as error:
            raise AssertionError(f"{context}: {error}") from error
        in_flight += len(stored(run.directory / "ledger.db")) - run.before - len(run.acknowledged)
        left += len(list(run.directory.glob("*.blobs/*/.*.part")))
        if run.finished:
            run = next(runs)
    return {"killed": killed, "done and not told": in_flight, "halves of files left": left}


def _runs(place: Path, template: Path, signed: bool) -> Iterator[Run]:
    number = 0
    while True:
        number += 1
        directory = place / f"run{number}"
        shutil.copytree(template, directory)
        yield Run(directory, signed, before=len(stored(directory / "ledger.db")))
        shutil.rmtree(directory)


def _wait(run: Run, child: Child, commands: int, pace: float) -> float:
    """Waits until a process has done so many commands that are new; returns how long a command takes here."""
    until, last = time.monotonic() + PATIENCE, time.monotonic()
    while commands and not child.ended:
        for told in child.lines(until):
            if run.take(told):
                now = time.monotonic()
                pace, last, commands = 0.9 * pace + 0.1 * min(now - last, 0.1), now, commands - 1
            if run.finished or not commands:
                return pace
        assert child.ended, f"no command was done within {PATIENCE} s"
    return pace


def _linger(run: Run, child: Child, seconds: float) -> None:
    for told in child.lines(time.monotonic() + seconds):
        run.take(told)


def everywhere(directory: str) -> dict[str, int]:
    """Lets a process kill itself at each statement to the database of one story, and at each file that it makes.

    Raises:
        AssertionError: something was lost, half-done or damaged.
    """
    template = prepare(Path(directory) / "template", signed=False)
    run = next(_runs(Path(directory), template, signed=False))
    deaths = 0
    while not run.finished:
        child = fork(partial(_dies_at, 1 + deaths % 40, run))
        _linger(run, child, PATIENCE)
        for told in child.kill():
            run.take(told)
        run.check()
        deaths += 1
    return {"deaths": deaths}


def _dies_at(count: int, run: Run, tell: Tell) -> None:
    left = count
    begun = False

    def statement(sql: str) -> None:
        nonlocal left, begun
        begun = begun or sql.startswith("INSERT")
        left -= begun
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Traced:
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **settings)
            self.set_trace_callback(statement)  # type: ignore[attr-defined]

    _connecting_with(Traced)
    run.work(tell)


class _Halved(sqlite3.Cursor):
    """Makes an entry durable before the rest of what belongs to it."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        done = super().execute(sql, *values)
        self._changed = super().rowcount
        if sql.startswith("INSERT INTO entry"):
            super().execute("COMMIT")
            super().execute("BEGIN IMMEDIATE")
        return done

    @property
    def rowcount(self) -> int:
        return self._changed


class _Halving:
    def cursor(self, *_: Any) -> sqlite3.Cursor:
        return _Halved(self)  # type: ignore[arg-type]

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self.cursor().execute(sql, *values)


def _connecting_with(habit: type) -> None:
    """Whoever opens a database from here on in this process gets a connection with this habit."""
    connect = sqlite3.connect

    def connecting(*args: Any, factory: type = sqlite3.Connection, **settings: Any) -> sqlite3.Connection:
        return connect(*args, factory=type("Watched", (habit, factory), {}), **settings)

    sqlite3.connect = connecting


def births(directory: str, seed: int, kills: int) -> dict[str, int]:
    """Kills processes that make a ledger, and checks that there is one or none, and that it can be made then.

    Raises:
        AssertionError: there was half of one.
    """
    place = Path(directory)
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    whole = 0
    begun = time.monotonic()
    _make(f"sqlite:///{place / 'first.db'}")
    takes = time.monotonic() - begun
    for number in range(kills):
        url = f"sqlite:///{place / f'{number}.db'}"
        child = fork(partial(_make_and_tell, url))
        list(child.lines(time.monotonic() + dice.uniform(0, 2 * takes)))
        child.kill()
        try:
            workflow.open_engine(url).close()
            made = True
        except workflow.NotFound:
            made = False
        if made:
            with workflow.open_engine(url) as engine:
                whole += engine.audit().outcome == "ok"
        try:
            assert _make(url) == "made"
        except workflow.InvalidInput as error:
            assert "holds a ledger already" in str(error)
        with workflow.open_engine(url) as engine:
            report = engine.audit()
            assert (report.outcome, report.entries) == ("ok", 1), (seed, number, report)
    return {"killed": kills, "made before": whole}


def _make(url: str) -> str:
    workflow.create_ledger(url, administrators=["ana"], rationale=WHY).close()
    return "made"


def _make_and_tell(url: str, tell: Tell) -> None:
    tell(_make(url))
