"""Copies of frozen records, and what follows from one: as the standard library has them, and several times as fast.

To fold an entry is to copy a release's state, which has many fields. :func:`dataclasses.replace` takes 6 microseconds
for it, most of them to ask for one field after the other by its name and then, because the record is frozen, to set
each by a call. Here they are read all at once and set as on any other object: on one that has the same slots and is not
frozen, which then becomes the record. That takes a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    # To a type checker they are those very two, of which it knows what a copy may change and what a property gives.
    from dataclasses import replace as replace
    from functools import cached_property as cached_property
else:

    class cached_property:  # noqa: N801 -- it stands where the other one stood
        """What follows from a record, worked out when it is first asked for.

        The standard library's takes a lock for each, before Python 3.12. Two threads at once work out the same here.
        """

        def __init__(self, work_out: Callable[[Any], Any]) -> None:
            self._work_out = work_out
            self.__doc__ = work_out.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, record: Any, owner: type | None = None) -> Any:
            if record is None:
                return self
            # What stands there is found before this is asked again.
            found = vars(record)[self._name] = self._work_out(record)
            return found

    def replace(record: Any, /, **changes: Any) -> Any:
        """The same record, but for these fields.

        Raises:
            TypeError: it has no such field.
        """
        values_of, places, made_of = _form(type(record))
        values = list(values_of(record))
        for name, value in changes.items():
            if name not in places:
                raise TypeError(f"{type(record).__name__} has no field {name!r}")
            values[places[name]] = value
        return made_of(values)


class _Form(NamedTuple):
    """What reads the fields of a record in their order, the place of each, and what makes one of them."""

    values_of: attrgetter[Any]
    places: dict[str, int]
    made_of: Callable[[list[Any]], Any]


@cache
def _form(kind: type) -> _Form:
    # Of one name the getter would give the bare value, and some fields are not given by their place.
    names = [field.name for field in fields(kind) if field.init and not field.kw_only]
    if len(names) < 2 or len(names) != len(fields(kind)):
        raise TypeError(f"{kind.__name__} is made in another way: copy it with dataclasses.replace")
    return _Form(attrgetter(*names), {name: place for place, name in enumerate(names)}, _maker(kind, names))


def _maker(kind: type, names: list[str]) -> Callable[[list[Any]], Any]:
    """What makes a record of the values of its fields."""
    bare = kind.__bases__ == (object,) and "__slots__" in vars(kind) and not hasattr(kind, "__post_init__")
    if not bare:
        return lambda values: kind(*values)
    thawed = make_dataclass(kind.__name__, names, slots=True)

    def made(values: list[Any]) -> Any:
        record = thawed(*values)
        record.__class__ = kind
        return record

    return made
