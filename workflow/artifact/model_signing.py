"""The second digest: what a signature made with OpenSSF model-signing says, held against a candidate.

Such a signature is a DSSE envelope over an in-toto statement. The predicate ``https://model_signing/signature/v1.0``
(docs/model_signing_format.md in sigstore/model-transparency) lists each file with its SHA-256. The subject's digest is
the SHA-256 of these digests one after the other, in the order of the paths: **no file name enters it.** Two sets of
files whose names are exchanged can have the same one, and the signer chooses what is ignored, the weights too if they
like. So this digest names no candidate. What counts is the list, and :func:`coverage` compares it file by file, with
the digests of a manifest that is there already: nothing is read a second time.

Who signed, and whether the signature is good, is decided elsewhere. What comes in here is the envelope's payload, after
that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from workflow.artifact.manifest import Manifest, ManifestFile
from workflow.artifact.names import check_path, is_ignored
from workflow.errors import InvalidInput
from workflow.ledger.entry import is_digest

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
GIT_PATHS = (".git", ".gitattributes", ".github", ".gitignore")
"""What model-signing leaves out unless told otherwise: at the top only, and with everything below."""

_REMEDY = "give the statement exactly as it was signed"
_SIGN_FILES = "sign the model's directory by files and with SHA-256, which is the default of model-signing"


@dataclass(frozen=True, slots=True)
class SignedModel:
    """What one statement says: the model's ``name`` and root ``digest``, and each file's SHA-256 by its path."""

    name: str
    digest: str
    files: tuple[tuple[str, str], ...]

    @classmethod
    def from_statement(cls, payload: bytes) -> Self:
        """Parses the payload of an envelope whose signature was verified.

        Raises:
            InvalidInput: it is no such statement, contradicts itself, or names something else than whole files.
        """
        try:
            value = json.loads(payload.decode("utf-8"), object_pairs_hook=_unique)
            if (value["_type"], value["predicateType"]) != (STATEMENT, PREDICATE):
                raise InvalidInput(
                    f"the statement is not of the kind {PREDICATE}", remedy="sign with model-signing 1.0 or later"
                )
            (subject,) = value["subject"]
            serialization = value["predicate"]["serialization"]
            if (serialization["method"], serialization["hash_type"]) != ("files", "sha256"):
                raise InvalidInput("the statement does not name whole files by their SHA-256", remedy=_SIGN_FILES)
            files = tuple(_file(item) for item in value["predicate"]["resources"])
            name, digest = subject["name"], subject["digest"]["sha256"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidInput(
                f"this is not a model-signing statement: {type(error).__name__}, {error}", remedy=_REMEDY
            ) from error
        if not (isinstance(name, str) and name.isprintable()):
            raise InvalidInput("the statement's name for the model cannot be printed", remedy=_REMEDY)
        if digest != _root(sha256 for _, sha256 in files):
            raise InvalidInput("the statement contradicts itself: its digest is not that of its list", remedy=_REMEDY)
        if not files or len(dict(files)) != len(files):
            raise InvalidInput("the statement names no file, or one file twice", remedy=_REMEDY)
        return cls(name, digest, files)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a statement speaks of a candidate.

    ``changed`` and ``unsigned`` are files of the candidate: signed with other bytes, and not signed at all. ``missing``
    are paths that were signed and are not in the candidate, except those that its manifest leaves out by rule.
    """

    changed: tuple[ManifestFile, ...]
    unsigned: tuple[ManifestFile, ...]
    missing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether exactly the candidate's files were signed."""
        return not (self.changed or self.unsigned or self.missing)


def coverage(manifest: Manifest, signed: SignedModel) -> Coverage:
    """What the statement says of this candidate's files, by path and digest.

    Raises:
        InvalidInput: two components have a file of the same path, so that a path does not say which is meant.
    """
    files = _by_path(manifest)
    named = dict(signed.files)
    return Coverage(
        changed=tuple(file for path, file in files.items() if named.get(path, file.sha256) != file.sha256),
        unsigned=tuple(file for path, file in files.items() if path not in named),
        missing=tuple(path for path in named if path not in files and not is_ignored(path, manifest.ignore)),
    )


def root_digest(manifest: Manifest, *, ignored: Iterable[str] = GIT_PATHS) -> str:
    """The digest that model-signing gives a directory that has this candidate's files and no others.

    Args:
        ignored: files and folders that the signature leaves out, each with everything below.

    Raises:
        InvalidInput: two components have a file of the same path.
    """
    left_out = tuple(ignored)
    files = _by_path(manifest)
    # By the parts of the path, not by its characters: a/b comes before a.b.
    paths = sorted((path for path in files if not _is_below(path, left_out)), key=lambda path: path.split("/"))
    return _root(files[path].sha256 for path in paths)


def _root(digests: Iterable[str]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in digests)).hexdigest()


def _by_path(manifest: Manifest) -> dict[str, ManifestFile]:
    files = {file.path: file for file in manifest.files}
    if len(files) != manifest.file_count:
        raise InvalidInput(
            "two components of this candidate have files of the same path, which model-signing cannot tell apart",
            remedy="sign and attach each component as a candidate of its own",
        )
    return files


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _file(item: Any) -> tuple[str, str]:
    path, digest = item["name"], item["digest"]
    if path == ".":
        raise InvalidInput("the statement is about a single file and leaves its name out", remedy=_SIGN_FILES)
    if item["algorithm"] != "sha256" or not is_digest(digest):
        raise InvalidInput(f"the statement names {path!a} by something else than a SHA-256", remedy=_SIGN_FILES)
    check_path(path)
    return path, digest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result
