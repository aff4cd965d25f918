"""Whose approval is taken, and whose counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, Lab, refused
from workflow import InvalidInput, NotFound


def submitted_by(person: str) -> Callable[[Lab], None]:
    def happens(lab: Lab) -> None:
        lab.start()
        lab.advance("submit", by=person)

    happens.__name__ = f"submitted_by_{person}"
    return happens


def bounced(lab: Lab) -> None:
    submitted_by("max")(lab)
    lab.advance("wait", by="mara")
    lab.advance("resume", by="jun")


def sent_back_and_submitted_by_another(lab: Lab) -> None:
    submitted_by("max")(lab)
    lab.advance("return")
    lab.advance("submit")


def around_the_review(lab: Lab) -> None:
    lab.start()
    lab.advance("wait", by="mara")
    lab.advance("resume", by="priya")


def derived_from_another(lab: Lab) -> None:
    lab.start("older", path=lab.model("older"), authors=["jun"])
    lab.in_review(derived_from=["older"])


def of_the_same_weights(lab: Lab) -> None:
    same = lab.model("same", model__safetensors="weights of model", notes__txt="quantized")
    lab.start("older", path=same, authors=["jun"])
    lab.in_review()


def replaced(lab: Lab) -> None:
    lab.in_review()
    lab.replace(lab.model("second"), authors=["jun"])
    lab.replace(lab.model("third"), authors=["lee"])


EXCLUDED: list[tuple[Callable[[Lab], None], str, str]] = [
    (lambda lab: lab.in_review(by="max") and None, "max", "requester, started the release"),
    (submitted_by("max"), "max", "requester, moved it into review"),
    (bounced, "max", "requester, moved it into review"),
    (around_the_review, "priya", "requester, moved it into review"),
    (lambda lab: lab.in_review() and None, "kim", "author of the candidate"),
    (derived_from_another, "jun", "author of the candidate"),
    (of_the_same_weights, "jun", "author of the candidate"),
    (replaced, "kim", "author of the candidate"),
    (replaced, "jun", "author of the candidate"),
]
NOT_EXCLUDED: list[tuple[Callable[[Lab], None], str]] = [
    (bounced, "mara"),
    (bounced, "jun"),
    (sent_back_and_submitted_by_another, "max"),
    (submitted_by("lee"), "max"),
]


@pytest.mark.parametrize(("happens", "person", "why"), EXCLUDED)
def test_requesters_and_authors_cannot_approve(lab: Lab, happens: Callable[[Lab], None], person: str, why: str) -> None:
    happens(lab)

    with refused("sign-off-rejected") as caught:
        lab.sign(person, "publish")

    assert caught.value.message == f"{person} cannot approve: {why}"
    assert caught.value.remedy is not None
    assert person not in caught.value.remedy


@pytest.mark.parametrize(("happens", "person"), NOT_EXCLUDED)
def test_who_only_stopped_it_sent_it_back_or_let_it_go_on_is_no_requester(
    lab: Lab, happens: Callable[[Lab], None], person: str
) -> None:
    happens(lab)

    lab.sign(person, "publish")

    assert lab.counted("safety") == [person]


@pytest.mark.parametrize(("person", "role"), [("lee", "lead"), ("max", "safety"), ("kim", "safety")])
def test_everybody_may_refuse_also_those_who_may_not_approve(lab: Lab, person: str, role: str) -> None:
    lab.in_review(by="max")

    lab.sign(person, "publish", role, "reject")

    assert "rejected" in lab.blocking()


def test_the_caller_s_own_approval_does_not_count_at_their_call(review: Lab) -> None:
    review.sign("max", "publish")
    review.sign("mara", "publish")
    review.sign("sam", "publish", "security")

    with refused("gate-denied", "open") as caught:
        review.advance("publish", by="max")
    assert "1 more to approve as safety" in caught.value.message

    review.advance("publish", by="lee")
    assert review.stage() == "public"


def test_an_author_who_becomes_known_later_no_longer_counts(review: Lab) -> None:
    review.approve_publish()
    review.start("twin", authors=["mara"])

    assert review.ignored("safety") == ["mara (author of the candidate)"]


def test_one_person_of_two_roles_fills_one_place(review: Lab) -> None:
    for role in ("safety", "security"):
        review.sign("both", "publish", role)
    review.sign("mara", "publish")
    assert review.blocking() == {"sign-offs-missing"}

    review.sign("jun", "publish")

    assert review.blocking() == set()
    assert review.counted("security") == ["both"]


def test_approving_twice_counts_once(review: Lab) -> None:
    review.sign("mara", "publish")
    review.sign("mara", "publish")

    assert review.counted("safety") == ["mara"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda lab: lab.engine.revoke("mara", ["safety"], actor="ana", rationale=WHY), "no longer holds safety"),
        (lambda lab: lab.engine.remove_person("mara", actor="ana", rationale=WHY), "has left"),
    ],
    ids=["revoked", "left"],
)
def test_an_approval_needs_the_role_at_the_gate_too(review: Lab, change: Callable[[Lab], object], why: str) -> None:
    review.approve_publish()

    change(review)

    assert review.ignored("safety") == [f"mara ({why})"]
    with refused("gate-denied", "open"):
        review.advance("publish")


def test_a_role_that_was_granted_afterwards_makes_no_earlier_approval_count(review: Lab) -> None:
    with refused("no-role"):
        review.sign("sam", "publish", "safety")
    review.engine.grant("sam", ["safety"], actor="ana", rationale=WHY)

    assert review.counted("safety") == []


@pytest.mark.parametrize(
    "again",
    [
        lambda lab: (
            lab.engine.revoke("mara", ["safety"], actor="ana", rationale=WHY),
            lab.engine.grant("mara", ["safety"], actor="ana", rationale=WHY),
        ),
        lambda lab: (
            lab.engine.remove_person("mara", actor="ana", rationale=WHY),
            lab.engine.add_person("mara", roles=["safety"], actor="ana", rationale=WHY),
        ),
    ],
    ids=["revoked and granted", "removed and added"],
)
def test_a_role_that_comes_back_revives_no_approval(review: Lab, again: Callable[[Lab], object]) -> None:
    review.approve_publish()

    again(review)

    assert review.counted("safety") == ["jun"]
    review.sign("mara", "publish")
    assert review.blocking() == set()


def test_an_approval_that_was_taken_back_counts_no_more_and_the_earlier_one_does_not_return(review: Lab) -> None:
    review.sign("mara", "publish")
    second = review.sign("mara", "publish")

    review.tick().withdraw_sign_off("aurora", second, actor="mara", rationale=WHY)

    assert review.counted("safety") == []
    assert [line for line in review.ignored("safety") if "withdrawn" in line]


@pytest.mark.parametrize("decision", ["abstain", "reject"])
def test_the_last_word_of_a_person_is_what_counts(review: Lab, decision: str) -> None:
    review.sign("mara", "publish")
    review.sign("mara", "publish", decision=decision)

    assert review.counted("safety") == []


def test_who_refused_takes_that_back_before_approving(review: Lab) -> None:
    rejected = review.sign("mara", "publish", decision="reject")
    with refused("sign-off-rejected") as caught:
        review.sign("mara", "publish")
    assert caught.value.remedy == f"take it back first: holdfast unsign aurora {rejected}"

    review.tick().withdraw_sign_off("aurora", rejected, actor="mara", rationale=WHY)
    review.sign("mara", "publish")

    assert review.counted("safety") == ["mara"]


def test_nobody_takes_back_the_words_of_another_or_a_recusal(review: Lab) -> None:
    approved = review.sign("mara", "publish")
    recused = review.sign("jun", "publish", decision="recuse")

    with refused("sign-off-rejected"):
        review.tick().withdraw_sign_off("aurora", approved, actor="jun", rationale=WHY)
    with refused("sign-off-rejected"):
        review.tick().withdraw_sign_off("aurora", recused, actor="jun", rationale=WHY)
    assert review.counted("safety") == ["mara"]


def test_a_recusal_ends_what_its_maker_may_do_for_the_release(review: Lab) -> None:
    review.sign("mara", "publish")
    hold = review.hold("mara", "safety")

    review.sign("mara", "publish", decision="recuse")

    assert review.counted("safety") == []
    with refused("excluded"):
        review.lift(hold, "mara", "safety")
    review.sign("mara", "publish", decision="reject")


def test_an_approval_is_for_the_stage_that_the_release_is_in(lab: Lab) -> None:
    lab.start()

    with refused("sign-off-rejected") as caught:
        lab.sign("mara", "publish")

    assert "leads from review or hosted" in caught.value.message


def test_an_approval_from_one_stage_does_not_count_from_another(review: Lab) -> None:
    review.approve_publish()
    review.sign("mara", "host")
    review.sign("jun", "host")

    review.advance("host")

    assert "sign-offs-missing" in review.blocking()


def test_an_approval_for_another_release_of_the_same_bytes_does_not_count_here(review: Lab) -> None:
    review.in_review("borealis")
    review.approve_publish("borealis")

    assert review.counted("safety") == []
    assert review.counted("safety", slug="borealis") == ["mara", "jun"]


def test_a_role_that_the_gate_does_not_ask_cannot_approve_and_can_refuse(review: Lab) -> None:
    with refused("sign-off-rejected") as caught:
        review.sign("ivy", "publish", "legal")
    assert caught.value.message == "`publish` does not ask legal; it asks safety, security"

    review.sign("ivy", "publish", "legal", "reject")
    assert "rejected" in review.blocking()


def test_a_move_that_asks_nobody_takes_no_sign_off(review: Lab) -> None:
    with refused("sign-off-rejected"):
        review.sign("mara", "return", decision="reject")


def test_approve_the_latest_cannot_be_said(review: Lab) -> None:
    before = review.entries()

    with pytest.raises(InvalidInput, match="names what was seen"):
        review.tick().sign_off("aurora", "publish", role="safety", actor="mara", rationale=WHY)

    assert review.entries() == before


@pytest.mark.parametrize(
    ("trigger", "role", "found"), [("nowhere", "safety", "nowhere"), ("publish", "nobody", "nobody")]
)
def test_what_the_process_does_not_have_is_named_and_not_recorded(
    review: Lab, trigger: str, role: str, found: str
) -> None:
    before = review.entries()

    with pytest.raises(NotFound, match=found) as caught:
        review.tick().sign_off(
            "aurora", trigger, role=role, actor="mara", rationale=WHY, decision="reject", basis="0" * 64
        )

    assert caught.value.remedy is not None
    assert review.entries() == before


def test_in_a_solo_process_one_person_may_do_everything_except_fill_two_places(lab: Lab) -> None:
    one = {"sign_offs": {"role": "safety", "count": "1"}}
    process = lab.load(CALLED_BY_LEAD, one, "candidate_unchanged", name="alone", solo="true")
    lab.allow(process)
    lab.engine.add_person("solo", roles=["lead", "safety"], actor="ana", rationale=WHY)
    lab.start(process="alone", authors=["solo"], by="solo")
    lab.advance("submit", by="solo")

    lab.sign("solo", "publish")

    assert lab.explain(caller="solo").solo
    assert lab.advance("publish", by="solo").events
    assert lab.blocking("withdraw", caller="solo") == set()


@pytest.fixture
def expiring(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab.with_people(tmp_path)
    approvals = {"sign_offs": {**TWO_OF_SAFETY["sign_offs"], "expires_after": "30d"}}
    of_security = {"sign_offs": {"role": "security", "count": "1"}}
    lab.allow(lab.load(CALLED_BY_LEAD, approvals, of_security, "candidate_unchanged"))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def test_an_approval_ends_when_its_time_has_come_and_no_sooner(expiring: Lab) -> None:
    expiring.approve_publish()  # mara two seconds ago, jun one second ago
    expiring.clock.forward("29d23h59m58s")
    assert expiring.counted("safety") == ["jun"]

    expiring.clock.forward("1s")

    assert expiring.counted("safety") == []
    assert [line for line in expiring.ignored("safety") if "expired" in line]


def test_the_shortest_life_in_a_gate_is_the_life_of_every_approval(expiring: Lab) -> None:
    expiring.approve_publish()

    expiring.clock.forward("31d")

    assert expiring.counted("security") == []


def test_where_approvals_expire_a_clock_that_stepped_back_passes_nothing(expiring: Lab) -> None:
    expiring.approve_publish()
    expiring.clock.forward("31d")
    expiring.hold("ivy", "legal")
    expiring.lift("H1", "ivy", "legal")

    expiring.clock.back("5d")

    with refused("policy-errored", "error") as caught:
        expiring.advance("publish")
    assert "the clock reads" in caught.value.message
