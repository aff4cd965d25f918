"""Times as people type them where a day will do: a time with its zone, or a day, which is one in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from workflow.clock import parse_moment
from workflow.errors import InvalidInput

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_REMEDY = "write it like 2025-07-17T17:00:00Z, or 2025-07-17 for a day in UTC"


def first_of(text: str | None) -> datetime | None:
    """The time that somebody typed; of a day, its first moment.

    Raises:
        InvalidInput: it is neither.
    """
    return None if text is None else _time(text)


def last_of(text: str | None) -> datetime | None:
    """The time that somebody typed; of a day, its last moment.

    Raises:
        InvalidInput: it is neither.
    """
    if text is None:
        return None
    time = _time(text)
    return time + timedelta(days=1, microseconds=-1) if _DAY.fullmatch(text) else time


def _time(text: str) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return parse_moment(text)
    except (InvalidInput, ValueError):
        raise InvalidInput(f"{text[:80]!r} is no time with a zone and no day", remedy=_REMEDY) from None
