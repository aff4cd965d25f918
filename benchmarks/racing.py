"""Many clients that all want to move the same release in the same moment: one of them may, and the others learn why."""

from __future__ import annotations

from collections import Counter
from math import ceil
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.crowd import Task, together
from benchmarks.ways import HOLDER, LEAD, WHY, ours
from workflow import InvalidTransition, WorkflowError, open_engine

CONTESTED = "contested"
WON, TOLD = "won", "told why"
Attempt = tuple[str, float]


def races(given: dict[str, Any]) -> dict[str, float]:
    """Has a crowd delay one release and resume it, ``releases`` times, everybody trying each time.

    Returns:
        How many tries there were, how many moved the release, and how many were told that it is somewhere else by now;
        ``failed`` ended in any other way, ``lost`` are moves that were acknowledged and are not on record, ``problems``
        what an audit finds; and how long the tries took, waiting for each other included, in milliseconds.
    """
    task = Task(**given)

    def act(number: int, barrier: Barrier) -> list[Attempt]:
        folder = Path(task.folder) / f"{task.turn}-{number}"
        folder.mkdir()
        acts = ours.client(task.url, folder)
        if number == 0:
            acts.start(CONTESTED)
            acts.sign(CONTESTED, "submit")
            acts.move(CONTESTED, "submit")
        attempts = []
        for each in range(1, task.releases + 1):
            for trigger, person in (("delay", HOLDER), ("resume", LEAD)):
                barrier.wait()
                attempts.append(_tried(acts, trigger, person))
                barrier.wait()
                if number == 0 and trigger == "delay":
                    acts.engine.lift(CONTESTED, f"H{each}", role="safety", actor=HOLDER, rationale=WHY)
        return attempts

    attempts = [attempt for each in together(task.clients, act) for attempt in each]
    ended = Counter(outcome for outcome, _ in attempts)
    for outcome in ended.keys() - {WON, TOLD}:
        print(f"{ended[outcome]} times: {outcome}")
    waits = sorted(seconds for _, seconds in attempts)
    with open_engine(task.url) as engine:
        report = engine.audit()
    return {
        "clients": task.clients,
        "tries": len(attempts),
        "moved": ended[WON],
        "told_why": ended[TOLD],
        "failed": len(attempts) - ended[WON] - ended[TOLD],
        # That one was moved into review beforehand is not among the tries.
        "lost": ended[WON] + 1 - report.transitions,
        "problems": len(report.problems),
        "wait_p99_ms": round(waits[ceil(0.99 * len(waits)) - 1] * 1000, 1),
        "wait_max_ms": round(waits[-1] * 1000, 1),
    }


def _tried(acts: ours.Acts, trigger: str, person: str) -> Attempt:
    begun = perf_counter()
    try:
        acts.move(CONTESTED, trigger, person)
        outcome = WON
    except InvalidTransition as error:
        outcome = TOLD if "and the release is in" in error.message else f"not told why: {error.message}"
    except WorkflowError as error:
        outcome = f"{error.code}: {error.message}"
    return outcome, perf_counter() - begun
