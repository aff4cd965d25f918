"""How the files of an exchange are read and written: JSON with exactly the fields of its kind, and nothing in it twice.

They come from other machines. What is wrong with one is told in a sentence, and nothing of it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workflow import ledger
from workflow.errors import InvalidInput, LedgerError
from workflow.ledger import Json

MAX_BYTES = 16 * 1024 * 1024
"""How long a file may be."""

FORMAT = 1
FRESH = "have a fresh request made: holdfast request; or, for other acts, with --request FILE"

Read = TypeVar("Read", bound=BaseModel)


def read_fields(data: bytes, kind: str, noun: str) -> Json:
    """The fields of a file of one kind, but for ``kind`` and ``format``, which are checked.

    Raises:
        InvalidInput: it is too long, no JSON, of another kind, or of a format that is unknown here.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"this is no {noun}: it is larger than {MAX_BYTES:,} bytes")
    try:
        value = ledger.parse(data)
    except LedgerError:
        raise InvalidInput(
            f"this is no {noun}: it is not whole, or can be read in more than one way",
            remedy=f"take the {noun} exactly as it was written",
        ) from None
    if not isinstance(value, dict) or value.get("kind") != kind:
        found = value.get("kind") if isinstance(value, dict) else None
        other = {"holdfast-request": "a request, which is signed first", "holdfast-reply": "a reply, to be collected"}
        raise InvalidInput(
            f"this is no {noun}: it is {other.get(str(found), 'something else')}",
            remedy="holdfast sign FILE answers a request; holdfast collect FILE takes a reply in",
        )
    if value.get("format") != FORMAT or type(value["format"]) is not int:
        raise InvalidInput(f"{noun} format {value.get('format')!r} is unknown here", remedy="use a newer Holdfast")
    return {name: item for name, item in value.items() if name not in ("kind", "format")}


def read_model(model: type[Read], fields: Json, noun: str, *, remedy: str | None = None) -> Read:
    """The fields as a model.

    Raises:
        InvalidInput: one is missing, unknown, or does not have its form.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"]) or "its form"
        raise InvalidInput(f"this is no {noun}: {place[:120]}: {problem['msg'][:200]}", remedy=remedy) from None


def write_fields(kind: str, fields: Mapping[str, Any]) -> bytes:
    """The file, in ASCII, so that no mail program changes a character of it.

    Raises:
        InvalidInput: it would be too long to be read again.
    """
    text = json.dumps({"kind": kind, "format": FORMAT, **fields}, indent=1)
    if len(text) >= MAX_BYTES:
        raise InvalidInput(f"the file would have {len(text):,} bytes, and at most {MAX_BYTES:,} are read")
    return text.encode("ascii") + b"\n"
