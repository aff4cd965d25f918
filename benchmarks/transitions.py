"""How many transitions a second, and what others make of the same work: ``python -m benchmarks.transitions --json``.

The work is one release from start to end, in ten durable writes of which four are transitions
(:mod:`benchmarks.ways`); a way does it once for each release, and what is told is transitions a second. Every way
writes to SQLite with WAL and ``synchronous=FULL``, and its own docstring says how it does a step:

- ``floor``: :mod:`~benchmarks.ways.bare`, ``sqlite3`` and one row a write, with no engine;
- ``naive``: :mod:`~benchmarks.ways.naive`, what one writes on ``transitions`` and SQLModel;
- ``eventsourcing``: :mod:`~benchmarks.ways.event_sourced`;
- ``django_fsm_log``: :mod:`~benchmarks.ways.fsm_log`, ``django-fsm-2`` with ``django-fsm-log``;
- ``mlflow``: :mod:`~benchmarks.ways.registry`, MLflow's registry store;
- ``holdfast``: :mod:`~benchmarks.ways.ours`, with everything it does;
- ``holdfast_signed``: the same, every act that is signed signed with an Ed25519 key.

They take turns, each turn begun by another, and the median of all turns counts: a disk that somebody else keeps busy
slows some turns down, of whichever way they are. Only the ratios mean something elsewhere. They are medians too, over
the turns, of what a way did to what the other did beside it. ``fsyncs_per_s`` is how often the same disk syncs a block.
What is not installed is null; ``make bench-env`` installs all of it.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.telling import Figures, lines, tell, told
from benchmarks.ways import TRANSITIONS
from benchmarks.ways.bare import fsyncs_per_s

WAYS: Mapping[str, str] = {
    "floor": "bare:make",
    "naive": "naive:make",
    "eventsourcing": "event_sourced:make",
    "django_fsm_log": "fsm_log:make",
    "mlflow": "registry:make",
    "holdfast": "ours:make",
    "holdfast_signed": "ours:make_signed",
}
TURNS = 21
RELEASES = 8
SYNCS = 100


def way(place: str, folder: Path) -> Callable[[str], None] | None:
    """What does the work for one release; None where what it needs is not installed."""
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(f"benchmarks.ways.{module}"), name)(folder)
    except ImportError as error:
        print(f"without {module}: {error}", file=sys.stderr)
        return None


def measure() -> dict[str, float | None]:
    """Each way's transitions a second, and what Holdfast's are to the others'."""
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as name:
        folder = Path(name)
        made = {title: way(place, folder) for title, place in WAYS.items()}
        ways = {title: work for title, work in made.items() if work is not None}
        for work in ways.values():
            work("warm-up")
        speeds: dict[str, list[float]] = {title: [] for title in ways}
        syncs = []
        order = deque(ways)
        for turn in range(TURNS):
            order.rotate()
            syncs.append(fsyncs_per_s(folder, SYNCS))
            for title in order:
                begun = time.perf_counter()
                for number in range(RELEASES):
                    ways[title](f"turn-{turn}-{number}")
                speeds[title].append(RELEASES * TRANSITIONS / (time.perf_counter() - begun))
    return {
        **{title: _rounded(speeds.get(title)) for title in WAYS},
        "fsyncs_per_s": _rounded(syncs),
        "of_floor": _ratio(speeds, "holdfast", "floor"),
        "signed_of_unsigned": _ratio(speeds, "holdfast_signed", "holdfast"),
    }


def _rounded(speeds: Sequence[float] | None) -> float | None:
    return round(median(speeds), 1) if speeds else None


def _ratio(speeds: Mapping[str, Sequence[float]], one: str, other: str) -> float | None:
    pairs = zip(speeds.get(one, ()), speeds.get(other, ()), strict=False)
    ratios = [mine / theirs for mine, theirs in pairs]
    return round(median(ratios), 3) if ratios else None


NAMES: Mapping[str, str] = {
    "floor": "bare `sqlite3`, one row a write, no engine",
    "eventsourcing": "`eventsourcing`",
    "django_fsm_log": "`django-fsm-2` with `django-fsm-log`",
    "naive": "the naive build: `transitions` and SQLModel",
    "mlflow": "MLflow's registry store",
    "holdfast": "**Holdfast**, with everything it does",
    "holdfast_signed": "**Holdfast**, every act that is signed signed and verified",
}


def table(figures: Figures) -> str:
    """The figures as the README has them."""
    floor = figures["floor"] or 1
    rows = [(name, told(value), f"{value / floor:.2f}") for key, name in NAMES.items() if (value := figures[key])]
    return lines(("", "transitions a second", "of the floor"), rows)


def main() -> None:
    """Prints the figures; with ``--json`` as one object, with ``--markdown`` as a table."""
    tell("transitions", "How many transitions a second.", measure, table)


if __name__ == "__main__":
    main()
