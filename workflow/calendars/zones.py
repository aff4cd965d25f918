"""Time zones, by the data that this distribution depends on, and no other.

The system's own data are not asked: they may be missing, may be of any age, and an environment variable could put
others in their place. The version that was read is part of every answer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from zoneinfo import ZoneInfo

FORM = r"^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$"
"""Names such as ``Europe/London`` or ``UTC``; not ``right/...``, which counts leap seconds, nor any path."""

SECOND = timedelta(seconds=1)


class NoSuchZone(ValueError):
    """There are no data on a time zone of that name here."""


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of a name.

    Raises:
        NoSuchZone: there is none, or there are no time zone data at all.
    """
    from importlib import resources  # takes a while, and few commands look at a calendar

    try:
        place = resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
        with place.open("rb") as data:
            return ZoneInfo.from_file(data, key=name)
    except ModuleNotFoundError as error:
        raise NoSuchZone("the time zone data are missing: install the package tzdata") from error
    except (OSError, ValueError) as error:
        raise NoSuchZone(f"there is no time zone {name!r}{_meant(name)}") from error


def check(name: str) -> None:
    """Checks that there is a time zone of that name.

    Raises:
        NoSuchZone: there is none; it says what was probably meant.
    """
    zone(name)


def version() -> str:
    """The version of the time zone data, such as ``2025b``."""
    return str(import_module("tzdata").IANA_VERSION)


def instant(wall: datetime, where: ZoneInfo, *, later: bool) -> datetime:
    """The moment at which local clocks show a time; ``later``: of one that they show twice, the second.

    A time that they skip stands for the moment at which they do.
    """
    first, second = (wall.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if later else first
    # Skipped: before the jump at `second`, after it at `first`.
    before, low, high = second.astimezone(where).utcoffset(), second, first
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        low, high = (middle, high) if middle.astimezone(where).utcoffset() == before else (low, middle)
    return high


def _meant(name: str) -> str:
    from importlib import resources

    known = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    near = get_close_matches(name, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else ", such as `Europe/London`"
