"""A sealed role: nobody is told who decided what in it before its quorum is in, wherever they look."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, PUBLISH, WHY, made, refused
from workflow import GateDenied, Refused, WorkflowError

SAFETY = ("jun", "kim", "mara", "max", "priya", "both")
"""Who holds the sealed role; ``kim``, the author, may approve nothing."""

CAN = ("both", "jun", "mara", "max", "priya")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Keyed]:
    """``aurora`` in review; ``safety`` is sealed, and two of it must approve publishing."""
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def verdict(lab: Keyed, role: str = "safety", **settings: Any) -> Any:
    answer = lab.engine.explain("aurora", "publish", observe=False, **settings)
    return next(item for item in answer.verdicts if item.summary.startswith(f"sign-offs {role}"))


def everything_told(lab: Keyed, reader: str | None = None) -> str:
    """All that anybody can ask for, as a script would get it; ``reader`` is who asks."""
    engine = lab.engine
    told: list[Any] = [
        engine.status("aurora", actor=reader),
        *((engine.report("aurora"),) if reader is None else ()),
        engine.explain("aurora", "publish", observe=False),
        engine.explain("aurora", "publish", actor="lee"),
        *(engine.explain("aurora", "publish", actor=person, observe=False) for person in SAFETY),
        *(engine.explain("aurora", "publish", observe=False, **what) for what in suppositions(lab)),
        *engine.history("aurora", actor=reader),
        *engine.history(limit=5, actor=reader),
        *(engine.search_history("aurora", actor=reader, by=person) for person in SAFETY if person != reader),
        engine.search_history(role="safety", actor=reader),
        engine.search_history(trigger="publish", stage="review", actor=reader),
        engine.who_could("aurora"),
        engine.who_could("aurora", "publish", at=lab.clock.now()),
        engine.difference(0),
        engine.waiting(),
        *engine.exceptions(),
        *engine.slips("aurora"),
        engine.coverage({"candidate": lab.candidate()}),
        *engine.list(),
        engine.request("aurora", "publish", observe=False),
        engine.roster(),
        *(item for person in ("lee", "sam", "ivy") for item in engine.inbox(person)),
    ]
    return json.dumps([item.model_dump(mode="json") for item in told])


def suppositions(lab: Keyed) -> list[dict[str, Any]]:
    """What somebody could suppose in order to learn more: above all a process without a seal."""
    unsealed = lab.signed(name="unsealed")
    later = lab.clock.now() + timedelta(days=100)
    return [
        {"assume_signed": ["safety"]},
        {"assume_signed": ["security", "safety"], "at": later},
        {"process": unsealed},
        {"process": unsealed, "assume_signed": ["safety"], "at": later},
    ]


def test_who_approved_is_not_told_and_how_many_is(lab: Keyed) -> None:
    lab.sign("mara", "publish")

    found = verdict(lab)

    assert found.summary == "sign-offs safety: 1 of 2"
    assert [(fact.label, fact.person, fact.entry) for fact in found.facts] == [("sealed", None, None)]
    assert found.reasons[0].text == "1 more to approve as safety"
    assert found.reasons[0].who == CAN


DECISIONS: list[Callable[[Keyed, str], object]] = [
    lambda lab, person: lab.sign(person, "publish"),
    lambda lab, person: lab.sign(person, "publish", decision="abstain"),
    lambda lab, person: lab.take_back(lab.sign(person, "publish"), person),
    lambda lab, person: lab.tick().sign_off(
        "aurora",
        "publish",
        role="safety",
        actor=person,
        rationale=WHY,
        basis=lab.basis("publish"),
        conditions=["If it is quantized."],
        requirements=[("Run the cyber range again.", "security")],
    ),
]


@pytest.mark.parametrize("decide", DECISIONS, ids=["approve", "abstain", "take back", "yes, if"])
def test_nothing_that_can_be_asked_for_depends_on_who_it_was(
    tmp_path: Path, decide: Callable[[Keyed, str], object]
) -> None:
    told = {}
    for person in ("mara", "jun"):
        directory = tmp_path / person
        directory.mkdir()
        lab = Keyed.staffed(directory)
        lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
        lab.in_review(path=_model(tmp_path))
        decide(lab, person)
        told[person] = _comparable(everything_told(lab))
        lab.audited()
        lab.close()

    assert told["mara"] == told["jun"]


def _model(directory: Path) -> Path:
    path = directory / "model"
    path.mkdir(exist_ok=True)
    (path / "model.safetensors").write_text("weights")
    return path


DRAWN = {"hash", "nonce", "command_id", "texts", "origin", "possession", "signature", "root"}
"""What differs between two ledgers by chance."""


def _comparable(told: str) -> Any:
    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: plain(part) for key, part in item.items() if key not in DRAWN}
        return [plain(part) for part in item] if isinstance(item, list) else item

    return plain(json.loads(told))


def test_a_refusal_acts_and_shows_at_once(lab: Keyed) -> None:
    lab.sign("mara", "publish")
    lab.reject("jun")

    answer = lab.engine.explain("aurora", "publish", observe=False)
    refusal = next(item for item in answer.verdicts if item.policy == "objections")

    assert refusal.reasons[0].text.startswith("jun refused as safety")
    assert lab.engine.history("aurora", limit=1)[0].actor == "jun"
    assert lab.engine.status("aurora").rejects[0].by == "jun"
    assert "mara" not in "".join(fact.text for fact in verdict(lab).facts)


def test_a_recusal_shows_because_a_deputy_may_act(lab: Keyed) -> None:
    lab.sign("mara", "publish", decision="recuse")

    assert lab.engine.history("aurora", limit=1)[0].actor == "mara"
    assert verdict(lab).reasons[0].who == tuple(person for person in CAN if person != "mara")


def test_when_the_quorum_is_in_all_is_told(lab: Keyed) -> None:
    lab.sign("mara", "publish")
    lab.sign("priya", "publish", decision="abstain")
    lab.sign("jun", "publish")

    assert sorted(fact.text for fact in verdict(lab).facts) == ["jun", "mara"]
    items = lab.engine.history("aurora", limit=3)
    assert [(item.actor, item.sealed) for item in items] == [("jun", False), ("priya", False), ("mara", False)]
    assert items[2].texts["rationale"] == WHY


def test_when_the_round_has_ended_all_is_told(lab: Keyed) -> None:
    lab.sign("mara", "publish")
    assert lab.engine.history("aurora", limit=1)[0].sealed

    lab.replace(lab.model("second"))

    assert [(item.actor, item.sealed) for item in lab.engine.history("aurora", limit=2)] == [
        ("lee", False),
        ("mara", False),
    ]


def test_another_transition_s_quorum_tells_nothing_of_this_one(lab: Keyed) -> None:
    lab.sign("mara", "publish")

    lab.sign("jun", "host")
    lab.sign("priya", "host")

    shown = {item.entry: item.sealed for item in lab.engine.history("aurora", limit=3)}
    assert list(shown.values()) == [False, False, True]


def test_people_see_what_they_decided_themselves(lab: Keyed) -> None:
    lab.sign("mara", "publish")

    mine = lab.engine.history("aurora", limit=1, actor="mara")[0]
    others = lab.engine.history("aurora", limit=1, actor="jun")[0]

    assert (mine.actor, mine.summary) == ("mara", ("approved `publish` as safety (S1)",))
    assert mine.texts["rationale"] == WHY
    assert (others.actor, others.command_id, others.texts, others.events) == ("(sealed)", "(sealed)", {}, ())
    assert others.summary == ("acted on `publish` as safety; who and what shows once the quorum of safety is in",)


def test_what_they_have_done_does_not_wait_for_them_any_more_and_waits_for_the_others(lab: Keyed) -> None:
    def waits(person: str) -> bool:
        return any(item.reason.code == "sign-offs-missing" for item in lab.engine.inbox(person))

    lab.sign("mara", "host")

    assert not waits("mara")
    assert waits("jun")
    can = lab.engine.status("aurora", actor="mara").actor_can
    assert "sign-offs-missing" not in {reason.code for reason in can}


def test_an_attempt_that_is_refused_names_nobody_and_neither_does_what_it_leaves(lab: Keyed) -> None:
    lab.sign("mara", "publish")

    with pytest.raises(GateDenied) as caught:
        lab.advance("publish")

    recorded = json.dumps(lab.engine.history("aurora", limit=1)[0].model_dump(mode="json"))
    said = f"{caught.value.message} {caught.value.remedy} {caught.value.verdicts}"
    for text in (recorded, said):
        assert "1 more to approve as safety" in text
        assert text.count("mara") == text.count("jun") == text.count("priya")


def test_whoever_tries_to_take_a_sealed_decision_back_learns_nothing(lab: Keyed) -> None:
    sign_off = lab.sign("mara", "publish")

    with refused("sign-off-rejected") as caught:
        lab.take_back(sign_off, "jun")

    assert caught.value.message == f"{sign_off} was made by somebody else, and only they can take it back"


def test_an_attempt_to_approve_that_was_refused_is_sealed_too(lab: Keyed) -> None:
    with refused("sign-off-rejected"):
        lab.tick().sign_off("aurora", "publish", role="safety", actor="mara", rationale=WHY, basis="0" * 64)

    shown = lab.engine.history("aurora", limit=1)[0]
    assert (shown.actor, shown.refused, shown.sealed) == ("(sealed)", True, True)
    assert "mara" not in json.dumps(shown.model_dump(mode="json"))


def test_a_condition_that_came_about_does_not_say_whose_approval_it_ended(lab: Keyed) -> None:
    sign_off = made(
        lab.tick().sign_off(
            "aurora",
            "publish",
            role="safety",
            actor="mara",
            rationale=WHY,
            basis=lab.basis("publish"),
            conditions=["If it is quantized."],
        )
    )

    lab.tick().assert_condition("aurora", sign_off, "condition.1", role="safety", actor="mara", rationale=WHY)

    assert lab.engine.history("aurora", limit=1)[0].actor == "(sealed)"
    assert verdict(lab).summary == "sign-offs safety: 0 of 2"


def test_what_an_approval_depends_on_is_shown_without_whose_it_is(lab: Keyed) -> None:
    lab.tick().sign_off(
        "aurora",
        "publish",
        role="safety",
        actor="mara",
        rationale=WHY,
        basis=lab.basis("publish"),
        requirements=[("Run the cyber range again.", "security")],
    )

    shown = lab.engine.status("aurora").requirements[0]
    told = next(
        item
        for item in lab.engine.explain("aurora", "publish", observe=False).verdicts
        if item.policy == "requirements"
    )

    assert (shown.by, shown.role, shown.text) == ("(sealed)", "safety", "Run the cyber range again.")
    assert told.facts[0].text == "somebody as safety in aurora"
    assert lab.engine.status("aurora", actor="mara").requirements[0].by == "mara"
    lab.sign("jun", "publish")
    assert lab.engine.status("aurora").requirements[0].by == "mara"


def test_whoever_is_asked_elsewhere_to_discharge_it_learns_no_more(lab: Keyed) -> None:
    lab.tick().sign_off(
        "aurora",
        "publish",
        role="safety",
        actor="mara",
        rationale=WHY,
        basis=lab.basis("publish"),
        requirements=[("Run the cyber range again.", "security")],
    )

    asked = lab.claimed.draft(
        lambda engine: engine.discharge("aurora", "R1", role="security", actor="sam", rationale=WHY)
    )

    assert "somebody as safety, with an approval" in asked.model_dump_json()
    assert "mara" not in asked.model_dump_json()


def test_a_descendant_s_gate_does_not_tell_whose_approval_its_parent_s_depends_on(lab: Keyed) -> None:
    lab.tick().sign_off(
        "aurora",
        "publish",
        role="safety",
        actor="mara",
        rationale=WHY,
        basis=lab.basis("publish"),
        requirements=[("Run the cyber range again.", "security")],
    )
    lab.in_review("tiny", path=lab.model("tiny"), derived_from=["aurora"])

    told = next(
        item for item in lab.engine.explain("tiny", "publish", observe=False).verdicts if item.policy == "requirements"
    )

    assert told.facts[0].text == "somebody as safety in aurora"
    assert lab.engine.status("tiny").requirements[0].by == "(sealed)"


def test_who_fills_a_sealed_place_does_not_show_by_who_may_fill_another(lab: Keyed) -> None:
    lab.sign("both", "publish")

    assert "both" in verdict(lab, "security").reasons[0].who
    lab.sign("both", "publish", "security")
    assert verdict(lab, "security").summary == "sign-offs security: 1 of 1"
    assert [fact.text for fact in verdict(lab, "security").facts] == ["both"]


def test_asking_as_somebody_else_does_not_show_whether_their_approval_is_missing(lab: Keyed) -> None:
    lab.sign("mara", "publish")

    assert {person: verdict(lab, actor=person).summary for person in SAFETY} == dict.fromkeys(
        SAFETY, "sign-offs safety: 1 of 2"
    )


def test_a_clock_that_cannot_be_trusted_opens_no_seal(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    expiring = {"sign_offs": {"role": "safety", "count": "1", "expires_after": "30d"}}
    lab.allow(
        lab.signed(host={"from": "review", "to": "hosted", "gate": [expiring]}, roles={"safety": {"sealed": "true"}})
    )
    lab.in_review()
    lab.sign("mara", "host", decision="abstain")
    lab.sign("jun", "host")
    assert not lab.engine.history("aurora", limit=1)[0].sealed

    lab.clock.back("1m")

    assert lab.engine.history("aurora", limit=1)[0].sealed
    found = next(item for item in lab.explain("host").verdicts if item.policy == "sign_offs")
    assert (found.reasons[0].code, found.facts) == ("cannot-tell", ())
    lab.close()


def test_a_role_that_is_not_sealed_is_told_as_ever(lab: Keyed) -> None:
    lab.sign("sam", "publish", "security")

    assert [fact.text for fact in verdict(lab, "security").facts] == ["sam"]
    assert lab.engine.history("aurora", limit=1)[0].actor == "sam"


def test_the_gate_opens_as_for_any_other_role(lab: Keyed) -> None:
    lab.approve_publish()

    lab.advance("publish")

    assert lab.stage() == "public"


def test_whoever_reads_the_database_can_see_it(lab: Keyed) -> None:
    lab.sign("mara", "publish")

    with sqlite3.connect(lab.directory / "ledger.db") as database:
        (body,) = database.execute("SELECT body FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    assert json.loads(body)["actor"] == "mara"


@pytest.mark.parametrize("gate", [PUBLISH, (CALLED_BY_LEAD, {"sign_offs": {"role": "safety", "count": "2"}})])
def test_errors_of_people_who_act_past_each_other_name_nobody_else(lab: Keyed, gate: Any) -> None:
    lab.sign("mara", "publish")

    attempts: list[Callable[[], object]] = [
        lambda: lab.take_back("S1", "jun"),
        lambda: lab.tick().assert_condition("aurora", "S1", "condition.1", role="safety", actor="jun", rationale=WHY),
        lambda: lab.tick().sign_off("aurora", "publish", role="safety", actor="kim", rationale=WHY, basis="0" * 64),
        lambda: lab.tick().sign_off(
            "aurora",
            "publish",
            role="safety",
            actor="jun",
            rationale=WHY,
            basis=lab.basis("publish"),
            reaffirms="S1",
        ),
    ]
    for attempt in attempts:
        with pytest.raises(WorkflowError) as caught:
            attempt()
        said = f"{caught.value.message} {caught.value.remedy if isinstance(caught.value, Refused) else ''}"
        assert said.count("mara") == said.count("priya")
