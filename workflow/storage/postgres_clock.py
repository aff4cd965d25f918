"""The clock of a PostgreSQL server: one for every host that uses the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from workflow.errors import StorageError

FRESH = 5.0
"""For how many seconds a reading of the server's clock is carried on by this machine's."""


class ServerClock:
    """What the server's clock reads now, from its last reading and the time that has gone by here since then.

    A reading comes with every transaction, at no cost, and lags by the way from the server at most.

    Args:
        read: has a reading taken, which is given to :meth:`set`.
    """

    def __init__(self, read: Callable[[], None]) -> None:
        self._read = read
        self._last: tuple[datetime, float] | None = None

    def set(self, reading: object) -> None:
        """Takes a reading of the server's clock, made just now.

        Raises:
            StorageError: that is no time.
        """
        if not isinstance(reading, datetime) or reading.tzinfo is None:
            raise StorageError("the server's clock says no time", remedy="check the server")
        self._last = (reading.astimezone(UTC), time.monotonic())

    def now(self) -> datetime:
        """The present time, in UTC.

        Raises:
            StorageError: the server cannot be asked, or says what is no time.
        """
        last = self._last
        if last is None or time.monotonic() - last[1] > FRESH:
            self._read()
            last = self._last
        if last is None:
            raise AssertionError("reading the server's clock sets it")
        try:
            return last[0] + timedelta(seconds=time.monotonic() - last[1])
        except OverflowError as error:
            raise StorageError("the server's clock is at the end of all time", remedy="set it right") from error
