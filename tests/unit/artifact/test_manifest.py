"""The manifest's bytes: what they are for ever, what is refused, and what is read off them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workflow.artifact import Change, Manifest, ManifestFile, compare
from workflow.errors import InvalidInput

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

GOLDEN = (
    b'{"files":['
    b'{"component":"other","path":"config.json","sha256":"' + EMPTY.encode() + b'","size":0},'
    b'{"component":"weights","path":"mod\xc3\xa8le/model.safetensors","sha256":"' + HELLO.encode() + b'","size":5}],'
    b'"format":1,"ignore":[".DS_Store",".cache/huggingface/",".git/"],"kind":"holdfast-manifest"}'
)
GOLDEN_DIGEST = "79b58b3534fdf966d49905ca217290f1f6cdad237b917df36a60c30dc1f09d64"

FILES = (
    ManifestFile("other", "config.json", 0, EMPTY),
    ManifestFile("weights", "modèle/model.safetensors", 5, HELLO),
)


def number(n: int) -> str:
    return f"{n:064x}"


def test_the_bytes_of_a_manifest_never_change() -> None:
    manifest = Manifest(FILES)
    assert manifest.to_bytes() == GOLDEN
    assert manifest.digest == GOLDEN_DIGEST == hashlib.sha256(GOLDEN).hexdigest()


def test_the_bytes_of_a_manifest_read_back_as_the_same_manifest() -> None:
    assert Manifest.from_bytes(GOLDEN) == Manifest(FILES)


def golden_with(**changes: Any) -> bytes:
    value = {**json.loads(GOLDEN), **changes}
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def golden_file_with(**changes: Any) -> bytes:
    return golden_with(files=[{"component": "other", "path": "a", "sha256": EMPTY, "size": 0, **changes}])


def golden_with_paths(*paths: str) -> bytes:
    return golden_with(files=[{"component": "other", "path": path, "sha256": EMPTY, "size": 0} for path in paths])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not canonical JSON"),
        (b"\xff", "not canonical JSON"),
        (b"[]", "kind"),
        (b"{}", "kind"),
        (GOLDEN + b"\n", "not canonical JSON"),
        (GOLDEN.replace(b'"format":1', b'"format": 1'), "not canonical JSON"),
        (GOLDEN.replace(b'"format":1', b'"format":1,"format":1'), "not canonical JSON"),
        (GOLDEN.replace(b'"size":5', b'"size":5.0'), "not canonical JSON"),
        (GOLDEN[:-1], "not canonical JSON"),
        (golden_with(kind="manifest"), "kind"),
        (golden_with(format=2), "format 2 is unknown"),
        (golden_with(format=True), "format True is unknown"),
        (golden_with(format="1"), "format '1' is unknown"),
        (golden_with(note="x"), "exactly the fields"),
        (golden_with(ignore=None), "list of texts"),
        (golden_with(ignore=".git/"), "list of texts"),
        (golden_with(ignore=[1]), "list of texts"),
        (golden_with(ignore=["model.safetensors"]), "'model.safetensors' is unknown"),
        (golden_with(ignore=[".git/", ".DS_Store"]), "sorted and distinct"),
        (golden_with(ignore=[".git/", ".git/"]), "sorted and distinct"),
        (golden_with(files={}), "are a list"),
        (golden_with(files=[]), "without a file"),
        (golden_with(files=["a"]), "is an object"),
        (golden_file_with(mode=420), "exactly the fields"),
        (golden_file_with(component="Other"), "not the name of a component"),
        (golden_file_with(component=None), "not the name of a component"),
        (golden_file_with(path=["a"]), "not a path"),
        (golden_file_with(path="../a"), "not a plain relative path"),
        (golden_file_with(path="/a"), "not a plain relative path"),
        (golden_file_with(path="a\\b"), "backslash"),
        (golden_file_with(path="a\u202eb"), "cannot be seen"),
        (golden_file_with(path="e\u0301"), "NFC"),
        (golden_file_with(path=".git/config"), "and ignores it"),
        (golden_file_with(size=-1), "not a number of bytes"),
        (golden_file_with(size=False), "not a number of bytes"),
        (golden_file_with(size="5"), "not a number of bytes"),
        (golden_file_with(size=2**53), "53 bits"),
        (golden_file_with(sha256=EMPTY.upper()), "SHA-256"),
        (golden_file_with(sha256=EMPTY[:-1]), "SHA-256"),
        (golden_file_with(sha256=None), "SHA-256"),
        (golden_with_paths("b", "a"), "sorted and distinct"),
        (golden_with_paths("a", "a"), "sorted and distinct"),
        (golden_with_paths("A", "a"), "same name"),
        (golden_with_paths("a", "a/b"), "a folder in"),
    ],
)
def test_anything_but_the_exact_form_is_refused_with_the_next_step(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as refusal:
        Manifest.from_bytes(data)
    assert refusal.value.remedy


def test_a_manifest_made_in_code_is_held_to_the_same_rules() -> None:
    with pytest.raises(InvalidInput, match="sorted and distinct"):
        Manifest(FILES[::-1])
    with pytest.raises(InvalidInput, match="without a file"):
        Manifest(())


def test_two_components_may_use_the_same_path() -> None:
    names = [("adapter", "Config.json"), ("base", "config.json"), ("prompt", "config.json/x")]
    manifest = Manifest(tuple(ManifestFile(component, path, 0, EMPTY) for component, path in names))
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest


def test_a_manifest_sums_up_its_files() -> None:
    manifest = Manifest(FILES)
    assert (manifest.components, manifest.file_count, manifest.total_bytes) == (("other", "weights"), 2, 5)


KIB = 1024
MIB = 1024 * KIB


@pytest.mark.parametrize(
    ("component", "path", "size", "bears"),
    [
        ("weights", "a", 1, True),
        ("adapter", "adapter_model.safetensors", 900, True),
        ("model", "model.safetensors", 1, True),
        ("other", "model.safetensors.part", 64 * KIB, True),
        ("other", "anything", 64 * KIB, True),
        ("other", "config.json", 64 * KIB - 1, False),
        ("tokenizer", "tokenizer.json", 17 * MIB, False),
        ("tokenizer", "tokenizer.json", 64 * MIB + 1, True),
        ("weights", "tokenizer.json", 17 * MIB, True),
        ("tokenizer", "renamed.dat", 17 * MIB, True),
        ("weights", "empty", 0, False),
    ],
)
def test_what_may_bear_weights_depends_on_size_whatever_it_is_called(
    component: str, path: str, size: int, bears: bool
) -> None:
    assert bool(Manifest((ManifestFile(component, path, size, number(1)),)).weights) is bears


def test_the_weights_are_distinct_digests_largest_file_first() -> None:
    manifest = Manifest(
        (
            ManifestFile("weights", "a", 10, number(3)),
            ManifestFile("weights", "b", 20, number(2)),
            ManifestFile("weights", "c", 10, number(1)),
            ManifestFile("weights", "copy-of-b", 20, number(2)),
        )
    )
    assert manifest.weights == (number(2), number(1), number(3))


def test_no_number_of_files_pushes_one_out_of_the_lineage() -> None:
    files = tuple(ManifestFile("weights", f"{n:04}", n + 1, number(n)) for n in range(769))

    assert len(Manifest(files[:768]).weights) == 768
    with pytest.raises(InvalidInput, match="768"):
        _ = Manifest(files).weights


def test_a_candidate_without_weights_has_none_to_share() -> None:
    assert Manifest(FILES[:1]).weights == ()


def test_comparing_names_what_came_what_went_and_what_changed() -> None:
    kept = ManifestFile("other", "kept", 1, number(1))
    old = ManifestFile("other", "x", 1, number(2))
    new = ManifestFile("other", "x", 1, number(3))
    gone = ManifestFile("other", "y", 1, number(4))
    moved = ManifestFile("weights", "y", 1, number(4))
    difference = compare(Manifest((kept, old, gone)), Manifest((kept, new, moved)))
    assert (difference.added, difference.removed, difference.changed) == ((moved,), (gone,), (Change(old, new),))
    assert not difference.is_empty


def test_the_same_files_do_not_differ() -> None:
    assert compare(Manifest(FILES), Manifest.from_bytes(GOLDEN)).is_empty


SEGMENT = st.text("abAB01-_. éß語", min_size=1, max_size=5).filter(lambda text: text not in (".", ".."))
MANIFEST_FILES = st.lists(
    st.builds(
        ManifestFile,
        component=st.sampled_from(["adapter", "other", "system-prompt", "weights"]),
        path=st.lists(SEGMENT, min_size=1, max_size=3).map("/".join),
        size=st.integers(0, 2**53 - 1),
        sha256=st.integers(0, 2**256 - 1).map(number),
    ),
    min_size=1,
    max_size=6,
)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    try:
        return Manifest(tuple(sorted(draw(MANIFEST_FILES), key=lambda file: file.key)))
    except InvalidInput:
        assume(False)
        raise


@settings(derandomize=True, deadline=None)
@given(manifests())
def test_every_manifest_survives_its_own_bytes(manifest: Manifest) -> None:
    again = Manifest.from_bytes(manifest.to_bytes())
    assert again == manifest
    assert again.digest == manifest.digest == hashlib.sha256(manifest.to_bytes()).hexdigest()


@settings(derandomize=True, deadline=None)
@given(st.integers(0, len(GOLDEN) - 1), st.integers(1, 255))
def test_reading_never_mends_a_damaged_byte(position: int, flip: int) -> None:
    damaged = bytearray(GOLDEN)
    damaged[position] ^= flip
    try:
        manifest = Manifest.from_bytes(bytes(damaged))
    except InvalidInput:
        return
    assert manifest.to_bytes() == bytes(damaged)
    assert manifest.digest != GOLDEN_DIGEST
