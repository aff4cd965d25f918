"""Where the time comes from, and the one form in which it is written.

Times in the ledger are RFC 3339 in UTC with six digits and ``Z``. They come from the engine's clock, never from a
caller (a back-dated evaluation must not make an expired approval fresh).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from workflow.errors import InvalidInput

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)
DURATION_FORM = r"(?=.*[1-9])(?:[0-9]{1,5}d)?(?:[0-9]{1,6}h)?(?:[0-9]{1,7}m)?(?:[0-9]{1,8}s)?"
"""What :func:`parse_duration` reads, as a regular expression for other programs, such as editors."""

_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?", re.ASCII)


class Clock(Protocol):
    """Anything that tells the present time, with a zone."""

    def now(self) -> datetime:
        """The present time, with a zone."""
        ...


class SystemClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        """The present time, in UTC."""
        return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """The ledger's form of a time that has a zone: ``2025-07-11T09:00:00.000000Z``."""
    if not isinstance(moment, datetime):
        raise InvalidInput(f"{moment!r} is no datetime", remedy="pass a datetime that has a zone")
    if moment.tzinfo is None:
        raise InvalidInput(f"the time {moment.isoformat()} has no zone", remedy="add one, for example +00:00 or Z")
    return _written(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


def parse_timestamp(text: str) -> datetime:
    """Reads back what :func:`timestamp` wrote, and nothing else.

    Raises:
        InvalidInput: the text is in any other form.
    """
    return _parsed(text)


# Whatever is decided on an entry writes and reads its few times over and over: measured, eleven times an entry.
@lru_cache(maxsize=1024)
def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@lru_cache(maxsize=1024)
def _parsed(text: str) -> datetime:
    if not _TIMESTAMP.fullmatch(text):
        raise InvalidInput(f"{text!r} is not a time of the form 2025-07-11T09:00:00.000000Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a time: {error}") from error


def parse_moment(text: str) -> datetime:
    """Reads a time that a person wrote: any ISO 8601 form that has a zone.

    Raises:
        InvalidInput: it is not a time, or it has no zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a time", remedy="write it like 2025-07-17T17:00:00Z") from error
    if moment.tzinfo is None:
        raise InvalidInput(f"the time {text!r} has no zone", remedy="write it like 2025-07-17T17:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(f"{text!r} is outside the calendar") from error


def parse_duration(text: str) -> timedelta:
    """Reads a length of time: whole days, hours, minutes and seconds, such as ``14d``, ``72h`` or ``1d12h``.

    Raises:
        InvalidInput: it is in any other form, or it is nothing.
    """
    match = _DURATION.fullmatch(text.strip())
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not length:
        raise InvalidInput(f"{text!r} is not a length of time", remedy="write it like 14d, 72h or 1d12h")
    return length
