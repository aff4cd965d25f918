"""People who came to a role after a round had begun count in it only where the administrators' threshold says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import WHY, refused
from workflow import Exposure, InvalidInput, NotFound


@pytest.fixture
def late(signing: Keyed) -> Keyed:
    """``zoe`` came to safety after the round had begun, and has a key."""
    signing.tick().add_person("zoe", roles=["safety"], actor="ana", rationale=WHY)
    signing.enrol("zoe", signing.hands["zoe"])
    return signing


def regranted(lab: Keyed) -> str:
    lab.tick().revoke("mara", ["safety"], actor="ana", rationale=WHY)
    lab.tick().grant("mara", ["safety"], actor="ana", rationale=WHY)
    return "mara"


def granted_another(lab: Keyed) -> str:
    lab.tick().grant("ivy", ["safety"], actor="ana", rationale=WHY)
    return "ivy"


def came_back(lab: Keyed) -> str:
    lab.leave("mara")
    lab.tick().add_person("mara", roles=["safety"], actor="ana", rationale=WHY)
    return "mara"


@pytest.mark.parametrize("come", [regranted, granted_another, came_back], ids=lambda come: come.__name__)
def test_whoever_is_given_a_role_in_the_midst_of_a_round_does_not_count_in_it(
    signing: Keyed, come: Callable[[Keyed], str]
) -> None:
    person = come(signing)

    with refused("sign-off-rejected") as caught:
        signing.sign(person, "publish")

    assert "was given safety after round 2 began" in caught.value.message
    assert person not in (caught.value.remedy or "")


def test_they_count_in_the_next_round(signing: Keyed) -> None:
    person = granted_another(signing)
    signing.advance("return")
    signing.advance("submit")

    signing.sign(person, "publish")

    assert signing.counted("safety") == [person]
    assert signing.facts("late") == []


def test_nobody_is_asked_to_do_what_would_not_count(signing: Keyed) -> None:
    granted_another(signing)

    answer = signing.claimed.explain("aurora", "publish", observe=False)
    who = {person for verdict in answer.blockers for reason in verdict.reasons for person in reason.who}

    assert "ivy" not in who


def test_they_refuse_and_stop_like_everybody(late: Keyed) -> None:
    late.reject("zoe")
    late.hold("zoe", "safety")

    assert {"rejected", "hold"} <= late.blocking()


def test_they_lift_and_discharge_nothing(late: Keyed) -> None:
    hold, requirement = late.hold("mara", "safety"), late.require("mara")

    with refused("excluded"):
        late.lift(hold, "zoe", "safety")
    with refused("excluded"):
        late.discharge(requirement, "zoe")


def test_the_administrators_let_them_count_in_this_round_and_it_is_shown(late: Keyed) -> None:
    outcome = late.admitted("zoe")

    late.sign("zoe", "publish")

    change = outcome.events[0].id  # type: ignore[attr-defined]
    assert late.counted("safety") == ["zoe"]
    assert late.facts("late") == [f"zoe counts although late, change {change}"]
    view = late.claimed.roster().admitted
    assert [(item.person, item.role, item.release, item.round, item.change) for item in view] == [
        ("zoe", "safety", "aurora", 2, change)
    ]
    told = late.claimed.history(limit=2)[1].summary
    assert told[-1] == f"{change} is in force: zoe counts as safety in round 2 of aurora, though late"


def test_admission_is_for_one_role_one_release_and_one_round(late: Keyed) -> None:
    late.tick().grant("zoe", ["legal"], actor="ana", rationale=WHY)
    late.in_review("borealis", path=late.model("other"))
    late.tick().grant("zoe", ["security"], actor="ana", rationale=WHY)
    late.admitted("zoe")

    with refused("sign-off-rejected"):
        late.sign("zoe", "publish", "security")
    late.sign("zoe", "publish", slug="borealis")
    late.advance("return")
    late.advance("submit")
    late.sign("zoe", "publish")

    assert late.facts("late") == []


def test_one_administrator_of_two_admits_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab = Keyed(tmp_path_factory.mktemp("two"), threshold=2).found().staff()
    lab.agreed(lab.tick().allow_process(lab.signed(), Exposure.WEIGHTS, actor="ana", rationale=WHY))
    lab.in_review()
    lab.agreed(lab.tick().grant("ivy", ["safety"], actor="ana", rationale=WHY))
    change = lab.admitted("ivy")

    with refused("sign-off-rejected"):
        lab.sign("ivy", "publish")
    lab.agreed(change)
    lab.sign("ivy", "publish")

    assert lab.counted("safety") == ["ivy"]
    lab.audited()
    lab.close()


@pytest.mark.parametrize(
    ("person", "role", "release", "error", "says"),
    [
        ("eve", "safety", "aurora", NotFound, "eve is not on the roster"),
        ("sam", "safety", "aurora", InvalidInput, "sam does not hold safety"),
        ("zoe", "safety", "nothing", NotFound, "there is no release"),
    ],
)
def test_only_somebody_who_could_count_is_admitted(
    late: Keyed, person: str, role: str, release: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        late.admitted(person, role, release)


def test_where_nobody_has_to_sign_nobody_is_too_late(lab: Keyed) -> None:
    lab.in_review()
    lab.engine.grant("ivy", ["safety"], actor="ana", rationale=WHY)

    lab.sign("ivy", "publish")

    assert lab.counted("safety") == ["ivy"]


def test_where_only_a_latecomer_could_act_the_advice_is_to_admit_them(signing: Keyed) -> None:
    wanted = signing.require("ivy", "legal", discharged_by="lead")
    signing.tick().revoke("max", ["lead"], actor="ana", rationale=WHY)
    signing.tick().add_person("zoe", roles=["lead"], actor="ana", rationale=WHY)
    signing.enrol("zoe", signing.hands["zoe"])

    for person in ("lee", "zoe"):
        with refused("excluded") as caught:
            signing.discharge(wanted, person, "lead")
        assert "holdfast roster admit zoe lead aurora" in (caught.value.remedy or "")

    assert signing.engine.who_may("aurora", "lead") == ()
    signing.admitted("zoe", "lead")
    assert signing.engine.who_may("aurora", "lead") == ("zoe",)
    signing.discharge(wanted, "zoe", "lead")


def test_where_nobody_at_all_could_act_the_advice_is_to_grant_the_role_and_to_admit(signing: Keyed) -> None:
    wanted = signing.require("ivy", "legal", discharged_by="lead")
    signing.tick().revoke("max", ["lead"], actor="ana", rationale=WHY)

    with refused("excluded") as caught:
        signing.discharge(wanted, "lee", "lead")

    assert "grant it to somebody else, and admit them" in (caught.value.remedy or "")
