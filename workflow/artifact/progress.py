"""How far the hashing is, how fast it goes and how long it will take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

Timer = Callable[[], float]
"""Seconds since some moment; never steps back, as ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the hashing is.

    ``path`` is the file that was begun last, as the manifest will name it, and empty before; others may be at hand.
    ``rate`` is in bytes read a second, on average since the start; what a journal saved from being read is done, but
    not in it. ``left`` is in seconds, rounded up, at that rate; None while nothing is known of it.
    """

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    path: str
    rate: int
    left: int | None


class Meter:
    """Counts what several threads read, from the moment it is made."""

    def __init__(self, files_total: int, bytes_total: int, timer: Timer) -> None:
        self._files_total = files_total
        self._bytes_total = bytes_total
        self._timer = timer
        self._lock = Lock()
        self._files_done = 0
        self._bytes_read = 0
        self._bytes_saved = 0
        self._path = ""
        self._begun = timer()

    def save(self, size: int) -> None:
        """Counts a file of ``size`` bytes that need not be read."""
        with self._lock:
            self._files_done += 1
            self._bytes_saved += size

    def begin(self, path: str) -> None:
        """Counts a file as being at hand."""
        with self._lock:
            self._path = path

    def read(self, count: int) -> None:
        """Counts bytes that were read."""
        with self._lock:
            self._bytes_read += count

    def end(self) -> None:
        """Counts a file as read to its end."""
        with self._lock:
            self._files_done += 1

    def progress(self) -> Progress:
        """How far it is now."""
        with self._lock:
            elapsed = self._timer() - self._begun
            rate = int(self._bytes_read / elapsed) if elapsed > 0 else 0
            bytes_done = self._bytes_saved + self._bytes_read
            # A file that grew meanwhile is refused at its end; until then it must not count below nothing.
            remaining = max(self._bytes_total - bytes_done, 0)
            left = 0 if not remaining else -(-remaining // rate) if rate else None
            return Progress(self._files_done, self._files_total, bytes_done, self._bytes_total, self._path, rate, left)
