"""Lengths of time for people."""

from __future__ import annotations

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def span(seconds: int) -> str:
    """A length of time in its two largest units: ``3 days 2 hours``, ``4 minutes``."""
    rest, told = abs(seconds), []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            told.append(f"{count} {unit}" + ("" if count == 1 else "s"))
        elif told:
            break  # days and minutes without hours between them say nothing
        if len(told) == 2:
            break
    return " ".join(told) or "less than a second"
