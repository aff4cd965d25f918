"""A copy of a record is what the standard library would have made of it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from workflow import records
from workflow.decide import Situation
from workflow.facts import CandidateFacts
from workflow.ledger import Entry
from workflow.process import Exposure
from workflow.release import ReleaseState
from workflow.rulebook import World

replace = cast("Callable[..., Any]", records.replace)
DAY = datetime(2025, 7, 11, tzinfo=UTC)
STATE = ReleaseState(
    slug="aurora-7b",
    process="a" * 64,
    stage="testing",
    round=1,
    round_at=DAY,
    round_entry=7,
    entered_at=DAY,
    started_at=DAY,
    started_by="lee",
    exposed=Exposure.INTERNAL,
    candidate=CandidateFacts(digest="b" * 64, components=(), files=1, size=1, weights=(), authors=("kim",)),
    location="c" * 64,
)


@dataclass(frozen=True)
class Pair:
    first: int
    second: list[int] = field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError("below nothing")


@dataclass(frozen=True)
class Asked:
    asked: list[str]
    fails: bool = False

    @records.cached_property
    def answer(self) -> int:
        """Worked out."""
        self.asked.append("answer")
        if self.fails:
            raise ValueError("no answer")
        return len(self.asked)


@dataclass(frozen=True)
class Single:
    only: int


@dataclass(frozen=True)
class Derived:
    first: int
    second: int
    both: int = field(init=False, default=0)


@dataclass(frozen=True)
class Named:
    first: int
    second: int = field(kw_only=True)


@pytest.mark.parametrize(
    "changes",
    [{}, {"stage": "review"}, {"version": 3, "updated_at": DAY, "round": 2}, {"holds": (), "compromised": frozenset()}],
    ids=str,
)
def test_a_copy_is_the_one_that_the_standard_library_makes(changes: dict[str, Any]) -> None:
    assert replace(STATE, **changes) == dataclasses.replace(STATE, **changes)


def test_the_record_itself_stays_as_it_is() -> None:
    replace(STATE, stage="review")

    assert STATE.stage == "testing"


def test_what_is_not_compared_is_copied_too() -> None:
    assert replace(Pair(1, [2]), first=3).second == [2]


def test_a_copy_is_checked_as_the_record_was() -> None:
    with pytest.raises(ValueError, match="below nothing"):
        replace(Pair(1), first=-1)


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="no field 'third'"):
        replace(Pair(1), third=3)


@pytest.mark.parametrize("record", [Single(1), Derived(1, 2), Named(1, second=2)], ids=lambda item: type(item).__name__)
def test_a_record_that_is_not_made_of_all_its_fields_by_their_places_is_refused(record: Any) -> None:
    with pytest.raises(TypeError, match="made in another way"):
        replace(record, first=2)


def every_kind_of_record() -> list[Any]:
    """The records of the engine that are made of nothing but the values of their fields."""
    loaded = [module for name, module in sys.modules.items() if name.startswith("workflow.")]
    found = {item for module in loaded for item in vars(module).values() if isinstance(item, type)}
    plain = [item for item in found if dataclasses.is_dataclass(item) and not hasattr(item, "__post_init__")]
    given = [item for item in plain if all(field.init for field in dataclasses.fields(item))]
    mine = [item for item in given if item.__module__.startswith("workflow.") and len(dataclasses.fields(item)) > 1]
    return sorted(mine, key=lambda item: f"{item.__module__}.{item.__qualname__}")


def test_every_kind_of_record_is_copied_as_the_standard_library_does() -> None:
    kinds = every_kind_of_record()
    assert {ReleaseState, Situation, World, Entry} <= set(kinds)

    for kind in kinds:
        names = [item.name for item in dataclasses.fields(kind)]
        record = kind(**{name: (name,) for name in names})

        copied = replace(record, **{names[1]: "other"})

        assert type(copied) is kind
        assert copied == dataclasses.replace(record, **{names[1]: "other"})
        assert [getattr(copied, name) for name in names] == [(names[0],), "other", *((name,) for name in names[2:])]


def test_a_copy_is_as_frozen_as_the_record() -> None:
    copied = replace(STATE, stage="review")

    with pytest.raises(dataclasses.FrozenInstanceError):
        copied.stage = "public"


def test_what_follows_from_a_record_is_worked_out_once() -> None:
    record = Asked([])

    assert (record.answer, record.answer) == (1, 1)
    assert record.asked == ["answer"]
    assert record == Asked(["answer"])


def test_a_copy_works_it_out_anew() -> None:
    record = Asked([])
    assert record.answer == 1

    assert replace(record, fails=False).answer == 2


def test_what_failed_is_not_remembered() -> None:
    record = Asked([], fails=True)

    for _ in range(2):
        with pytest.raises(ValueError, match="no answer"):
            _ = record.answer
    assert record.asked == ["answer", "answer"]
    assert Asked.answer.__doc__ == "Worked out."
