"""Deputies: named in advance, and active only by what the person themselves did or by their leaving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, refused
from workflow import InvalidInput, NotFound

ONE_SIGNS = (
    CALLED_BY_LEAD,
    {"sign_offs": {"role": "security", "count": "1"}},
    {"sign_offs": {"role": "legal", "count": "1"}},
)


def name(
    lab: Keyed,
    person: str,
    deputy: str,
    roles: Sequence[str],
    release: str | None = None,
    until: datetime | None = None,
) -> None:
    lab.tick().name_deputy(person, deputy, roles, release=release, until=until, actor="ana", rationale=WHY)


def away(lab: Keyed, person: str, until: datetime | None = None) -> int:
    return lab.tick().away(actor=person, until=until, rationale=WHY).entry


def back(lab: Keyed, person: str) -> None:
    lab.tick().back(actor=person, rationale=WHY)


def recuse(lab: Keyed, person: str, role: str = "safety") -> None:
    lab.sign(person, "publish", role, "recuse")


@pytest.fixture
def deputised(keyed: Keyed) -> Keyed:
    """``ivy`` is mara's deputy as safety, named before ``aurora`` came into review."""
    name(keyed, "mara", "ivy", ["safety"])
    return keyed.in_review()  # type: ignore[return-value]


ABSENT: dict[str, Callable[[Keyed], object]] = {
    "away": lambda lab: away(lab, "mara"),
    "recused": lambda lab: recuse(lab, "mara"),
    "gone": lambda lab: lab.leave("mara"),
}


def test_a_deputy_does_nothing_while_the_person_is_there(deputised: Keyed) -> None:
    with refused("no-role"):
        deputised.sign("ivy", "publish")


@pytest.mark.parametrize("leave", ABSENT.values(), ids=ABSENT)
def test_a_deputy_acts_once_the_person_is_away_recused_or_gone(
    deputised: Keyed, leave: Callable[[Keyed], object]
) -> None:
    leave(deputised)

    deputised.sign("ivy", "publish")

    assert deputised.counted("safety") == ["ivy"]
    (told,) = deputised.facts("deputy")
    assert told.startswith("ivy for mara, who ")
    ivy = next(item for item in deputised.claimed.roster().people if item.person == "ivy")
    assert ivy.roles == ("legal",)


def test_what_the_person_approved_does_not_count_while_they_are_away(deputised: Keyed) -> None:
    deputised.sign("mara", "publish")
    entry = away(deputised, "mara")

    assert deputised.ignored("safety") == [f"mara (away, entry {entry})"]
    with refused("sign-off-rejected"):
        deputised.sign("mara", "host")
    back(deputised, "mara")
    assert deputised.counted("safety") == ["mara"]


def test_with_the_person_s_return_the_deputy_s_word_ends(deputised: Keyed) -> None:
    away(deputised, "mara")
    deputised.sign("ivy", "publish")

    back(deputised, "mara")

    assert deputised.counted("safety") == []
    assert deputised.ignored("safety") == ["ivy (stands in for mara no more)"]
    with refused("no-role"):
        deputised.sign("ivy", "publish")


def gone_and_back(lab: Keyed) -> None:
    lab.leave("mara")
    lab.sign("ivy", "publish")
    lab.agreed(lab.tick().add_person("mara", roles=["safety"], actor="ana", rationale=WHY))
    lab.leave("mara")


def away_and_back(lab: Keyed) -> None:
    away(lab, "mara")
    lab.sign("ivy", "publish")
    back(lab, "mara")
    away(lab, "mara")


def away_until_and_away_again(lab: Keyed) -> None:
    away(lab, "mara", lab.clock.now() + timedelta(days=1))
    lab.sign("ivy", "publish")
    lab.clock.forward("48h")
    away(lab, "mara")


@pytest.mark.parametrize("twice", [away_and_back, away_until_and_away_again, gone_and_back])
def test_a_second_absence_does_not_bring_back_what_a_deputy_said_in_the_first(
    deputised: Keyed, twice: Callable[[Keyed], object]
) -> None:
    twice(deputised)

    assert deputised.counted("safety") == []
    deputised.sign("ivy", "publish")
    assert deputised.counted("safety") == ["ivy"]


def test_deputies_act_until_the_person_said_and_the_person_once_they_are_back(deputised: Keyed) -> None:
    away(deputised, "mara", deputised.clock.now() + timedelta(days=3))
    deputised.sign("ivy", "publish")
    assert deputised.counted("safety") == ["ivy"]

    deputised.clock.forward("4d")

    assert deputised.counted("safety") == []
    with refused("sign-off-rejected"):
        deputised.sign("mara", "publish")
    back(deputised, "mara")
    deputised.sign("mara", "publish")
    assert deputised.counted("safety") == ["mara"]


def test_a_deputyship_ends_when_it_was_to_end_or_when_the_administrators_end_it(keyed: Keyed) -> None:
    name(keyed, "mara", "ivy", ["safety"], until=keyed.clock.now() + timedelta(days=3))
    name(keyed, "jun", "noor", ["safety"])
    keyed.in_review()
    for person in ("mara", "jun"):
        away(keyed, person)
    keyed.sign("ivy", "publish")
    keyed.sign("noor", "publish")
    assert keyed.counted("safety") == ["ivy", "noor"]

    keyed.clock.forward("4d")
    assert keyed.counted("safety") == ["noor"]
    keyed.tick().dismiss_deputy("jun", "noor", actor="ana", rationale=WHY)

    assert keyed.counted("safety") == []
    with pytest.raises(NotFound, match="noor is no deputy of jun"):
        keyed.tick().dismiss_deputy("jun", "noor", actor="ana", rationale=WHY)
    assert keyed.claimed.roster().deputies == ()


def test_a_deputyship_is_for_the_roles_and_the_release_that_it_names(keyed: Keyed) -> None:
    name(keyed, "both", "ivy", ["safety"], release="aurora")
    keyed.in_review()
    keyed.in_review("borealis", path=keyed.model("other"))
    away(keyed, "both")

    with refused("no-role"):
        keyed.sign("ivy", "publish", "security")
    with refused("no-role"):
        keyed.sign("ivy", "publish", slug="borealis")
    keyed.sign("ivy", "publish")

    assert keyed.counted("safety") == ["ivy"]


def test_a_deputy_who_is_named_in_the_midst_of_a_round_is_late(signing: Keyed) -> None:
    name(signing, "mara", "ivy", ["safety"])
    away(signing, "mara")

    with refused("sign-off-rejected") as caught:
        signing.sign("ivy", "publish")
    assert "was given safety after round 2 began" in caught.value.message

    signing.admitted("ivy")
    signing.sign("ivy", "publish")
    assert (len(signing.facts("late")), len(signing.facts("deputy"))) == (1, 1)


def test_a_deputy_signs_with_their_own_key(deputised: Keyed) -> None:
    away(deputised, "mara")

    class Maras:
        def sign(self, statement: bytes, namespace: str) -> bytes:
            return deputised.hands["mara"].sign(statement, namespace)

    basis = deputised.basis("publish")
    with refused("signature-invalid"):
        deputised.claimed.signing_with(Maras()).sign_off(
            "aurora", "publish", role="safety", actor="ivy", rationale=WHY, basis=basis
        )


def test_there_are_no_chains(keyed: Keyed) -> None:
    name(keyed, "mara", "ivy", ["safety"])
    with pytest.raises(InvalidInput, match="ivy does not hold safety"):
        name(keyed, "ivy", "noor", ["safety"])
    keyed.tick().grant("ivy", ["safety"], actor="ana", rationale=WHY)
    name(keyed, "ivy", "noor", ["safety"])
    keyed.tick().revoke("ivy", ["safety"], actor="ana", rationale=WHY)
    keyed.in_review()
    for person in ("mara", "ivy"):
        away(keyed, person)

    with refused("no-role"):
        keyed.sign("noor", "publish")


@pytest.mark.parametrize("deputy", ["lee", "kim"], ids=["the requester", "the author"])
def test_whoever_is_excluded_is_excluded_as_a_deputy_too(keyed: Keyed, deputy: str) -> None:
    name(keyed, "sam", deputy, ["security"])
    keyed.in_review()
    away(keyed, "sam")

    with refused("sign-off-rejected"):
        keyed.sign(deputy, "publish", "security")


def test_whoever_recused_themselves_is_no_deputy_either(deputised: Keyed) -> None:
    away(deputised, "mara")
    deputised.sign("ivy", "publish", "safety", "recuse")

    with refused("sign-off-rejected"):
        deputised.sign("ivy", "publish")


def test_a_sole_signer_who_recuses_or_leaves_does_not_lock_a_release(keyed: Keyed) -> None:
    process = keyed.signed(*ONE_SIGNS, "candidate_unchanged", name="sole")
    keyed.allow(process)
    keyed.tick().revoke("both", ["security"], actor="ana", rationale=WHY)
    name(keyed, "sam", "priya", ["security"])
    keyed.in_review(process=process)
    keyed.sign("ivy", "publish", "legal")
    recuse(keyed, "sam", "security")

    keyed.sign("priya", "publish", "security")
    keyed.advance("publish")

    assert keyed.stage() == "public"


def test_two_places_still_take_two_people(deputised: Keyed) -> None:
    """jun signs in their own right, and cannot fill mara's place as well."""
    name(deputised, "mara", "jun", ["safety"])
    away(deputised, "mara")
    deputised.sign("jun", "publish")
    deputised.sign("jun", "publish")

    assert deputised.counted("safety") == ["jun"]
    assert "sign-offs-missing" in deputised.blocking()


def test_one_deputy_of_two_people_counts_once(keyed: Keyed) -> None:
    for person in ("mara", "jun"):
        name(keyed, person, "ivy", ["safety"])
    keyed.in_review()
    for person in ("mara", "jun"):
        away(keyed, person)
    keyed.sign("ivy", "publish")

    assert keyed.counted("safety") == ["ivy"]
    assert "sign-offs-missing" in keyed.blocking()


@pytest.mark.parametrize(
    ("person", "deputy", "roles", "error", "says"),
    [
        ("mara", "mara", ["safety"], InvalidInput, "their own deputy"),
        ("mara", "ivy", ["legal"], InvalidInput, "mara does not hold legal"),
        ("eve", "ivy", ["safety"], NotFound, "eve is not on the roster"),
        ("mara", "eve", ["safety"], NotFound, "eve is not on the roster"),
        ("mara", "ivy", [], InvalidInput, "roles"),
    ],
)
def test_what_makes_no_sense_names_no_deputy(
    keyed: Keyed, person: str, deputy: str, roles: list[str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        name(keyed, person, deputy, roles)


def test_nobody_says_of_others_that_they_are_away(deputised: Keyed) -> None:
    with refused("unsigned"):
        deputised.claimed.away(actor="mara", rationale=WHY)
    with pytest.raises(InvalidInput, match="passed already"):
        away(deputised, "mara", deputised.clock.now())
    with pytest.raises(InvalidInput, match="mara is not away"):
        back(deputised, "mara")
    away(deputised, "mara")
    with pytest.raises(InvalidInput, match="mara is away already"):
        away(deputised, "mara")


def test_whoever_has_left_leaves_their_deputy_and_no_new_one_is_named(deputised: Keyed) -> None:
    deputised.leave("mara")

    with pytest.raises(NotFound, match="mara is not on the roster"):
        name(deputised, "mara", "noor", ["safety"])
    deputised.sign("ivy", "publish")
    assert deputised.facts("deputy") == ["ivy for mara, who has left"]


def test_a_clock_that_was_set_back_brings_no_deputy_back(keyed: Keyed) -> None:
    name(keyed, "mara", "ivy", ["safety"], until=keyed.clock.now() + timedelta(days=3))
    keyed.in_review()
    away(keyed, "mara")
    keyed.clock.forward("4d")
    keyed.hold("sam")
    keyed.clock.back("4d")

    with refused("no-role"):
        keyed.sign("ivy", "publish")
