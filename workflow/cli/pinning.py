"""Writes pins into ``holdfast.toml``, and nothing else of it anew."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from workflow.errors import InvalidInput
from workflow.files import put

_LIST = re.compile(r"^pinned[ \t]*=[ \t]*\[[^\]]*\]", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def pinned_in(pins: Mapping[int, str]) -> str:
    """The pins as the line of the configuration that holds them."""
    rows = "".join(f'    "{seq}:{digest}",\n' for seq, digest in sorted(pins.items()))
    return f"pinned = [\n{rows}]"


def write_pins(file: Path, pins: Mapping[int, str]) -> None:
    """Makes these the pins of a configuration; every other line stays as it is.

    Raises:
        InvalidInput: the file cannot be written, or it is not to be told where they belong in it.
    """
    wanted = pinned_in(pins)
    by_hand = f"write them there yourself: {' '.join(wanted.split())}"
    try:
        text = file.read_text("utf-8")
        before = tomllib.loads(text)
        changed = _with(text, wanted)
        after = tomllib.loads(changed)
        expected = [f"{seq}:{digest}" for seq, digest in sorted(pins.items())]
        if {**before, "pinned": expected} != after:
            raise InvalidInput(f"where {file} holds its pins cannot be told", remedy=by_hand)
        put(file.resolve(), changed.encode())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInput(f"the pins cannot be written to {file}: {why}", remedy=by_hand) from error


def _with(text: str, wanted: str) -> str:
    found = _LIST.search(text)
    if found:
        return text[: found.start()] + wanted + text[found.end() :]
    table = _TABLE.search(text)
    place = table.start() if table else len(text)
    before = text[:place]
    gap = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{gap}{wanted}\n" + ("\n" if table else "") + text[place:]
