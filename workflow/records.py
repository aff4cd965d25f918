"""Copies of frozen records, made quickly: to fold an entry is to copy a release's state, which has many fields.

What is made is what :func:`dataclasses.replace` makes. That takes 10 microseconds for a release's state, and this 3:
it reads all fields at once, and hands them on by their places instead of their names.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # To a type checker it is that very function, of which it knows what a copy may change.
    from dataclasses import replace as replace
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """The same record, but for these fields.

        Raises:
            TypeError: it has no such field.
        """
        values_of, places = _fields(type(record))
        values = list(values_of(record))
        for name, value in changes.items():
            if name not in places:
                raise TypeError(f"{type(record).__name__} has no field {name!r}")
            values[places[name]] = value
        return type(record)(*values)


@cache
def _fields(kind: type) -> tuple[attrgetter[Any], dict[str, int]]:
    """What reads the fields of a record in the order in which it is made of them, and the place of each."""
    # Of one name the getter would give the bare value, and some fields are not given by their place.
    names = [field.name for field in fields(kind) if field.init and not field.kw_only]
    if len(names) < 2 or len(names) != len(fields(kind)):
        raise TypeError(f"{kind.__name__} is made in another way: copy it with dataclasses.replace")
    return attrgetter(*names), {name: place for place, name in enumerate(names)}
