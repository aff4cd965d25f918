"""From files to a manifest, and from a manifest back to the files: the same, or what differs.

The bytes of every file are read once, on all cores. Because a large model takes a while, the tree is listed before and
after: what changed anywhere in between is refused, so a manifest always names files that lay there together. Building
can go on from the journal of an interrupted build; verifying cannot, since its whole worth is that it read every byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from workflow.artifact.cores import hash_files
from workflow.artifact.journal import Journal
from workflow.artifact.listing import Listing, Source, StrPath, known_sources, list_files, sources_of
from workflow.artifact.manifest import Difference, Manifest, ManifestFile, compare
from workflow.artifact.names import IGNORED, component_of
from workflow.artifact.progress import Progress, Timer
from workflow.artifact.tree import changed
from workflow.errors import InvalidInput


def build_manifest(
    path: StrPath,
    *,
    components: Mapping[str, StrPath] | None = None,
    journal: Journal | None = None,
    progress: Callable[[Progress], None] | None = None,
    timer: Timer = time.monotonic,
) -> Manifest:
    """The manifest of the files that lie at ``path``, a directory or a single file.

    Args:
        path: each file's component follows from its name (:func:`workflow.artifact.names.component_of`).
        components: each named path is one component, and the files' paths are relative to it. Relative ones start at
            ``path``. Files outside of them are no part of the candidate.
        journal: what an interrupted build left; files that it knows are not read again, files that are read are noted.
            It says afterwards how much came from it. Once the manifest is stored, remove it.
        progress: called in the caller's thread: before the first byte, about ten times a second, and after the last.
        timer: from which progress tells rate and time left.

    Raises:
        NotFound: nothing is at a path.
        InvalidInput: a path has no file, a file cannot be read, named or taken, something changed meanwhile, or the
            journal lies among the files.
        StorageError: the journal cannot be written.
    """
    return _build(sources_of(Path(path), components, component_of), IGNORED, journal, progress, timer)


def verify(
    path: StrPath,
    manifest: Manifest,
    *,
    components: Mapping[str, StrPath] | None = None,
    progress: Callable[[Progress], None] | None = None,
    timer: Timer = time.monotonic,
) -> Difference:
    """What differs now from the manifest; every byte is read. The arguments are those of the build, without a journal.

    Without ``components``, a file that the manifest knows keeps the component that it has there.

    Raises:
        NotFound: nothing is at a path.
        InvalidInput: as for :func:`build_manifest`; or two components have the same path, so that ``path`` alone does
            not say which is meant.
    """
    sources = known_sources(Path(path), manifest, components)
    return compare(manifest, _build(sources, manifest.ignore, None, progress, timer))


def _build(
    sources: Sequence[Source],
    rules: tuple[str, ...],
    journal: Journal | None,
    progress: Callable[[Progress], None] | None,
    timer: Timer,
) -> Manifest:
    with ExitStack() as stack:
        listing = list_files(sources, rules, stack)
        if journal:
            _check_apart(journal, listing)
        digests = hash_files(list(listing.values()), journal=journal, progress=progress, timer=timer)
    with ExitStack() as stack:
        _check_same(listing, list_files(sources, rules, stack))
    files = [
        ManifestFile(component, path, file.stamp.size, digest)
        for ((component, path), (_, file)), digest in zip(listing.items(), digests, strict=True)
    ]
    return Manifest(files=tuple(files), ignore=rules)


def _check_apart(journal: Journal, listing: Listing) -> None:
    place = journal.place
    for (_, path), (_, file) in listing.items():
        if (file.stamp.device, file.stamp.inode) == place:
            raise InvalidInput(
                f"the journal lies among the files, as {path!r}, and would be taken for a part of the candidate",
                remedy="remove it there, and name a place outside of the model's directory",
            )


def _check_same(before: Listing, after: Listing) -> None:
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after or before[key][1] != after[key][1]:
            raise changed(key[1])
