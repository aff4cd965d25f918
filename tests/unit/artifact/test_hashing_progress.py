"""How far, how fast and how long: what the meter says, and when a person hears it."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workflow.artifact import Progress, build_manifest
from workflow.artifact.cores import BLOCK_BYTES
from workflow.artifact.progress import Meter
from workflow.errors import InvalidInput

PATIENCE = 30
"""Seconds after which a test gives up that would otherwise wait for ever."""


@pytest.fixture(autouse=True)
def threads_for_small_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflow.artifact.cores.AT_ONCE", -1)


class Watch:
    """A timer that shows what it is set to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_nothing_is_known_of_rate_and_time_left_before_the_first_byte() -> None:
    assert Meter(2, 30, Watch()).progress() == Progress(0, 2, 0, 30, "", rate=0, left=None)


def test_rate_and_time_left_follow_from_what_was_read_since_the_start() -> None:
    watch = Watch()
    meter = Meter(2, 30, watch)
    meter.begin("a.bin")
    watch.seconds += 4
    meter.read(10)
    assert meter.progress() == Progress(0, 2, 10, 30, "a.bin", rate=2, left=10)
    meter.end()
    watch.seconds += 1
    assert meter.progress() == Progress(1, 2, 10, 30, "a.bin", rate=2, left=10)
    watch.seconds += 5
    assert meter.progress() == Progress(1, 2, 10, 30, "a.bin", rate=1, left=20)


def test_a_part_of_a_second_that_is_left_counts_as_a_whole_one() -> None:
    watch = Watch()
    meter = Meter(1, 31, watch)
    watch.seconds += 1
    meter.read(10)
    assert meter.progress().left == 3


def test_what_the_journal_saved_is_done_but_makes_nothing_faster() -> None:
    watch = Watch()
    meter = Meter(3, 1000, watch)
    meter.save(900)
    assert meter.progress() == Progress(1, 3, 900, 1000, "", rate=0, left=None)
    watch.seconds += 5
    meter.begin("b.bin")
    meter.read(50)
    assert meter.progress() == Progress(1, 3, 950, 1000, "b.bin", rate=10, left=5)


def test_nothing_is_left_when_all_is_done_even_in_no_time() -> None:
    meter = Meter(1, 0, Watch())
    meter.end()
    assert meter.progress() == Progress(1, 1, 0, 0, "", rate=0, left=0)


def test_a_timer_that_stands_still_or_steps_back_divides_by_nothing() -> None:
    watch = Watch()
    meter = Meter(1, 10, watch)
    meter.read(5)
    assert meter.progress().left is None
    watch.seconds -= 50
    assert meter.progress().rate == 0


def test_a_file_that_has_grown_leaves_less_than_nothing_unsaid() -> None:
    watch = Watch()
    meter = Meter(1, 10, watch)
    watch.seconds += 1
    meter.read(11)
    assert meter.progress().left == 0


def test_the_first_report_comes_before_any_byte_and_the_last_after_all(model: Path) -> None:
    seen: list[Progress] = []
    build_manifest(model, progress=seen.append, timer=Watch())
    assert seen[0] == Progress(0, 3, 0, 16, "", rate=0, left=None)
    assert (seen[-1].files_done, seen[-1].bytes_done, seen[-1].left) == (3, 16, 0)
    assert [report.bytes_done for report in seen] == sorted(report.bytes_done for report in seen)


def holding(monkeypatch: pytest.MonkeyPatch, released: threading.Event) -> list[int]:
    """Makes every update of a hash wait until it is released; answers with the sizes of the updates."""
    real = hashlib.sha256
    updates: list[int] = []

    class Held:
        def __init__(self) -> None:
            self._real = real()

        def update(self, data: memoryview) -> None:
            assert released.wait(PATIENCE)
            updates.append(len(data))
            self._real.update(data)

        def hexdigest(self) -> str:
            return self._real.hexdigest()

    monkeypatch.setattr("workflow.artifact.cores.hashlib.sha256", Held)
    return updates


def test_reports_keep_coming_in_the_callers_thread_while_files_are_read(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    holding(monkeypatch, released)
    seen: list[tuple[Progress, int]] = []

    def look(progress: Progress) -> None:
        seen.append((progress, threading.get_ident()))
        if len(seen) == 3:
            released.set()

    build_manifest(model, progress=look)
    assert len(seen) > 3
    assert seen[2][0].bytes_done == 0
    assert seen[2][0].path
    assert {thread for _, thread in seen} == {threading.get_ident()}


@pytest.mark.parametrize("error", [BrokenPipeError("nobody reads"), KeyboardInterrupt()])
def test_what_the_callback_raises_ends_the_reading_and_is_not_taken_for_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    for name in "ab":
        (tmp_path / f"{name}.bin").touch()
        os.truncate(tmp_path / f"{name}.bin", 256 * BLOCK_BYTES)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    released = threading.Event()
    updates = holding(monkeypatch, released)
    before = threading.active_count(), sorted(Path("/proc/self/fd").iterdir())
    calls = 0

    def hang_up(_: Progress) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            released.set()
            raise error

    with pytest.raises(type(error)):
        build_manifest(tmp_path, progress=hang_up)
    assert calls == 2
    assert len(updates) < 256, "the file at hand was read to its end, though nobody waits for it"
    assert (threading.active_count(), sorted(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("cores", [1, 2, 7])
def test_any_number_of_cores_finds_the_same_and_uses_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    for number in range(7):
        (tmp_path / f"{number}.bin").write_bytes(bytes([number]) * (number + 1))
    together = threading.Barrier(cores)
    threads: set[int] = set()
    real = hashlib.sha256

    def meeting() -> Any:
        if threading.get_ident() not in threads:
            threads.add(threading.get_ident())
            together.wait(PATIENCE)
        return real()

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setattr("workflow.artifact.cores.hashlib.sha256", meeting)
    manifest = build_manifest(tmp_path)
    monkeypatch.undo()
    assert len(threads) == cores
    assert [file.sha256 for file in manifest.files] == [
        hashlib.sha256(bytes([number]) * (number + 1)).hexdigest() for number in range(7)
    ]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files in the order in which the only core begins them."""
    paths: list[str] = []
    begin: Callable[[Meter, str], None] = Meter.begin

    def remember(meter: Meter, path: str) -> None:
        paths.append(path)
        begin(meter, path)

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    monkeypatch.setattr(Meter, "begin", remember)
    return paths


def test_the_largest_file_is_begun_first_so_that_it_does_not_end_alone(tmp_path: Path, begun: list[str]) -> None:
    for name, size in {"a": 10, "b": 30, "c": 0, "d": 20}.items():
        (tmp_path / name).write_bytes(bytes(size))
    build_manifest(tmp_path)
    assert begun == ["b", "d", "a", "c"]


def test_one_refused_file_ends_the_reading_of_all_others(tmp_path: Path, begun: list[str]) -> None:
    for number in range(5):
        (tmp_path / f"{number}.bin").write_bytes(bytes(number))
    with pytest.raises(InvalidInput, match=r"'3\.bin' changed, appeared or vanished"):
        build_manifest(tmp_path, progress=lambda _: (tmp_path / "3.bin").unlink(missing_ok=True))
    assert begun == ["4.bin", "3.bin"]


def test_few_bytes_are_read_without_starting_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.bin").write_bytes(b"small")
    monkeypatch.setattr("workflow.artifact.cores.AT_ONCE", BLOCK_BYTES)
    monkeypatch.setattr("workflow.artifact.cores.ThreadPoolExecutor", None)
    updates: list[Progress] = []

    manifest = build_manifest(tmp_path, progress=updates.append)

    assert manifest.files[0].sha256 == hashlib.sha256(b"small").hexdigest()
    assert [update.bytes_done for update in updates] == [0, 5]
