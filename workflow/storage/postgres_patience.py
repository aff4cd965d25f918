"""A connection that does not wait for ever for an answer.

The system tells of a server that is gone, and the server ends what takes it too long; but whatever stands between may
take what is said, and pass nothing on.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

PATIENCE_SECONDS = 75.0
"""How long to wait for an answer: longer than the server may take for one."""

Result = TypeVar("Result")


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is lost where no answer comes within its ``patience``; None waits for ever."""

    patience: float | None = PATIENCE_SECONDS

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Waits for what is under way.

        Raises:
            psycopg.OperationalError: no answer came.
        """
        if self.patience is not None:
            gen = self._bounded(gen, self.patience)
        # Before 3.3 there was no timeout.
        return super().wait(gen, interval) if timeout is None else super().wait(gen, interval, timeout)

    def _bounded(self, gen: PQGen[Result], seconds: float) -> PQGen[Result]:
        last = monotonic() + seconds
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and monotonic() > last:
                    # Nothing more can be said on it either, such as that all is to be undone.
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer came for {seconds:.0f} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result
