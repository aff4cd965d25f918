"""One person, one place: who sits where in a gate, and whose approval is left over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.risk_areas import RiskAreas
from policies.sign_offs import SignOffs
from tests.support.build import History, in_review
from tests.support.parts import candidate
from workflow.signoff import Quorum, fill_places

NAMES = ["ada", "jun", "lee", "mara", "sam"]
ROLES = ["safety", "security", "legal"]
QUORUMS = st.lists(st.builds(Quorum, st.sampled_from(ROLES), st.integers(1, 2)), max_size=3)
PEOPLE = st.dictionaries(
    st.sampled_from(ROLES), st.lists(st.sampled_from(NAMES), unique=True, max_size=5).map(tuple), max_size=3
)


def most_places(quorums: Sequence[Quorum], people: Mapping[str, Sequence[str]]) -> int:
    """How many places can be filled at most, by trying every order of the people."""
    places = [quorum.role for quorum in quorums for _ in range(quorum.count)]
    seats = [*NAMES, *([None] * len(places))]
    return max(
        (
            sum(
                person is not None and person in people.get(place, ())
                for person, place in zip(order, places, strict=True)
            )
            for order in set(permutations(seats, len(places)))
        ),
        default=0,
    )


@given(QUORUMS.filter(lambda quorums: sum(quorum.count for quorum in quorums) <= 4), PEOPLE)
def test_as_many_places_are_filled_as_can_be(quorums: list[Quorum], people: dict[str, tuple[str, ...]]) -> None:
    seated = fill_places(quorums, people)

    assert sum(len(sitting) for sitting in seated.values()) == most_places(quorums, people)


@given(QUORUMS, PEOPLE)
def test_nobody_sits_twice_or_where_they_did_not_approve(
    quorums: list[Quorum], people: dict[str, tuple[str, ...]]
) -> None:
    seated = fill_places(quorums, people)
    everybody = [person for sitting in seated.values() for person in sitting]

    assert len(everybody) == len(set(everybody))
    assert all(person in people.get(role, ()) for role, sitting in seated.items() for person in sitting)


@given(QUORUMS, PEOPLE)
def test_no_role_has_more_people_seated_than_it_has_places(
    quorums: list[Quorum], people: dict[str, tuple[str, ...]]
) -> None:
    seated = fill_places(quorums, people)

    for role, sitting in seated.items():
        assert len(sitting) <= sum(quorum.count for quorum in quorums if quorum.role == role)


def test_no_quorum_seats_nobody() -> None:
    assert fill_places([], {"safety": ("mara",)}) == {}


def test_somebody_who_can_sit_elsewhere_makes_room() -> None:
    quorums = [Quorum("safety", 1), Quorum("security", 1)]

    seated = fill_places(quorums, {"safety": ("priya", "mara"), "security": ("priya",)})

    assert seated == {"safety": ("mara",), "security": ("priya",)}


def test_two_quorums_of_one_role_want_different_people() -> None:
    history = in_review(SignOffs(role="safety", count=1), SignOffs(role="safety", count=1))
    history.sign("mara", "safety")
    assert history.context().count("safety").missing == 1

    history.sign("jun", "safety")

    assert history.context().count("safety").missing == 0


def test_an_approval_beyond_the_places_is_neither_counted_nor_called_wrong() -> None:
    history = in_review(SignOffs(role="safety", count=1))
    history.sign("mara", "safety")
    history.sign("jun", "safety")

    result = history.context().count("safety")

    assert (len(result.counted), result.ignored, result.missing) == (1, (), 0)


def test_whoever_sits_already_is_not_asked_to_sit_elsewhere() -> None:
    history = in_review(SignOffs(role="safety", count=1), SignOffs(role="security", count=1))
    history.sign("priya", "safety")

    assert history.context().count("security").who_can == ("sam",)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda history: (history.move("back"), history.move("submit")), "round 2 has ended"),
        (lambda history: history.replace(candidate("second")), "candidate 9b89.., replaced"),
        (lambda history: history.withdraw("S1", "mara"), "withdrawn, entry 21"),
        (lambda history: history.review("jun", "safety", "bio", "acceptable"), "what it rests on has changed since"),
        (lambda history: history.revoke("mara", "safety"), "no longer holds safety"),
        (lambda history: history.remove("mara"), "has left"),
    ],
    ids=["another round", "other bytes", "taken back", "something new to see", "the role was lost", "left"],
)
def test_an_approval_that_does_not_count_is_named_with_the_reason(
    happens: Callable[[History], object], why: str
) -> None:
    areas = RiskAreas.model_validate({"areas": ["bio"], "roles": ["safety"]})
    history = in_review(SignOffs(role="safety", count=1), areas)
    history.sign("mara", "safety")
    happens(history)

    assert [item.why for item in history.context().count("safety").ignored] == [why]


def test_whoever_sits_elsewhere_is_named_so() -> None:
    history = in_review(SignOffs(role="safety", count=1), SignOffs(role="security", count=1))
    history.sign("priya", "safety")
    history.sign("priya", "security")
    context = history.context()

    ignored = [item.why for role in ("safety", "security") for item in context.count(role).ignored]

    assert ignored == ["fills a place of safety already"]
