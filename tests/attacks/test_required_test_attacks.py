"""Attacks on required tests: passed by whom it suits, by nobody's word, or with a failure washed out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attacked import WHY, refused, why
from signed_lab import SIGNED_PROCESS, SignedLab, write_past

from workflow import Engine, LedgerError, Refused, commands

GATE = "      - candidate_unchanged\n      - soak"
TESTED = SIGNED_PROCESS.replace(
    GATE, f"      - required_tests: {{tests: [red_team], roles: [safety, security]}}\n{GATE}"
)
OPEN, FAILED = ("required_tests", "test-open"), ("required_tests", "test-failed")


@pytest.fixture
def tested(tmp_path: Path) -> Iterator[SignedLab]:
    """A release in review, before a gate that wants a test; nobody has said anything of it, or signed off."""
    lab = SignedLab(tmp_path)
    lab.create()
    lab.allow(TESTED.replace("version: 1\n", "version: 2\n"), "tested.yaml")
    engine = lab.engine
    assert engine is not None
    digest = engine.load_process(lab.directory / "tested.yaml").digest
    engine.start("aurora", lab.model(), process=digest, authors=["kim"], actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.judge()
    lab.clock.forward("2h")
    yield lab
    lab.close()


def engine_of(lab: SignedLab) -> Engine:
    assert lab.engine is not None
    return lab.engine


def says(lab: SignedLab, person: str, verdict: str, role: str = "safety") -> None:
    lab.by(person).judge_test(
        "aurora",
        "red_team",
        verdict,
        role=role,
        actor=person,
        rationale=WHY,  # type: ignore[arg-type]
    )


def in_the_way(lab: SignedLab) -> set[tuple[str, str]]:
    """What of the tests stands in the way."""
    return {item for item in why(refused(engine_of(lab))) if item[0] == "required_tests"}


@pytest.mark.parametrize(("person", "role"), [("kim", "safety"), ("lee", "lead")])
@pytest.mark.parametrize("verdict", ["done", "not_applicable"])
def test_row_38_neither_an_author_nor_a_requester_passes_a_required_test(
    tested: SignedLab, person: str, role: str, verdict: str
) -> None:
    with pytest.raises(Refused) as refusal:
        says(tested, person, verdict, role)

    assert refusal.value.reason == "excluded"
    assert in_the_way(tested) == {OPEN}
    assert tested.problems() == set()


def test_row_38_a_failed_test_is_not_washed_out_by_what_others_say(tested: SignedLab) -> None:
    says(tested, "sam", "failed", "security")
    for person in ("mara", "jun", "priya"):
        says(tested, person, "done")
    says(tested, "priya", "not_applicable", "security")
    tested.approve()
    assert why(refused(engine_of(tested))) == {FAILED}

    tested.revoke("sam")
    assert FAILED in why(refused(engine_of(tested)))
    tested.agreed(tested.by("ana").remove_person("sam", actor="ana", rationale=WHY))
    assert FAILED in why(refused(engine_of(tested)))


def test_row_38_a_test_is_nobody_s_word_until_they_signed_it_and_a_failure_needs_no_key(tested: SignedLab) -> None:
    engine = engine_of(tested)
    done = commands.JudgeTest(actor="mara", release="aurora", test="red_team", verdict="done", role="safety")
    asked = tested.ask(done)
    with pytest.raises(Refused) as claimed:
        engine._pipeline.execute(done, asked.texts)
    with pytest.raises(Refused) as forged:
        asked.bring(asked.signed(tested.hands["jun"]))
    with pytest.raises(Refused) as turned:
        asked.asking(verdict="not_applicable").bring()
    assert [item.value.reason for item in (claimed, forged, turned)] == [
        "unsigned",
        "signature-invalid",
        "other-statement",
    ]

    asked.bring()
    assert in_the_way(tested) == set()
    engine.judge_test("aurora", "red_team", "failed", role="security", actor="sam", rationale=WHY)
    assert in_the_way(tested) == {FAILED}
    assert tested.problems() == set()


def test_row_38_a_word_on_the_bytes_before_passes_no_test_of_the_next(tested: SignedLab) -> None:
    says(tested, "mara", "done")
    other = tested.model(weights="worse weights")
    engine_of(tested).replace_candidate("aurora", other, authors=["kim"], actor="lee", rationale=WHY)

    assert in_the_way(tested) == {OPEN}


def test_row_38_a_word_that_was_written_past_the_engine_stops_the_release_and_is_named(tested: SignedLab) -> None:
    done = commands.JudgeTest(actor="mara", release="aurora", test="red_team", verdict="done", role="safety")
    seq = write_past(tested, done)

    with pytest.raises(LedgerError, match=f"entry {seq} is not signed"):
        engine_of(tested).advance("aurora", "publish", actor="lee", rationale=WHY)
    assert ("not-allowed", seq) in tested.problems()


def test_row_38_a_stolen_key_takes_back_no_failure_once_it_is_known(tested: SignedLab) -> None:
    says(tested, "sam", "failed", "security")
    since = tested.clock.now()
    says(tested, "sam", "done", "security")
    assert in_the_way(tested) == set()

    tested.revoke("sam", compromised_since=since)

    assert in_the_way(tested) == {FAILED, OPEN}
    assert tested.problems() == set()
