"""A key that is new in a round counts at what nothing undoes only where an earlier key of its owner signed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import WHY, refused
from tests.support.hands import Hand
from workflow.api.keys import Keys


def uncrossed(lab: Keyed) -> None:
    """Somebody puts a second key beside mara's, and takes it up."""
    lab.enrol("mara", lab.hands.take_up("mara", 2))


def crossed(lab: Keyed) -> None:
    first = lab.hands["mara"]
    lab.enrol("mara", lab.hands.take_up("mara", 2), before=first)


def crossed_by_an_uncrossed_one(lab: Keyed) -> None:
    """The administrators make two keys for mara: the second signs for the third."""
    second, third = Hand("mara", 2), lab.hands.take_up("mara", 3)
    lab.enrol("mara", second)
    lab.enrol("mara", third, before=second)


def crossed_by_a_crossed_one(lab: Keyed) -> None:
    first, second, third = lab.hands["mara"], Hand("mara", 2), lab.hands.take_up("mara", 3)
    lab.enrol("mara", second, before=first)
    lab.enrol("mara", third, before=second)


def crossed_by_one_that_was_compromised(lab: Keyed) -> None:
    first = lab.hands["mara"]
    since = lab.clock.now()
    lab.enrol("mara", lab.hands.take_up("mara", 2), before=first)
    lab.tick().revoke_key(first.fingerprint, compromised_since=since, actor="ana", rationale=WHY)


def crossed_by_one_that_was_compromised_later(lab: Keyed) -> None:
    first = lab.hands["mara"]
    lab.enrol("mara", lab.hands.take_up("mara", 2), before=first)
    lab.clock.forward("1h")
    lab.tick().revoke_key(first.fingerprint, compromised_since=lab.clock.now(), actor="ana", rationale=WHY)


def crossed_by_one_that_is_suspended(lab: Keyed) -> None:
    first = lab.hands["mara"]
    lab.enrol("mara", lab.hands.take_up("mara", 2), before=first)
    lab.tick().suspend_key(first.fingerprint, actor="mara", rationale=WHY)


@dataclass(frozen=True)
class Key:
    """How mara came to the key that she signs with, and whether it counts in a round that had begun before."""

    what: str
    enrol: Callable[[Keyed], None]
    counts: bool


KEYS = (
    Key("a later one, not crossed", uncrossed, False),
    Key("a later one, crossed", crossed, True),
    Key("crossed by one that is not", crossed_by_an_uncrossed_one, False),
    Key("crossed by one that is", crossed_by_a_crossed_one, True),
    Key("crossed by one that was compromised by then", crossed_by_one_that_was_compromised, False),
    Key("crossed by one that was compromised later", crossed_by_one_that_was_compromised_later, True),
    Key("crossed by one that is suspended", crossed_by_one_that_is_suspended, False),
)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.what)
def test_row_26_a_new_key_counts_in_an_open_round_only_where_an_old_one_signed_for_it(signing: Keyed, key: Key) -> None:
    key.enrol(signing)

    if key.counts:
        signing.sign("mara", "publish")
        assert signing.counted("safety") == ["mara"]
        return
    with refused("new-key") as caught:
        signing.sign("mara", "publish")
    assert "no earlier key of mara signed for it" in caught.value.message
    assert signing.counted("safety") == []


@pytest.mark.parametrize("key", [key for key in KEYS if not key.counts], ids=lambda key: key.what)
def test_row_26_it_counts_where_it_can_be_undone_and_in_the_next_round(signing: Keyed, key: Key) -> None:
    key.enrol(signing)
    signing.sign("mara", "host")
    assert signing.counted("safety", "host") == ["mara"]

    signing.advance("return")
    signing.advance("submit")

    signing.sign("mara", "publish")
    assert signing.counted("safety") == ["mara"]


def test_row_26_it_refuses_abstains_and_takes_approvals_back_at_any_time(signing: Keyed) -> None:
    approval = signing.sign("mara", "publish")
    uncrossed(signing)

    signing.take_back(approval, "mara")
    signing.sign("mara", "publish", decision="abstain")
    refusal = signing.reject("mara")

    assert "rejected" in signing.blocking()
    with refused("new-key"):
        signing.take_back(refusal, "mara")


def test_row_26_it_lets_nothing_else_through_either(signing: Keyed) -> None:
    hold = signing.hold("mara", "safety")
    requirement = signing.require("jun")
    uncrossed(signing)

    with refused("new-key"):
        signing.lift(hold, "mara", "safety")
    with refused("new-key"):
        signing.discharge(requirement, "mara")


def test_a_crossing_that_turned_out_bad_takes_the_approval_with_it(signing: Keyed) -> None:
    """Whoever had mara's first key made a second with it, and signed: that is found out afterwards."""
    since = signing.clock.now()
    first = signing.hands["mara"]
    signing.enrol("mara", signing.hands.take_up("mara", 2), before=first)
    signing.sign("mara", "publish")
    assert signing.counted("safety") == ["mara"]

    signing.tick().revoke_key(first.fingerprint, compromised_since=since, actor="ana", rationale=WHY)

    assert signing.counted("safety") == []
    assert "no earlier key of mara signed for it" in signing.ignored("safety")[0]


def test_a_first_key_counts_in_an_open_round_once_its_owner_is_admitted(keyed: Keyed) -> None:
    keyed.tick().add_person("zoe", roles=["safety"], actor="ana", rationale=WHY)
    keyed.in_review()
    keyed.enrol("zoe", keyed.hands["zoe"])

    with refused("new-key"):
        keyed.sign("zoe", "publish")
    keyed.admitted("zoe")

    keyed.sign("zoe", "publish")
    assert keyed.counted("safety") == ["zoe"]
    assert keyed.facts("late") == ["zoe counts although late, change C25"]


def test_that_its_owner_is_admitted_does_not_help_a_later_key(signing: Keyed) -> None:
    uncrossed(signing)
    signing.admitted("mara")

    with refused("new-key"):
        signing.sign("mara", "publish")


def test_one_person_with_two_keys_counts_once(signing: Keyed) -> None:
    signing.sign("mara", "publish")
    crossed(signing)
    signing.sign("mara", "publish")

    assert signing.counted("safety") == ["mara"]
    assert "sign-offs-missing" in signing.blocking()


def test_the_engine_never_sees_a_private_key() -> None:
    """A key comes as its public line, and what it signs as bytes; there is no way to hand over more."""
    parameters = Keys.enrol_key.__annotations__

    assert set(parameters) == {
        "person", "key", "verified_by", "how", "actor", "rationale", "possession", "command_id", "return"
    }  # fmt: skip
