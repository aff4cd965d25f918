"""Takes the files of a candidate from where they lie, to be put elsewhere: exactly those that its manifest names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from workflow.artifact.listing import StrPath, known_sources, list_files
from workflow.artifact.manifest import Manifest, ManifestFile
from workflow.artifact.names import check_distinct
from workflow.errors import InvalidInput

BLOCK_BYTES = 1024 * 1024


class CandidateFiles:
    """The files of a candidate where they lie, each held to the manifest while it is read. Use it as a context manager.

    Args:
        manifest: what the files must be.
        path: where they lie.
        components: where each component lies, where that was said; relative to ``path``.
    """

    def __init__(self, manifest: Manifest, path: StrPath, components: Mapping[str, StrPath] | None = None) -> None:
        self.manifest = manifest
        base = Path(path)
        self.roots = (base,) if components is None else tuple(base / part for part in components.values())
        self._sources = known_sources(base, manifest, components)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._listing = list_files(self._sources, self.manifest.ignore, self._stack)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self, file: ManifestFile) -> Iterator[memoryview]:
        """The bytes of a file, in blocks that last until the next one is asked for, hashed as they are handed out.

        Raises:
            InvalidInput: the file is not there, changed meanwhile, or does not have the digest of the manifest. That is
                only known after its last block, so whoever stores the blocks must read to the end.
        """
        found = self._listing.get(file.key)
        if found is None:
            raise InvalidInput(f"{file.path!r} is not among the candidate's files any more", remedy=_PUT_BACK)
        tree, listed = found
        hasher = hashlib.sha256()
        for block in tree.read(listed, memoryview(bytearray(BLOCK_BYTES))):
            hasher.update(block)
            yield block
        if hasher.hexdigest() != file.sha256:
            raise InvalidInput(f"{file.path!r} holds other bytes than those that were signed", remedy=_PUT_BACK)


_PUT_BACK = "put the candidate's own files back; candidate verify names every file that differs"


def layout(manifest: Manifest) -> dict[str, ManifestFile]:
    """Where each file goes in a copy of the candidate, relative to its top.

    Files keep their paths; where two components have the same one, or one that cannot stand beside it, every component
    gets a directory of its name.
    """
    plain = {file.path: file for file in manifest.files}
    return plain if has_one_tree(manifest) else {f"{file.component}/{file.path}": file for file in manifest.files}


def has_one_tree(manifest: Manifest) -> bool:
    """Whether the paths of all files can stand in one tree, so that a copy needs no directory for each component."""
    try:
        check_distinct(file.path for file in manifest.files)
    except InvalidInput:
        return False
    return True
