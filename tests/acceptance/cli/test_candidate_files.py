"""``candidate manifest`` and ``candidate verify``: files listed where they lie, and held against the list."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cli_desk import Desk, Result, by

from tests.attacks.owned import tampering
from tests.support.users import ordinary_user
from workflow.artifact import Manifest, build_manifest
from workflow.artifact import Progress as At
from workflow.cli import progress


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A directory with a model and no ledger, no configuration and no home."""
    model = tmp_path / "desk" / "model"
    (model / "sub").mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"weights of aurora")
    (model / "sub" / "tokenizer.json").write_bytes(b"{}")
    return Desk(model.parent)


def words(result: Result) -> str:
    return " ".join(result.out.split())


def one_error(result: Result, code: int = 2) -> str:
    """The one error that a call came to, in one line; it was a mistake in what was asked, unless told otherwise."""
    assert (result.code, result.out) == (code, "")
    assert [line.partition(":")[0] for line in result.err.splitlines() if re.match(r"\w+:", line)] in (
        ["error"],
        ["error", "next"],
    )
    return " ".join(result.err.split())


def listed(desk: Desk, *more: str) -> Path:
    """The manifest of the model, written by the command."""
    desk.does("candidate", "manifest", "model", "-o", "aurora.json", *more)
    return desk.directory / "aurora.json"


# the list


def test_the_manifest_is_written_in_the_bytes_whose_digest_is_the_candidate_s(desk: Desk) -> None:
    result = desk("candidate", "manifest", "model", "-o", "aurora.json", "--json")

    written = (desk.directory / "aurora.json").read_bytes()
    expected = build_manifest(desk.directory / "model")
    assert result.code == 0
    assert written == expected.to_bytes()
    assert hashlib.sha256(written).hexdigest() == result.json["digest"] == expected.digest
    told = {key: value for key, value in result.json.items() if key not in ("digest", "rate")}
    assert told == {
        "files": 2,
        "size": 19,
        "components": ["tokenizer", "weights"],
        "file": "aurora.json",
        "written": True,
        "recalled": None,
        "measured": None,
    }


def test_people_are_told_digest_files_bytes_components_and_rate(desk: Desk) -> None:
    result = desk.does("candidate", "manifest", "model", "-o", "aurora.json")

    lines = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert lines["manifest"] == build_manifest(desk.directory / "model").digest
    assert (lines["files"], lines["bytes"], lines["components"]) == ("2", "19 (19 bytes)", "tokenizer and weights")
    assert lines["rate"].endswith("/s")
    assert lines["written"] == "aurora.json"
    assert result.err == ""


def test_components_can_be_named(desk: Desk) -> None:
    file = listed(desk, "--component", "base=model.safetensors", "--component", "prompt=sub")

    files = {(item.component, item.path) for item in Manifest.from_bytes(file.read_bytes()).files}
    assert files == {("base", "model.safetensors"), ("prompt", "tokenizer.json")}


def test_the_very_same_manifest_may_lie_there_already(desk: Desk) -> None:
    place = listed(desk)
    before = written(place)

    again = desk.does("candidate", "manifest", "model", "-o", "aurora.json")

    assert "held exactly this already" in again.out
    assert written(place) == before


def written(place: Path) -> tuple[int, int, int]:
    """What tells a file that was written again; that it was read is none of it."""
    status = place.stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def other_manifest(place: Path) -> None:
    place.write_bytes(build_manifest(place.parent / "model" / "sub").to_bytes())


def link_to_a_manifest(place: Path) -> None:
    other_manifest(place.with_name("kept.json"))
    place.symlink_to("kept.json")


@pytest.mark.parametrize(
    ("occupy", "why"),
    [
        (lambda place: place.write_text("{}"), "something else than a manifest"),
        (lambda place: place.write_bytes(b""), "something else than a manifest"),
        (lambda place: place.mkdir(), "something else than a manifest"),
        (lambda place: os.mkfifo(place), "something else than a manifest"),
        (lambda place: place.symlink_to("nothing"), "something else than a manifest"),
        (other_manifest, "another manifest"),
        (link_to_a_manifest, "another manifest"),
    ],
)
def test_nothing_else_is_ever_overwritten(desk: Desk, occupy: Callable[[Path], object], why: str) -> None:
    place = desk.directory / "aurora.json"
    occupy(place)
    before = contents(desk.directory)

    result = desk("candidate", "manifest", "model", "-o", "aurora.json")

    assert f"holds {why}, which is left as it is" in one_error(result)
    assert contents(desk.directory) == before


@pytest.mark.parametrize(
    ("place", "why"), [("no/aurora.json", "no directory"), ("model/aurora.json", "lies among the files")]
)
def test_a_place_that_will_not_do_is_refused_before_anything_is_hashed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, place: str, why: str
) -> None:
    seen: list[At] = []
    monkeypatch.setattr(progress.Hashing, "__call__", lambda self, at: seen.append(at))

    result = desk("candidate", "manifest", "model", "-o", place)

    assert (result.code, seen) == (2, [])
    assert why in result.err


def test_a_link_does_not_bring_the_manifest_in_among_the_files(desk: Desk) -> None:
    (desk.directory / "elsewhere").symlink_to("model")

    result = desk("candidate", "manifest", "model", "-o", "elsewhere/aurora.json")

    assert result.code == 2
    assert "lies among the files" in result.err


# the comparison


def test_the_same_files_are_the_same_and_it_is_said_how_much_was_read(desk: Desk) -> None:
    listed(desk)

    result = desk("candidate", "verify", "model", "--manifest", "aurora.json")

    assert result.code == 0
    digest = build_manifest(desk.directory / "model").digest
    assert words(result) == f"SAME: 2 files, 19 bytes read, exactly the files of {digest}"


def change_everything(desk: Desk) -> None:
    model = desk.directory / "model"
    (model / "new.bin").write_bytes(b"new")
    (model / "model.safetensors").write_bytes(b"Weights of aurora")
    (model / "sub" / "tokenizer.json").rename(model / "sub" / "tokenizer.bak")


def test_what_differs_is_named(desk: Desk) -> None:
    listed(desk)
    change_everything(desk)

    result = desk("candidate", "verify", "model", "--manifest", "aurora.json")

    assert result.code == 1
    lines = [line.split() for line in result.out.splitlines() if line.startswith("  ")]
    assert [(line[0], line[1].rstrip(",:")) for line in lines] == [
        ("added", "tokenizer/sub/tokenizer.bak"),
        ("added", "weights/new.bin"),
        ("removed", "tokenizer/sub/tokenizer.json"),
        ("changed", "weights/model.safetensors"),
    ]
    assert "DIFFERENT from" in result.out
    assert "3 files, 22 bytes read" in words(result)


def test_a_script_gets_every_file_in_full(desk: Desk) -> None:
    old = Manifest.from_bytes(listed(desk).read_bytes())
    same = desk("candidate", "verify", "model", "--manifest", "aurora.json", "--json")
    change_everything(desk)
    changed = desk("candidate", "verify", "model", "--manifest", "aurora.json", "--json")

    assert (same.code, same.json["same"], same.json["files"], same.json["size"]) == (0, True, 2, 19)
    assert same.json["added"] == same.json["removed"] == same.json["changed"] == []
    assert (changed.code, changed.json["same"], changed.json["digest"]) == (1, False, old.digest)
    assert [item["path"] for item in changed.json["added"]] == ["sub/tokenizer.bak", "new.bin"]
    (pair,) = changed.json["changed"]
    assert set(pair["old"]) == {"component", "path", "size", "sha256"}
    assert pair["new"]["sha256"] == hashlib.sha256(b"Weights of aurora").hexdigest()


def test_silence_leaves_the_exit_code(desk: Desk) -> None:
    listed(desk)
    same = desk("candidate", "verify", "model", "--manifest", "aurora.json", "--quiet")
    change_everything(desk)
    changed = desk("candidate", "verify", "model", "--manifest", "aurora.json", "--quiet")

    assert [(result.code, result.out, result.err) for result in (same, changed)] == [(0, "", ""), (1, "", "")]


def test_files_of_named_components_are_found_where_they_are_said_to_lie(desk: Desk) -> None:
    parts = ("--component", "base=model.safetensors", "--component", "prompt=sub")
    listed(desk, *parts)

    assert desk("candidate", "verify", "model", "--manifest", "aurora.json", *parts).code == 0
    assert desk("candidate", "verify", "model", "--manifest", "aurora.json").code == 1


# through the ledger


@pytest.fixture
def review(prepared: Path, tmp_path: Path) -> Desk:
    """The same, with a ledger and a release in review."""
    place = tmp_path / "review"
    shutil.copytree(prepared, place)
    desk = Desk(place)
    desk.to_review()
    return desk


def test_the_list_of_a_release_comes_from_the_ledger(review: Desk) -> None:
    same = review("candidate", "verify", "model", "--release", "aurora")
    (review.directory / "model" / "model.safetensors").write_bytes(b"other")
    changed = review("candidate", "verify", "model", "--release", "aurora")

    assert (same.code, changed.code) == (0, 1)
    assert "changed weights/model.safetensors" in words(changed)


def test_the_library_gives_the_manifest_of_a_release(review: Desk) -> None:
    with review.engine() as engine:
        assert engine.manifest("aurora") == build_manifest(review.directory / "model")


def test_a_manifest_that_was_tampered_with_in_the_ledger_is_damage(review: Desk) -> None:
    with review.engine() as engine:
        kept = engine.manifest("aurora")
    forged = replace(kept, files=kept.files[:1]).to_bytes()
    with tampering(review.directory / "holdfast.db") as connection:
        connection.execute("UPDATE blob SET content = ?, size = ? WHERE digest = ?", (forged, len(forged), kept.digest))

    result = review("candidate", "verify", "model", "--release", "aurora")

    assert result.code == 3
    assert f"the manifest {kept.digest[:12]} is altered" in " ".join(result.err.split())
    assert "holdfast audit verify" in result.err


def test_listing_somewhere_else_and_starting_here_give_the_same_candidate(review: Desk) -> None:
    told = review("candidate", "manifest", "model", "-o", "aurora.json", "--json").json["digest"]

    assert review("status", "aurora", "--json").json["candidate"] == told


def test_replacing_is_the_candidate_s_third_command(review: Desk) -> None:
    (review.directory / "model" / "model.safetensors").write_bytes(b"better weights")

    result = review("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"), "--json")

    assert (result.code, result.json["events"][0]["type"]) == (0, "candidate_replaced")


# mistakes, and trees that cannot be hashed


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("verify", "model"), "exactly one list"),
        (("verify", "model", "--manifest", "aurora.json", "--release", "aurora"), "exactly one list"),
        (("verify", "model", "--manifest", "nothing.json"), "there is no file"),
        (("verify", "model", "--manifest", "model/sub/tokenizer.json"), "this is not a manifest"),
        (("verify", "model", "--manifest", "model"), "cannot be read"),
        (("verify", "model", "--manifest", "/dev/zero"), "is not a regular file"),
        (("verify", "nothing", "--manifest", "aurora.json"), "there is nothing at"),
        (("verify", "model", "--manifest", "aurora.json", "--component", "base=nothing"), "there is nothing at"),
        (("verify", "model", "--release", "aurora"), "no holdfast.toml"),
        (("manifest", "model"), "--output"),
        (("manifest", "nothing", "-o", "new.json"), "there is nothing at"),
        (("manifest", "model", "-o", "new.json", "--component", "base"), "names no component"),
        (("manifest", "model", "-o", "new.json", "--component", "base=nothing"), "there is nothing at"),
    ],
)
def test_a_mistake_is_one_error_with_the_next_step(desk: Desk, args: tuple[str, ...], why: str) -> None:
    listed(desk)
    before = contents(desk.directory)

    result = desk("candidate", *args)

    assert why in one_error(result)
    assert contents(desk.directory) == before


def leads_out(model: Path) -> None:
    (model / "out").symlink_to("/etc/hostname")


def leads_nowhere(model: Path) -> None:
    (model / "out").symlink_to("nothing")


def listens(model: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(model)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket")
    finally:
        os.fchdir(here)
        os.close(here)


def is_empty(model: Path) -> None:
    for file in [*model.rglob("*.*")]:
        file.unlink()


BAD_TREES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link out of the tree": (leads_out, "the link 'out' leaves the tree"),
    "a link to nothing": (leads_nowhere, "the link 'out' leads to nothing"),
    "a named pipe": (lambda model: os.mkfifo(model / "pipe"), "'pipe' is not a file"),
    "a socket": (listens, "'socket' is not a file"),
    "no file at all": (is_empty, "holds no file that counts"),
    "a name that is no UTF-8": (lambda model: (model / os.fsdecode(b"caf\xe9")).touch(), "is not UTF-8"),
}


@pytest.mark.parametrize("command", ["manifest", "verify"])
@pytest.mark.parametrize(("spoil", "why"), BAD_TREES.values(), ids=BAD_TREES)
def test_a_tree_that_cannot_be_hashed_is_one_error_and_leaves_nothing(
    desk: Desk, command: str, spoil: Callable[[Path], object], why: str
) -> None:
    listed(desk)
    spoil(desk.directory / "model")
    before = contents(desk.directory)
    more = ("-o", "new.json") if command == "manifest" else ("--manifest", "aurora.json")

    result = desk("candidate", command, "model", *more)

    assert why in one_error(result)
    assert contents(desk.directory) == before


CHANGES: dict[str, Callable[[Path], object]] = {
    "it changes": lambda model: (model / "model.safetensors").write_bytes(b"0ther"),
    "it vanishes": lambda model: (model / "model.safetensors").unlink(missing_ok=True),
    "another appears": lambda model: (model / "new.bin").touch(),
    "all of it vanishes": lambda model: model.rename(model.with_name("gone")) if model.exists() else None,
}


@pytest.mark.parametrize("command", ["manifest", "verify"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_does_not_stay_is_one_error_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, command: str, change: Callable[[Path], object]
) -> None:
    listed(desk)
    before = set(contents(desk.directory))
    monkeypatch.setattr(progress.Hashing, "__call__", lambda self, at: change(desk.directory / "model"))
    more = ("-o", "new.json") if command == "manifest" else ("--manifest", "aurora.json")

    result = desk("candidate", command, "model", *more)

    assert "changed, appeared or vanished" in one_error(result) or "there is nothing at" in one_error(result)
    assert not {name for name in set(contents(desk.directory)) - before if "model" not in name and "gone" not in name}


@pytest.mark.parametrize("command", ["manifest", "verify"])
def test_a_file_that_may_not_be_read_is_one_error_and_leaves_nothing(command: str) -> None:
    with ordinary_user() as root:
        (root / "model").mkdir()
        (root / "model" / "a.bin").write_bytes(b"x")
        desk = Desk(root)
        desk.does("candidate", "manifest", "model", "-o", "a.json")
        (root / "model" / "a.bin").chmod(0)
        more = ("-o", "new.json") if command == "manifest" else ("--manifest", "a.json")

        result = desk("candidate", command, "model", *more)

        assert "'a.bin' cannot be read: Permission denied" in one_error(result)
        assert {path.name for path in root.iterdir()} == {"a.json", "model"}


def test_a_directory_that_takes_no_file_is_one_error() -> None:
    with ordinary_user() as root:
        (root / "model").mkdir()
        (root / "model" / "a.bin").write_bytes(b"x")
        (root / "full").mkdir(mode=0o555)

        result = Desk(root)("candidate", "manifest", "model", "-o", "full/new.json")

        assert "cannot be written: Permission denied" in one_error(result)


def test_a_full_disk_leaves_no_part_of_a_manifest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    result = desk("candidate", "manifest", "model", "-o", "new.json")

    assert "cannot be written: No space left" in one_error(result, 4)
    assert [path.name for path in desk.directory.iterdir()] == ["model"]


def contents(directory: Path) -> dict[str, bytes | None]:
    """Every name below a directory, with the bytes of those that are files."""
    return {
        os.fsencode(path.relative_to(directory)).decode("latin-1"): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }
