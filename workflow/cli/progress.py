"""A bar while files are hashed or written or entries checked, for people who wait at a terminal.

Where there is none, and it is no program that reads the answer, a line says so now and then: for the log of a long job.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from workflow.artifact import Progress
from workflow.cli.session import Call
from workflow.phrases import size

PATIENCE = 1.0
"""Seconds without a bar: what is done sooner needs none."""
BAR_WIDTH = 12
LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""

Advance = Callable[[int, int, str], None]
"""Takes how much is done, how much there is, and how that is told."""


class Hashing:
    """Hears how far the hashing is: shows it where somebody waits, and remembers the last report."""

    def __init__(self, show: Advance | None) -> None:
        self._show = show
        self.last = Progress(0, 0, 0, 0, "", 0, None)

    def __call__(self, progress: Progress) -> None:
        """Takes the next report."""
        self.last = progress
        if self._show is not None:
            self._show(progress.bytes_done, progress.bytes_total, told(progress))


def told(progress: Progress) -> str:
    """Files, bytes, rate and time left in a few words."""
    parts = [
        f"{progress.files_done}/{progress.files_total} files",
        f"{size(progress.bytes_done)}/{size(progress.bytes_total)}",
        f"{size(progress.rate)}/s",
    ]
    if progress.left is not None:
        minutes, seconds = divmod(progress.left, 60)
        parts.append(f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left")
    return "  ".join(parts)


@contextmanager
def hashing(call: Call, what: str = "hashing") -> Iterator[Hashing]:
    """What to tell the progress of what is hashed to."""
    with _bar(call, what) as show:
        yield Hashing(show)


@contextmanager
def checking(call: Call) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell the audit's progress to; None where nobody looks."""
    with _bar(call, "checking") as show:
        yield None if show is None else _Counted(show, "entries")


@contextmanager
def copying(call: Call) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell the progress of a ledger's copy to; None where nobody looks."""
    with _bar(call, "copying") as show:
        yield None if show is None else _Counted(show, "entries")


@contextmanager
def asking(call: Call) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell the progress of a question about all releases to; None where nobody looks."""
    with _bar(call, "looking") as show:
        yield None if show is None else _Counted(show, "releases")


@contextmanager
def writing(call: Call) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell the progress of a file that is written to; None where nobody looks."""
    with _bar(call, "writing") as show:
        yield None if show is None else lambda done, total: show(done, total, f"{done}/{total} parts")


class _Counted:
    """Shows how many of something were done, how fast, and how long the others take."""

    def __init__(self, show: Advance, what: str) -> None:
        self._show = show
        self._what = what
        self._begun = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Takes how many were done, of how many."""
        spent = time.monotonic() - self._begun
        parts = [f"{done}/{total} {self._what}"]
        if done and spent:
            left = int(spent * (total - done) / done)
            parts += [f"{int(done / spent)}/s", f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"]
        self._show(done, total, "  ".join(parts))


@contextmanager
def _bar(call: Call, what: str) -> Iterator[Advance | None]:
    stderr, environment = call.session.stderr, call.session.environment
    if call.out.mode != "people":
        yield None
        return
    if not stderr.isatty() or environment.get("TERM") == "dumb":
        yield _lines(stderr, what)
        return
    # Slow to import, and where nobody looks no bar is drawn.
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(
        file=stderr, width=call.out.width(), no_color=bool(environment.get("NO_COLOR")), legacy_windows=False
    )
    columns = TextColumn(what), BarColumn(BAR_WIDTH), TextColumn("{task.fields[told]}", markup=False)
    bar = Bar(*columns, console=console, transient=True)
    task = bar.add_task(what, told="")
    begun = time.monotonic()

    def advance(done: int, total: int, told: str) -> None:
        if time.monotonic() - begun >= PATIENCE:
            bar.start()
        bar.update(task, completed=done, total=total, told=told)

    try:
        yield advance
    finally:
        bar.stop()


def _lines(stderr: TextIO, what: str) -> Advance:
    last = time.monotonic()

    def advance(done: int, total: int, told: str) -> None:  # noqa: ARG001 -- a bar needs the two as numbers
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY:
            last = now
            stderr.write(f"{what} {told}\n")
            stderr.flush()

    return advance
