"""Manifests in files: taken to where they are needed, apart from the files that they name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from workflow.artifact.manifest import Manifest
from workflow.errors import InvalidInput, NotFound
from workflow.files import deliver, read_file

MAX_BYTES = 256 * 1024 * 1024

StrPath = str | os.PathLike[str]


def read_manifest(path: StrPath) -> Manifest:
    """The manifest that a file holds.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no file, cannot be read, or holds anything else than a manifest's exact bytes.
    """
    data = read_file(path, limit=MAX_BYTES, remedy="name the file that was written by: holdfast candidate manifest")
    try:
        return Manifest.from_bytes(data)
    except InvalidInput as error:
        raise InvalidInput(f"{str(path)!r}: {error.message}", remedy=error.remedy) from error


def check_destination(path: StrPath, roots: Iterable[StrPath]) -> None:
    """Accepts a place where the manifest of the files at the roots may be written: before hours of hashing, not after.

    Raises:
        InvalidInput: its directory is not there, something else than a manifest lies there, or it lies among the files.
    """
    check_outside(path, roots)
    _kept(Path(path))


def check_outside(path: StrPath, roots: Iterable[StrPath]) -> None:
    """Accepts a place where something may be written that is none of the files at the roots.

    Raises:
        InvalidInput: its directory is not there, or it lies among the files.
    """
    place = Path(path)
    if not place.parent.is_dir():
        raise InvalidInput(f"there is no directory {str(place.parent)!r}", remedy="make it, or name another place")
    try:
        within = lies_within(place, roots)
    except ValueError as error:
        raise InvalidInput(f"{str(path)!r} is no path: {error}", remedy="name another place") from error
    if within:
        raise InvalidInput(
            f"{str(path)!r} lies among the files, and would be a part of them from then on",
            remedy="name a place outside of the model's directory",
        )


def write_manifest(manifest: Manifest, path: StrPath) -> bool:
    """Writes a manifest's canonical bytes, whole or not at all; False where these very bytes lie there already.

    Raises:
        InvalidInput: something else lies there, or it cannot be written.
    """
    place, data = Path(path), manifest.to_bytes()
    kept = _kept(place)
    if kept is not None:
        if kept != manifest:
            raise _occupied(place, "another manifest")
        return False
    deliver(place, data)
    return True


def lies_within(place: StrPath, roots: Iterable[StrPath]) -> bool:
    """Whether a place is at or below one of the roots, wherever links lead."""
    real = Path(os.path.realpath(place))
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)


def _kept(place: Path) -> Manifest | None:
    if not os.path.lexists(place):
        return None
    try:
        return read_manifest(place)
    except (InvalidInput, NotFound) as error:
        raise _occupied(place, "something else than a manifest") from error


def _occupied(place: Path, what: str) -> InvalidInput:
    return InvalidInput(
        f"{str(place)!r} holds {what}, which is left as it is", remedy="name another place, or remove it first"
    )
