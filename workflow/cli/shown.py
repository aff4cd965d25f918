"""How single facts are written for people: times, digests, sizes, people, addresses, and texts of any origin."""

from __future__ import annotations

import json
import re
from datetime import datetime

from workflow.clock import parse_timestamp
from workflow.errors import InvalidInput
from workflow.observe import ELSEWHERE, WHOLE
from workflow.phrases import moment

ERASED = "[erased]"
SEEN_DIGITS = 16
"""How much of a basis is printed, and has to be given back: enough that nobody hits it by chance."""

SHORT_DIGITS = 12
"""A digest that is longer is cut in the middle, where it is only to be recognised."""

_LEDGER_TIME = re.compile(r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)


def literal(text: str, *, encoding: str | None = None) -> str:
    """The text in one line as a terminal may get it: what is not printable, or not in the encoding, as an escape.

    So an escape sequence or an override of the reading direction, from whoever wrote it, is seen and does nothing.
    """
    clean = "".join(char if char.isprintable() else _escape(char) for char in text)
    return clean if encoding is None else clean.encode(encoding, "backslashreplace").decode(encoding)


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def friendly(text: str) -> str:
    """A sentence of the engine's, with the ledger's exact times in it as people write them."""

    def told(match: re.Match[str]) -> str:
        try:
            return moment(parse_timestamp(match[0]))
        except InvalidInput:
            return match[0]

    return _LEDGER_TIME.sub(told, text)


def said(text: str | None) -> str:
    """Somebody's words in one line and in quotes, or that they were erased."""
    return ERASED if text is None else f'"{" ".join(text.split())}"'


def place(text: str) -> str:
    """Where a candidate's files are, as it is recorded, in plain words: its path, or that of each part."""
    try:
        parts = json.loads(text)
        if ELSEWHERE in parts:
            since = friendly(parts["at"])
            return f"elsewhere, measured by {parts[ELSEWHERE]} from {since} on, with {parts['key']}"
        return ", ".join(path if name == WHOLE else f"{name} at {path}" for name, path in parts.items())
    except (ValueError, AttributeError, KeyError, TypeError):
        return text


def since(then: datetime, now: datetime) -> str:
    """How long ago something was, in the largest unit that fits."""
    seconds = int((now - then).total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, unit)
    return "less than a minute"


def lasting(seconds: int) -> str:
    """How long something takes or took, in its largest unit and the one below: ``2 days 3 hours``."""
    parts = []
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            parts.append(counted(seconds // size, unit))
            seconds %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "less than a minute"


def short(digest: str) -> str:
    """A digest for people, such as ``9f3c..e21a``; scripts get the whole."""
    return f"{digest[:4]}..{digest[-4:]}" if len(digest) > SHORT_DIGITS else digest


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 file``, ``3 files``, ``2 entries``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{number} {noun}s"


_PROOFS = {"sshsig": "signed"}


def claimed(person: str, proof: str = "claimed") -> str:
    """Somebody, with what stands behind the name: a signature with a key of theirs, or a claim."""
    return f"{person} ({_PROOFS.get(proof, proof)})"
