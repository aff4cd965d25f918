"""From files to a manifest and back: what is recorded, what is noticed, and what happens when files move meanwhile."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.artifact import Difference, Manifest, ManifestFile, Progress, build_manifest, verify
from workflow.artifact.tree import Tree
from workflow.errors import InvalidInput, NotFound

MIB = 1024 * 1024


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def paths(manifest: Manifest) -> list[str]:
    return [f"{file.component}:{file.path}" for file in manifest.files]


def test_every_file_is_recorded_with_its_component_size_and_digest(model: Path) -> None:
    (model / "config.json").write_bytes(b"{}")
    (model / "empty.txt").touch()
    assert build_manifest(model).files == (
        ManifestFile("other", "config.json", 2, sha256(b"{}")),
        ManifestFile("other", "empty.txt", 0, sha256(b"")),
        ManifestFile("weights", "a.safetensors", 5, sha256(b"first")),
        ManifestFile("weights", "m/b.safetensors", 6, sha256(b"second")),
        ManifestFile("weights", "z.safetensors", 5, sha256(b"third")),
    )


def test_a_file_longer_than_one_block_has_the_digest_of_all_its_bytes(tmp_path: Path) -> None:
    data = b"".join(bytes([n]) * MIB for n in range(3)) + b"tail"
    (tmp_path / "model.gguf").write_bytes(data)
    assert build_manifest(tmp_path).files == (ManifestFile("weights", "model.gguf", len(data), sha256(data)),)


def test_the_manifest_does_not_depend_on_where_the_files_lie_or_on_their_times(model: Path) -> None:
    before = build_manifest(model).digest
    moved = model.rename(model.with_name("elsewhere"))
    os.utime(moved / "a.safetensors", (0, 0))
    (moved / "a.safetensors").chmod(0o600)
    (moved / "empty").mkdir()
    assert build_manifest(moved).digest == before
    assert build_manifest(str(moved)).digest == before


def test_a_single_file_is_a_candidate(model: Path) -> None:
    assert paths(build_manifest(model / "a.safetensors")) == ["weights:a.safetensors"]


def test_a_link_that_the_caller_names_is_followed_and_keeps_its_own_name(model: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("model")
    (tmp_path / "current.gguf").symlink_to("model/z.safetensors")
    assert build_manifest(tmp_path / "current") == build_manifest(model)
    assert build_manifest(tmp_path / "current.gguf").files == (
        ManifestFile("weights", "current.gguf", 5, sha256(b"third")),
    )


def test_a_link_inside_the_tree_is_recorded_by_its_own_path_with_the_bytes_it_names(model: Path) -> None:
    (model / "m" / "last.bin").symlink_to("../z.safetensors")
    (model / "again.bin").symlink_to(model / "m" / "last.bin")
    recorded = {file.path: file.sha256 for file in build_manifest(model).files}
    assert recorded["m/last.bin"] == recorded["again.bin"] == sha256(b"third")


def test_bytes_that_a_link_brings_out_of_an_ignored_folder_are_hashed(model: Path) -> None:
    (model / ".git" / "annex").mkdir(parents=True)
    (model / ".git" / "annex" / "object").write_bytes(b"big")
    (model / "big.bin").symlink_to(".git/annex/object")
    recorded = {file.path: file.sha256 for file in build_manifest(model).files}
    assert recorded["big.bin"] == sha256(b"big")
    assert ".git/annex/object" not in recorded


def test_ignored_names_are_left_out_and_named_in_the_manifest(model: Path) -> None:
    before = build_manifest(model)
    for folder in (".git", "m/.git", ".cache/huggingface/download"):
        (model / folder).mkdir(parents=True)
        (model / folder / "x").write_bytes(b"x")
    (model / "m" / ".DS_Store").write_bytes(b"x")
    assert build_manifest(model) == before
    assert before.ignore == (".DS_Store", ".cache/huggingface/", ".git/")


def test_cached_bytecode_and_backups_are_part_of_the_candidate(model: Path) -> None:
    (model / "__pycache__").mkdir()
    (model / "__pycache__" / "modeling.cpython-311.pyc").write_bytes(b"x")
    (model / "modeling.py~").write_bytes(b"x")
    recorded = paths(build_manifest(model))
    assert {"other:__pycache__/modeling.cpython-311.pyc", "other:modeling.py~"} <= set(recorded)


def test_named_components_hold_their_paths_whatever_the_names_say(model: Path, tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_bytes(b"Be kind.")
    manifest = build_manifest(
        model, components={"weights": "m", "system-prompt": tmp_path / "prompt.txt", "adapter": "z.safetensors"}
    )
    assert paths(manifest) == ["adapter:z.safetensors", "system-prompt:prompt.txt", "weights:b.safetensors"]


def test_a_folder_of_any_depth_is_read(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    (deep / "x.bin").write_bytes(b"x")
    assert paths(build_manifest(tmp_path)) == ["weights:" + "d/" * 300 + "x.bin"]


# Changes that are made while the three files are being hashed.


def overwrite_and_hide_it(path: Path) -> None:
    """Same size, same modification time: only ``ctime`` tells, and it moves with the system's next tick."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_bytes(bytes(before.st_size))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def replace_by_copy(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def replace_by_link(path: Path) -> None:
    secret = path.parents[1] / "secret"
    path.replace(secret)
    path.symlink_to(secret)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_root(model: Path) -> None:
    model.rename(model.with_name("old"))
    (model / "m").mkdir(parents=True)
    for name in ("a.safetensors", "m/b.safetensors", "z.safetensors"):
        (model / name).write_bytes((model.with_name("old") / name).read_bytes())


FIRST, SECOND, THIRD = "a.safetensors", "m/b.safetensors", "z.safetensors"


@pytest.mark.parametrize(
    ("meddle", "named"),
    [
        (lambda m: append(m / FIRST), FIRST),
        (lambda m: append(m / SECOND), SECOND),
        (lambda m: append(m / THIRD), THIRD),
        (lambda m: os.truncate(m / SECOND, 1), SECOND),
        (lambda m: overwrite_and_hide_it(m / FIRST), FIRST),
        (lambda m: overwrite_and_hide_it(m / SECOND), SECOND),
        (lambda m: overwrite_and_hide_it(m / THIRD), THIRD),
        (lambda m: replace_by_copy(m / FIRST), FIRST),
        (lambda m: replace_by_copy(m / SECOND), SECOND),
        (lambda m: replace_by_copy(m / THIRD), THIRD),
        (lambda m: replace_by_link(m / SECOND), f"{SECOND}|secret"),
        (lambda m: replace_by_link(m / THIRD), THIRD),
        (lambda m: replace_by_link(m / "m"), "'m"),
        (lambda m: replace_by_pipe(m / THIRD), THIRD),
        (lambda m: (m / FIRST).unlink(), FIRST),
        (lambda m: (m / SECOND).unlink(), SECOND),
        (lambda m: (m / THIRD).unlink(), THIRD),
        (lambda m: (m / "new.bin").touch(), "new.bin"),
        (lambda m: (m / FIRST).rename(m / "new.bin"), FIRST),
        (replace_root, FIRST),
    ],
)
@pytest.mark.parametrize("files_done", [0, 3])
def test_whatever_changes_while_hashing_is_refused_by_name(
    model: Path, meddle: Callable[[Path], object], named: str, files_done: int
) -> None:
    """The change comes when the files are listed and none is read yet, or when all of them are."""
    done = False

    def interfere(progress: Progress) -> None:
        nonlocal done
        if not done and progress.files_done == files_done:
            done = True
            meddle(model)

    with pytest.raises(InvalidInput) as caught:
        build_manifest(model, progress=interfere)
    assert done
    assert re.search(named, caught.value.message)
    assert re.search("changed, appeared or vanished|leaves the tree|is not a file", caught.value.message)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "meddle",
    [append, overwrite_and_hide_it, replace_by_copy, replace_by_link, lambda path: os.truncate(path, 1)],
)
def test_a_file_that_changes_after_its_last_byte_was_read_is_refused(
    model: Path, meddle: Callable[[Path], object]
) -> None:
    with Tree(model) as tree:
        file = next(file for file in tree.files(()) if file.path == SECOND)
        blocks = tree.read(file, memoryview(bytearray(100)))
        assert bytes(next(blocks)) == b"second"
        meddle(model / SECOND)
        with pytest.raises(InvalidInput, match=r"'m/b\.safetensors' changed"):
            list(blocks)


def test_a_folder_that_is_swapped_for_a_link_to_itself_is_not_read_through(model: Path) -> None:
    with Tree(model) as tree:
        file = next(file for file in tree.files(()) if file.path == SECOND)
        replace_by_link(model / "m")
        with pytest.raises(InvalidInput, match=r"'m/b\.safetensors' changed"):
            next(tree.read(file, memoryview(bytearray(100))))


def test_a_file_that_grows_faster_than_it_is_read_is_given_up(model: Path) -> None:
    with Tree(model) as tree:
        file = next(file for file in tree.files(()) if file.path == FIRST)
        seen = 0
        with pytest.raises(InvalidInput, match=r"'a\.safetensors' changed"):
            for block in tree.read(file, memoryview(bytearray(5))):
                seen += len(block)
                assert seen < 20
                append(model / FIRST)


def test_a_directory_that_vanishes_while_hashing_is_not_found(model: Path) -> None:
    def vanish(progress: Progress) -> None:
        if progress.files_done == progress.files_total:
            model.rename(model.with_name("old"))

    with pytest.raises(NotFound, match="nothing at"):
        build_manifest(model, progress=vanish)


def test_a_link_that_is_turned_elsewhere_while_hashing_is_refused(model: Path) -> None:
    (model / "c.bin").symlink_to(FIRST)

    def turn(progress: Progress) -> None:
        if progress.files_done == progress.files_total:
            (model / "c.bin").unlink()
            (model / "c.bin").symlink_to(THIRD)

    with pytest.raises(InvalidInput, match=r"'c\.bin' changed"):
        build_manifest(model, progress=turn)


def change_one_byte(model: Path) -> None:
    (model / FIRST).write_bytes(b"fi_st")


def summary(difference: Difference) -> dict[str, list[str]]:
    return {
        "added": [file.path for file in difference.added],
        "removed": [file.path for file in difference.removed],
        "changed": [change.new.path for change in difference.changed],
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda m: None, {}),
        (change_one_byte, {"changed": [FIRST]}),
        (lambda m: append(m / SECOND), {"changed": [SECOND]}),
        (lambda m: (m / "new.txt").touch(), {"added": ["new.txt"]}),
        (lambda m: (m / SECOND).unlink(), {"removed": [SECOND]}),
        (lambda m: (m / FIRST).rename(m / "b.safetensors"), {"added": ["b.safetensors"], "removed": [FIRST]}),
        (lambda m: (m / FIRST).rename(m / "A.safetensors"), {"added": ["A.safetensors"], "removed": [FIRST]}),
        (lambda m: (m / "m").rename(m / "n"), {"added": ["n/b.safetensors"], "removed": [SECOND]}),
        (lambda m: (m / ".DS_Store").touch(), {}),
        (replace_root, {}),
    ],
)
def test_verifying_names_exactly_what_differs(
    model: Path, change: Callable[[Path], object], expected: dict[str, list[str]]
) -> None:
    manifest = build_manifest(model)
    change(model)
    difference = verify(model, manifest)
    assert summary(difference) == {"added": [], "removed": [], "changed": [], **expected}
    assert difference.is_empty == (not expected)


def test_verifying_reads_the_bytes_though_size_and_time_are_as_before(model: Path) -> None:
    manifest = build_manifest(model)
    overwrite_and_hide_it(model / FIRST)
    assert summary(verify(model, manifest))["changed"] == [FIRST]


def test_verifying_named_components_takes_the_same_names(model: Path) -> None:
    components = {"base": "m", "adapter": "z.safetensors"}
    manifest = build_manifest(model, components=components)
    assert verify(model, manifest, components=components).is_empty
    change_one_byte(model)
    assert verify(model, manifest, components=components).is_empty
    (model / THIRD).write_bytes(b"other")
    (difference,) = verify(model, manifest, components=components).changed
    assert difference.old.key == difference.new.key == ("adapter", THIRD)


def test_verifying_by_path_keeps_the_components_that_the_manifest_gives(model: Path) -> None:
    manifest = build_manifest(model, components={"teacher": "."})
    (model / "new.bin").touch()
    difference = verify(model, manifest)
    assert [file.key for file in difference.added] == [("weights", "new.bin")]
    assert not (difference.removed or difference.changed)


def test_verifying_by_path_is_refused_when_two_components_have_the_same_path(model: Path) -> None:
    components = {"base": FIRST, "draft": FIRST}
    manifest = build_manifest(model, components=components)
    assert verify(model, manifest, components=components).is_empty
    with pytest.raises(InvalidInput, match="two components") as caught:
        verify(model / FIRST, manifest)
    assert "base, draft" in str(caught.value.remedy)


def test_verifying_leaves_out_only_what_the_manifest_says(model: Path) -> None:
    strict = Manifest(build_manifest(model).files, ignore=())
    (model / ".DS_Store").touch()
    assert [file.path for file in verify(model, strict).added] == [".DS_Store"]


def test_verifying_where_nothing_is_left_passes_nothing(model: Path) -> None:
    manifest = build_manifest(model)
    for name in (FIRST, SECOND, THIRD):
        (model / name).unlink()
    with pytest.raises(InvalidInput, match="holds no file"):
        verify(model, manifest)


def test_verifying_reports_progress(model: Path) -> None:
    seen: list[Progress] = []
    verify(model, build_manifest(model), progress=seen.append)
    assert (seen[-1].files_done, seen[-1].bytes_done) == (3, 16)


NAMES = st.sampled_from(["a.bin", "config.json", "d/b.bin", "d/e/vocab.txt", "f/x", "tokenizer.json"])


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.dictionaries(NAMES, st.binary(max_size=200), min_size=1), st.data())
def test_any_tree_verifies_until_one_byte_of_it_differs(tree: dict[str, bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, content in tree.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        manifest = Manifest.from_bytes(build_manifest(root).to_bytes())
        assert verify(root, manifest).is_empty
        assert {file.path: file.sha256 for file in manifest.files} == {p: sha256(c) for p, c in tree.items()}

        path = data.draw(st.sampled_from(sorted(tree)))
        altered = bytearray(tree[path])
        if altered:
            altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
        else:
            altered.append(0)
        (root / path).write_bytes(altered)
        assert summary(verify(root, manifest)) == {"added": [], "removed": [], "changed": [path]}
