"""A bar while files are hashed or entries checked, for people who wait at a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, ProgressColumn, TextColumn
from rich.progress import Progress as Bar

from workflow.artifact import Progress
from workflow.cli.session import Call

PATIENCE = 1.0
"""Seconds without a bar: what is done sooner needs none."""


@contextmanager
def hashing(call: Call) -> Iterator[Callable[[Progress], None] | None]:
    """What to tell the hashing's progress to; None where nobody looks."""
    with _bar(call, "hashing", DownloadColumn()) as advance:
        yield None if advance is None else lambda at: advance(at.bytes_done, at.bytes_total)


@contextmanager
def checking(call: Call) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell the audit's progress to; None where nobody looks."""
    with _bar(call, "checking", MofNCompleteColumn()) as advance:
        yield advance


@contextmanager
def _bar(call: Call, what: str, column: ProgressColumn) -> Iterator[Callable[[int, int], None] | None]:
    stderr, environment = call.session.stderr, call.session.environment
    if call.out.mode == "quiet" or not stderr.isatty() or environment.get("TERM") == "dumb":
        yield None
        return
    console = Console(file=stderr, no_color=bool(environment.get("NO_COLOR")), legacy_windows=False)
    bar = Bar(TextColumn(what), BarColumn(), column, console=console, transient=True)
    task = bar.add_task(what)
    begun = time.monotonic()

    def advance(done: int, total: int) -> None:
        if time.monotonic() - begun >= PATIENCE:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        bar.stop()
