"""Numbers and names as they stand in a sentence, on a terminal as on a page."""

from __future__ import annotations

from collections.abc import Sequence

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
