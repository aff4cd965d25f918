"""What may not be hashed, and what a person is told to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from workflow.artifact import Progress, build_manifest
from workflow.errors import InvalidInput, NotFound


def open_descriptors() -> list[str]:
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir())


def refusal(path: Path, components: dict[str, Path] | None = None, *, when_read: bool = False) -> InvalidInput:
    """A refusal that has a next step, can be printed, leaves nothing open and comes before any reading."""
    seen: list[Progress] = []
    before = open_descriptors()
    with pytest.raises(InvalidInput) as caught:
        build_manifest(path, components=components, progress=seen.append)
    assert bool(seen) == when_read
    assert open_descriptors() == before
    assert caught.value.remedy
    assert f"{caught.value.message}{caught.value.remedy}".isprintable()
    return caught.value


def raw(model: Path, name: bytes) -> None:
    (model / os.fsdecode(name)).write_bytes(b"x")


def link(model: Path, name: str, target: str | Path) -> None:
    (model / name).symlink_to(target)


def pair_of_links(model: Path) -> None:
    link(model, "one", "two")
    link(model, "two", "one")


def into_another_component(model: Path) -> None:
    (model.parent / "model-2").mkdir()
    (model.parent / "model-2" / "config.json").write_bytes(b"{}")
    link(model, "config.json", model.parent / "model-2" / "config.json")


@pytest.mark.parametrize(
    ("spoil", "why", "remedy"),
    [
        (lambda m: raw(m, b"caf\xe9.bin"), "'caf\\udce9.bin' is not UTF-8", "rename"),
        (lambda m: raw(m, "cafe\u0301.bin".encode()), "'cafe\\u0301.bin' is not in Unicode NFC", "rename"),
        (lambda m: raw(m, b"a\\b.bin"), "backslash", "rename"),
        (lambda m: raw(m, b"a\nb.bin"), "'a\\nb.bin' holds a character that cannot be seen", "rename"),
        (lambda m: raw(m, "nib.\u202egnp".encode()), "cannot be seen", "rename"),
        (lambda m: (m / "bad\x1b[2J").mkdir(), "cannot be seen", "rename"),
        (lambda m: raw(m, b"A.safetensors"), "the same name where case is ignored", "rename one"),
        (lambda m: raw(m, b"M"), "'M'", "rename one"),
        (lambda m: link(m, "x", "/etc/hostname"), "the link 'x' leaves the tree", "cp -rL"),
        (lambda m: link(m, "x", "/dev/null"), "the link 'x' leaves the tree", "cp -rL"),
        (lambda m: link(m, "x", ".."), "the link 'x' leaves the tree", "cp -rL"),
        (into_another_component, "the link 'config.json' leaves the tree", "cp -rL"),
        (lambda m: link(m, "x", "m"), "the link 'x' leads to a directory", "cp -rL"),
        (lambda m: link(m, "m/x", ".."), "the link 'm/x' leads to a directory", "cp -rL"),
        (lambda m: link(m, "x", "nowhere"), "the link 'x' leads to nothing", "remove the link"),
        (lambda m: link(m, "x", "a.safetensors/b"), "the link 'x' leads to nothing", "remove the link"),
        (lambda m: link(m, "x", "x"), "the link 'x' leads back to itself", "remove the link"),
        (pair_of_links, "leads back to itself", "remove the link"),
        (lambda m: os.mkfifo(m / "x"), "'x' is not a file but a device, pipe or socket", "remove it"),
        (lambda m: os.mknod(m / "x", 0o140600), "'x' is not a file but a device, pipe or socket", "remove it"),
        (lambda m: os.mkfifo(m / ".DS_Store"), "'.DS_Store' is not a file", "remove it"),
        (lambda m: link(m, ".git", "/etc"), "the link '.git' leaves the tree", "cp -rL"),
    ],
)
def test_a_tree_that_could_mean_two_things_is_refused_with_the_next_step(
    model: Path, spoil: Callable[[Path], object], why: str, remedy: str
) -> None:
    spoil(model)
    error = refusal(model)
    assert why in error.message
    assert remedy in str(error.remedy)


def test_a_download_cache_is_refused_with_the_command_that_copies_it(tmp_path: Path) -> None:
    blob = tmp_path / "blobs" / "0a1b"
    snapshot = tmp_path / "snapshots" / "c0ffee"
    for folder in (blob.parent, snapshot):
        folder.mkdir(parents=True)
    blob.write_bytes(b"weights")
    (snapshot / "model.safetensors").symlink_to("../../blobs/0a1b")
    error = refusal(snapshot)
    assert "'model.safetensors' leaves the tree" in error.message
    assert f"cp -rL '{snapshot}' COPY" in str(error.remedy)


def test_a_single_file_with_a_bad_name_is_refused(model: Path) -> None:
    raw(model, b"caf\xe9.bin")
    assert "is not UTF-8" in refusal(model / os.fsdecode(b"caf\xe9.bin")).message


@pytest.mark.parametrize("name", ["missing", "missing/deeper", "a.safetensors/x", "dangling"])
def test_a_path_with_nothing_there_is_not_found(model: Path, name: str) -> None:
    link(model, "dangling", "missing")
    with pytest.raises(NotFound, match="there is nothing at") as caught:
        build_manifest(model / name)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("path", "why"),
    [("/dev/null", "neither a file nor a directory"), ("a\0b", "null"), ("x" * 5000, "File name too long")],
)
def test_a_path_that_can_never_be_a_model_is_refused(path: str, why: str) -> None:
    assert why in refusal(Path(path)).message


def test_a_path_that_is_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link(tmp_path, "loop", "loop")
    assert "cannot be opened" in refusal(tmp_path / "loop").message


def test_a_directory_with_only_ignored_files_holds_no_candidate(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    assert "holds no file" in refusal(tmp_path).message
    assert "holds no file" in refusal(tmp_path / ".DS_Store").message


def test_an_empty_component_is_refused_though_others_have_files(model: Path) -> None:
    (model / "empty").mkdir()
    assert "empty' holds no file" in refusal(model, {"weights": Path("m"), "adapter": Path("empty")}).message


@pytest.mark.parametrize("components", [{}, {"Weights": Path("m")}, {"system_prompt": Path("m")}])
def test_components_need_names_that_are_slugs(model: Path, components: dict[str, Path]) -> None:
    assert "component" in refusal(model, components).message


def test_a_missing_component_is_not_found(model: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing at '.*absent'"):
        build_manifest(model, components={"weights": Path("m"), "adapter": Path("absent")})


def test_a_file_that_may_not_be_read_is_refused(others_model: Path) -> None:
    secret = others_model / "secret.bin"
    secret.write_bytes(b"x")
    secret.chmod(0)
    assert "'secret.bin' cannot be read: Permission denied" in refusal(others_model, when_read=True).message


def test_a_folder_that_may_not_be_listed_is_refused(others_model: Path) -> None:
    (others_model / "secret").mkdir(mode=0)
    assert "'secret/' cannot be read: Permission denied" in refusal(others_model).message


def test_a_link_through_a_folder_that_may_not_be_entered_is_refused(others_model: Path) -> None:
    (others_model / ".git").mkdir(mode=0)
    link(others_model, "x", ".git/y")
    assert "'x' cannot be read: Permission denied" in refusal(others_model).message


def test_a_root_that_may_not_be_opened_is_refused(others_model: Path) -> None:
    others_model.chmod(0)
    assert "cannot be opened: Permission denied" in refusal(others_model).message


def test_a_file_whose_bytes_the_system_fails_to_deliver_is_refused() -> None:
    assert "'mem' cannot be read: Input/output error" in refusal(Path("/proc/self/mem"), when_read=True).message


def test_a_file_that_holds_more_than_its_size_says_is_refused() -> None:
    assert "changed" in refusal(Path("/proc/self/status"), when_read=True).message
