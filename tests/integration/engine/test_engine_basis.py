"""What approvals rest on: what moves it, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, refused

READS_ALL = (
    CALLED_BY_LEAD,
    TWO_OF_SAFETY,
    {"evidence": {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25", "candidate": "declared"}},
    {"risk_areas": {"areas": ["biosecurity"], "roles": ["safety", "security"]}},
    "candidate_unchanged",
)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, before a gate that reads a report and a risk area, and signed once."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load(*READS_ALL))
    lab.in_review()
    lab.attach(lab.log(), declare_as="lead")
    lab.tick().review("aurora", "biosecurity", "acceptable", role="safety", actor="jun", rationale=WHY)
    lab.sign("mara", "publish")
    yield lab
    lab.audited()
    lab.close()


def somebody_else_signs(lab: Lab) -> None:
    lab.sign("jun", "publish")


def somebody_else_refuses(lab: Lab) -> None:
    lab.sign("sam", "publish", "security", "reject")


def the_signer_signs_again(lab: Lab) -> None:
    lab.sign("mara", "publish")


def attempts_are_refused(lab: Lab) -> None:
    for _ in range(3):
        with refused("gate-denied", "open"):
            lab.advance("publish")


def an_unrelated_report_is_attached(lab: Lab) -> None:
    lab.attach(lab.log("cyber_range", run="9"), declare_as="lead")


def a_document_is_attached(lab: Lab) -> None:
    path = lab.directory / "card.txt"
    path.write_text("what the model is")
    lab.attach(path, kind="document", name="bio_uplift", declare_as="lead")


def a_hold_is_placed(lab: Lab) -> None:
    lab.hold()


def a_requirement_is_raised(lab: Lab) -> None:
    lab.require()


def a_date_is_planned(lab: Lab) -> None:
    lab.tick().schedule("aurora", lab.clock.now(), actor="lee", rationale=WHY)


def something_is_stated(lab: Lab) -> None:
    lab.tick().statement("aurora", "we are not in a hurry", role="lead", actor="lee")


def another_release_of_the_same_bytes_moves(lab: Lab) -> None:
    lab.in_review("borealis")
    lab.attach(lab.log(accuracy=0.9, run="7"), "borealis", declare_as="lead")


def the_roster_changes(lab: Lab) -> None:
    lab.engine.add_person("zoe", roles=["safety"], actor="ana", rationale=WHY)


def time_passes(lab: Lab) -> None:
    lab.clock.forward("400d")


def another_report_of_that_name(lab: Lab) -> None:
    lab.attach(lab.log(run="2"), declare_as="lead")


def the_report_is_set_aside(lab: Lab) -> None:
    lab.tick().set_aside("aurora", "E1", role="safety", actor="priya", rationale=WHY)


def a_risk_verdict(lab: Lab) -> None:
    lab.tick().review("aurora", "biosecurity", "unclear", role="security", actor="sam", rationale=WHY)


def a_reviewer_changes_their_mind(lab: Lab) -> None:
    lab.tick().review("aurora", "biosecurity", "unacceptable", role="safety", actor="jun", rationale=WHY)


def other_bytes(lab: Lab) -> None:
    lab.replace(lab.model("second"))


def a_stage_entry(lab: Lab) -> None:
    lab.advance("return")
    lab.advance("submit")


STAYS = [
    somebody_else_signs,
    somebody_else_refuses,
    the_signer_signs_again,
    attempts_are_refused,
    an_unrelated_report_is_attached,
    a_document_is_attached,
    a_hold_is_placed,
    a_requirement_is_raised,
    a_date_is_planned,
    something_is_stated,
    another_release_of_the_same_bytes_moves,
    the_roster_changes,
    time_passes,
]
MOVES: list[tuple[Callable[[Lab], None], str]] = [
    (another_report_of_that_name, "new: report E2"),
    (the_report_is_set_aside, "now: report E1"),
    (a_risk_verdict, "new: sam as security found biosecurity unclear"),
    (a_reviewer_changes_their_mind, "now: jun as safety found biosecurity unacceptable"),
    (other_bytes, "the candidate: "),
    (a_stage_entry, "the round: 2 ended, this is 4"),
]


@pytest.mark.parametrize("happens", STAYS)
def test_it_does_not_move_with_what_the_gate_does_not_read(lab: Lab, happens: Callable[[Lab], None]) -> None:
    before = lab.basis("publish")

    happens(lab)

    assert lab.basis("publish") == before
    assert "mara" in lab.counted("safety")
    assert lab.engine.changed("aurora", "publish", "mara") == ()


@pytest.mark.parametrize(("happens", "told"), MOVES, ids=[happens.__name__ for happens, _ in MOVES])
def test_it_moves_with_what_the_gate_reads_and_the_signer_is_shown_what(
    lab: Lab, happens: Callable[[Lab], None], told: str
) -> None:
    before = lab.basis("publish")

    happens(lab)

    assert lab.basis("publish") != before
    assert "mara" not in lab.counted("safety")
    changed = lab.engine.changed("aurora", "publish", "mara")
    assert changed is not None
    assert [line for line in changed if line.startswith(told)], changed


def test_an_approval_of_what_has_moved_is_refused_with_both_bases(lab: Lab) -> None:
    seen = lab.basis("publish")
    another_report_of_that_name(lab)

    with refused("sign-off-rejected") as caught:
        lab.tick().sign_off("aurora", "publish", role="safety", actor="jun", rationale=WHY, basis=seen)

    assert seen[:12] in caught.value.message
    assert lab.basis("publish")[:12] in caught.value.message
    assert caught.value.remedy == "look again: holdfast explain aurora publish"


def test_a_refusal_names_no_basis_and_is_taken_at_any(lab: Lab) -> None:
    seen = lab.basis("publish")
    another_report_of_that_name(lab)

    lab.tick().sign_off("aurora", "publish", role="safety", actor="jun", rationale=WHY, decision="reject", basis=seen)

    assert "rejected" in lab.blocking()


def test_each_transition_has_a_basis_of_its_own(lab: Lab) -> None:
    assert lab.basis("host") != lab.basis("publish")


def test_a_report_that_comes_back_after_it_was_set_aside_under_another_name_is_new_evidence(lab: Lab) -> None:
    before = lab.basis("publish")
    the_report_is_set_aside(lab)
    aside = lab.basis("publish")
    another_report_of_that_name(lab)

    assert len({before, aside, lab.basis("publish")}) == 3
