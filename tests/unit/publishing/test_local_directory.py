"""The publisher that copies into a directory: private until one step, over nothing, and only what was hashed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow.artifact import CandidateFiles, Manifest, Progress, build_manifest
from workflow.errors import ConcurrentUpdate, InvalidInput, PublishingFailed
from workflow.publishing import Staging
from workflow.publishing.local_directory import LocalDirectory

PERMIT = "5" * 32
PUBLISHER = LocalDirectory()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    (path / "tokens").mkdir(parents=True)
    (path / "model.safetensors").write_bytes(b"weights" * 300_000)
    (path / "tokens" / "vocab.json").write_text("{}")
    return path


@pytest.fixture
def manifest(model: Path) -> Manifest:
    return build_manifest(model)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def staged(model: Path, manifest: Manifest, out: Path) -> Iterator[Staging]:
    staging = stage(model, manifest, out / "aurora")
    yield staging
    staging.close()


def stage(model: Path, manifest: Manifest, destination: Path | str, seen: list[Progress] | None = None) -> Staging:
    with CandidateFiles(manifest, model) as files:
        return PUBLISHER.stage(files, str(destination), PERMIT, seen.append if seen is not None else None)


def failing(model: Path, manifest: Manifest, destination: Path | str) -> list[str]:
    """The names of the checks that a rehearsal fails."""
    with CandidateFiles(manifest, model) as files:
        return [check.name for check in PUBLISHER.rehearse(files, str(destination)) if not check.ok]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def private(out: Path) -> Path:
    (found,) = [path for path in out.iterdir() if path.name.startswith(".holdfast-")]
    return found


def test_a_copy_is_private_until_one_step_makes_it_visible(staged: Staging, manifest: Manifest, out: Path) -> None:
    assert staged.look().state == "staged"
    assert mode(private(out)) == 0o700
    assert staged.verify() == manifest.digest

    staged.publish()
    staged.discard()

    assert staged.look().state == "published"
    assert staged.verify() == manifest.digest
    assert [path.name for path in out.iterdir()] == ["aurora"]
    assert build_manifest(out / "aurora") == manifest
    assert {mode(out / "aurora"), mode(out / "aurora" / "tokens")} == {0o755}
    assert mode(out / "aurora" / "model.safetensors") == 0o644


def test_progress_is_told_to_the_end(model: Path, manifest: Manifest, out: Path) -> None:
    seen: list[Progress] = []

    stage(model, manifest, out / "aurora", seen).close()

    last = seen[-1]
    assert (last.files_done, last.bytes_done) == (manifest.file_count, manifest.total_bytes)


def test_components_of_the_same_paths_get_a_directory_each(tmp_path: Path, out: Path) -> None:
    places = {}
    for name in ("base", "draft"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_text(name)
        places[name] = tmp_path / name
    manifest = build_manifest(tmp_path, components=places)
    with CandidateFiles(manifest, tmp_path, places) as files:
        staging = PUBLISHER.stage(files, str(out / "pair"), PERMIT)

    staging.publish()

    assert staging.verify() == manifest.digest
    assert (out / "pair" / "draft" / "model.safetensors").read_text() == "draft"
    staging.close()


def test_what_is_a_link_among_the_files_is_published_as_the_file(tmp_path: Path, out: Path) -> None:
    model = tmp_path / "linked"
    (model / "blobs").mkdir(parents=True)
    (model / "blobs" / "one").write_text("weights")
    (model / "model.safetensors").symlink_to("blobs/one")
    manifest = build_manifest(model)
    staging = stage(model, manifest, out / "aurora")

    staging.publish()

    assert not (out / "aurora" / "model.safetensors").is_symlink()
    assert staging.verify() == manifest.digest
    staging.close()


OCCUPANTS = {
    "an empty directory": lambda place: place.mkdir(),
    "a directory": lambda place: (place / "inner").mkdir(parents=True),
    "a file": lambda place: place.write_text("mine"),
    "a link that leads nowhere": lambda place: place.symlink_to("nowhere"),
}


@pytest.mark.parametrize("occupy", OCCUPANTS.values(), ids=OCCUPANTS)
def test_nothing_that_is_there_is_ever_replaced(
    model: Path, manifest: Manifest, staged: Staging, out: Path, occupy: object
) -> None:
    occupy(out / "aurora")  # type: ignore[operator]
    before = os.lstat(out / "aurora")

    with pytest.raises(InvalidInput, match="something lies there already"):
        staged.publish()

    assert os.lstat(out / "aurora") == before
    assert staged.look().state == "staged"
    assert failing(model, manifest, out / "aurora") == ["free"]


def test_a_file_that_holds_other_bytes_by_now_is_not_staged_and_nothing_is_left(
    model: Path, manifest: Manifest, out: Path
) -> None:
    (model / "model.safetensors").write_bytes(b"Weights" * 300_000)

    with pytest.raises(InvalidInput, match="other bytes than those that were signed"):
        stage(model, manifest, out / "aurora")

    assert list(out.iterdir()) == []


def test_a_file_that_is_gone_is_not_staged(model: Path, manifest: Manifest, out: Path) -> None:
    (model / "tokens" / "vocab.json").unlink()

    with pytest.raises(InvalidInput, match="not among the candidate's files any more"):
        stage(model, manifest, out / "aurora")

    assert list(out.iterdir()) == []


def test_files_beside_the_candidate_are_not_published(model: Path, manifest: Manifest, out: Path) -> None:
    (model / "secrets.txt").write_text("not part of it")

    staging = stage(model, manifest, out / "aurora")
    staging.publish()

    assert not (out / "aurora" / "secrets.txt").exists()
    staging.close()


def test_what_was_written_into_the_copy_is_found_when_it_is_read_back(staged: Staging, out: Path) -> None:
    (private(out) / "files" / "tokens" / "vocab.json").write_text("[]")

    with pytest.raises(InvalidInput, match=r"'tokens/vocab.json' differs"):
        staged.verify()


def test_a_copy_is_found_again_by_its_reference(staged: Staging, manifest: Manifest, out: Path) -> None:
    staged.close()
    again = PUBLISHER.resume(manifest, str(out / "aurora"), staged.reference)
    assert (again.look().state, again.verify()) == ("staged", manifest.digest)

    again.publish()
    again.discard()
    again.close()

    after = PUBLISHER.resume(manifest, str(out / "aurora"), staged.reference)
    assert after.look().state == "published"
    with pytest.raises(InvalidInput, match="no copy beside"):
        after.publish()
    after.close()


def test_a_copy_that_another_process_is_at_work_on_is_left_to_it(
    staged: Staging, manifest: Manifest, out: Path
) -> None:
    with pytest.raises(ConcurrentUpdate, match="another process is publishing"):
        PUBLISHER.resume(manifest, str(out / "aurora"), staged.reference)


def test_a_copy_that_is_nowhere_any_more_is_not_known_to_have_stayed(
    staged: Staging, manifest: Manifest, out: Path
) -> None:
    staged.discard()

    assert staged.look().state == "unknown"
    again = PUBLISHER.resume(manifest, str(out / "aurora"), staged.reference)
    assert again.look().state == "unknown"
    again.close()


def test_a_copy_that_others_were_let_into_is_no_proof_that_no_byte_left(
    staged: Staging, manifest: Manifest, out: Path
) -> None:
    private(out).chmod(0o755)

    assert staged.look().state == "unknown"
    staged.close()
    with pytest.raises(InvalidInput, match="not private any more"):
        PUBLISHER.resume(manifest, str(out / "aurora"), staged.reference)


def test_another_directory_at_the_destination_is_not_taken_for_the_copy(staged: Staging, out: Path) -> None:
    staged.publish()
    (out / "aurora").rename(out / "elsewhere")
    (out / "aurora").mkdir()

    assert staged.look().state == "unknown"


def test_a_destination_behind_a_link_is_refused(model: Path, manifest: Manifest, out: Path) -> None:
    (out.parent / "way").symlink_to(out)

    with pytest.raises(InvalidInput, match="'way' is a link"):
        stage(model, manifest, out.parent / "way" / "aurora")

    assert failing(model, manifest, out.parent / "way" / "aurora") == ["place"]
    assert list(out.iterdir()) == []


def test_a_place_that_is_exchanged_for_a_link_under_way_takes_nothing_elsewhere(
    model: Path, manifest: Manifest, staged: Staging, out: Path
) -> None:
    elsewhere = out.parent / "elsewhere"
    elsewhere.mkdir()
    out.rename(out.parent / "moved")
    out.symlink_to(elsewhere)

    with pytest.raises(InvalidInput, match="is a link"):
        staged.publish()

    assert list(elsewhere.iterdir()) == []
    assert not (out.parent / "moved" / "aurora").exists()
    assert staged.look().state == "staged"


REFUSED = (
    "aurora",
    "/aurora",
    "/srv/../aurora",
    "/srv//aurora",
    "/srv/aurora/",
    "/",
    "",
    "/srv/.holdfast-1",
    "/a/b\0c",
)


@pytest.mark.parametrize("destination", REFUSED)
def test_what_is_no_plain_path_is_no_destination(model: Path, manifest: Manifest, destination: str) -> None:
    with pytest.raises(InvalidInput):
        stage(model, manifest, destination)


@pytest.mark.parametrize(
    "reference", ["", "x/1", ".holdfast-1", ".holdfast-a/b/1", ".holdfast-a/x", "../.holdfast-a/1"]
)
def test_what_is_no_reference_finds_nothing(manifest: Manifest, out: Path, reference: str) -> None:
    with pytest.raises(InvalidInput, match="no copy of this publisher"):
        PUBLISHER.resume(manifest, str(out / "aurora"), reference)


def test_a_rehearsal_leaves_nothing_behind_and_finds_nothing_wrong(model: Path, manifest: Manifest, out: Path) -> None:
    assert failing(model, manifest, out / "aurora") == []
    assert list(out.iterdir()) == []


def test_a_rehearsal_says_what_would_fail(model: Path, manifest: Manifest, out: Path) -> None:
    assert failing(model, manifest, out / "not" / "there") == ["place"]
    assert failing(model, manifest, model / "copy") == ["outside"]
    out.chmod(0o777)
    assert failing(model, manifest, out / "aurora") == ["place"]


def test_a_full_disk_is_said_before_anything_is_copied(
    model: Path, manifest: Manifest, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstatvfs

    class Full:
        f_bavail, f_frsize = 1, 4096

    monkeypatch.setattr(os, "fstatvfs", lambda _: Full)

    assert failing(model, manifest, out / "aurora") == ["room"]
    monkeypatch.setattr(os, "fstatvfs", real)


def test_what_the_system_says_no_to_is_one_clear_error(
    model: Path, manifest: Manifest, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(PublishingFailed, match="No space left on device") as caught:
        stage(model, manifest, out / "aurora")

    assert caught.value.remedy == "make room"
    assert list(out.iterdir()) == []


def test_no_handle_is_left_open(model: Path, manifest: Manifest, out: Path) -> None:
    before = sorted(Path("/proc/self/fd").iterdir())

    staging = stage(model, manifest, out / "aurora")
    staging.publish()
    staging.close()
    PUBLISHER.resume(manifest, str(out / "aurora"), staging.reference).close()
    failing(model, manifest, out / "aurora")

    assert sorted(Path("/proc/self/fd").iterdir()) == before
