"""The manifest: the one list of files that a candidate is, and the digest that everybody signs.

Its canonical bytes are kept as they are; their SHA-256 is the candidate's digest and the blob's content address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any

from workflow.artifact.names import IGNORED, bears_weights, check_component, check_distinct, check_path, is_ignored
from workflow.errors import InvalidInput, LedgerError
from workflow.ledger.canonical import MAX_INTEGER, decode, encode, sha256
from workflow.ledger.entry import is_digest

FORMAT = 1
KIND = "holdfast-manifest"
MAX_WEIGHTS = 768

_REMEDY = "take the manifest exactly as Holdfast wrote it, or build it again from the files"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file of a candidate: its place, its size in bytes and its SHA-256."""

    component: str
    path: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        check_component(self.component)
        check_path(self.path)
        if type(self.size) is not int or not 0 <= self.size <= MAX_INTEGER:
            raise InvalidInput(f"the size of {self.path!r} is {self.size!r}, not a number of bytes", remedy=_REMEDY)
        if not is_digest(self.sha256):
            raise InvalidInput(f"{self.path!r} has no SHA-256 in lower-case hexadecimal", remedy=_REMEDY)

    @property
    def key(self) -> tuple[str, str]:
        """What tells this file from the others of its candidate: component and path."""
        return self.component, self.path


@dataclass(frozen=True)
class Manifest:
    """A candidate's files, sorted by component and path, and the rules by which others were left out.

    Raises:
        InvalidInput: there is no file, the order is wrong, two names collide, or a rule is unknown.
    """

    files: tuple[ManifestFile, ...]
    ignore: tuple[str, ...] = IGNORED

    def __post_init__(self) -> None:
        if not self.files:
            raise InvalidInput("a manifest without a file stands for nothing", remedy=_REMEDY)
        _check_sorted("files", [file.key for file in self.files])
        _check_sorted("ignore rules", list(self.ignore))
        # A rule from elsewhere could leave out whatever its author wants unseen.
        unknown = sorted(set(self.ignore) - set(IGNORED))
        if unknown:
            raise InvalidInput(f"the ignore rule {unknown[0]!r} is unknown here", remedy="use a newer Holdfast")
        for _, files in groupby(self.files, key=lambda file: file.component):
            check_distinct(file.path for file in files)
        for file in self.files:
            if is_ignored(file.path, self.ignore):
                raise InvalidInput(f"the manifest lists {file.path!r} and ignores it", remedy=_REMEDY)

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Parses stored bytes, strictly: what is returned has exactly these bytes and this digest.

        Raises:
            InvalidInput: the bytes are not canonical, a field is missing or unknown, or does not have its form.
        """
        try:
            value = decode(data)
        except LedgerError as error:
            raise InvalidInput(f"this is not a manifest: {error.message}", remedy=_REMEDY) from error
        if not isinstance(value, dict) or value.get("kind") != KIND:
            raise InvalidInput(f"this is not a manifest: its kind is not {KIND}", remedy=_REMEDY)
        if type(value.get("format")) is not int or value["format"] != FORMAT:
            raise InvalidInput(
                f"manifest format {value.get('format')!r} is unknown here", remedy="use a newer Holdfast"
            )
        _check_names("the manifest", value, {"format", "kind", "ignore", "files"})
        rules = value["ignore"]
        if not (isinstance(rules, list) and all(isinstance(rule, str) for rule in rules)):
            raise InvalidInput("the ignore rules of a manifest are a list of texts", remedy=_REMEDY)
        if not isinstance(value["files"], list):
            raise InvalidInput("the files of a manifest are a list", remedy=_REMEDY)
        return cls(files=tuple(_file(item) for item in value["files"]), ignore=tuple(rules))

    def to_bytes(self) -> bytes:
        """The canonical bytes, which never change for the same files."""
        files = [asdict(file) for file in self.files]
        return encode({"format": FORMAT, "kind": KIND, "ignore": list(self.ignore), "files": files})

    @cached_property
    def digest(self) -> str:
        """The candidate's identity: the SHA-256 of the canonical bytes, in lower-case hexadecimal."""
        return sha256(self.to_bytes())

    @property
    def components(self) -> tuple[str, ...]:
        """The names of the components that have a file, sorted."""
        return tuple(sorted({file.component for file in self.files}))

    @property
    def total_bytes(self) -> int:
        """The sizes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def file_count(self) -> int:
        """How many files the candidate has."""
        return len(self.files)

    @property
    def weights(self) -> tuple[str, ...]:
        """The distinct SHA-256s of the files that may bear weights, largest file first.

        A candidate that has one of them in common with another is of its lineage. So what counts depends neither on
        what the components were called nor on what else was added (see :func:`workflow.artifact.names.bears_weights`).

        Raises:
            InvalidInput: there are more than 768, which is as many as the entry of a release has room for.
        """
        sizes = {file.sha256: file.size for file in self.files if bears_weights(file.component, file.path, file.size)}
        if len(sizes) > MAX_WEIGHTS:
            raise InvalidInput(
                f"{len(sizes)} files may bear weights, and a candidate has room for {MAX_WEIGHTS}",
                remedy="merge the shards into fewer files, and pack what are no weights into one archive",
            )
        return tuple(sorted(sizes, key=lambda sha256: (-sizes[sha256], sha256)))


@dataclass(frozen=True, slots=True)
class Change:
    """One file that stands in both manifests with other bytes."""

    old: ManifestFile
    new: ManifestFile


@dataclass(frozen=True, slots=True)
class Difference:
    """How one set of files differs from another, file by file; a renamed file is removed and added."""

    added: tuple[ManifestFile, ...]
    removed: tuple[ManifestFile, ...]
    changed: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both have exactly the same files."""
        return not (self.added or self.removed or self.changed)


def compare(old: Manifest, new: Manifest) -> Difference:
    """What became of the files of ``old`` in ``new``, by component and path."""
    before = {file.key: file for file in old.files}
    after = {file.key: file for file in new.files}
    return Difference(
        added=tuple(file for key, file in after.items() if key not in before),
        removed=tuple(file for key, file in before.items() if key not in after),
        changed=tuple(Change(file, after[key]) for key, file in before.items() if key in after and after[key] != file),
    )


def _file(item: object) -> ManifestFile:
    if not isinstance(item, dict):
        raise InvalidInput("each file of a manifest is an object", remedy=_REMEDY)
    _check_names("each file of a manifest", item, {"component", "path", "size", "sha256"})
    return ManifestFile(**item)


def _check_names(what: str, value: Mapping[str, Any], names: set[str]) -> None:
    if set(value) != names:
        raise InvalidInput(f"{what} has exactly the fields {', '.join(sorted(names))}", remedy=_REMEDY)


def _check_sorted(what: str, keys: list[Any]) -> None:
    for first, second in pairwise(keys):
        if not first < second:
            raise InvalidInput(f"the {what} of a manifest are sorted and distinct; {second!r} is not", remedy=_REMEDY)
