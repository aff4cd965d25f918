"""Where the files of a candidate lie, as somebody named it: one tree, or one a component."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from workflow.artifact.manifest import Manifest
from workflow.artifact.names import check_component, component_of
from workflow.artifact.tree import Tree, TreeFile
from workflow.errors import InvalidInput

StrPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Source:
    """A tree, and which component each of its files belongs to."""

    path: Path
    component_of: Callable[[str], str]


Listing = dict[tuple[str, str], tuple[Tree, TreeFile]]


def sources_of(path: Path, components: Mapping[str, StrPath] | None, by_name: Callable[[str], str]) -> list[Source]:
    """The trees that a path and the places of its components name.

    Raises:
        InvalidInput: no component is named, or one is no name.
    """
    if components is None:
        return [Source(path, by_name)]
    if not components:
        raise InvalidInput("no component is named", remedy="name at least one, or leave the choice to the files' names")
    for name in components:
        check_component(name)
    return [Source(path / part, _always(name)) for name, part in components.items()]


def known_sources(path: Path, manifest: Manifest, components: Mapping[str, StrPath] | None) -> list[Source]:
    """The trees of a candidate whose manifest is known: without ``components``, a known file keeps its component.

    Raises:
        InvalidInput: as above; or two components have the same path, so that ``path`` alone does not say which.
    """
    known = {file.path: file.component for file in manifest.files}
    if components is None and len(known) != manifest.file_count:
        raise InvalidInput(
            "two components of this candidate have files of the same path",
            remedy="say for each component where it lies: " + ", ".join(manifest.components),
        )
    return sources_of(path, components, lambda file: known.get(file) or component_of(file))


def _always(component: str) -> Callable[[str], str]:
    return lambda _: component


def list_files(sources: Sequence[Source], rules: tuple[str, ...], stack: ExitStack) -> Listing:
    """The files that lie there now, by component and path; the trees stay open as long as the stack does."""
    listing: Listing = {}
    for source in sources:
        tree = stack.enter_context(Tree(source.path))
        for file in tree.files(rules):
            listing[source.component_of(file.path), file.path] = (tree, file)
    return dict(sorted(listing.items(), key=lambda item: item[0]))
