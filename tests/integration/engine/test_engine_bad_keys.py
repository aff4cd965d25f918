"""Keys that are suspended, revoked or compromised, and what becomes of everything that they signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import PUBLISH, WHY, refused
from tests.support.hands import Hand
from workflow import InvalidInput, NotFound, Outcome
from workflow.commands import RaiseCompromise


def suspend(lab: Keyed, person: str, by: str = "ana") -> Outcome:
    return lab.tick().suspend_key(lab.hands[person].fingerprint, actor=by, rationale=WHY)


def restore(lab: Keyed, person: str) -> Outcome:
    return lab.tick().restore_key(lab.hands[person].fingerprint, actor="ana", rationale=WHY)


def revoke(lab: Keyed, person: str, since: datetime | None = None, **settings: Any) -> Outcome:
    fingerprint = lab.hands[person].fingerprint
    return lab.tick().revoke_key(fingerprint, compromised_since=since, actor="ana", rationale=WHY, **settings)


# Suspended.


def test_what_a_suspended_key_signed_does_not_count_while_it_is_and_does_again_when_it_is_not(signing: Keyed) -> None:
    signing.approve_publish()

    entry = suspend(signing, "mara").entry
    assert signing.counted("safety") == ["jun"]
    assert signing.ignored("safety") == [f"mara (the key is suspended, entry {entry})"]

    restore(signing, "mara")
    assert signing.counted("safety") == ["mara", "jun"]
    signing.advance("publish")


def test_a_suspended_key_signs_nothing_and_its_owner_refuses_all_the_same(signing: Keyed) -> None:
    suspend(signing, "mara")

    with refused("signature-invalid") as caught:
        signing.sign("mara", "publish")
    assert "the key is suspended" in caught.value.message
    signing.claimed.sign_off("aurora", "publish", role="safety", actor="mara", rationale=WHY, decision="reject")
    assert "rejected" in signing.blocking()


def test_an_administrator_or_its_owner_suspends_a_key_at_once_and_nobody_else(signing: Keyed) -> None:
    with refused("not-administrator"):
        suspend(signing, "mara", by="jun")
    suspend(signing, "mara", by="mara")
    suspend(signing, "jun", by="ana")
    with pytest.raises(InvalidInput, match="signs nothing already"):
        suspend(signing, "jun")
    with pytest.raises(NotFound, match="the roster has no key"):
        signing.tick().suspend_key(Hand("eve").fingerprint, actor="ana", rationale=WHY)


def test_only_the_threshold_restores_a_key(signing: Keyed) -> None:
    suspend(signing, "mara", by="mara")

    with refused("not-administrator"):
        signing.tick().restore_key(signing.hands["mara"].fingerprint, actor="jun", rationale=WHY)
    with refused("unsigned"):
        signing.claimed.restore_key(signing.hands["mara"].fingerprint, actor="ana", rationale=WHY)
    restore(signing, "mara")
    with pytest.raises(InvalidInput, match="not suspended"):
        restore(signing, "mara")


# Revoked.


def test_what_a_revoked_key_signed_before_stays(signing: Keyed) -> None:
    signing.approve_publish()

    entry = revoke(signing, "mara").entry

    assert signing.counted("safety") == ["mara", "jun"]
    with refused("signature-invalid") as caught:
        signing.sign("mara", "host")
    assert f"the key was revoked, entry {entry}" in caught.value.message
    signing.advance("publish")


def test_what_was_in_doubt_is_settled_when_the_key_is_revoked(signing: Keyed) -> None:
    signing.sign("mara", "publish")
    suspend(signing, "mara")

    revoke(signing, "mara")

    assert signing.counted("safety") == ["mara"]
    with pytest.raises(InvalidInput, match="not suspended"):
        restore(signing, "mara")


def test_a_revoked_key_is_not_enrolled_again(signing: Keyed) -> None:
    revoke(signing, "mara")

    with pytest.raises(InvalidInput, match="mara's already"):
        signing.enrol("mara", signing.hands["mara"])
    with pytest.raises(InvalidInput, match="revoked already"):
        revoke(signing, "mara")


# Compromised.


def test_what_a_key_signed_since_it_was_compromised_counts_no_more_and_what_it_signed_before_does(keyed: Keyed) -> None:
    keyed.in_review()
    keyed.sign("mara", "host")
    keyed.clock.forward("1h")
    since = keyed.clock.now()
    keyed.sign("mara", "publish")

    revoke(keyed, "mara", since)

    assert keyed.counted("safety", "host") == ["mara"]
    assert keyed.counted("safety") == []
    assert keyed.ignored("safety") == [f"mara (the key was compromised since {since:%Y-%m-%dT%H:%M:%S.%fZ})"]


def test_how_far_back_a_key_is_bad_is_only_ever_moved_back(signing: Keyed) -> None:
    now = signing.clock.now()
    revoke(signing, "mara", now)

    with pytest.raises(InvalidInput, match="already"):
        revoke(signing, "mara", now + timedelta(seconds=1))
    revoke(signing, "mara", now - timedelta(hours=1))
    with pytest.raises(InvalidInput, match="has not come yet"):
        revoke(signing, "jun", now + timedelta(days=1))

    key = next(key for key in signing.claimed.roster().keys if key.person == "mara")
    assert key.compromised_since == now - timedelta(hours=1)


@dataclass(frozen=True)
class Closed:
    """Something that stood in the way, what mara's key did about it, and the code by which it stands again."""

    what: str
    stands: Callable[[Keyed], Any]
    close: Callable[[Keyed, Any], object]
    code: str


CLOSED = (
    Closed(
        "a hold that she lifted",
        lambda lab: lab.hold("mara", "safety"),
        lambda lab, hold: lab.lift(hold, "mara", "safety"),
        "hold",
    ),
    Closed(
        "a hold that two of the role lifted",
        lambda lab: lab.hold("max", "safety"),
        lambda lab, hold: [lab.lift(hold, person, "safety") for person in ("mara", "jun")],
        "hold",
    ),
    Closed(
        "a requirement that she discharged",
        lambda lab: lab.require("jun"),
        lambda lab, requirement: lab.discharge(requirement, "mara"),
        "requirement-open",
    ),
    Closed(
        "her refusal, taken back",
        lambda lab: lab.reject("mara"),
        lambda lab, reject: lab.take_back(reject, "mara"),
        "rejected",
    ),
    Closed(
        "an adviser's refusal, answered",
        lambda lab: lab.reject("ivy", "publish", "legal"),
        lambda lab, reject: lab.answer(reject, "noor"),
        "rejected",
    ),
)


@pytest.mark.parametrize("stop", [suspend, revoke], ids=["suspended", "compromised"])
@pytest.mark.parametrize("case", CLOSED, ids=lambda case: case.what)
def test_what_a_bad_key_closed_stands_again(signing: Keyed, case: Closed, stop: Callable[..., Outcome]) -> None:
    subject = case.stands(signing)
    since = signing.clock.now()
    case.close(signing, subject)
    assert case.code not in signing.blocking()

    person = "noor" if "adviser" in case.what else "mara"
    if stop is revoke:
        revoke(signing, person, since)
    else:
        suspend(signing, person)
    assert case.code in signing.blocking()

    if stop is suspend:
        restore(signing, person)
        assert case.code not in signing.blocking()


def test_what_stands_again_can_be_closed_by_others(signing: Keyed) -> None:
    hold = signing.hold("max", "safety")
    since = signing.clock.now()
    signing.lift(hold, "mara", "safety")
    signing.lift(hold, "jun", "safety")
    revoke(signing, "mara", since)

    signing.lift(hold, "priya", "safety")

    assert "hold" not in signing.blocking()


EVIDENCE = {"evidence": {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"}}
REVIEWS = {"risk_areas": {"areas": ["bio"], "roles": ["safety"]}}


@pytest.fixture
def judged(keyed: Keyed) -> Keyed:
    """A release in review, whose gate also asks for a report and a review."""
    process = keyed.signed(*PUBLISH, EVIDENCE, REVIEWS, name="judged")
    keyed.allow(process)
    keyed.in_review(process=process)
    return keyed


def test_a_report_that_was_set_aside_with_a_bad_key_counts_again(judged: Keyed) -> None:
    candidate = judged.candidate()
    bad = judged.attach(judged.log(accuracy=0.4, states=candidate, run="1"))
    judged.attach(judged.log(accuracy=0.1, states=candidate, run="2"))
    since = judged.clock.now()
    judged.tick().set_aside("aurora", bad, role="safety", actor="mara", rationale=WHY)
    assert "bound-not-met" not in judged.blocking()

    revoke(judged, "mara", since)

    assert "bound-not-met" in judged.blocking()


def test_a_test_that_rests_on_a_report_which_comes_back_with_a_bad_key_is_not_done_again(keyed: Keyed) -> None:
    tests = {"required_tests": {"tests": ["load"], "roles": ["safety"]}}
    process = keyed.signed(*PUBLISH, tests, name="tested")
    keyed.allow(process)
    keyed.in_review(process=process)
    report = keyed.attach(keyed.log(states=keyed.candidate()))
    done = {"role": "safety", "actor": "jun", "rationale": WHY}
    keyed.tick().judge_test("aurora", "load", "done", evidence=[report], **done)  # type: ignore[arg-type]
    assert "test-open" not in keyed.blocking()
    since = keyed.clock.now()
    keyed.tick().set_aside("aurora", report, role="safety", actor="mara", rationale=WHY)
    assert "test-open" in keyed.blocking()

    revoke(keyed, "mara", since)

    assert "test-open" in keyed.blocking()


def test_a_refusing_review_is_not_washed_out_by_whoever_took_the_key(judged: Keyed) -> None:
    judged.tick().review("aurora", "bio", "unacceptable", role="safety", actor="mara", rationale=WHY)
    judged.clock.forward("1h")
    since = judged.clock.now()
    judged.tick().review("aurora", "bio", "acceptable", role="safety", actor="mara", rationale=WHY)
    assert "area-unacceptable" not in judged.blocking()

    revoke(judged, "mara", since)

    assert "area-unacceptable" in judged.blocking()


def test_a_recusal_by_whoever_took_the_key_is_none(signing: Keyed) -> None:
    signing.tick().name_deputy("mara", "ivy", ["safety"], actor="ana", rationale=WHY)
    signing.advance("return")
    signing.advance("submit")
    since = signing.clock.now()
    first = signing.hands["mara"]
    signing.sign("mara", "publish", decision="recuse")
    signing.sign("ivy", "publish")
    assert signing.counted("safety") == ["ivy"]

    signing.enrol("mara", signing.hands.take_up("mara", 2), before=first)
    signing.tick().revoke_key(first.fingerprint, compromised_since=since, actor="ana", rationale=WHY)

    assert signing.counted("safety") == []
    assert signing.ignored("safety") == ["ivy (stands in for mara no more)"]


# What has left already.


def out(lab: Keyed) -> datetime:
    """Publishes with what mara signed since the time that this returns."""
    lab.clock.forward("1h")
    since = lab.clock.now()
    lab.approve_publish()
    lab.advance("publish")
    return since


def requirements(lab: Keyed, slug: str = "aurora") -> list[tuple[str, str, bool]]:
    return [(item.id, item.kind, item.open) for item in lab.claimed.status(slug).requirements]


def found(lab: Keyed, slug: str = "aurora") -> list[list[str]]:
    """The gates that each entry about a compromise names."""
    return [
        [gate["trigger"] for gate in event["gates"]]
        for item in reversed(lab.claimed.history(slug, limit=1000))
        for event in item.events
        if event["type"] == "compromise_found"
    ]


def test_a_release_that_is_out_gets_a_requirement_that_names_the_gates(signing: Keyed) -> None:
    since = out(signing)

    revoke(signing, "mara", since)

    assert found(signing) == [["publish"]]
    assert requirements(signing) == [("R1", "compromise", True)]
    assert "entry" in signing.claimed.history("aurora", limit=1)[0].summary[0]


def test_gates_before_the_key_was_compromised_are_not_named(signing: Keyed) -> None:
    out(signing)
    signing.clock.forward("1h")

    revoke(signing, "mara", signing.clock.now())

    assert found(signing) == []
    assert requirements(signing) == []


def test_it_is_discharged_by_somebody_else_of_the_role(signing: Keyed) -> None:
    revoke(signing, "mara", out(signing))

    signing.discharge("R1", "jun")

    assert requirements(signing) == [("R1", "compromise", False)]


def test_the_same_request_again_raises_it_once(signing: Keyed) -> None:
    since = out(signing)
    revoke(signing, "mara", since, command_id="once")

    again = revoke(signing, "mara", since, command_id="once")

    assert again.replayed
    with pytest.raises(InvalidInput, match="already"):
        revoke(signing, "mara", since)
    assert requirements(signing) == [("R1", "compromise", True)]


@pytest.mark.parametrize("command_id", ["once", None], ids=["under the same id", "without an id"])
def test_what_was_killed_in_between_goes_on_when_it_is_asked_again(
    signing: Keyed, monkeypatch: pytest.MonkeyPatch, command_id: str | None
) -> None:
    since = out(signing)
    with monkeypatch.context() as patch:
        patch.setattr(type(signing.engine), "_tell", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            revoke(signing, "mara", since, command_id=command_id)
    assert requirements(signing) == []

    revoke(signing, "mara", since, command_id=command_id)

    assert requirements(signing) == [("R1", "compromise", True)]


def test_an_earlier_time_tells_of_the_gates_that_were_not_told_yet(signing: Keyed) -> None:
    signing.sign("mara", "host")
    signing.sign("jun", "host")
    signing.advance("host")
    hosted = signing.clock.now()
    revoke(signing, "mara", out(signing))
    assert found(signing) == [["publish"]]

    revoke(signing, "mara", hosted - timedelta(hours=1))

    assert found(signing) == [["publish"], ["host"]]
    assert [kind for _, kind, _ in requirements(signing)] == ["compromise", "compromise"]


def test_what_a_key_did_for_a_relative_is_found_there(keyed: Keyed) -> None:
    """The hold stood in another release of the same files, where mara lifted it for both."""
    keyed.in_review()
    keyed.in_review("borealis", path=keyed.model())
    hold = keyed.hold("max", "safety")
    since = keyed.clock.now()
    for person in ("mara", "jun"):
        keyed.lift(hold, person, "safety")
    keyed.sign("priya", "publish", slug="borealis")
    keyed.sign("jun", "publish", slug="borealis")
    keyed.sign("sam", "publish", "security", slug="borealis")
    keyed.advance("publish", "borealis")

    revoke(keyed, "mara", since)

    assert found(keyed, "borealis") == [["publish"]]
    assert requirements(keyed, "borealis") == [("R1", "compromise", True)]


def test_nobody_raises_a_compromise_that_is_none(signing: Keyed) -> None:
    revoke(signing, "mara", out(signing))
    command = RaiseCompromise(actor="ana", release="aurora", key=signing.hands["mara"].fingerprint)

    with pytest.raises(InvalidInput, match="on record already"):
        signing.claimed._pipeline.execute(command, {"rationale": WHY, "text": WHY})
