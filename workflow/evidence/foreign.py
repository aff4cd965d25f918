"""Reads the JSON that other people's tools write: every number exactly, and nothing that could be read in two ways."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ConfigDict

from workflow.errors import InvalidInput
from workflow.evidence.report import number
from workflow.ledger import is_digest

CANDIDATE_KEY = "holdfast_candidate"
"""The key of an evaluation's metadata under which it states the digest of the candidate that it ran on."""

MAX_JSON_BYTES = 32 * 1024 * 1024


PART = ConfigDict(extra="ignore", strict=True, populate_by_name=True)
"""How a part of somebody else's file is read: only the declared fields are looked at."""


def parse(data: bytes, filename: str, what: str, *, remedy: str) -> Any:
    """What the JSON says, with decimals for its numbers, and None for NaN and the infinities.

    Raises:
        InvalidInput: it is no JSON, or a name stands twice in one of its objects.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_decimal,
            parse_constant=lambda _: None,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{filename} is neither {what} nor any JSON: {error}", remedy=remedy) from error


def check_size(data: bytes, filename: str, *, remedy: str) -> None:
    """Checks that a JSON file is not larger than what is read.

    Raises:
        InvalidInput: it is.
    """
    if len(data) > MAX_JSON_BYTES:
        raise InvalidInput(
            f"{filename} has {len(data)} bytes; of a JSON file at most {MAX_JSON_BYTES} are read", remedy=remedy
        )


def usable(value: object) -> Decimal | None:
    """The number, as it was written; None where it is no usable number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        return number(Decimal(value))
    except ValueError:
        return None


def stated_candidate(metadata: dict[str, Any], filename: str) -> str | None:
    """The candidate that an evaluation's metadata names; None where it names none.

    Raises:
        InvalidInput: what stands there is no digest.
    """
    if CANDIDATE_KEY not in metadata:
        return None
    stated = metadata[CANDIDATE_KEY]
    if not is_digest(stated):
        raise InvalidInput(
            f"{filename}: the metadata {CANDIDATE_KEY} is {word(stated)}, which is no digest of a candidate",
            remedy="run the evaluation with the 64 lower-case hexadecimal digits of the candidate's manifest digest",
        )
    return str(stated)


def word(value: object) -> str:
    """A value as it can be shown. What stands here may be anything, also something too deep to be written out."""
    if isinstance(value, str):
        return repr(value[:80])
    return str(value)[:80] if isinstance(value, int | Decimal) else f"a {type(value).__name__}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
