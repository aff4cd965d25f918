"""Statements, risk reviews and soak: who says what in public, area by area, and how long it has been quiet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, refused
from workflow import InvalidInput, NotFound

GATE = [
    CALLED_BY_LEAD,
    {"statement": {"people": "2", "roles": ["lead", "legal"], "public": "true"}},
    {"risk_areas": {"areas": ["biosecurity", "cybersecurity"], "roles": ["safety", "security"]}},
    {"soak": {"at_least": "72h"}},
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review for three days, before a gate of statements, risk reviews and soak."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": GATE}))
    lab.in_review()
    lab.clock.forward("72h")
    yield lab
    lab.audited()
    lab.close()


def say(lab: Lab, person: str, role: str, *, public: bool = True) -> None:
    lab.tick().statement("aurora", "we took the time that it needed", role=role, actor=person, public=public)


def review(lab: Lab, person: str, area: str, verdict: str, role: str = "safety") -> None:
    lab.tick().review("aurora", area, verdict, role=role, actor=person, rationale=WHY)  # type: ignore[arg-type]


def settle(lab: Lab) -> None:
    say(lab, "lee", "lead")
    say(lab, "ivy", "legal")
    review(lab, "mara", "biosecurity", "acceptable")
    review(lab, "sam", "cybersecurity", "acceptable", "security")


def test_silence_blocks_every_area_and_every_statement(lab: Lab) -> None:
    assert lab.blocking("host") == {"statement-missing", "area-not-reviewed"}

    settle(lab)

    assert lab.blocking("host") == set()
    lab.advance("host")


def test_a_statement_is_kept_with_its_words_and_its_name(lab: Lab) -> None:
    say(lab, "ivy", "legal")

    statement = lab.engine.status("aurora").statements[0]
    assert (statement.by, statement.role, statement.public) == ("ivy", "legal", True)
    assert statement.text == "we took the time that it needed"


def test_people_are_counted_and_not_statements(lab: Lab) -> None:
    settle(lab)
    lab.advance("return")
    lab.advance("submit")
    lab.clock.forward("72h")
    say(lab, "ivy", "legal")
    say(lab, "ivy", "legal")

    assert lab.blocking("host") == {"statement-missing"}


def test_what_was_said_internally_or_in_another_role_or_round_does_not_count(lab: Lab) -> None:
    say(lab, "lee", "lead", public=False)
    say(lab, "mara", "safety")
    say(lab, "ivy", "legal")
    lab.replace(lab.model("second"))
    say(lab, "noor", "legal")

    assert "statement-missing" in lab.blocking("host")


def test_nobody_speaks_in_a_role_that_is_not_theirs(lab: Lab) -> None:
    with refused("no-role"):
        say(lab, "lee", "legal")


@pytest.mark.parametrize(("verdict", "code"), [("unacceptable", "area-unacceptable"), ("unclear", "area-unclear")])
def test_one_doubt_keeps_an_area_open_whoever_else_is_content(lab: Lab, verdict: str, code: str) -> None:
    settle(lab)

    review(lab, "sam", "biosecurity", verdict, "security")

    assert lab.blocking("host") == {code}


@pytest.mark.parametrize("person", ["max", "kim"])
def test_requesters_and_authors_call_nothing_acceptable_and_may_call_it_the_opposite(lab: Lab, person: str) -> None:
    lab.advance("return")
    lab.advance("submit", by="max")

    with refused("excluded"):
        review(lab, person, "biosecurity", "acceptable")
    review(lab, person, "biosecurity", "unacceptable")

    assert "area-unacceptable" in lab.blocking("host")


def test_an_area_that_the_process_does_not_have_is_named(lab: Lab) -> None:
    with pytest.raises(NotFound, match="no risk area 'weather'") as caught:
        review(lab, "mara", "weather", "acceptable")
    assert caught.value.remedy == "it has: biosecurity, cybersecurity"


def test_a_verdict_in_other_words_is_refused(lab: Lab) -> None:
    with pytest.raises(InvalidInput) as caught:
        review(lab, "mara", "biosecurity", "fine")
    assert caught.value.remedy == "one of acceptable, unacceptable, unclear"


@pytest.mark.parametrize("happens", ["other bytes", "a stage entry"])
def test_soak_starts_anew_when_something_changed(lab: Lab, happens: str) -> None:
    if happens == "other bytes":
        lab.replace(lab.model("second"))
    else:
        lab.advance("return")
        lab.advance("submit")

    assert "soaking" in lab.blocking("host")
    lab.clock.forward("71h59m59s")
    assert "soaking" in lab.blocking("host")
    lab.clock.forward("1s")
    assert "soaking" not in lab.blocking("host")
