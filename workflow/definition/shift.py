"""One thing that is otherwise in a later process, and whether it asks more there or less.

Every value that has an order is read as a number that grows with what it asks. Whatever cannot be read, or has no
order, is *unknown*, and nobody who compares may take that for harmless.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from workflow.clock import parse_duration
from workflow.errors import InvalidInput
from workflow.evidence.report import number

Asks = Literal["less", "more", "other", "unknown"]
Weight: TypeAlias = Callable[[Any], Decimal]
"""How much a value asks, as a number. It raises ValueError for what it cannot read."""

NOTHING = Decimal("-Infinity")
MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Shift:
    """What a later process asks otherwise at a place; ``text`` is a sentence without its full stop."""

    place: str
    asks: Asks
    text: str


def scaled(place: str, said: str, old: Any, new: Any, weight: Weight) -> Iterator[Shift]:
    """What became of a value that has an order."""
    if same(old, new):
        return
    try:
        before, after = weight(old), weight(new)
    except ValueError:
        yield from stated(place, said, old, new, "unknown")
        return
    asks: Asks = "less" if after < before else "more" if after > before else "other"
    yield Shift(place, asks, _goes(said, old, new))


def listed(place: str, said: str, old: Any, new: Any, *, longer: Asks, shorter: Asks) -> Iterator[Shift]:
    """What became of a list of names, where one name more asks ``longer`` and one less ``shorter``."""
    if same(old, new):
        return
    if not (_is_names(old) and _is_names(new)):
        yield from stated(place, said, old, new, "unknown")
        return
    added = [name for name in new if name not in old]
    gone = [name for name in old if name not in new]
    for name in added:
        yield Shift(f"{place}.{name}", longer, f"{said} has {name} too")
    for name in gone:
        yield Shift(f"{place}.{name}", shorter, f"{said} has {name} no more")
    if not added and not gone:
        yield Shift(place, "other", f"{said} has the same names in another order")


def parts(place: str, said: str, old: Any, new: Any) -> Iterator[Shift]:
    """What became of the components that something depends on: the more, the more it asks; none named, all of them."""
    if old and new:
        yield from listed(place, said, old, new, longer="more", shorter="less")
    elif _is_names(old) and _is_names(new):
        if new:
            yield Shift(place, "less", f"{said} goes from all components to {', '.join(new)}")
        elif old:
            yield Shift(place, "more", f"{said} goes from {', '.join(old)} to all components")
    else:
        yield from stated(place, said, old, new, "unknown")


def stated(place: str, said: str, old: Any, new: Any, asks: Asks = "other") -> Iterator[Shift]:
    """That a value is another one, where every change of it asks the same."""
    if not same(old, new):
        yield Shift(place, asks, _goes(said, old, new))


def same(old: Any, new: Any) -> bool:
    """Whether two values would be kept in the same bytes; true is not 1."""
    return exact(old) == exact(new)


def exact(value: Any) -> str:
    """A value in one spelling, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, default=str)


def shown(value: Any) -> str:
    """A value as a sentence has it."""
    if value is None or value in ((), [], ""):
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = ", ".join(map(str, value)) if _is_names(value) else str(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def growing(read: Weight, nothing: Decimal = NOTHING) -> Weight:
    """Weighs a value of which more asks more; none asks for ``nothing``."""
    return lambda value: nothing if value is None else read(value)


def shrinking(read: Weight) -> Weight:
    """Weighs a value of which less asks more; none asks for nothing."""
    return lambda value: NOTHING if value is None else -read(value)


def ranked(*values: Any) -> Weight:
    """Weighs a value by its place in an order, of which the last asks most."""
    return lambda value: Decimal(values.index(value))


def whole(value: Any) -> Decimal:
    """Reads a whole number."""
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a whole number")
    return Decimal(value)


def decimal(value: Any) -> Decimal:
    """Reads a decimal that is written as a text."""
    return number(value)


def seconds(value: Any) -> Decimal:
    """Reads a length of time."""
    try:
        length = parse_duration(value)
    except (InvalidInput, AttributeError) as error:
        raise ValueError(f"{value!r} is not a length of time") from error
    return Decimal(length.days * 86_400 + length.seconds)


def _goes(said: str, old: Any, new: Any) -> str:
    return f"{said} goes from {shown(old)} to {shown(new)}"


def _is_names(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)
