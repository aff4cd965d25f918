"""Attacks on overrides: used elsewhere, later, for something else, by too few, or against somebody's no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attacked import WHY, copied_to, refused, why
from signed_lab import SIGNED_PROCESS, SignedLab, write_past

from tests.support.parts import ScriptedClock
from workflow import DefinitionError, Engine, LedgerError, Refused, commands
from workflow.events import OverrideUsed, TransitionMade

HOSTED = """  host:
    from: review
    to: hosted
    means: behind our own door
    gate:
      - actor: {roles: [lead]}
      - sign_offs: {role: security, count: 1}
      - soak: {at_least: 72h}
    override:
      policy: soak
      sign_offs: {role: safety, count: 2}
      lasts: 24h
      review: {role: legal, within: 48h}
  trial:
    from: review
    to: hosted
    means: the same, by another gate
    gate:
      - actor: {roles: [lead]}
      - sign_offs: {role: security, count: 1}
      - soak: {at_least: 72h}
  publish:
"""
PROCESS = (
    SIGNED_PROCESS.replace("  publish:\n", HOSTED, 1)
    .replace("  public: {", "  hosted: {exposure: hosted, means: ours}\n  public: {")
    .replace("from: [testing, review, delay, public]", "from: [testing, review, delay, hosted, public]")
    .replace("version: 1\n", "version: 2\n")
)
SOAKING = ("soak", "soaking")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SignedLab:
    lab = SignedLab(tmp_path_factory.mktemp("hosted"))
    lab.create()
    lab.allow(PROCESS, "hosted.yaml")
    engine = engine_of(lab)
    digest = engine.load_process(lab.directory / "hosted.yaml").digest
    engine.start("aurora", lab.model(), process=digest, authors=["kim"], actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    lab.close()
    return lab


@pytest.fixture
def hosted(made: SignedLab, tmp_path: Path) -> Iterator[SignedLab]:
    """A release in review, which security lets be hosted, and which has to soak for three days first."""
    lab = copied_to(made, SignedLab(tmp_path, ScriptedClock(made.clock.now())))
    lab.open()
    for trigger in ("host", "trial"):
        lab.sign("sam", "security", trigger=trigger)
    yield lab
    lab.close()


def engine_of(lab: SignedLab) -> Engine:
    assert lab.engine is not None
    return lab.engine


def overrides(lab: SignedLab, person: str, engine: Engine | None = None, **more: Any) -> None:
    asked = {"role": "safety", "actor": person, "rationale": WHY, "basis": lab.basis(trigger="host"), **more}
    (engine or lab.by(person)).override("aurora", "host", "soak", **asked)


def given(lab: SignedLab) -> SignedLab:
    for person in ("mara", "jun"):
        overrides(lab, person)
    return lab


def hosts(lab: SignedLab) -> None:
    engine_of(lab).advance("aurora", "host", actor="lee", rationale=WHY)


def blocked(lab: SignedLab, trigger: str = "host") -> set[tuple[str, str]]:
    return why(refused(engine_of(lab), trigger=trigger))


def command(lab: SignedLab, person: str = "mara", **more: Any) -> commands.Override:
    facts = {"transition": "host", "policy": "soak", "role": "safety", "decision": "approve", **more}
    return commands.Override(actor=person, release="aurora", basis=lab.basis(trigger="host"), **facts)


def test_the_override_that_is_attacked_lets_one_rule_pass(hosted: SignedLab) -> None:
    assert blocked(hosted) == {SOAKING}
    hosts(given(hosted))

    assert engine_of(hosted).status("aurora").stage == "hosted"
    assert hosted.problems() == set()


def test_row_42_an_override_passes_no_other_gate(hosted: SignedLab) -> None:
    given(hosted)

    assert blocked(hosted, "trial") == {SOAKING}
    for trigger in ("trial", "publish"):
        with pytest.raises(Refused) as refusal:
            hosted.by("mara").override(
                "aurora",
                trigger,
                "soak",
                role="safety",
                actor="mara",
                rationale=WHY,
                basis=hosted.basis(trigger=trigger),
            )
        assert refusal.value.reason == "no-override"


@pytest.mark.parametrize("policy", ["objections", "holds", "sign_offs", "requirements", "charter", "actor"])
def test_row_42_an_override_passes_no_other_policy(hosted: SignedLab, policy: str) -> None:
    with pytest.raises(Refused) as refusal:
        engine_of(hosted)._pipeline.execute(command(hosted, policy=policy), {"rationale": WHY})

    assert refusal.value.reason == "no-override"
    assert blocked(hosted) == {SOAKING}


def test_row_42_an_override_ends_with_its_round_its_bytes_and_its_time(hosted: SignedLab) -> None:
    given(hosted)
    engine = engine_of(hosted)
    hosted.clock.forward("24h")
    assert blocked(hosted) == {SOAKING}
    given(hosted)
    engine.advance("aurora", "back", actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    hosted.sign("sam", "security", trigger="host")
    assert blocked(hosted) == {SOAKING}
    given(hosted)
    other = hosted.model(weights="worse weights")
    engine.replace_candidate("aurora", other, authors=["kim"], actor="lee", rationale=WHY)
    hosted.sign("sam", "security", trigger="host")

    assert blocked(hosted) == {SOAKING}
    assert hosted.problems() == set()


def test_row_42_one_person_overrides_once_however_often_and_fills_no_other_place(hosted: SignedLab) -> None:
    for _ in range(3):
        overrides(hosted, "mara")
    assert blocked(hosted) == {SOAKING}
    second = hosted.hands["mara"].__class__("mara", 2)
    hosted.enrol("mara", second, before=hosted.hands["mara"])
    overrides(hosted, "mara", hosted.by("mara", second))
    assert blocked(hosted) == {SOAKING}
    hosted.sign("priya", "security", trigger="host")
    hosted.revoke("sam", compromised_since=hosted.clock.now())
    overrides(hosted, "priya")

    assert SOAKING in blocked(hosted)


@pytest.mark.parametrize(("person", "role"), [("kim", "safety"), ("lee", "lead")])
def test_row_42_neither_an_author_nor_a_requester_overrides(hosted: SignedLab, person: str, role: str) -> None:
    with pytest.raises(Refused) as refusal:
        overrides(hosted, person, role=role)

    assert refusal.value.reason in ("excluded", "no-role")
    assert blocked(hosted) == {SOAKING}


STANDING: dict[str, tuple[Callable[[SignedLab], Any], tuple[str, str]]] = {
    "a veto": (
        lambda lab: lab.sign("priya", "safety", trigger="host", decision="reject", basis=None),
        ("objections", "rejected"),
    ),
    "an adviser's no": (
        lambda lab: lab.sign("ivy", "legal", trigger="host", decision="reject", basis=None),
        ("objections", "rejected"),
    ),
    "a hold": (
        lambda lab: engine_of(lab).hold("aurora", role="security", actor="sam", rationale=WHY),
        ("holds", "hold"),
    ),
    "a requirement": (
        lambda lab: engine_of(lab).require("aurora", "Run it.", role="safety", actor="mara", rationale=WHY),
        ("requirements", "requirement-open"),
    ),
}


@pytest.mark.parametrize("what", STANDING)
def test_row_42_an_override_passes_nobody_s_no(hosted: SignedLab, what: str) -> None:
    object_, code = STANDING[what]
    given(hosted)
    object_(hosted)

    # What the gate recorded still says that it soaks; what stands in the way is the other.
    assert code in blocked(hosted)
    assert code[1] in engine_of(hosted).explain("aurora", "host", actor="lee").blockers[0].reasons[0].code
    assert hosted.problems() == set()


def test_row_42_an_override_is_nobody_s_word_until_they_signed_it_for_just_this(hosted: SignedLab) -> None:
    asked = hosted.ask(command(hosted))
    attempts: dict[str, Callable[[], Any]] = {
        "unsigned": lambda: engine_of(hosted)._pipeline.execute(asked.command, asked.texts),
        "signature-invalid": lambda: asked.bring(asked.signed(hosted.hands["jun"])),
        "no-override": lambda: asked.asking(policy="sign_offs").bring(),
        "other-statement": lambda: asked.asking(decision="withdraw").bring(),
    }
    overrides(hosted, "mara")
    for reason, attempt in attempts.items():
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.reason == reason

    asked.bring()
    assert blocked(hosted) == {SOAKING}
    assert hosted.problems() == set()


def test_row_42_an_override_that_was_signed_for_an_earlier_round_is_not_taken(hosted: SignedLab) -> None:
    asked = hosted.ask(command(hosted))
    engine_of(hosted).advance("aurora", "back", actor="lee", rationale=WHY)
    engine_of(hosted).advance("aurora", "submit", actor="lee", rationale=WHY)

    with pytest.raises(Refused) as refusal:
        asked.bring()

    assert refusal.value.reason == "basis-moved"


def test_row_42_an_override_that_was_kept_until_its_time_is_not_taken(hosted: SignedLab) -> None:
    asked = hosted.ask(command(hosted))
    hosted.clock.forward("24h")

    with pytest.raises(Refused, match="what was signed has expired"):
        asked.bring()


def test_row_42_a_move_that_says_it_was_overridden_is_decided_again(hosted: SignedLab) -> None:
    overrides(hosted, "mara")
    world = engine_of(hosted).explain("aurora", "host", observe=False)
    moved = TransitionMade(
        trigger="host",
        source="review",
        dest="hosted",
        forward=True,
        exposure="hosted",
        irreversible=False,
        basis=world.basis,
    )
    used = OverrideUsed(
        policy="soak",
        trigger="host",
        words=("O1", "O1"),
        by=("jun", "mara"),
        until="2030-01-01T00:00:00.000000Z",
        review="R1",
        role="legal",
        due="2030-01-01T00:00:00.000000Z",
    )
    seq = write_past(hosted, commands.Advance(actor="lee", release="aurora", trigger="host"), moved, used)

    assert ("not-allowed", seq) in hosted.problems()


def test_row_42_words_written_past_the_engine_stop_the_release_and_a_use_stands_beside_a_move_only(
    hosted: SignedLab,
) -> None:
    seq = write_past(hosted, command(hosted))

    with pytest.raises(LedgerError, match=f"entry {seq} is not signed"):
        hosts(hosted)
    assert ("not-allowed", seq) in hosted.problems()


def test_row_42_a_stolen_key_s_override_is_none_once_it_is_known_and_the_move_on_it_is_named(
    hosted: SignedLab,
) -> None:
    since = hosted.clock.now()
    hosts(given(hosted))
    hosted.revoke("mara", compromised_since=since)

    found = engine_of(hosted).history("aurora", limit=5)
    assert any("`host` (entry" in line and "rested on the key" in line for item in found for line in item.summary)


def test_row_42_what_nothing_undoes_has_no_override_whoever_writes_the_process(hosted: SignedLab) -> None:
    crossing = PROCESS.replace(
        "      - soak: {at_least: 1h}\n",
        "      - soak: {at_least: 1h}\n    override: {policy: soak, sign_offs: {role: safety, count: 1}, lasts: 1h, "
        "review: {role: legal, within: 1h}}\n",
    )
    assert crossing != PROCESS

    with pytest.raises(DefinitionError) as refusal:
        engine_of(hosted).load_process(crossing)

    (problem,) = refusal.value.problems
    assert "no override crosses it" in problem.message
    assert crossing.split("\n")[problem.line - 1].strip().startswith("override:")
