"""Many clients of one server at once, each a process of its own.

One process imports what a way needs and forks the clients, so that none of them spends the measured time on starting.
Each opens the database by itself and goes a release's whole way for nobody to measure. Then they wait for each other,
and do one step after the other: every client does a step for all of its releases, and when the last one is done all
begin the next step in the same moment. So the time of the transitions can be told from that of what comes between.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.ways import STEPS, TRANSITIONS, Acts

ROOT = Path(__file__).parents[1]
SECONDS = 300
"""How long clients wait for each other, and a crowd is waited for, before it is given up."""


@dataclass(frozen=True)
class Task:
    """What a crowd is to do.

    Args:
        way: the module of the way.
        url: the database.
        folder: for the files of the clients.
        clients: how many.
        releases: of each client.
        turn: what the names of the releases begin with, lest they be taken.
    """

    way: str
    url: str
    folder: str
    clients: int
    releases: int
    turn: str


def prepare(way: str, url: str, folder: Path) -> None:
    """Has a process of its own make what the clients of a way work in."""
    folder.mkdir()
    run(f"benchmarks.ways.{way}:prepare", url, str(folder))


def run(function: str, *given: Any) -> Any:
    """What a function returns in a process of its own; it gets and gives what JSON can say."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.crowd", function, json.dumps(given)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=SECONDS,
    )
    return json.loads(done.stdout.splitlines()[-1])


def together(clients: int, act: Callable[[int, Barrier], Any]) -> list[Any]:
    """What each of so many forked processes returned.

    Raises:
        RuntimeError: one of them failed.
    """
    forking = multiprocessing.get_context("fork")
    barrier = forking.Barrier(clients, timeout=SECONDS)

    def run(number: int, tell: Connection) -> None:
        try:
            tell.send((act(number, barrier), None))
        except BaseException:
            barrier.abort()
            tell.send((None, traceback.format_exc()))
        os._exit(0)  # what runs in the background ends here

    started = []
    for number in range(clients):
        hear, tell = forking.Pipe(duplex=False)
        process = forking.Process(target=run, args=(number, tell))
        process.start()
        tell.close()
        started.append((process, hear))
    told = [hear.recv() for _, hear in started]
    for process, _ in started:
        process.join()
    if failed := [error for _, error in told if error]:
        raise RuntimeError(next((error for error in failed if "BrokenBarrierError" not in error), failed[0]))
    return [result for result, _ in told]


def lives(given: dict[str, Any]) -> dict[str, float]:
    """Every client goes the whole way with all of its releases.

    Returns:
        The transitions a second, while nothing else was done and with all that comes between.
    """
    task = Task(**given)
    way = importlib.import_module(f"benchmarks.ways.{task.way}")

    def act(number: int, barrier: Barrier) -> list[tuple[float, float]]:
        folder = Path(task.folder) / f"{task.turn}-{number}"
        folder.mkdir()
        acts: Acts = way.client(task.url, folder)
        names = [f"{task.turn}-{number}-{each}" for each in range(task.releases)]
        for step in STEPS:
            step.act(acts, f"{task.turn}-{number}-warm-up")
        spans = []
        for step in STEPS:
            barrier.wait()
            begun = perf_counter()
            for name in names:
                step.act(acts, name)
            spans.append((begun, perf_counter()))
        barrier.wait()
        return spans

    spent = [_from_first_to_last(spans) for spans in zip(*together(task.clients, act), strict=True)]
    moving = sum(seconds for step, seconds in zip(STEPS, spent, strict=True) if step.moves)
    moved = task.clients * task.releases * TRANSITIONS
    return {"moves_per_s": moved / moving, "whole_per_s": moved / sum(spent)}


def _from_first_to_last(spans: Sequence[tuple[float, float]]) -> float:
    return max(end for _, end in spans) - min(begun for begun, _ in spans)


def main() -> None:
    """Does what it is told to, and prints what came of it."""
    function, given = sys.argv[1:]
    module, _, name = function.partition(":")
    print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(given))))


if __name__ == "__main__":
    main()
