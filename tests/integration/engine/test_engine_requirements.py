"""What is required is discharged by whom it names, for these bytes, or it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, PUBLISH, WHY, Lab, refused
from workflow import InvalidInput, NotFound

BOUND = {
    "kind": "inspect",
    "name": "bio_uplift",
    "bound": {"metric": "accuracy", "at_most": "0.25"},
}


def test_it_blocks_every_raise_where_it_names_no_trigger(review: Lab) -> None:
    review.require()

    assert "requirement-open" in review.blocking()
    assert "requirement-open" in review.blocking("host")
    assert review.blocking("return") == set()


def test_it_blocks_only_the_triggers_that_it_names(review: Lab) -> None:
    review.require(blocks=["publish"])

    assert "requirement-open" in review.blocking()
    assert "requirement-open" not in review.blocking("host")


def test_it_can_name_a_move_that_raises_nothing_where_the_gate_looks_at_requirements(empty: Lab) -> None:
    submit = {"from": "testing", "to": "review", "gate": [CALLED_BY_LEAD, "requirements"]}
    empty.people().allow(empty.load(submit=submit))
    empty.start()
    requirement = empty.require(blocks=["submit"])
    assert empty.blocking("submit") == {"requirement-open"}

    empty.discharge(requirement, "jun")

    empty.advance("submit")


def test_a_move_whose_gate_would_not_look_cannot_be_named(review: Lab) -> None:
    with pytest.raises(InvalidInput, match="does not look at requirements"):
        review.require(blocks=["return"])


def test_from_its_due_date_on_it_blocks_the_next_raise_whatever_it_names(review: Lab) -> None:
    due = review.clock.now() + timedelta(days=3)
    review.require(blocks=["publish"], due=due)
    assert "requirement-overdue" not in review.blocking("host")

    review.clock.forward("3d")

    assert {"requirement-overdue"} <= review.blocking("host")
    assert {"requirement-overdue"} <= review.blocking()
    assert review.engine.status("aurora").requirements[0].overdue


def test_a_date_that_is_still_to_come_opens_nothing(review: Lab) -> None:
    review.require(due=review.clock.now() + timedelta(days=3))

    assert "requirement-open" in review.blocking()


@pytest.mark.parametrize(("person", "role"), [("sam", "security"), ("ivy", "legal"), ("sam", "safety")])
def test_only_the_role_that_it_names_discharges_it(review: Lab, person: str, role: str) -> None:
    requirement = review.require()

    with refused("no-role"):
        review.discharge(requirement, person, role)


@pytest.mark.parametrize("person", ["max", "kim"])
def test_requesters_and_authors_discharge_nothing(lab: Lab, person: str) -> None:
    lab.in_review(by="max")
    requirement = lab.require()

    with refused("excluded"):
        lab.discharge(requirement, person)


def test_whoever_raised_it_may_name_another_role(review: Lab) -> None:
    requirement = review.require(discharged_by="legal")

    with refused("no-role"):
        review.discharge(requirement, "mara")
    review.discharge(requirement, "ivy", "legal")

    assert "requirement-open" not in review.blocking()


def test_it_is_discharged_for_these_bytes_and_stands_against_others(review: Lab) -> None:
    requirement = review.require()
    review.discharge(requirement, "jun")
    assert "requirement-open" not in review.blocking()

    review.replace(review.model("second"))

    assert "requirement-open" in review.blocking()


def test_it_follows_the_bytes_into_another_release(review: Lab) -> None:
    requirement = review.require()
    review.in_review("borealis", path=review.model("other"), derived_from=["aurora"])
    assert "requirement-open" in review.blocking(slug="borealis")

    review.discharge(requirement, "jun", candidates=[review.candidate("borealis")])

    assert "requirement-open" not in review.blocking(slug="borealis")
    assert "requirement-open" in review.blocking()


def test_a_trigger_that_it_names_means_every_raise_in_a_process_of_other_triggers(review: Lab) -> None:
    review.require(blocks=["publish"])
    renamed = {"from": "review", "to": "public", "gate": list(PUBLISH)}
    review.allow(review.load(name="renamed", let_go=renamed))

    review.in_review("borealis", process="renamed")

    assert "requirement-open" in review.blocking("let_go", "borealis")


def test_a_bound_is_met_by_evidence_alone(review: Lab) -> None:
    requirement = review.require(bound=BOUND)

    with refused("no-evidence", "open"):
        review.discharge(requirement, "jun")
    high = review.attach(review.log(accuracy=0.31, run="1"), declare_as="lead")
    with refused("bound-not-met") as caught:
        review.discharge(requirement, "jun")
    assert "E1 says 0.31 > 0.25" in caught.value.message

    review.attach(review.log(accuracy=0.18, run="2"), declare_as="lead")
    with refused("bound-not-met"):
        review.discharge(requirement, "jun")
    review.tick().set_aside("aurora", high, role="safety", actor="mara", rationale=WHY)
    review.discharge(requirement, "jun", evidence=["E2"])

    assert "requirement-open" not in review.blocking()


def test_a_report_on_other_bytes_meets_no_bound(review: Lab) -> None:
    requirement = review.require(bound=BOUND)
    review.attach(review.log(accuracy=0.18), declare_as="lead")
    review.replace(review.model("second"))

    with refused("no-evidence", "open"):
        review.discharge(requirement, "jun")


def test_evidence_that_is_cited_exists(review: Lab) -> None:
    requirement = review.require()

    with pytest.raises(NotFound, match="no evidence E7"):
        review.discharge(requirement, "jun", evidence=["E7"])


def test_it_is_discharged_once(review: Lab) -> None:
    requirement = review.require()
    review.discharge(requirement, "jun")
    before = review.entries()

    with pytest.raises(InvalidInput, match="discharged for that candidate already"):
        review.discharge(requirement, "jun")
    assert review.entries() == before


def test_its_text_cannot_be_erased_while_it_stands(review: Lab) -> None:
    requirement = review.require()
    entry = review.engine.status("aurora").requirements[0].entry

    with refused("requirement-open"):
        review.engine.erase(entry, "text", actor="ana", rationale=WHY)
    review.discharge(requirement, "jun")
    review.engine.erase(entry, "text", actor="ana", rationale=WHY)

    assert review.engine.status("aurora").requirements[0].text is None


def test_its_text_cannot_be_erased_while_it_stands_against_a_descendant(review: Lab) -> None:
    requirement = review.require()
    entry = review.engine.status("aurora").requirements[0].entry
    review.in_review("borealis", path=review.model("other"), derived_from=["aurora"])
    review.discharge(requirement, "jun")

    with refused("requirement-open"):
        review.engine.erase(entry, "text", actor="ana", rationale=WHY)
    review.discharge(requirement, "jun", candidates=[review.candidate("borealis")])
    review.engine.erase(entry, "text", actor="ana", rationale=WHY)


def test_the_text_of_a_condition_of_a_hold_is_kept_too(review: Lab) -> None:
    review.hold(conditions=[("scan it once more", "security")])
    entry = review.engine.status("aurora").holds[0].entry

    with refused("requirement-open"):
        review.engine.erase(entry, "condition.1", actor="ana", rationale=WHY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "inspect", "name": "x", "bound": {"metric": "accuracy"}},
        {"kind": "inspect", "name": "x", "bound": {"metric": "accuracy", "at_most": 0.25}},
        {"name": "x"},
    ],
    ids=["no limit", "a float", "no bound"],
)
def test_a_bound_that_says_nothing_is_refused_and_not_recorded(review: Lab, wrong: dict[str, object]) -> None:
    before = review.entries()

    with pytest.raises(InvalidInput):
        review.require(bound=wrong)
    assert review.entries() == before


def test_who_may_discharge_is_neither_the_requester_nor_an_author(review: Lab) -> None:
    assert review.engine.who_may("aurora", "lead") == ("max",)
    assert "kim" not in review.engine.who_may("aurora", "safety")
    assert review.engine.who_may("aurora", "nobody-has-this") == ()
