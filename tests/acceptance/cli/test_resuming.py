"""Going on after an interruption: what was hashed is not read again, that is said, and nothing is left afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_desk import Desk, Result, by

from tests.support.users import ordinary_user
from workflow.artifact import Manifest, build_manifest
from workflow.artifact import Progress as At
from workflow.artifact.journal import HEADER
from workflow.cli import progress

LATER = datetime(2100, 1, 1, 9, tzinfo=UTC)
"""Long after the files of a test were made, so that they count as settled."""
TAKEN = "taken from an earlier run of 1 Jan 2100 09:00 UTC: 2 files, not read again"


@dataclass
class Place:
    """A desk whose user has a directory for journals."""

    desk: Desk
    state: Path

    def __call__(self, *args: str, environment: Mapping[str, str] | None = None) -> Result:
        return self.desk(*args, environment={"XDG_STATE_HOME": str(self.state)} if environment is None else environment)

    @property
    def journals(self) -> list[Path]:
        return sorted((self.state / "holdfast" / "journals").glob("*"))

    @property
    def model(self) -> Path:
        return self.desk.directory / "model"


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Place:
    directory = tmp_path / "desk"
    shutil.copytree(prepared, directory)
    desk = Desk(directory)
    desk.clock.at = LATER
    return Place(desk, tmp_path / "state")


START = ("start", "aurora", "model", "--process", "small", "--author", "ada", *by("lee"))
REPLACE = ("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))
LIST = ("candidate", "manifest", "model", "-o", "aurora.json")


def interrupted(place: Place, *args: str, environment: Mapping[str, str] | None = None) -> Result:
    """A call that somebody ends with Ctrl-C when all is read and nothing is stored yet."""

    def stop(self: progress.Hashing, at: At) -> None:
        if at.files_done == at.files_total:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress.Hashing, "__call__", stop)
        result = place(*args, environment=environment)
    assert result.code == 130, result
    return result


def said(result: Result) -> str:
    return " ".join(result.err.split())


# what it is for


@pytest.mark.parametrize("args", [START, REPLACE, LIST], ids=["start", "replace", "manifest"])
def test_the_next_run_goes_on_says_so_and_leaves_nothing(place: Place, args: tuple[str, ...]) -> None:
    if args is REPLACE:
        place(*START, environment={})
        (place.model / "model.safetensors").write_bytes(b"better weights")
    interrupted(place, *args)
    assert len(place.journals) == 1

    result = place(*args)

    assert result.code == 0, result
    assert said(result).startswith(TAKEN)
    assert place.journals == []


def test_the_candidate_is_the_same_as_without_an_interruption(place: Place) -> None:
    interrupted(place, *START)

    place(*START)

    with place.desk.engine() as engine:
        assert engine.manifest("aurora") == build_manifest(place.model)


def test_only_what_is_as_it_was_is_taken(place: Place) -> None:
    interrupted(place, *LIST)
    (place.model / "model.safetensors").write_bytes(b"other weights....")

    result = place(*LIST)

    assert "1 file, not read again" in said(result)
    assert Manifest.from_bytes((place.desk.directory / "aurora.json").read_bytes()) == build_manifest(place.model)


def test_a_run_that_was_refused_after_the_hashing_is_gone_on_from_too(place: Place) -> None:
    refused = place(*(word if word != "lee" else "mallory" for word in START))

    result = place(*START)

    assert (refused.code, result.code) == (1, 0)
    assert said(result).startswith(TAKEN)


def test_a_run_that_came_to_its_end_leaves_no_trace_and_says_nothing(place: Place) -> None:
    result = place(*LIST)

    assert (result.code, result.err) == (0, "")
    assert place.journals == []


def test_a_run_that_read_nothing_leaves_no_journal(place: Place) -> None:
    assert place("candidate", "manifest", "nothing", "-o", "aurora.json").code == 2
    assert place.journals == []


def test_a_script_is_told_what_was_taken_and_since_when(place: Place) -> None:
    interrupted(place, *LIST)

    result = place(*LIST, "--json")

    assert result.json["recalled"] == {"files": 2, "since": "2100-01-01T09:00:00.000000Z"}
    assert (result.json["rate"], said(result)) == (0, TAKEN)


def test_silence_is_kept(place: Place) -> None:
    interrupted(place, *LIST)

    assert place(*LIST, "--quiet").err == ""


# where it lies


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({"XDG_STATE_HOME": "{}/state"}, "state/holdfast/journals"),
        ({"HOME": "{}/home"}, "home/.local/state/holdfast/journals"),
        ({"HOME": "{}/home", "XDG_STATE_HOME": "relative"}, "home/.local/state/holdfast/journals"),
        ({"HOLDFAST_JOURNALS": "{}/chosen", "HOME": "{}/home"}, "chosen"),
        ({"HOLDFAST_JOURNALS": "here"}, "desk/here"),
        ({"HOLDFAST_JOURNALS": "", "HOME": "{}/home"}, "home/.local/state/holdfast/journals"),
    ],
)
def test_it_lies_in_a_directory_of_the_user_s_own_named_by_the_model_s_place(
    place: Place, environment: dict[str, str], where: str
) -> None:
    given = {key: value.format(place.state.parent) for key, value in environment.items()}

    interrupted(place, *LIST, environment=given)

    (journal,) = (place.state.parent / where).iterdir()
    assert journal.name == hashlib.sha256(os.fsencode(os.path.realpath(place.model))).hexdigest() + ".journal"
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700


def test_the_same_directory_under_another_name_is_the_same(place: Place) -> None:
    (place.desk.directory / "link").symlink_to("model")
    interrupted(place, *LIST)

    result = place("candidate", "manifest", "link/../link", "-o", "aurora.json")

    assert said(result) == TAKEN


@pytest.mark.parametrize(
    ("more", "environment"),
    [
        (("--no-resume",), None),
        ((), {"HOLDFAST_JOURNALS": "off", "HOME": "home"}),
        ((), {}),
    ],
    ids=["--no-resume", "HOLDFAST_JOURNALS=off", "no home"],
)
@pytest.mark.parametrize("args", [START, LIST], ids=["start", "manifest"])
def test_without_one_everything_is_read_and_nothing_is_kept(
    place: Place, args: tuple[str, ...], more: tuple[str, ...], environment: dict[str, str] | None
) -> None:
    interrupted(place, *args)
    before = {path: path.read_bytes() for path in place.journals}
    names = {path.name for path in place.desk.directory.iterdir()}

    interrupted(place, *args, *more, environment=environment)
    result = place(*args, *more, environment=environment)

    assert result.code == 0
    assert "taken" not in result.err
    assert {path: path.read_bytes() for path in place.journals} == before
    assert {path.name for path in place.desk.directory.iterdir()} - names <= {"aurora.json"}


@pytest.mark.parametrize("where", ["model", "model/sub", "link/sub"])
def test_none_is_kept_among_the_files(place: Place, where: str) -> None:
    (place.desk.directory / "link").symlink_to("model")
    expected = build_manifest(place.model)

    result = place(*LIST, environment={"HOLDFAST_JOURNALS": where})

    assert result.code == 0
    assert "no journal is kept" in said(result)
    assert "lies among the files" in said(result)
    assert build_manifest(place.model) == expected


def test_none_is_kept_in_a_component(place: Place) -> None:
    parts = ("--component", "base=.")
    result = place("candidate", "manifest", "model", *parts, "-o", "a.json", environment={"HOLDFAST_JOURNALS": "model"})

    assert result.code == 0
    assert "lies among the files" in said(result)


# what it never does


def spoil_by_mode(journal: Path) -> None:
    journal.chmod(0o666)


def spoil_by_content(journal: Path) -> None:
    journal.write_bytes(b"somebody's own words")


def spoil_by_link(journal: Path) -> None:
    journal.rename(journal.with_name("elsewhere"))
    journal.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (spoil_by_mode, "could have been written by others"),
        (spoil_by_content, "something else than a journal"),
        (spoil_by_link, "it is a link"),
    ],
)
def test_a_journal_that_is_not_to_be_trusted_is_left_alone_and_everything_is_read(
    place: Place, spoil: Callable[[Path], None], why: str
) -> None:
    interrupted(place, *LIST)
    (journal,) = place.journals
    spoil(journal)
    before = {path: path.read_bytes() for path in place.journals}

    result = place(*LIST, "--json")

    assert (result.code, result.json["recalled"]) == (0, None)
    assert why in said(result)
    assert {path: path.read_bytes() for path in place.journals} == before


def test_a_directory_that_cannot_be_made_is_no_reason_not_to_hash() -> None:
    with ordinary_user() as root:
        (root / "model").mkdir()
        (root / "model" / "a.bin").write_bytes(b"x")
        (root / "state").mkdir(mode=0o555)

        result = Desk(root)(
            "candidate", "manifest", "model", "-o", "a.json", environment={"XDG_STATE_HOME": str(root / "state")}
        )

        assert result.code == 0
        assert "no journal is kept" in said(result)
        assert "Permission denied" in said(result)


def test_a_forged_journal_is_named_when_it_is_used_and_passes_no_gate(place: Place) -> None:
    interrupted(place, *START)
    (journal,) = place.journals
    records = [json.loads(line.partition(b" ")[2]) for line in journal.read_bytes().splitlines()[1:]]
    lines = [json.dumps({**record, "sha256": "0" * 64}, separators=(",", ":")).encode() for record in records]
    journal.write_bytes(
        HEADER + b"".join(hashlib.sha256(line).hexdigest().encode() + b" " + line + b"\n" for line in lines)
    )

    started = place(*START)
    interrupted(place, *LIST)
    place("advance", "aurora", "submit", *by("lee"))
    asked = place("explain", "aurora", "publish", "--json")

    assert said(started).startswith(TAKEN)
    codes = {reason["code"] for verdict in asked.json["verdicts"] for reason in verdict["reasons"]}
    assert "candidate-changed" in codes
    assert place("candidate", "verify", "model", "--release", "aurora").code == 1


# a real process, really killed

RUN = """
import os, sys
from dataclasses import replace
from datetime import datetime
from workflow.cli import Session, run

class Later:
    def now(self):
        return datetime.fromisoformat(sys.argv[1])

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.exit(run(sys.argv[2:], session=replace(Session.of_process(), clock=Later())))
"""
"""The command line as it is, on one core and at a time when the files have lain there for a while."""
DEADLINE = 120
SHARDS = 8
SHARD_BYTES = 96 * 1024 * 1024


def test_a_killed_process_is_gone_on_from(tmp_path: Path) -> None:
    model, journals = tmp_path / "model", tmp_path / "journals"
    model.mkdir()
    for number in range(SHARDS):
        with (model / f"shard-{number}.bin").open("wb") as shard:
            shard.truncate(SHARD_BYTES)

    def start(*args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", RUN, LATER.isoformat(), "candidate", "manifest", "model", *args],
            cwd=tmp_path,
            env={**os.environ, "HOLDFAST_JOURNALS": str(journals), "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def noted() -> int:
        return sum(len(path.read_bytes().splitlines()) - 1 for path in journals.glob("*"))

    with start("-o", "killed.json") as killed:
        wait_until(lambda: noted() > 0, killed)
        killed.send_signal(signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert {path.name for path in tmp_path.iterdir()} == {"model", "journals"}
    saved = noted()
    assert 0 < saved < SHARDS

    with start("-o", "resumed.json", "--json") as resumed:
        out, err = resumed.communicate(timeout=DEADLINE)
    with start("-o", "whole.json", "--no-resume") as whole:
        whole.communicate(timeout=DEADLINE)

    assert (resumed.returncode, whole.returncode) == (0, 0), err
    assert json.loads(out)["recalled"]["files"] == saved
    assert "taken from an earlier run of 1 Jan 2100 09:00 UTC" in err
    assert (tmp_path / "resumed.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    assert list(journals.iterdir()) == []


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Returns as soon as it has happened; fails when the process ends before, or the deadline passes."""
    end = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()
