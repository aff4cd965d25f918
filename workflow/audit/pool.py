"""Several processes that look at one ledger. Whatever becomes of one of them, its work is never taken for done."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

from workflow.audit.desk import Desk, Job
from workflow.audit.worker import Failed, Setup, receive, send
from workflow.errors import StorageError

START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from workflow.audit.worker import main; main()"
"""Not :mod:`multiprocessing`: that runs the script once more that called the audit, or copies its threads' locks."""

Told = Callable[[int], None]
"""Takes how many entries were looked at since it was last called."""


class Pool:
    """Does jobs: here, or in other processes. The results are in the order of the jobs in any case.

    Args:
        desk: for what is done here.
        setup: how another process gets a desk of its own; None where all is done here.
        workers: how many other processes there are.
    """

    def __init__(self, desk: Desk, setup: Setup | None, workers: int) -> None:
        self._desk = desk
        self._setup = setup
        self._workers: list[_Worker] = []
        self._count = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()

    def run(self, jobs: Sequence[Job], told: Told) -> list[Any]:
        """Does all jobs.

        Raises:
            StorageError: a process ended before its work was done.
        """
        if self._setup is None or len(jobs) < 2:
            return [self._here(job, told) for job in jobs]
        while len(self._workers) < min(self._count, len(jobs)):
            self._workers.append(_Worker(self._setup))
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            idle.put(worker)
        results: list[Any] = [None] * len(jobs)
        with ThreadPoolExecutor(len(self._workers)) as threads:
            waiting: dict[Future[Any], int] = {}
            left = iter(enumerate(jobs))
            try:
                while True:
                    for place, job in left:
                        waiting[threads.submit(_asked, idle, job)] = place
                        if len(waiting) >= len(self._workers):
                            break
                    if not waiting:
                        return results
                    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        place = waiting.pop(future)
                        results[place] = future.result()
                        told(jobs[place].entries)
            except BaseException:
                # What the others are at is of no use any more; without this they would be waited for.
                for worker in self._workers:
                    worker.stop()
                raise

    def _here(self, job: Job, told: Told) -> Any:
        result = job.run(self._desk)
        told(job.entries)
        return result


def _asked(idle: SimpleQueue[_Worker], job: Job) -> Any:
    worker = idle.get()
    try:
        return worker.ask(job)
    finally:
        idle.put(worker)


class _Worker:
    """One other process."""

    def __init__(self, setup: Setup) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- ourselves
            # With -I nothing is imported from where it happens to run: only from where this process does.
            [sys.executable, "-I", "-c", START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._setup: Setup | None = setup

    def ask(self, job: Job) -> Any:
        """Has a job done.

        Raises:
            StorageError: the process ended before it was done.
        """
        try:
            if self._setup is not None:
                send(_open(self._process.stdin), self._setup)
                self._setup = None
            send(_open(self._process.stdin), job)
            answer = receive(_open(self._process.stdout))
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise StorageError(
                "a process of the audit ended before its work was done, so nothing can be said of the ledger",
                remedy="see whether there is enough memory, and run the audit again; --workers 1 needs the least",
            ) from error
        if isinstance(answer, Failed):
            raise StorageError(answer.message, remedy=answer.remedy)
        return answer

    def stop(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def end(self) -> None:
        """Lets it end, and waits for that."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    self._process.kill()
        self._process.wait()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe
