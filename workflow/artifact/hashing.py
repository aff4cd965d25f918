"""From files to a manifest, and from a manifest back to the files: the same, or what differs.

The bytes of every file are read once, on all cores. Because a large model takes a while, the tree is listed before and
after: what changed anywhere in between is refused, so a manifest always names files that lay there together. Building
can go on from the journal of an interrupted build; verifying cannot, since its whole worth is that it read every byte.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from workflow.artifact.cores import hash_files
from workflow.artifact.journal import Journal
from workflow.artifact.manifest import Difference, Manifest, ManifestFile, compare
from workflow.artifact.names import IGNORED, check_component, component_of
from workflow.artifact.progress import Progress, Timer
from workflow.artifact.tree import Tree, TreeFile, changed
from workflow.errors import InvalidInput

StrPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    component_of: Callable[[str], str]


_Listing = dict[tuple[str, str], tuple[Tree, TreeFile]]


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
    return _build(_sources(Path(path), components, component_of), IGNORED, journal, progress, timer)


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
    known = {file.path: file.component for file in manifest.files}
    if components is None and len(known) != manifest.file_count:
        raise InvalidInput(
            "two components of this candidate have files of the same path",
            remedy="say for each component where it lies: " + ", ".join(manifest.components),
        )
    sources = _sources(Path(path), components, lambda file: known.get(file) or component_of(file))
    return compare(manifest, _build(sources, manifest.ignore, None, progress, timer))


def _sources(path: Path, components: Mapping[str, StrPath] | None, by_name: Callable[[str], str]) -> list[_Source]:
    if components is None:
        return [_Source(path, by_name)]
    if not components:
        raise InvalidInput("no component is named", remedy="name at least one, or leave the choice to the files' names")
    for name in components:
        check_component(name)
    return [_Source(path / part, _always(name)) for name, part in components.items()]


def _always(component: str) -> Callable[[str], str]:
    return lambda _: component


def _build(
    sources: Sequence[_Source],
    rules: tuple[str, ...],
    journal: Journal | None,
    progress: Callable[[Progress], None] | None,
    timer: Timer,
) -> Manifest:
    with ExitStack() as stack:
        listing = _list(sources, rules, stack)
        if journal:
            _check_apart(journal, listing)
        digests = hash_files(list(listing.values()), journal=journal, progress=progress, timer=timer)
    with ExitStack() as stack:
        _check_same(listing, _list(sources, rules, stack))
    files = [
        ManifestFile(component, path, file.stamp.size, digest)
        for ((component, path), (_, file)), digest in zip(listing.items(), digests, strict=True)
    ]
    return Manifest(files=tuple(files), ignore=rules)


def _list(sources: Sequence[_Source], rules: tuple[str, ...], stack: ExitStack) -> _Listing:
    listing: _Listing = {}
    for source in sources:
        tree = stack.enter_context(Tree(source.path))
        for file in tree.files(rules):
            listing[source.component_of(file.path), file.path] = (tree, file)
    return dict(sorted(listing.items(), key=lambda item: item[0]))


def _check_apart(journal: Journal, listing: _Listing) -> None:
    place = journal.place
    for (_, path), (_, file) in listing.items():
        if (file.stamp.device, file.stamp.inode) == place:
            raise InvalidInput(
                f"the journal lies among the files, as {path!r}, and would be taken for a part of the candidate",
                remedy="remove it there, and name a place outside of the model's directory",
            )


def _check_same(before: _Listing, after: _Listing) -> None:
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after or before[key][1] != after[key][1]:
            raise changed(key[1])
