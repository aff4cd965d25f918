"""What an interrupted hashing leaves behind: what it saves, when it is believed, and what a forged one can do."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.artifact import Journal, Progress, build_manifest, verify
from workflow.artifact.journal import HEADER, SYNC_BYTES
from workflow.artifact.tree import Stamp, TreeFile
from workflow.errors import InvalidInput, StorageError

FIRST, SECOND, THIRD = "a.safetensors", "m/b.safetensors", "z.safetensors"
START = datetime.now(UTC)


class Later:
    """A clock that is some hours ahead, so that files made by a test have lain there for a while."""

    def __init__(self, hours: float = 1) -> None:
        self._moment = START + timedelta(hours=hours)

    def now(self) -> datetime:
        return self._moment


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "hashing.journal"


def interrupted(model: Path, place: Path, *, hours: float = 1) -> None:
    """A build that notes the three files and is refused when a fourth one vanishes."""
    (model / "last").touch()
    with Journal(place, clock=Later(hours)) as journal, pytest.raises(InvalidInput):
        build_manifest(model, journal=journal, progress=lambda _: (model / "last").unlink(missing_ok=True))


def records(place: Path) -> list[dict[str, object]]:
    return [json.loads(line.partition(b" ")[2]) for line in place.read_bytes().splitlines()[1:]]


def line(record: dict[str, object]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read one after the other, so that it is known which come before the one that ends the build."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})


def test_a_journal_says_of_each_file_where_it_lay_and_what_it_held(model: Path, place: Path) -> None:
    with Journal(place, clock=Later()) as journal:
        build_manifest(model, journal=journal)
        assert (journal.recalled, journal.oldest) == (0, None)
    status = (model / SECOND).stat()
    assert place.read_bytes().startswith(b"holdfast-hash-journal 1\n")
    assert place.stat().st_mode & 0o777 == 0o600
    assert records(place)[0] == {
        "path": SECOND,
        "device": status.st_dev,
        "inode": status.st_ino,
        "size": 6,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
        "sha256": hashlib.sha256(b"second").hexdigest(),
        "at": Later().now().isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }


def test_what_was_hashed_before_the_interruption_is_not_read_again(model: Path, place: Path) -> None:
    plain = build_manifest(model)
    interrupted(model, place)
    seen: list[Progress] = []
    with Journal(place, clock=Later(5)) as journal:
        assert build_manifest(model, journal=journal, progress=seen.append) == plain
        assert (journal.recalled, journal.oldest) == (3, Later(1).now())
    assert (seen[0].files_done, seen[0].bytes_done, seen[0].path) == (3, 16, "")


def test_only_what_is_missing_is_read(model: Path, place: Path) -> None:
    interrupted(model, place)
    (model / "new.bin").write_bytes(b"new")
    plain = build_manifest(model)
    seen: list[Progress] = []
    with Journal(place, clock=Later(5)) as journal:
        assert build_manifest(model, journal=journal, progress=seen.append) == plain
    assert {report.path for report in seen} == {"", "new.bin"}


KILLED = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from workflow.artifact import Journal, build_manifest

class Later:
    def now(self):
        return datetime.now(UTC) + timedelta(hours=1)

class Killed(Journal):
    def note(self, file, digest):
        super().note(file, digest)
        if file.path == "m/b.safetensors":
            os.kill(os.getpid(), signal.SIGKILL)

os.sched_getaffinity = lambda _: {0}
with Killed(sys.argv[2], clock=Later()) as journal:
    build_manifest(sys.argv[1], journal=journal)
"""


def test_a_killed_process_loses_no_file_that_it_had_finished(model: Path, place: Path) -> None:
    plain = build_manifest(model)
    done = subprocess.run([sys.executable, "-c", KILLED, str(model), str(place)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [record["path"] for record in records(place)] == [SECOND]
    with Journal(place, clock=Later(5)) as journal:
        assert build_manifest(model, journal=journal) == plain
        assert journal.recalled == 1


def move_ctime(path: Path) -> None:
    """Nothing but ``ctime`` moves, with the system's next tick."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_copy(path: Path) -> None:
    before = path.stat()
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
    copy.replace(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: move_ctime(m / SECOND),
        lambda m: replace_by_copy(m / SECOND),
        lambda m: os.utime(m / SECOND, ns=(0, 0)),
        lambda m: (m / SECOND).write_bytes(b"longer than before"),
        lambda m: (m / SECOND).rename(m / "m" / "c.safetensors"),
    ],
)
def test_a_file_of_which_anything_differs_is_read_again(
    model: Path, place: Path, change: Callable[[Path], object]
) -> None:
    interrupted(model, place)
    change(model)
    plain = build_manifest(model)
    with Journal(place, clock=Later(5)) as journal:
        assert build_manifest(model, journal=journal) == plain
        assert journal.recalled == 2


@pytest.mark.parametrize("part", ["device", "inode", "size", "mtime_ns", "ctime_ns"])
def test_every_stamp_must_match(part: str, place: Path) -> None:
    parts = {"device": 1, "inode": 2, "size": 3, "mtime_ns": 4, "ctime_ns": 5}
    with Journal(place, clock=Later()) as journal:
        journal.note(TreeFile("a", "a", Stamp(**parts)), "0" * 64)
    with Journal(place, clock=Later()) as journal:
        assert journal.recall(TreeFile("a", "a", Stamp(**{**parts, part: 9}))) is None
        assert journal.recall(TreeFile("b", "a", Stamp(**parts))) is None
        assert journal.recall(TreeFile("a", "a", Stamp(**parts))) == "0" * 64


@pytest.mark.parametrize(("seconds", "noted"), [(0, 0), (1.9, 0), (2.1, 1), (-3600, 0)])
def test_a_file_that_changed_just_before_is_not_noted(place: Path, seconds: float, noted: int) -> None:
    changed = int((Later().now() - timedelta(seconds=seconds)).timestamp() * 10**9)
    with Journal(place, clock=Later()) as journal:
        journal.note(TreeFile("a", "a", Stamp(1, 2, 3, 4, changed)), "0" * 64)
    assert len(records(place)) == noted


def test_the_oldest_of_several_hashings_is_told(model: Path, place: Path) -> None:
    interrupted(model, place, hours=2)
    (model / "new.bin").write_bytes(b"new")
    interrupted(model, place, hours=3)
    with Journal(place, clock=Later(5)) as journal:
        build_manifest(model, journal=journal)
        assert (journal.recalled, journal.oldest) == (4, Later(2).now())


def test_a_line_from_the_future_is_not_believed(model: Path, place: Path) -> None:
    interrupted(model, place, hours=3)
    with Journal(place, clock=Later(2)) as journal:
        build_manifest(model, journal=journal)
        assert journal.recalled == 0


def test_two_lines_that_disagree_are_both_void_whatever_follows(model: Path, place: Path) -> None:
    plain = build_manifest(model)
    interrupted(model, place)
    forged = line({**records(place)[0], "sha256": "0" * 64})
    true = line(records(place)[0])
    for addition in (forged, true, forged):
        place.write_bytes(place.read_bytes() + addition)
        with Journal(place, clock=Later(5)) as journal:
            assert build_manifest(model, journal=journal) == plain
            assert journal.recalled == 2


def test_a_forged_journal_does_not_survive_the_first_verification(model: Path, place: Path) -> None:
    interrupted(model, place)
    place.write_bytes(HEADER + b"".join(line({**record, "sha256": "0" * 64}) for record in records(place)))
    with Journal(place, clock=Later(5)) as journal:
        manifest = build_manifest(model, journal=journal)
    assert {file.sha256 for file in manifest.files} == {"0" * 64}
    assert len(verify(model, manifest).changed) == 3


def test_changes_while_hashing_are_refused_though_nothing_is_read(model: Path, place: Path) -> None:
    interrupted(model, place)
    with Journal(place, clock=Later(5)) as journal, pytest.raises(InvalidInput, match=r"'a\.safetensors' changed"):
        build_manifest(model, journal=journal, progress=lambda _: move_ctime(model / FIRST))
    assert journal.recalled == 3


@pytest.mark.parametrize(
    "spoil",
    [
        {"sha256": "0" * 63},
        {"sha256": None},
        {"sha256": ("0" * 64).replace("0", "A")},
        {"at": "2025-07-11"},
        {"at": 7},
        {"size": "many"},
        {"inode": None},
        {"path": "other"},
    ],
)
def test_a_line_without_its_form_counts_for_nothing(model: Path, place: Path, spoil: dict[str, object]) -> None:
    plain = build_manifest(model)
    interrupted(model, place)
    place.write_bytes(HEADER + b"".join(line({**record, **spoil}) for record in records(place)) + line({}) + b"\xff\n")
    with Journal(place, clock=Later(5)) as journal:
        assert build_manifest(model, journal=journal) == plain
        assert journal.recalled == 0


@pytest.fixture(scope="module")
def noted() -> bytes:
    """The bytes of a journal over two files that no disk has."""
    with tempfile.TemporaryDirectory() as name:
        with Journal(Path(name) / "journal", clock=Later()) as journal:
            journal.note(TreeFile("a.bin", "a.bin", Stamp(1, 2, 3, 4, 5)), "1" * 64)
            journal.note(TreeFile("b.bin", "b.bin", Stamp(6, 7, 8, 9, 10)), "2" * 64)
        return (Path(name) / "journal").read_bytes()


def believed(data: bytes) -> tuple[set[str | None], bytes]:
    """What a journal of these bytes says of both files, and its bytes after another one was noted."""
    files = TreeFile("a.bin", "a.bin", Stamp(1, 2, 3, 4, 5)), TreeFile("b.bin", "b.bin", Stamp(6, 7, 8, 9, 10))
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "journal"
        place.write_bytes(data)
        with Journal(place, clock=Later()) as journal:
            said = {journal.recall(file) for file in files}
            journal.note(TreeFile("c.bin", "c.bin", Stamp(1, 1, 1, 1, 1)), "3" * 64)
        return said, place.read_bytes()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(data=st.data())
def test_no_damaged_byte_makes_a_digest(noted: bytes, data: st.DataObject) -> None:
    damaged = bytearray(noted)
    damaged[data.draw(st.integers(0, len(noted) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        said, _ = believed(bytes(damaged))
    except InvalidInput:
        assert not damaged.startswith(HEADER)
    else:
        assert said <= {"1" * 64, "2" * 64, None}
        assert None in said


@settings(derandomize=True, deadline=None, max_examples=60)
@given(data=st.data())
def test_a_journal_that_was_cut_anywhere_goes_on_from_there(noted: bytes, data: st.DataObject) -> None:
    said, after = believed(noted[: data.draw(st.integers(0, len(noted)))])
    assert said <= {"1" * 64, "2" * 64, None}
    assert after.startswith(HEADER)
    assert json.loads(after.splitlines()[-1].partition(b" ")[2])["path"] == "c.bin"


@pytest.mark.parametrize(
    "content", [b"{}", b"holdfast-hash-journal 2\n", b"holdfast-hash-journal 1 and more\n", bytes(99)]
)
def test_somebodys_file_is_refused_and_left_as_it_is(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    place.chmod(0o600)
    with pytest.raises(InvalidInput, match="something else than a journal") as caught:
        Journal(place)
    assert caught.value.remedy
    assert place.read_bytes() == content


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_journal_that_others_could_have_written_is_refused(place: Path, mode: int) -> None:
    with Journal(place):
        pass
    place.chmod(mode)
    with pytest.raises(InvalidInput, match="written by others"):
        Journal(place)


def test_a_journal_of_another_user_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(place):
        pass
    someone = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: someone)
    with pytest.raises(InvalidInput, match="written by others"):
        Journal(place)


def descriptors() -> list[Path]:
    return sorted(Path("/proc/self/fd").iterdir())


def journal_link(place: Path) -> None:
    place.with_name("target").touch(mode=0o600)
    place.symlink_to("target")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (journal_link, "it is a link"),
        (lambda place: place.mkdir(), "Is a directory"),
        (lambda place: os.mkfifo(place, 0o600), "is not a file"),
    ],
)
def test_a_place_where_no_journal_can_be_is_refused_with_the_next_step(
    place: Path, make: Callable[[Path], object], why: str
) -> None:
    make(place)
    before = descriptors()
    with pytest.raises(InvalidInput, match=why) as caught:
        Journal(place)
    assert caught.value.remedy
    assert descriptors() == before


def test_a_journal_in_a_folder_that_is_not_there_or_under_no_name_is_refused(tmp_path: Path) -> None:
    for name in (tmp_path / "absent" / "journal", "a\0b"):
        with pytest.raises(InvalidInput, match="cannot be opened"):
            Journal(name)


def test_a_journal_among_the_files_is_refused_before_it_is_hashed_with_them(model: Path) -> None:
    seen: list[Progress] = []
    with (
        Journal(model / "m" / "hashing.journal") as journal,
        pytest.raises(InvalidInput, match=r"among the files, as 'm/hashing\.journal'") as caught,
    ):
        build_manifest(model, journal=journal, progress=seen.append)
    assert not seen
    assert caught.value.remedy


def test_a_journal_is_removed_when_the_one_who_asked_says_so(model: Path, place: Path) -> None:
    with Journal(place) as journal:
        build_manifest(model, journal=journal)
        assert place.exists()
        journal.remove()
        journal.remove()
    assert not place.exists()


def test_a_full_disk_ends_the_hashing_with_the_next_step(
    model: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(place, clock=Later()) as journal:
        monkeypatch.setattr(os, "write", lambda descriptor, data: len(data) - 1)
        with pytest.raises(StorageError, match="cannot be written: No space left") as caught:
            build_manifest(model, journal=journal)
        monkeypatch.undo()
    assert caught.value.remedy


def test_a_journal_that_cannot_be_forced_to_the_disk_is_no_success(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    before = descriptors()
    with pytest.raises(StorageError, match="Input/output error"), Journal(place):
        monkeypatch.setattr(os, "fsync", fail)
    assert descriptors() == before


def test_the_journal_is_forced_to_the_disk_with_its_name_by_volume_and_at_the_end(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[str] = []

    def force(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        forced.append("its name" if folder else f"{len(records(place))} lines")

    monkeypatch.setattr(os, "fsync", force)
    with Journal(place, clock=Later()) as journal:
        for size in (SYNC_BYTES - 1, 1, 5):
            journal.note(TreeFile("a", "a", Stamp(1, 2, size, 4, 5)), "0" * 64)
    assert forced == ["its name", "2 lines", "3 lines"]
