"""A copy of a record is what the standard library would have made of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from workflow import records
from workflow.facts import CandidateFacts
from workflow.process import Exposure
from workflow.release import ReleaseState

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
