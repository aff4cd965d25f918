"""Numbers, times and names as they stand in a sentence, on a terminal as on a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def size(count: int) -> str:
    """A number of bytes in decimal units, such as ``14.2 GB``."""
    amount = float(count)
    for unit in _UNITS[:-1]:
        if amount < 1000:
            return f"{count} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} {_UNITS[-1]}"


def times(number: int) -> str:
    """How often: ``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def listed(items: Sequence[str], last: str = "or") -> str:
    """Names in a sentence: ``jun, priya or sam``."""
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def day(time: datetime) -> str:
    """A time to the day, such as ``12 Nov 2025``."""
    return f"{time.astimezone(UTC):%d %b %Y}".lstrip("0")


def moment(time: datetime) -> str:
    """A time to the minute, such as ``12 Nov 2025 09:00 UTC``."""
    return f"{day(time)} {time.astimezone(UTC):%H:%M} UTC"


def date(time: datetime) -> str:
    """A planned date: ``12 Nov 2025``, and to the minute where it is not midnight that was planned."""
    return day(time) if moment(time).endswith(" 00:00 UTC") else moment(time)
