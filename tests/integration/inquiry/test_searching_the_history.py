"""The history by person, role, stage, trigger and time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab, refused
from workflow import InvalidInput, LedgerError, NotFound
from workflow.inquiry import search
from workflow.views import HistoryPage


@pytest.fixture
def told(review: Lab) -> Lab:
    """Approvals, refusals, a hold, a way back, and another release beside it."""
    review.sign("mara", "publish")
    with refused("gate-denied", "open"):
        review.advance("publish")
    review.hold("sam", "security")
    review.lift("H1", "sam", "security")
    review.advance("return", by="jun")
    review.advance("submit")
    review.start("borealis", path=review.model("other"))
    with refused("gate-denied"):
        review.advance("submit", "borealis", by="jun")
    review.engine.grant("noor", ["security"], actor=ADMINISTRATOR, rationale=WHY)
    return review


def what(page: HistoryPage) -> list[str]:
    return [event["type"] for item in page.items for event in item.events[:1]]


CHOICES = [
    ({"by": "sam"}, ["lift_approved", "hold_placed"]),
    ({"by": "jun"}, ["command_refused", "transition_made"]),
    ({"refusals": True}, ["command_refused", "command_refused"]),
    ({"refusals": True, "by": "lee"}, ["command_refused"]),
    ({"refusals": True, "trigger": "submit"}, ["command_refused"]),
    ({"role": "safety", "trigger": "publish"}, ["sign_off_recorded"]),
    ({"trigger": "submit"}, ["command_refused", "transition_made", "transition_made"]),
    ({"stage": "review", "role": "security"}, ["lift_approved", "hold_placed"]),
    ({"stage": "review", "trigger": "return"}, ["transition_made"]),
    ({"by": "nobody.at.all"}, []),
    ({"stage": "moon"}, []),
]


@pytest.mark.parametrize(("choice", "expected"), CHOICES)
def test_entries_are_found_by_everything_that_is_said_of_them(told: Lab, choice: dict, expected: list[str]) -> None:
    assert what(told.engine.search_history(**choice)) == expected


def test_who_was_given_a_role_is_found_by_the_role(told: Lab) -> None:
    found = told.engine.search_history(role="security", by=ADMINISTRATOR)

    assert any("noor holds security" in sentence for sentence in found.items[0].summary)


def test_what_was_done_in_a_stage_has_the_move_into_it_and_the_move_out_of_it(told: Lab) -> None:
    inside = told.engine.search_history("aurora", stage="testing")

    assert what(inside) == ["transition_made", "transition_made", "transition_made", "release_started"]


def test_times_are_those_of_the_entries_and_both_ends_count(told: Lab) -> None:
    every = told.engine.history("aurora")
    first, last = every[4].at, every[1].at

    found = told.engine.search_history("aurora", since=first, until=last)

    assert [item.entry for item in found.items] == [item.entry for item in every[1:5]]
    assert told.engine.search_history("aurora", since=every[0].at + timedelta(microseconds=1)).items == ()


def test_without_a_choice_a_page_is_the_history(told: Lab) -> None:
    assert told.engine.search_history("aurora").items == told.engine.history("aurora")
    assert told.engine.search_history(limit=7).items == told.engine.history(limit=7)


def pages_back(lab: Lab, limit: int, **choice: object) -> list[int]:
    found, before = [], None
    while True:
        page = lab.engine.search_history(before=before, limit=limit, **choice)  # type: ignore[arg-type]
        found += [item.entry for item in page.items]
        if page.next_before is None:
            return found
        before = page.next_before


@pytest.mark.parametrize("choice", [{}, {"by": "lee"}, {"release": "aurora"}, {"refusals": True}])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_one_after_the_other_have_every_entry_once(told: Lab, choice: dict, limit: int) -> None:
    whole = [item.entry for item in told.engine.search_history(**choice, limit=1000).items]

    assert pages_back(told, limit, **choice) == whole


def test_pages_upward_have_every_entry_once_too(told: Lab) -> None:
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        page = told.engine.search_history(by="lee", after=after, limit=2)
        found += reversed([item.entry for item in page.items])
        after = page.next_after

    assert found == [item.entry for item in reversed(told.engine.search_history(by="lee").items)]


def test_a_page_stays_as_it_is_whatever_is_recorded_later(told: Lab) -> None:
    back = told.engine.search_history(by="lee", before=told.engine.history()[0].entry, limit=2)
    on = told.engine.search_history(by="lee", after=0, limit=2)
    between = told.engine.search_history(after=2, before=9)

    told.advance("wait")
    told.start("third", path=told.model("third"))

    assert told.engine.search_history(by="lee", before=back.highest + 1, limit=2) == back  # type: ignore[operator]
    assert told.engine.search_history(by="lee", after=0, limit=2) == on
    assert told.engine.search_history(after=2, before=9) == between
    assert [item.entry for item in between.items] == [8, 7, 6, 5, 4, 3]


def test_a_look_that_ends_says_how_far_it_came_and_where_it_goes_on(told: Lab) -> None:
    size = told.engine.history()[0].entry

    page = told.engine.search_history(by=ADMINISTRATOR, refusals=True, look=5)

    assert (page.items, page.looked_at) == ((), 5)
    assert (page.highest, page.lowest, page.next_before) == (size, size - 4, size - 4)
    assert told.engine.search_history(by=ADMINISTRATOR, refusals=True, look=size).next_before is None


def test_a_look_reads_no_further_than_it_says(told: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = search.read_entry
    monkeypatch.setattr(search, "read_entry", lambda stored: read.append(stored.seq) or real(stored))

    page = told.engine.search_history(by="lee", limit=2)

    assert read == [item.entry for item in page.items]  # what was passed over was not even parsed


def test_an_altered_entry_is_not_passed_over(tmp_path: Path) -> None:
    lab = Lab.with_people(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f'DROP TRIGGER "{name}"')
        other.execute("UPDATE entry SET body = CAST(replace(body, 'ana', 'ane') AS BLOB) WHERE seq = 3")

    with pytest.raises(LedgerError) as caught:
        lab.engine.search_history(by="sam")
    lab.close()
    assert "entry 3 was altered" in caught.value.message


@pytest.mark.parametrize(
    "choice", [{"limit": 0}, {"limit": 1001}, {"look": 0}, {"limit": 2, "since": "naive"}, {"until": "naive"}]
)
def test_an_impossible_page_is_refused(told: Lab, choice: dict) -> None:
    naive = told.clock.now().replace(tzinfo=None)
    given = {name: naive if value == "naive" else value for name, value in choice.items()}

    with pytest.raises(InvalidInput):
        told.engine.search_history(**given)


def test_a_release_that_is_not_there_is_not_found(told: Lab) -> None:
    with pytest.raises(NotFound):
        told.engine.search_history("nebula", by="lee")


def test_what_is_sealed_is_not_found_by_who_made_it(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
    lab.in_review()
    lab.sign("mara", "publish")

    def found(**choice: object) -> list[str]:
        return [item.actor for item in lab.engine.search_history("aurora", **choice).items]  # type: ignore[arg-type]

    assert found(by="mara") == []
    assert found(by="mara", actor="mara") == ["mara"]
    assert found(role="safety") == ["(sealed)"]
    assert found(role="safety", trigger="publish", stage="review") == ["(sealed)"]
    lab.sign("jun", "publish")
    assert found(by="mara") == ["mara"]
    lab.close()
