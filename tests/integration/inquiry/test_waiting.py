"""How long gates waited, and on whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, Lab
from workflow import NotFound
from workflow.views.inquiry import StageWait

HOUR, DAY = 3600, 86400


@pytest.fixture
def waited(review: Lab) -> Lab:
    """Two hours in testing, then three days in review: mara after one, sam after two and jun after three days."""
    for person, name in (("mara", "safety"), ("sam", "security"), ("jun", "safety")):
        review.clock.forward("1d")
        review.sign(person, "publish", name)
    review.clock.forward("5h")
    return review


def stays(lab: Lab, slug: str = "aurora") -> list[StageWait]:
    (found,) = lab.engine.waiting(slug).releases
    return list(found.stays)


def test_a_gate_that_was_passed_says_when_each_approval_came_and_whose_was_the_last(waited: Lab) -> None:
    waited.advance("publish")

    testing, review, *rest = stays(waited)

    assert (testing.stage, testing.trigger, testing.mover, testing.approvals) == ("testing", "submit", "lee", ())
    assert [(item.person, item.role, item.seconds // DAY) for item in review.approvals] == [
        ("mara", "safety", 1),
        ("sam", "security", 2),
        ("jun", "safety", 3),
    ]
    assert (review.last_person, review.last_role) == ("jun", "safety")
    assert (review.after_last or 0) // HOUR == 5
    assert review.seconds // HOUR == 3 * 24 + 5
    assert rest == []  # nothing leads onward from there


def test_an_approval_that_did_not_count_is_not_waited_for(waited: Lab) -> None:
    waited.sign("priya", "publish")
    waited.tick().withdraw_sign_off("aurora", "S4", actor="priya", rationale="no more")
    waited.advance("publish")

    assert [item.person for item in stays(waited)[1].approvals] == ["mara", "sam", "jun"]


def test_an_approval_s_time_runs_from_when_it_could_be_given(waited: Lab) -> None:
    waited.replace(waited.model("second"))
    replaced = waited.clock.now()
    waited.clock.forward("1h")
    waited.approve_publish()
    waited.advance("publish")

    review = stays(waited)[1]

    assert review.asked_at == replaced
    assert [item.seconds // HOUR for item in review.approvals] == [1, 1, 1]
    assert review.seconds // DAY == 3


def test_an_open_gate_says_whom_it_waits_for(review: Lab) -> None:
    review.sign("mara", "host")
    review.clock.forward("2d")

    *_, here = stays(review)

    assert (here.stage, here.trigger, here.left, here.seconds // DAY) == ("review", "host", None, 2)
    assert [(item.role, item.missing, item.who_can) for item in here.missing] == [
        ("safety", 1, ("both", "jun", "max", "priya"))
    ]
    assert {reason.code for reason in here.waits_on} >= {"sign-offs-missing", "caller-unknown"}
    assert [item.person for item in here.approvals] == ["mara"]


def test_over_all_releases_each_role_has_its_median(waited: Lab) -> None:
    waited.advance("publish")
    waited.in_review("borealis", path=waited.model("other"))
    waited.clock.forward("6h")
    waited.approve_publish("borealis")
    waited.advance("publish", "borealis")
    waited.in_review("third", path=waited.model("third"))

    found = waited.engine.waiting()

    assert [item.release for item in found.releases] == ["aurora", "borealis", "third"]
    medians = {item.role: item for item in found.medians}
    assert (medians["safety"].gates, medians["safety"].open) == (2, 1)
    assert (medians["safety"].longest or 0) // DAY == 3
    assert (medians["safety"].median or 0) // HOUR == (3 * 24 + 6) // 2
    assert waited.engine.waiting("aurora").medians == ()


def test_a_hold_says_who_stopped_it_and_for_how_long_who_lifted_it(review: Lab) -> None:
    review.clock.forward("1d")
    review.hold("sam")
    review.clock.forward("2d")
    review.lift("H1", "sam", "security")
    review.clock.forward("4d")
    review.hold("mara", "safety")
    review.clock.forward("1h")

    first, second = stays(review)[-1].holds

    assert (first.by, first.role, first.lifted_by, first.seconds // DAY) == ("sam", "security", ("sam",), 2)
    assert (second.by, second.lifted, second.lifted_by, second.seconds // HOUR) == ("mara", None, (), 1)
    assert stays(review)[0].holds == ()


def test_a_refusal_says_whose_it_was_and_for_how_long_it_stood(review: Lab) -> None:
    review.clock.forward("1d")
    review.reject("jun")
    review.clock.forward("2d")
    review.tick().withdraw_sign_off("aurora", "S1", actor="jun", rationale="It was tested again.")
    review.clock.forward("1d")
    review.reject("mara")
    review.require()
    review.clock.forward("3h")

    first, second, demand = stays(review)[-1].stood

    assert (first.kind, first.by, first.ended_by, first.seconds // DAY) == ("refusal", "jun", ("jun",), 2)
    assert (second.by, second.ended, second.seconds // HOUR) == ("mara", None, 3)
    assert (demand.kind, demand.id, demand.ended) == ("requirement", "R1", None)
    assert stays(review)[0].stood == ()


def test_the_time_of_a_soak_is_the_rule_s_and_nobody_s(tmp_path: Path) -> None:
    lab = Lab.with_people(tmp_path)
    lab.allow(
        lab.load(host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, {"soak": {"at_least": "72h"}}]})
    )
    lab.in_review()
    lab.clock.forward("4d")
    lab.advance("host")

    testing, review, *_ = stays(lab)

    assert testing.rules == ()
    (soak,) = review.rules
    assert (soak.policy, soak.what, soak.seconds) == ("soak", "72h", 3 * DAY)
    assert soak.until < (review.left_at or soak.until)
    lab.close()


def test_what_came_back_is_a_stay_of_its_own(review: Lab) -> None:
    review.advance("return")
    review.advance("wait")

    assert [(item.stage, item.trigger) for item in stays(review)][:3] == [
        ("testing", "submit"),
        ("review", "return"),
        ("testing", "wait"),
    ]


def test_a_ledger_without_releases_has_no_waits(lab: Lab) -> None:
    found = lab.engine.waiting()

    assert (found.releases, found.medians) == ((), ())
    with pytest.raises(NotFound):
        lab.engine.waiting("nebula")


def test_of_a_sealed_role_nobody_is_told(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
    lab.in_review()
    lab.sign("mara", "host")

    *_, here = stays(lab)

    assert here.approvals == ()
    assert [(item.role, item.missing) for item in here.missing] == [("safety", 1)]
    assert "mara" in here.missing[0].who_can
    lab.close()
