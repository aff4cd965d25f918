"""Manifests in files: written whole or not at all, and read back exactly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow.artifact import build_manifest, check_destination, lies_within, read_manifest, write_manifest
from workflow.errors import InvalidInput, NotFound


def test_a_manifest_is_read_back_as_it_was_written(model: Path, tmp_path: Path) -> None:
    manifest = build_manifest(model)

    assert write_manifest(manifest, tmp_path / "a.json")
    assert not write_manifest(manifest, tmp_path / "a.json")
    assert read_manifest(tmp_path / "a.json") == manifest


def test_a_file_that_appeared_meanwhile_is_not_overwritten(model: Path, tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    check_destination(place, [model])
    place.write_bytes(b"somebody's")

    with pytest.raises(InvalidInput, match="left as it is"):
        write_manifest(build_manifest(model), place)
    assert place.read_bytes() == b"somebody's"


@pytest.mark.parametrize(
    ("name", "why"), [("a\0b", "is no path"), ("no/a.json", "no directory"), ("model/a.json", "lies among the files")]
)
def test_a_place_that_will_not_do_is_refused_with_the_next_step(
    model: Path, tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        check_destination(tmp_path / name, [model])
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "no/a.json"])
def test_what_cannot_be_written_leaves_nothing(model: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_manifest(build_manifest(model), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_manifest_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_manifest(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("place", "within"),
    [("model", True), ("model/m/x", True), ("link/x", True), ("model-2/x", False), ("x", False), ("model/../x", False)],
)
def test_a_place_is_within_wherever_links_lead(model: Path, tmp_path: Path, place: str, within: bool) -> None:
    (tmp_path / "link").symlink_to("model/m")

    assert lies_within(tmp_path / place, [model]) == within
