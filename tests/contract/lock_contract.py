"""What every storage must do when several want to write, and when one of them dies."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from storage_making import add, following, frontier_of, line

from workflow.errors import StorageError
from workflow.ledger import SaltedText
from workflow.storage import Storage, open_storage

HOLDS_THE_LOCK = """
import sys
sys.path.insert(0, sys.argv[2])
from storage_making import following
from workflow.storage import open_storage
with open_storage(sys.argv[1]).lock() as unit:
    unit.append(following(unit, body=b"from another process"))
    print("locked", flush=True)
    sys.stdin.readline()
    unit.commit()
"""

DIES_HALFWAY = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from storage_making import add, blobs, following, line
from workflow.ledger import SaltedText
from workflow.storage import open_storage
storage = open_storage(sys.argv[1])
add(storage, texts=(SaltedText.of("committed"),))
with storage.lock() as unit:
    large = blobs(b"never named " * 10_000)
    unit.append(following(unit, texts=(SaltedText.of("never"),), blobs=large, release=line(stage="never")))
    print("halfway", flush=True)
    sys.stdin.readline()
"""


class LockContract:
    """A part of the contract; the fixtures are those of the whole."""

    def test_a_second_thread_waits_for_the_lock_and_then_continues(self, storage: Storage) -> None:
        with ThreadPoolExecutor(1) as pool, storage.lock() as unit:
            waiting = pool.submit(add, storage)
            first = following(unit, body=b"first")
            unit.append(first)
            unit.commit()
            second = waiting.result(timeout=60)

        assert list(storage.entries()) == [first.entry, second]

    def test_a_lock_that_stays_held_is_an_error_that_says_so(self, storage: Storage, impatient: Storage) -> None:
        with storage.lock() as unit:
            with pytest.raises(StorageError, match="locked") as refused, impatient.lock():
                pytest.fail("two writers held the lock")
            assert refused.value.remedy
            assert impatient.head().frontier.size == 0
            unit.append(following(unit))
            unit.commit()

        assert add(impatient).seq == 2

    def test_another_process_excludes_this_one_until_it_commits(self, url: str, impatient: Storage) -> None:
        command = [sys.executable, "-c", HOLDS_THE_LOCK, url, str(Path(__file__).parent)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            with pytest.raises(StorageError, match="locked"), impatient.lock():
                pytest.fail("two writers held the lock")
            assert impatient.head().frontier.size == 0
            other.communicate("go\n", timeout=60)

        assert other.returncode == 0
        assert add(impatient).seq == 2
        assert [entry.body for entry in impatient.entries()] == [b"from another process", b"entry 2"]

    def test_appends_from_many_threads_leave_one_dense_ledger(self, storage: Storage) -> None:
        together = threading.Barrier(4)

        def work(number: int) -> None:
            together.wait()
            for _ in range(10):
                add(storage, f"release/r{number}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))

        entries = list(storage.entries())
        assert [entry.seq for entry in entries] == list(range(1, 41))
        assert storage.head().frontier == frontier_of(entries)
        for number in range(4):
            assert [entry.version for entry in storage.stream(f"release/r{number}")] == list(range(1, 11))

    def test_a_writer_that_is_killed_leaves_what_it_committed_and_nothing_else(self, url: str) -> None:
        storage = open_storage(url)
        add(storage, texts=(SaltedText.of("because"),), release=line())
        storage.close()
        command = [sys.executable, "-c", DIES_HALFWAY, url, str(Path(__file__).parent)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "halfway\n"
            writer.kill()
        assert writer.returncode == -signal.SIGKILL

        storage = open_storage(url)
        assert [entry.body for entry in storage.entries()] == [b"entry 1", b"entry 2"]
        assert storage.head().frontier.size == 2
        assert len(list(storage.commitments())) == 2
        assert list(storage.blobs()) == []
        assert storage.release("aurora") == line()
        assert storage.missing_protection() == ()
        assert add(storage).seq == 3
        storage.close()

    def test_what_opens_it_once_more_can_be_sent_to_another_process(self, storage: Storage) -> None:
        entry = add(storage)
        opening = storage.opening()
        assert opening is not None

        again = pickle.loads(pickle.dumps(opening))()  # noqa: S301
        assert list(again.entries()) == [entry]
        again.close()
