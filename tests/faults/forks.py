"""Children of this process: each does one thing, tells what came of it by a pipe, and ends without cleaning up."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Child:
    """A forked process and the pipe that it tells by."""

    pid: int
    pipe: int
    _rest: bytes = b""
    ended: bool = False

    def lines(self, until: float) -> Iterator[Any]:
        """What it tells, as it tells it, until a moment of the monotonic clock or until it tells no more."""
        while True:
            while b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                yield json.loads(line)
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
                return
            data = os.read(self.pipe, 65536)
            if not data:
                self.ended = True
                return
            self._rest += data

    def kill(self) -> list[Any]:
        """Ends it where it is, and returns what it had told before that was not read yet."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        told = list(self.lines(time.monotonic() + 10))
        os.close(self.pipe)
        # What it was telling when it died was not told.
        return told


def fork(act: Callable[[Callable[[Any], None]], None]) -> Child:
    """A child that acts; it is given the function by which it tells things.

    What is told has left the child when that function returns: nothing of it waits in a buffer.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading)
    try:
        os.close(reading)

        def tell(what: Any) -> None:
            os.write(writing, json.dumps(what).encode() + b"\n")

        act(tell)
    except BaseException:
        os.write(writing, json.dumps({"broke": traceback.format_exc()}).encode() + b"\n")
    finally:
        os._exit(0)


def at_once(acts: list[Callable[[], Any]], *, seconds: float = 60) -> list[Any]:
    """What each of several processes got, which all began in the same moment.

    Raises:
        TimeoutError: one of them did not end in time.
    """
    gate, opener = os.pipe()

    def waiting(act: Callable[[], Any]) -> Callable[[Callable[[Any], None]], None]:
        def run(tell: Callable[[Any], None]) -> None:
            os.close(opener)
            os.read(gate, 1)  # ends for all of them when the last writer is gone
            tell(act())

        return run

    children = [fork(waiting(act)) for act in acts]
    os.close(gate)
    os.close(opener)
    until = time.monotonic() + seconds
    results = [next(child.lines(until), None) for child in children]
    for child in children:
        child.kill()
    if None in results:
        raise TimeoutError(f"{results.count(None)} of {len(acts)} processes had not ended after {seconds} s")
    return results
