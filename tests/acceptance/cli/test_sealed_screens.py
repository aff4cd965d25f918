"""What the screens and scripts of a sealed role show before its quorum is in, and to whom."""

from __future__ import annotations

import pytest
from cli_desk import WHY, Desk, by

from tests.support.hands import Hand
from workflow import Engine

PEOPLE = ("ops", "mara", "jun", "priya", "ivy")


def signing(engine: Engine, person: str) -> Engine:
    return engine.signing_with(Hand(person))


def approve(desk: Desk, person: str) -> None:
    with desk.engine() as engine:
        basis = engine.explain("aurora", "publish", observe=False).basis
        signing(engine, person).sign_off(
            "aurora", "publish", role="safety", actor=person, rationale="I read every log.", basis=basis
        )


@pytest.fixture
def sealed(desk: Desk) -> Desk:
    """``aurora`` in review, and two of ``safety``, which is sealed, are to approve; ``mara`` has."""
    with desk.engine() as engine:
        origin = engine.roster().origin
        for person in PEOPLE:
            hand = Hand(person)
            acting = engine if person == "ops" else signing(engine, "ops")
            acting.enrol_key(
                person,
                hand.line,
                verified_by="lee" if person == "ops" else "ops",
                how="in person",
                actor="ops",
                rationale=WHY,
                possession=hand.possesses(origin),
            )
        text = (desk.directory / "small.yaml").read_text()
        text = text.replace("version: 1\n", "version: 2\nsigned: true\n").replace(
            "{means: looks for harm, ", "{means: looks for harm, sealed: true, "
        )
        (desk.directory / "sealed.yaml").write_text(text)
        process = engine.load_process(desk.directory / "sealed.yaml")
        signing(engine, "ops").allow_process(process, process.highest_exposure, actor="ops", rationale=WHY)
    desk.does("start", "aurora", "model", "--process", "sealed.yaml", "--author", "ada", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    approve(desk, "mara")
    return desk


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_history_says_that_somebody_acted_and_not_who_or_what(sealed: Desk) -> None:
    shown = words(sealed("history", "aurora", "-n", "1", "--verbose").out)
    document = sealed("history", "aurora", "-n", "1", "--json").json[0]

    assert "(sealed) (signed) release/aurora" in shown
    assert "acted on `publish` as safety; who and what shows once the quorum of safety is in" in shown
    assert "mara" not in shown and "every log" not in shown
    assert (document["sealed"], document["actor"], document["events"]) == (True, "(sealed)", [])


def test_whoever_acted_sees_it(sealed: Desk) -> None:
    shown = words(sealed("history", "aurora", "-n", "1", "--as", "mara").out)

    assert "mara (signed) release/aurora approved `publish` as safety (S1) | I read every log." in shown


def test_status_and_explain_count_and_name_everybody_who_may(sealed: Desk) -> None:
    status, explained = words(sealed("status", "aurora").out), words(sealed("explain", "aurora", "publish").out)

    assert "1 more to approve as safety: jun, mara or priya" in status
    assert "(have" not in status
    assert "sign-offs safety: 1 of 2" in explained
    assert "sealed who decided what as safety shows once the quorum is in" in explained


def test_the_inbox_of_whoever_acted_is_empty_of_it_and_that_of_the_others_is_not(sealed: Desk) -> None:
    assert "to approve as safety" not in sealed("inbox", "--as", "mara").out
    assert "to approve as safety" in sealed("inbox", "--as", "jun").out


def test_once_the_quorum_is_in_the_screens_tell_all(sealed: Desk) -> None:
    approve(sealed, "jun")

    assert "mara (signed)" in sealed("history", "aurora", "-n", "2").out
    assert "jun, entry" in words(sealed("explain", "aurora", "publish", "--all").out)
