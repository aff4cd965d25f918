"""The digests of many files, with every core of the machine at work.

The threads are real ones: reading and hashing both happen outside the interpreter's lock. The largest file goes first,
so that none is left to run alone when all others are done. SHA-256 has no parallel form, so one file keeps one core
busy and no more: a model in a single huge file takes as long as its bytes take on one core, whatever stands beside it,
and a model in shards takes that time divided by the cores. It is also what an interruption throws away, since the state
within a file cannot be kept. A tree hash would be faster, and would name the same file by another digest than everybody
else does.

Memory is bounded by one block a core. Blocks of 128 KiB to 4 MiB read equally fast; 1 MiB keeps the threads' turns at
the interpreter's lock rare on a machine with many cores.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

from workflow.artifact.journal import Journal
from workflow.artifact.progress import Meter, Progress, Timer
from workflow.artifact.tree import Tree, TreeFile

BLOCK_BYTES = 1024 * 1024
TICK = 0.1
"""Seconds between two reports."""
AT_ONCE = BLOCK_BYTES
"""So many bytes are read sooner than a thread is started and a report is due."""


def hash_files(
    files: Sequence[tuple[Tree, TreeFile]],
    *,
    journal: Journal | None,
    progress: Callable[[Progress], None] | None,
    timer: Timer,
) -> list[str]:
    """The SHA-256 of each file in lower-case hexadecimal, in the order of the files.

    What the journal knows of a file is taken from there; what is read is noted there. The first file that is refused
    ends the work, and so does whatever ``progress`` raises: it is called in the caller's own thread.

    Raises:
        InvalidInput: a file cannot be read, or is no longer the one that was listed.
        StorageError: the journal cannot be written.
    """
    meter = Meter(len(files), sum(file.stamp.size for _, file in files), timer)
    digests = [journal.recall(file) if journal else None for _, file in files]
    unread = []
    for index, digest in enumerate(digests):
        if digest is None:
            unread.append(index)
        else:
            meter.save(files[index][1].stamp.size)
    waiting = deque(sorted(unread, key=lambda index: -files[index][1].stamp.size))
    stop = Event()

    total = sum(files[index][1].stamp.size for index in unread)
    largest = files[waiting[0]][1].stamp.size if waiting else 0

    def work() -> None:
        buffer = memoryview(bytearray(min(BLOCK_BYTES, largest + 1)))
        while True:
            try:
                index = waiting.popleft()
            except IndexError:
                return
            tree, file = files[index]
            meter.begin(file.path)
            hasher = hashlib.sha256()
            for block in tree.read(file, buffer):
                if stop.is_set():
                    return
                hasher.update(block)
                meter.read(len(block))
            digest = digests[index] = hasher.hexdigest()
            if journal:
                journal.note(file, digest)
            meter.end()

    def tell() -> None:
        if progress is not None:
            progress(meter.progress())

    tell()
    if total <= AT_ONCE:
        work()
    else:
        with ThreadPoolExecutor(_cores()) as pool:
            try:
                running = {pool.submit(work) for _ in range(min(_cores(), len(unread)))}
                while running:
                    done, running = wait(running, timeout=TICK, return_when=FIRST_EXCEPTION)
                    for thread in done:
                        thread.result()
                    if running:
                        tell()
            finally:
                stop.set()
    tell()
    return [digest for digest in digests if digest is not None]


def _cores() -> int:
    # Those that this process may use, which can be fewer than the machine has.
    return len(os.sched_getaffinity(0))
