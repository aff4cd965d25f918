"""How many transitions a second a team makes on one PostgreSQL: ``python -m benchmarks.postgres --json``.

The server is a real one, started for this, as it comes but for the number of connections: ``fsync`` and
``synchronous_commit`` are on. For 1, 4, 16 and 64 clients, each a process of its own with releases of its own
(:mod:`benchmarks.crowd`), it is told how many transitions a second they make together:

- ``holdfast``: :mod:`~benchmarks.ways.ours`, with everything it does;
- ``mlflow``: :mod:`~benchmarks.ways.registry`, MLflow's registry store;
- ``dbos``: :mod:`~benchmarks.ways.durable`, DBOS workflows;
- ``pgbench``: :mod:`~benchmarks.ways.pgbench`, transactions of one insert and one update, with nothing decided.

The work is that of :mod:`benchmarks.transitions`, a release from start to end. Its four transitions are done while
nothing else is, and only their time counts; the sign-offs that their gates ask for are recorded before. What the same
clients make with all ten writes counted, the starts, the sign-offs and what is asked before them included, stands under
``whole``.

The ways take turns, and before each crowd of Holdfast's, pgbench with one client has one; the median of the turns is
told. ``of_pgbench`` is the median of what the largest crowd but one made to what that one client of pgbench made beside
it, and ``of_one_client`` what the largest crowd makes to what a single client does. ``one_release`` is
:mod:`~benchmarks.racing`: everybody wants to move the same release, again and again. What is not installed is null;
``make bench-env`` installs all of it.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import crowd
from benchmarks.crowd import Task
from benchmarks.telling import Figures, lines, tell, told
from benchmarks.ways import pgbench
from tests.support.postgres import Server

WAYS: Mapping[str, str] = {"holdfast": "ours", "mlflow": "registry", "dbos": "durable"}
SETTINGS = {"max_connections": "600", "shared_buffers": "128MB"}
CLIENTS = (1, 4, 16, 64)
HELD_TO_FLOOR = 16
RELEASES = 192
"""Of all clients together; each has four at least."""
LEAST = 4
TURNS = 3
SECONDS = 2
RACES = 10


def measure() -> dict[str, Any]:
    """Each way's transitions a second for each number of clients, and the ratios."""
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as name, Server(SETTINGS, durable=True) as server:
        measured = Measured(server, Path(name))
        for turn in range(TURNS):
            for clients in CLIENTS:
                measured.turn(turn, clients)
        return {**measured.figures(), "one_release": measured.races()}


class Measured:
    """What was measured so far, on one server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._ways = {title: way for title, way in WAYS.items() if _is_there(way)}
        self._urls = {title: server.database() for title in self._ways}
        for title, way in self._ways.items():
            crowd.prepare(way, self._urls[title], folder / title)
        self._floor = server.database()
        self._script = pgbench.prepare(self._floor, folder)
        self._order = deque(self._ways)
        self._moves: dict[tuple[str, int], list[float]] = defaultdict(list)
        self._whole: dict[tuple[str, int], list[float]] = defaultdict(list)
        self._beside: dict[int, list[float]] = defaultdict(list)

    def turn(self, turn: int, clients: int) -> None:
        """Every way once, with so many clients."""
        self._order.rotate()
        for title in self._order:
            if title == "holdfast":
                self._beside[clients].append(self._transactions(1))
            task = self._task(title, clients, max(RELEASES // clients, LEAST), f"turn-{turn}-of-{clients}")
            made = crowd.run("benchmarks.crowd:lives", vars(task))
            self._moves[title, clients].append(made["moves_per_s"])
            self._whole[title, clients].append(made["whole_per_s"])
        self._moves["pgbench", clients].append(self._transactions(clients))

    def figures(self) -> dict[str, Any]:
        """The medians, and the ratios."""
        ours = {clients: self._moves["holdfast", clients] for clients in CLIENTS}
        floor = [mine / theirs for mine, theirs in zip(ours[HELD_TO_FLOOR], self._beside[HELD_TO_FLOOR], strict=True)]
        grown = [many / one for many, one in zip(ours[CLIENTS[-1]], ours[CLIENTS[0]], strict=True)]
        return {
            **{str(clients): self._of(self._moves, clients, ("pgbench", *WAYS)) for clients in CLIENTS},
            "whole": {str(clients): self._of(self._whole, clients, WAYS) for clients in CLIENTS},
            "pgbench_one_client": round(median([one for each in self._beside.values() for one in each]), 1),
            "of_pgbench": round(median(floor), 3),
            "of_one_client": round(median(grown), 3),
        }

    def races(self) -> dict[str, float]:
        """What comes of it where the largest crowd wants to move one release."""
        url = self._server.database()
        crowd.prepare("ours", url, self._folder / "races")
        task = Task("ours", url, str(self._folder / "races"), CLIENTS[-1], RACES, "race")
        return crowd.run("benchmarks.racing:races", vars(task))

    def _task(self, title: str, clients: int, releases: int, turn: str) -> Task:
        return Task(self._ways[title], self._urls[title], str(self._folder / title), clients, releases, turn)

    def _transactions(self, clients: int) -> float:
        program = self._server.programs / "pgbench"
        return pgbench.transactions_per_s(program, self._floor, self._script, clients, SECONDS)

    def _of(self, speeds: Mapping[tuple[str, int], list[float]], clients: int, titles: Any) -> dict[str, float | None]:
        found = {title: speeds.get((title, clients)) for title in titles}
        return {title: round(median(each), 1) if each else None for title, each in found.items()}


def _is_there(way: str) -> bool:
    try:
        importlib.import_module(f"benchmarks.ways.{way}")
    except ImportError as error:
        print(f"without {way}: {error}", file=sys.stderr)
        return False
    return True


NAMES: Mapping[str, str] = {
    "pgbench": "`pgbench`, an insert and an update",
    "dbos": "DBOS workflows",
    "mlflow": "MLflow's registry store",
    "holdfast": "**Holdfast**, with everything it does",
}


def table(figures: Figures) -> str:
    """The figures as the README has them."""
    counts = [key for key in figures if key.isdecimal()]
    rows = [(name, *(told(figures[count].get(key)) for count in counts)) for key, name in NAMES.items()]
    first, *others = counts
    crowds = [f"{first} client", *(f"{count} clients" for count in others)]
    race = figures["one_release"]
    raced = (told(race["moved"]), told(race["told_why"]), f"{race['wait_p99_ms']} ms", f"{race['wait_max_ms']} ms")
    contested = f"{race['clients']} clients want to move one release, {race['moved']} times"
    return (
        lines(("transitions a second", *crowds), rows)
        + "\n\n"
        + lines((contested, "moved it", "were told why not", "waited, 99 of 100", "waited at most"), [("", *raced)])
    )


def main() -> None:
    """Prints the figures; with ``--json`` as one object, with ``--markdown`` as tables."""
    tell("postgres", "How many transitions a second a team makes on one PostgreSQL.", measure, table)


if __name__ == "__main__":
    main()
