"""The canonical bytes of everything that is hashed: RFC 8785, over the part of JSON that cannot be read two ways.

Allowed are objects with ASCII names, arrays, strings in Unicode NFC, integers below 2^53, booleans and null. There are
no floats (a decimal is a string), no duplicate keys and no NaN. For these values RFC 8785 coincides with the standard
library's compact, sorted output: the names are ASCII, so sorting by code point is sorting by UTF-16 unit, and no number
needs ECMAScript's formatting. A test holds this module against an independent implementation.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from functools import lru_cache
from typing import Any, Never

from workflow.errors import LedgerError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64


def encode(value: Any) -> bytes:
    """The one byte string that stands for ``value``.

    Raises:
        LedgerError: the value holds something that the format has no place for.
    """
    _check(value, 0)
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise LedgerError("a string holds half of a surrogate pair, which has no bytes") from error


def decode(data: bytes) -> Any:
    """Reads canonical bytes back, and refuses every other spelling of the same value.

    Raises:
        LedgerError: the bytes are not JSON, or not the canonical form of what they say.
    """
    value, text = _read(_DECODER, data, "not canonical JSON")
    # Canonical bytes that are ASCII hold no name and no string that is not, and few brackets nest no deeper. So it is
    # left to check that the bytes are the canonical ones; a name that stands twice would not be in them twice.
    if not (text.isascii() and data.count(b"{") + data.count(b"[") <= MAX_DEPTH):
        _check(value, 0)
    if _ENCODER.encode(value) != text:
        raise LedgerError("not canonical JSON: the same value has other bytes")
    return value


def parse(data: bytes) -> Any:
    """Reads a value in whatever spelling, where it is one that has canonical bytes: for files that people hand over.

    Raises:
        LedgerError: the bytes are not JSON, or say something that can be read two ways.
    """
    value, _ = _read(_ANY_SPELLING, data, "not JSON that can be read one way only")
    encode(value)
    return value


def _read(decoder: json.JSONDecoder, data: bytes, otherwise: str) -> tuple[Any, str]:
    try:
        text = data.decode("utf-8")
        return decoder.decode(text), text
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"{otherwise}: {error}") from error


def digest(value: Any) -> str:
    """The SHA-256 of the canonical bytes, in lower-case hexadecimal."""
    return sha256(encode(value))


def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes, in lower-case hexadecimal: the content address of a blob."""
    return hashlib.sha256(data).hexdigest()


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise LedgerError(f"nested deeper than {MAX_DEPTH} levels")
    kind = type(value)
    if kind is str:
        if not value.isascii() and not unicodedata.is_normalized("NFC", value):
            raise LedgerError(f"the string {value[:40]!r} is not in Unicode NFC")
    elif value is None or kind is bool:
        return
    elif kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise LedgerError(f"the integer {value} does not fit in 53 bits")
    elif kind is dict or kind is list or kind is tuple:
        if kind is dict:
            for name in value:
                if type(name) is not str or not name.isascii():
                    raise LedgerError(f"the name {name!r} is not an ASCII string")
        for item in value.values() if kind is dict else value:
            # Most of what an entry holds is plain text, which needs no call of its own.
            if type(item) is not str or depth == MAX_DEPTH or not item.isascii():
                _check(item, depth + 1)
    else:
        raise LedgerError(f"{kind.__name__} has no place in an entry")


# Most integers of an entry are the same few small ones: format, schema, revision, version.
@lru_cache(maxsize=1024)
def _integer(text: str) -> int:
    if len(text) < 16:
        return int(text)
    # Sixteen digits are enough for 53 bits; of a longer number not even the value is worked out.
    if len(text) > 17 or not -MAX_INTEGER <= int(text) <= MAX_INTEGER:
        raise ValueError(f"the integer {text[:40]} does not fit in 53 bits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _no_float(text: str) -> Never:
    raise ValueError(f"{text} is not an integer")


# What has more levels than are allowed, or endlessly many, was refused before; so circles need not be looked for.
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, sort_keys=True, separators=(",", ":")
)
_DECODER = json.JSONDecoder(parse_float=_no_float, parse_int=_integer, parse_constant=_no_float)
_ANY_SPELLING = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_no_float, parse_int=_integer, parse_constant=_no_float
)
