"""Overrides, through the engine: one policy of one gate, by enough people, for a time, and reviewed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, definition, made, refused, types
from workflow import DefinitionError, InvalidInput, Outcome, Refused

ONE_OF_SECURITY = {"sign_offs": {"role": "security", "count": "1"}}
SOAK = {"soak": {"at_least": "72h"}}
TERMS = {
    "policy": "soak",
    "sign_offs": {"role": "safety", "count": "2"},
    "lasts": "24h",
    "review": {"role": "legal", "within": "48h"},
}


def host(*gate: Any, **terms: Any) -> dict[str, Any]:
    """The way from review to hosted, past a gate, one policy of which can be overridden."""
    rules = [CALLED_BY_LEAD, *(gate or (ONE_OF_SECURITY, SOAK))]
    return {"from": "review", "to": "hosted", "gate": rules, "override": {**TERMS, **terms}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, signed by security, before a gate that it would have to soak for."""
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(host=host()))
    lab.in_review()
    lab.sign("sam", "host", "security")
    yield lab
    lab.audited()
    lab.close()


def override(lab: Lab, person: str, policy: str = "soak", trigger: str = "host", **more: Any) -> Outcome:
    seen = {"basis": lab.basis(trigger)} if more.get("decision") != "withdraw" else {}
    asked = {"role": "safety", "actor": person, "rationale": f"{person} knows why", **seen, **more}
    return lab.tick().override("aurora", trigger, policy, **asked)


def overridden(lab: Lab, *people: str) -> None:
    for person in people or ("mara", "jun"):
        override(lab, person)


def test_enough_people_let_one_policy_pass_and_its_verdict_stays_what_it_was(lab: Lab) -> None:
    assert lab.blocking("host") == {"soaking"}
    override(lab, "mara")
    assert lab.blocking("host") == {"soaking"}
    override(lab, "jun")
    assert lab.explain("host").allowed

    outcome = lab.advance("host")

    assert types(outcome) == ["transition_made", "override_used"]
    last = lab.engine.history(limit=1)[0]
    soak = next(verdict for verdict in last.verdicts if verdict["policy"] == "soak")
    assert (soak["allow"], [reason["code"] for reason in soak["reasons"]]) == (False, ["soaking"])
    assert last.summary[1].startswith("PASSED BY OVERRIDE of `soak`, by jun and mara until ")
    assert (last.events[1]["review"], last.events[1]["words"]) == ("R1", ["O1", "O2"])
    assert lab.stage() == "hosted"


def test_everything_shows_who_overrides_what_until_when_and_why(lab: Lab) -> None:
    override(lab, "mara")
    found = lab.explain("host").override
    assert found is not None
    assert (found.policy, found.role, found.count, found.by, found.passes) == ("soak", "safety", 2, ("mara",), False)
    assert (found.reasons, found.who_can) == (("mara knows why",), ("both", "jun", "max", "priya"))
    (waits,) = [item for item in lab.engine.inbox("jun") if item.reason.code == "override-begun"]
    assert waits.reason.text == "mara override `soak`, and 1 more must"

    override(lab, "jun")
    answer = lab.explain("host")
    assert answer.override is not None and answer.overridden is not None
    assert (answer.override.passes, answer.overridden.policy, answer.blockers) == (True, "soak", ())

    lab.advance("host")
    (used,) = lab.engine.status("aurora").overrides
    assert (used.policy, used.trigger, used.mover, used.by) == ("soak", "host", "lee", ("jun", "mara"))
    assert (used.reasons, used.review, used.reviewed_by) == (("mara knows why", "jun knows why"), "R1", "legal")
    assert used.due == used.at + timedelta(hours=48)
    assert not used.overdue and not used.reviewed


def test_its_review_is_a_requirement_that_blocks_the_same_move_and_once_due_every_raise(lab: Lab) -> None:
    overridden(lab)
    lab.advance("host")
    (review,) = lab.engine.status("aurora").requirements
    assert (review.kind, review.discharged_by, review.blocks) == ("override_review", "legal", ("host",))
    assert "requirement-open" not in lab.blocking("publish")
    (waits,) = [item.reason for item in lab.engine.inbox("ivy") if item.reason.code == "review-due"]
    assert "R1 is open, the review of the override of `soak` at `host`, given by jun, mara, entry" in waits.text
    assert (waits.subject, waits.role, waits.remedy) == ("R1", "legal", "discharged by legal")
    assert not [item for item in lab.engine.inbox("mara") if item.reason.code == "review-due"]
    lab.advance("pull")
    lab.clock.forward("72h")
    assert {"requirement-overdue"} <= lab.blocking("host")
    assert {"requirement-overdue"} <= lab.blocking("publish")

    lab.discharge("R1", "ivy", "legal")

    assert lab.blocking("host") == {"sign-offs-missing"}
    assert lab.engine.status("aurora").overrides[0].reviewed


def test_whoever_overrode_or_moved_it_does_not_review_that(lab: Lab) -> None:
    lab.tick().grant("mara", ["legal"], actor="ana", rationale=WHY)
    overridden(lab)
    lab.advance("host")

    with refused("excluded"):
        lab.discharge("R1", "mara", "legal")
    lab.discharge("R1", "ivy", "legal")


def test_a_time_that_has_come_takes_it_away(lab: Lab) -> None:
    overridden(lab)
    lab.clock.forward("24h")

    assert lab.blocking("host") == {"soaking"}
    assert lab.explain("host").override.ignored[0].startswith("mara (expired ")  # type: ignore[union-attr]


@pytest.mark.parametrize("happens", ["another round", "other bytes", "one takes it back", "one leaves", "one recuses"])
def test_it_ends_with_what_it_was_given_for(lab: Lab, happens: str) -> None:
    overridden(lab)
    match happens:
        case "another round":
            lab.advance("return")
            lab.advance("submit")
        case "other bytes":
            lab.replace(lab.model("second"))
        case "one takes it back":
            override(lab, "mara", decision="withdraw")
        case "one leaves":
            lab.leave("mara")
        case _:
            lab.sign("mara", "publish", decision="recuse")

    assert "soaking" in lab.blocking("host")
    with pytest.raises(Refused):
        lab.advance("host")


def test_one_person_gives_it_once_and_fills_no_other_place_of_the_gate(lab: Lab) -> None:
    override(lab, "mara")
    override(lab, "mara")
    assert lab.blocking("host") == {"soaking"}
    lab.allow(lab.load(version=2, host=host({"sign_offs": {"role": "safety", "count": "1"}}, SOAK)))
    lab.in_review("borealis", process="lab", path=lab.model("other"))
    for person in ("mara", "jun"):
        basis = lab.basis("host", "borealis")
        lab.tick().override("borealis", "host", "soak", role="safety", actor=person, rationale=WHY, basis=basis)
    assert lab.blocking("host", "borealis") == {"sign-offs-missing"}

    lab.sign("mara", "host", slug="borealis")

    assert lab.blocking("host", "borealis") == {"soaking"}
    found = lab.explain("host", "borealis").override
    assert found is not None and found.ignored[0].startswith("mara (fills a place of safety already)")


@pytest.mark.parametrize(
    ("stands", "code"),
    [
        (lambda lab: lab.hold(), "hold"),
        (lambda lab: lab.reject("priya", "host"), "rejected"),
        (lambda lab: lab.require(), "requirement-open"),
        (
            lambda lab: lab.tick().disallow_process(lab.load(host=host()).digest, actor="ana", rationale=WHY),
            "not-chartered",
        ),
    ],
)
def test_nothing_else_of_the_gate_is_passed(lab: Lab, stands: Any, code: str) -> None:
    overridden(lab)
    stands(lab)

    assert lab.blocking("host") == {code}
    with pytest.raises(Refused):
        lab.advance("host")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "of another policy": ({"person": "mara", "policy": "holds"}, "no-override"),
    "of another transition": ({"person": "mara", "trigger": "return"}, "no-override"),
    "of one that nothing undoes": ({"person": "mara", "trigger": "publish"}, "no-override"),
    "of one that leads out of another stage": ({"person": "mara", "trigger": "submit"}, "stage"),
    "in another role": ({"person": "sam", "role": "security"}, "no-role"),
    "in a role not held": ({"person": "sam"}, "no-role"),
    "by the author": ({"person": "kim"}, "excluded"),
    "at another basis": ({"person": "mara", "basis": "0" * 64}, "basis-moved"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_override_is_refused(lab: Lab, case: str) -> None:
    settings, reason = REFUSED[case]

    with refused(reason):
        override(lab, **settings)


def test_the_requester_gives_none_and_neither_does_whoever_calls(lab: Lab) -> None:
    lab.advance("return")
    lab.advance("submit", by="max")
    with refused("excluded"):
        override(lab, "max")
    lab.advance("return")
    lab.advance("submit")
    lab.sign("sam", "host", "security")
    override(lab, "max")
    override(lab, "mara")
    assert lab.blocking("host") == set()

    assert lab.blocking("host", caller="max") == {"soaking"}


def test_an_override_names_what_was_seen_and_nobody_takes_back_what_they_did_not_give(lab: Lab) -> None:
    with pytest.raises(InvalidInput, match="names what was seen"):
        override(lab, "mara", basis=None)
    with pytest.raises(InvalidInput, match="given no override"):
        override(lab, "mara", decision="withdraw")


def test_what_could_not_be_checked_does_not_pass(lab: Lab) -> None:
    overridden(lab)
    lab.clock.back("12h")

    assert "cannot-tell" in lab.blocking("host")
    with pytest.raises(Refused):
        lab.tick().advance("aurora", "host", actor="lee", rationale=WHY)


PERSONAL = {
    "risk_areas": ({"risk_areas": {"areas": ["bio"], "roles": ["security"]}}, "area-not-reviewed", "area-unacceptable"),
    "required_tests": ({"required_tests": {"tests": ["bio"], "roles": ["security"]}}, "test-open", "test-failed"),
}


@pytest.mark.parametrize("policy", PERSONAL)
def test_silence_passes_by_an_override_and_somebody_s_no_does_not(tmp_path: Path, policy: str) -> None:
    rule, silence, no = PERSONAL[policy]
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(host=host(rule, policy=policy)))
    lab.in_review()
    assert lab.blocking("host") == {silence}
    for person in ("mara", "jun"):
        override(lab, person, policy)
    assert lab.blocking("host") == set()

    say: Any = lab.tick().review if policy == "risk_areas" else lab.tick().judge_test
    say(
        "aurora",
        "bio",
        "unacceptable" if policy == "risk_areas" else "failed",
        role="security",
        actor="sam",
        rationale=WHY,
    )
    for person in ("mara", "jun"):
        override(lab, person, policy)

    assert no in lab.blocking("host")
    lab.audited()
    lab.close()


def test_a_freeze_and_a_window_are_passed_for_one_gate_by_its_own_sign_offs(tmp_path: Path) -> None:
    zone = {"zone": "UTC"}
    frozen = {"freeze": {**zone, "spans": [{"name": "always", "from": "2020-01-01", "to": "2030-01-01"}]}}
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(host=host(frozen, policy="freeze")))
    lab.in_review()
    assert lab.blocking("host") == {"frozen"}

    for person in ("mara", "jun"):
        override(lab, person, "freeze")
    lab.advance("host")

    assert lab.events() == ["transition_made", "override_used"]
    lab.audited()
    lab.close()


MISTAKES: dict[str, tuple[str, dict[str, Any], str]] = {
    "of what nothing undoes": ("publish", {"policy": "candidate_unchanged"}, "no override crosses it"),
    "of a hold": ("host", {"policy": "holds"}, "no rule of this gate is `holds`"),
    "of sign-offs": ("host", {"policy": "sign_offs"}, "`sign_offs` is never overridden; can be: soak"),
    "of the caller": ("host", {"policy": "actor"}, "`actor` is never overridden"),
    "of nothing there is": ("host", {"policy": "evidence"}, "no rule of this gate is `evidence`"),
    "by a role that there is not": ("host", {"sign_offs": {"role": "boss", "count": "1"}}, "the role `boss`"),
    "with no review": ("host", {"review": {"role": "nobody", "within": "2d"}}, "the role `nobody`"),
    "by nobody": ("host", {"sign_offs": {"role": "safety", "count": "0"}}, "too small"),
    "without an end": ("host", {"lasts": "for ever"}, "for ever"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_an_override_that_must_not_be_is_refused_at_load_with_its_line(lab: Lab, case: str) -> None:
    trigger, terms, message = MISTAKES[case]
    written = definition(host=host())
    written["transitions"][trigger] = {**written["transitions"][trigger], "override": {**TERMS, **terms}}

    with pytest.raises(DefinitionError) as caught:
        lab.read(written)

    (problem, *_) = [item for item in caught.value.problems if message in item.message]
    assert problem.line > 0
    assert problem.field.startswith(f"transitions.{trigger}.override")


def test_a_withdrawal_has_no_override(lab: Lab) -> None:
    written = definition(host=host())
    written["transitions"]["withdraw"]["override"] = {**TERMS, "policy": "actor"}

    with pytest.raises(DefinitionError) as caught:
        lab.read(written)

    assert any("ends a release" in item.message for item in caught.value.problems)


def test_a_repeated_request_is_one_word(lab: Lab) -> None:
    basis = lab.basis("host")
    for _ in range(2):
        made_once = lab.tick().override(
            "aurora", "host", "soak", role="safety", actor="mara", rationale=WHY, basis=basis, command_id="once"
        )

    assert (made(made_once), made_once.replayed) == ("O1", True)


def test_a_move_that_publishes_passes_by_an_override_as_any_other_does(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    lab = Lab(tmp_path).people()
    publish = {"publisher": "local_directory", "below": [str(out)]}
    lab.allow(lab.load(host={**host(), "publish": publish}))
    lab.in_review()
    lab.sign("sam", "host", "security")
    overridden(lab)

    permit = lab.tick().plan("aurora", "host", to=str(out / "aurora"), actor="lee", rationale=WHY).permit
    assert permit is not None
    lab.tick().apply(permit, target="aurora", actor="lee", rationale=WHY)

    kinds = [[event["type"] for event in item.events] for item in lab.engine.history(limit=2)]
    assert kinds == [["exposure_confirmed"], ["transition_made", "override_used", "exposure_begun"]]
    assert lab.engine.status("aurora").overrides[0].review == "R1"
    lab.audited()
    lab.close()
