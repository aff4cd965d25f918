"""How the files of a candidate may be called, which component a name belongs to, and which names are left out.

A path is written the same on every system or it is refused: two names that one machine keeps apart and another merges,
or that look alike on a screen, would let one signature stand for two sets of files.

Left out are only names that no loader reads as part of a model and that Hugging Face's own upload leaves out or a file
browser drops: a repository's ``.git/``, the download records in ``.cache/huggingface/``, and ``.DS_Store``. Backups,
editors' swap files and ``__pycache__/`` are not among them: the first two hold content, and Python runs cached bytecode
in place of the source beside it. A candidate that holds them is hashed with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

from workflow.errors import InvalidInput

IGNORED = (".DS_Store", ".cache/huggingface/", ".git/")
"""Rules only ever join this list: a manifest is read with the rules that stand in it, and with no others."""

WEIGHTS = "weights"
ADAPTER = "adapter"
TOKENIZER = "tokenizer"
WEIGHT_BYTES = 64 * 1024
TOKENIZER_BYTES = 64 * 1024 * 1024
OTHER = "other"
_COMPONENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (ADAPTER, ("adapter_*",)),
    (
        WEIGHTS,
        (
            "*.safetensors",
            "*.bin",
            "*.gguf",
            "*.pt",
            "*.pth",
            "*.ckpt",
            "*.onnx",
            "*.h5",
            "*.msgpack",
            "*.npz",
        ),
    ),
    (
        TOKENIZER,
        ("tokenizer*", "vocab*", "merges*", "special_tokens*", "added_tokens*", "sentencepiece*", "*.model"),
    ),
)
"""The first line that fits decides. Weights come before the tokenizer, so that no prefix takes a file out of the
lineage that shared weights imply."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_LENGTH = 64


def bears_weights(component: str, path: str, size: int) -> bool:
    """Whether a file may hold weights, whatever it is called and whatever stands beside it.

    Everything of 64 KiB or more may, and everything smaller whose name or component says so. Only the files that are
    named as a tokenizer's may not, up to 64 MiB: models that are no relatives share those.
    """
    named = {component, component_of(path)}
    if named & {WEIGHTS, ADAPTER}:
        return size > 0
    tokenizer = component_of(path) == TOKENIZER and size <= TOKENIZER_BYTES
    return size >= WEIGHT_BYTES and not tokenizer


def component_of(path: str) -> str:
    """The component that a file belongs to when nobody named components: ``other`` when its name says nothing."""
    name = _folded(path.rpartition("/")[2])
    for component, patterns in _COMPONENTS:
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return component
    return OTHER


def is_ignored(path: str, rules: Iterable[str]) -> bool:
    """Whether a rule leaves this path out. A directory's path ends with a slash.

    A rule that ends with a slash fits a directory of that name and everything below it, at any depth; any other fits a
    file of that name. Both fit exactly, in upper and lower case too.
    """
    whole = "/" + path
    return any("/" + rule in whole if rule.endswith("/") else whole.endswith("/" + rule) for rule in rules)


def check_component(name: object) -> None:
    """Accepts a lower-case slug.

    Raises:
        InvalidInput: it is anything else.
    """
    if not (isinstance(name, str) and len(name) <= _SLUG_LENGTH and _SLUG.fullmatch(name)):
        raise InvalidInput(
            f"{name!r} is not the name of a component",
            remedy=f"use up to {_SLUG_LENGTH} lower-case letters and digits, with single hyphens: system-prompt",
        )


def check_path(path: object) -> None:
    """Accepts a relative POSIX path in Unicode NFC that a person can read and every system writes alike.

    Characters that have no shape of their own are refused, and so are those that the Unicode version of this Python
    does not know: only for known characters is it certain that NFC never changes.

    Raises:
        InvalidInput: it is anything else.
    """
    if not isinstance(path, str):
        raise InvalidInput(f"{path!r} is not a path", remedy="name the file by a text")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in path):
        raise InvalidInput(f"the name {path!r} is not UTF-8", remedy="rename it, for example to plain ASCII")
    if any(segment in ("", ".", "..") for segment in path.split("/")):
        raise InvalidInput(
            f"{path!r} is not a plain relative path", remedy="write it from the top, without empty parts, '.' and '..'"
        )
    if "\\" in path:
        raise InvalidInput(
            f"the name {path!r} holds a backslash, which other systems read as a folder", remedy="rename it"
        )
    if not path.isprintable():
        raise InvalidInput(
            f"the name {path!r} holds a character that cannot be seen", remedy="rename it, for example to plain ASCII"
        )
    if not unicodedata.is_normalized("NFC", path):
        raise InvalidInput(
            f"the name {path!a} is not in Unicode NFC, so that the same name can have other bytes elsewhere",
            remedy="rename it to its NFC form, or to plain ASCII",
        )


def check_distinct(paths: Iterable[str]) -> None:
    """Accepts paths that stay apart on a file system that ignores case and normalization.

    Raises:
        InvalidInput: two of them would be one file, or one would be both a file and a folder.
    """
    seen: dict[str, str] = {}
    for path in paths:
        key = _folded(path)
        if key in seen:
            raise InvalidInput(
                f"{seen[key]!r} and {path!r} are the same name where case is ignored", remedy="rename one of them"
            )
        seen[key] = path
    for key, path in seen.items():
        parts = key.split("/")
        for count in range(1, len(parts)):
            file = seen.get("/".join(parts[:count]))
            if file is not None:
                raise InvalidInput(
                    f"{file!r} is a file, and a folder in {path!r}, where case is ignored", remedy="rename one of them"
                )


def _folded(path: str) -> str:
    # Canonical caseless matching, as defined in the Unicode Standard, section 3.13 (D145).
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
