"""What roles demand of people and of their keys: people apart, and a security key that checks a PIN."""

from __future__ import annotations

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import WHY, refused
from tests.support.hands import PIN_CHECKED, TOUCHED


@pytest.fixture
def apart(keyed: Keyed) -> Keyed:
    """Whoever is of security may not act as safety: ``both`` holds both."""
    process = keyed.signed(roles={"safety": {"not_with": ["security"]}}, name="apart")
    keyed.allow(process)
    return keyed.in_review(process=process)  # type: ignore[return-value]


def test_whoever_holds_the_other_role_approves_nothing_in_this_one(apart: Keyed) -> None:
    with refused("sign-off-rejected") as caught:
        apart.sign("both", "publish")

    assert "both cannot approve: is security too, and security may not act as safety" in caught.value.message
    apart.sign("both", "publish", "security")
    assert apart.counted("security") == ["both"]


def test_they_refuse_and_hold_all_the_same(apart: Keyed) -> None:
    apart.reject("both")
    apart.hold("both", "safety")

    assert {"rejected", "hold"} <= apart.blocking()


def test_they_lift_and_discharge_nothing_in_it(apart: Keyed) -> None:
    hold, requirement = apart.hold("mara", "safety"), apart.require("mara")

    with refused("excluded"):
        apart.lift(hold, "both", "safety")
    with refused("excluded"):
        apart.discharge(requirement, "both")


def test_the_other_role_that_comes_later_takes_the_approval_away(apart: Keyed) -> None:
    apart.sign("mara", "publish")
    apart.tick().grant("mara", ["security"], actor="ana", rationale=WHY)
    assert apart.ignored("safety") == ["mara (is security too, and security may not act as safety)"]

    apart.tick().revoke("mara", ["security"], actor="ana", rationale=WHY)

    assert apart.counted("safety") == ["mara"]


def test_nobody_is_asked_who_may_not(apart: Keyed) -> None:
    answer = apart.claimed.explain("aurora", "publish", observe=False)
    asked = {person for verdict in answer.blockers for reason in verdict.reasons for person in reason.who}

    assert "both" in asked  # as security
    assert all(
        "both" not in reason.who for verdict in answer.blockers for reason in verdict.reasons if reason.role == "safety"
    )


@pytest.fixture
def pinned(keyed: Keyed) -> Keyed:
    """As security one signs with a security key that checked a PIN; sam and both have one each."""
    process = keyed.signed(roles={"security": {"pin": "true"}}, name="pinned")
    keyed.allow(process)
    for person, flags in (("sam", TOUCHED | PIN_CHECKED), ("both", TOUCHED)):
        first = keyed.hands[person]
        keyed.enrol(person, keyed.hands.take_up(person, 2, flags), before=first)
    return keyed.in_review(process=process)  # type: ignore[return-value]


def test_a_security_key_that_checked_a_pin_will_do(pinned: Keyed) -> None:
    pinned.sign("sam", "publish", "security")

    assert pinned.counted("security") == ["sam"]


@pytest.mark.parametrize("seed", [0, 2], ids=["a key in a file", "a security key that was only touched"])
def test_no_other_key_will_do_for_what_opens_a_gate(pinned: Keyed, seed: int) -> None:
    pinned.hands.take_up("both", seed, TOUCHED if seed else None)

    with refused("pin"):
        pinned.sign("both", "publish", "security")
    with refused("pin"):
        pinned.sign("both", "publish", "security", "recuse")
    pinned.sign("both", "publish")

    assert (pinned.counted("security"), pinned.counted("safety")) == ([], ["both"])


def test_any_key_will_do_for_a_refusal(pinned: Keyed) -> None:
    refusal = pinned.reject("both", "publish", "security")

    assert "rejected" in pinned.blocking()
    with refused("pin"):
        pinned.take_back(refusal, "both")
