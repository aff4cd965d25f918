"""Attacks on accepted risks: past their time, for other bytes, by those who want the release, in somebody's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from attacked import WHY, refused, why
from signed_lab import SIGNED_PROCESS, SignedLab, write_past

from workflow import Engine, LedgerError, Refused, commands
from workflow.clock import timestamp
from workflow.facts import Severity

GATE = "      - candidate_unchanged\n      - soak"
RULE = "      - findings: {accepted_by: legal, people: 2, up_to: high, for_at_most: 30d}\n"
JUDGED = SIGNED_PROCESS.replace(GATE, RULE + GATE).replace("version: 1\n", "version: 2\n")
OPEN = ("findings", "finding-open")


@pytest.fixture
def found(tmp_path: Path) -> Iterator[SignedLab]:
    """A release in review with a grave finding, whose risk two of legal may accept for thirty days."""
    lab = SignedLab(tmp_path)
    lab.create()
    lab.allow(JUDGED, "judged.yaml")
    engine = engine_of(lab)
    digest = engine.load_process(lab.directory / "judged.yaml").digest
    engine.start("aurora", lab.model(), process=digest, authors=["kim", "omar"], actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.judge()
    lab.hands["tom"] = lab.hands["omar"].__class__("tom")
    lab.agreed(lab.by("ana").add_person("tom", roles=["legal"], actor="ana", rationale=WHY))
    lab.enrol("tom")
    # A round of its own, in which nobody is late.
    engine.advance("aurora", "back", actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    engine.finding(
        "aurora", "it can be talked round", severity=Severity.HIGH, role="safety", actor="mara", rationale=WHY
    )
    lab.clock.forward("2h")
    yield lab
    lab.close()


def engine_of(lab: SignedLab) -> Engine:
    assert lab.engine is not None
    return lab.engine


def accepts(lab: SignedLab, person: str, until: datetime | None = None, role: str = "legal") -> None:
    week = lab.clock.now() + timedelta(days=7)
    lab.by(person).accept_risk("aurora", "R1", until=until or week, role=role, actor=person, rationale=WHY)


def in_the_way(lab: SignedLab) -> set[tuple[str, str]]:
    """What of the findings stands in the way."""
    return {item for item in why(refused(engine_of(lab))) if item[0] in ("findings", "requirements")}


def published(lab: SignedLab) -> None:
    lab.approve()
    engine_of(lab).advance("aurora", "publish", actor="lee", rationale=WHY)


def test_the_release_whose_risk_two_may_accept_would_be_published(found: SignedLab) -> None:
    assert in_the_way(found) == {OPEN}
    accepts(found, "ivy")
    accepts(found, "tom")

    published(found)
    assert found.problems() == set()


def test_row_39_an_accepted_risk_ends_with_its_time_whatever_the_clock_is_set_to_afterwards(found: SignedLab) -> None:
    accepts(found, "ivy")
    accepts(found, "tom")
    found.clock.forward("7d")
    assert in_the_way(found) == {OPEN}

    found.clock.back("3d")
    assert in_the_way(found) == {("findings", "cannot-tell")}
    found.agreed(found.by("ana").correct_clock(actor="ana", rationale=WHY))
    assert in_the_way(found) == {OPEN}
    assert found.problems() == set()


def test_row_39_a_risk_is_not_accepted_for_longer_than_the_process_says(found: SignedLab) -> None:
    for until in (found.clock.now() + timedelta(days=31), found.clock.now() - timedelta(days=1)):
        with pytest.raises(Refused) as refusal:
            accepts(found, "ivy", until)
        assert refusal.value.reason == "time"

    assert in_the_way(found) == {OPEN}


def test_row_39_a_risk_that_was_accepted_for_some_bytes_is_accepted_for_no_others(found: SignedLab) -> None:
    accepts(found, "ivy")
    accepts(found, "tom")
    other = found.model(weights="worse weights")
    engine_of(found).replace_candidate("aurora", other, authors=["kim"], actor="lee", rationale=WHY)

    assert in_the_way(found) == {OPEN}


@pytest.mark.parametrize(("person", "role"), [("lee", "lead"), ("omar", "legal"), ("kim", "safety")])
def test_row_39_whoever_wants_the_release_or_wrote_the_model_accepts_no_risk(
    found: SignedLab, person: str, role: str
) -> None:
    with pytest.raises(Refused) as refusal:
        accepts(found, person, role=role)

    assert refusal.value.reason == "excluded"
    assert in_the_way(found) == {OPEN}


def test_row_39_one_person_accepts_a_risk_once_however_often_and_with_whatever_key(found: SignedLab) -> None:
    accepts(found, "ivy")
    second = found.hands["ivy"].__class__("ivy", 2)
    found.enrol("ivy", second, before=found.hands["ivy"])
    week = found.clock.now() + timedelta(days=7)
    found.by("ivy", second).accept_risk("aurora", "R1", until=week, role="legal", actor="ivy", rationale=WHY)

    assert in_the_way(found) == {OPEN}


def test_row_39_an_accepted_risk_is_nobody_s_word_until_they_signed_it_and_says_until_when(found: SignedLab) -> None:
    week = timestamp(found.clock.now() + timedelta(days=7))
    command = commands.AcceptRisk(actor="ivy", release="aurora", subject="R1", role="legal", until=week)
    asked = found.ask(command)
    attempts = {
        "unsigned": lambda: engine_of(found)._pipeline.execute(command, asked.texts),
        "signature-invalid": lambda: asked.bring(asked.signed(found.hands["tom"])),
        "other-statement": lambda: asked.asking(until=timestamp(found.clock.now() + timedelta(days=20))).bring(),
    }
    for reason, attempt in attempts.items():
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.reason == reason

    asked.bring()
    accepts(found, "tom")
    assert in_the_way(found) == set()
    assert found.problems() == set()


def test_row_39_an_acceptance_that_was_written_past_the_engine_stops_the_release_and_is_named(found: SignedLab) -> None:
    week = timestamp(found.clock.now() + timedelta(days=7))
    command = commands.AcceptRisk(actor="ivy", release="aurora", subject="R1", role="legal", until=week)
    seq = write_past(found, command)

    with pytest.raises(LedgerError, match=f"entry {seq} is not signed"):
        engine_of(found).advance("aurora", "publish", actor="lee", rationale=WHY)
    assert ("not-allowed", seq) in found.problems()


def test_row_39_a_second_release_of_the_same_bytes_accepts_nothing_and_washes_nothing_out(found: SignedLab) -> None:
    accepts(found, "ivy")
    accepts(found, "tom")
    engine = engine_of(found)
    digest = engine.status("aurora").process
    engine.start("borealis", found.model(), process=digest, authors=["ivy"], actor="lee", rationale=WHY)
    engine.advance("borealis", "submit", actor="lee", rationale=WHY)
    found.clock.forward("2h")

    stands = {item for item in why(refused(engine, "borealis")) if item[0] == "findings"}

    # Whoever is an author there accepts no risk of these files any more, here either.
    assert stands == {OPEN}
    assert in_the_way(found) == {OPEN}
