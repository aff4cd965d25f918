"""Who could have moved a release at some time: the rules asked again over the ledger as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab, refused
from workflow import Engine, InvalidInput, NotFound
from workflow.inquiry.past import Past
from workflow.inquiry.who_could import who_could
from workflow.looking import read_text
from workflow.views.inquiry import GateThen, RoleThen


def entry_of(lab: Lab) -> int:
    return lab.engine.history(limit=1)[0].entry


def gate(lab: Lab, trigger: str = "publish", **when: object) -> GateThen:
    (found,) = lab.engine.who_could("aurora", trigger, **when).gates  # type: ignore[arg-type]
    return found


def role(found: GateThen, name: str = "safety") -> RoleThen:
    return next(item for item in found.roles if item.role == name)


def barred(found: GateThen, name: str = "safety") -> dict[str, str | None]:
    return {sign.person: sign.why for sign in role(found, name).could_not}


def test_before_anybody_signed_a_call_and_the_approvals_would_have_moved_it(review: Lab) -> None:
    found = gate(review)

    assert (found.answer, [caller.person for caller in found.callers]) == ("signatures", ["lee", "max"])
    assert (role(found).have, role(found).count, role(found).could) == (0, 2, ("both", "jun", "mara", "max", "priya"))
    assert barred(found) == {"kim": "author of the candidate"}
    assert role(found, "security").could == ("both", "sam")
    assert found.not_looked_at == ("the files, hashed again, are exactly the candidate",)


def test_an_earlier_entry_is_seen_as_it_was_whatever_came_later(review: Lab) -> None:
    start = entry_of(review)
    review.sign("mara", "publish")
    signed = entry_of(review)
    review.reject("jun")
    review.advance("return")

    before, after = gate(review, entry=start), gate(review, entry=signed)

    assert (role(before).have, role(after).have) == (0, 1)
    assert [(sign.person, sign.entry) for sign in role(after).counted] == [("mara", signed)]
    assert "jun" in role(after).could
    assert gate(review).obstacle is not None  # it is back in testing now
    assert gate(review).answer == "nobody"


def test_a_time_means_everything_that_was_recorded_by_then(review: Lab) -> None:
    moment = review.clock.now()
    review.clock.forward("1d")
    review.sign("mara", "publish")

    assert role(gate(review, at=moment)).have == 0
    assert role(gate(review, at=moment + timedelta(hours=5))).have == 0
    assert role(gate(review, at=review.clock.now())).have == 1


def test_who_could_not_have_signed_is_told_with_why(review: Lab) -> None:
    review.reject("jun")
    rejected = entry_of(review)
    review.sign("priya", "publish", decision="recuse")
    review.tick().away(actor="mara", rationale=WHY)

    found = barred(gate(review))

    assert found["kim"] == "author of the candidate"
    assert found["jun"] == f"has refused this, entry {rejected}, and that still stands"
    assert found["priya"].startswith("recused, entry")  # type: ignore[union-attr]
    assert found["mara"].startswith("away, entry")  # type: ignore[union-attr]


def test_the_answer_is_the_one_that_trying_gives(review: Lab) -> None:
    for person, name in (("kim", "safety"), ("lee", "lead"), ("sam", "security"), ("mara", "safety")):
        why = barred(gate(review), name).get(person) if name != "lead" else "asked of nobody"
        if why is None:
            review.sign(person, "publish", name)
        else:
            with refused("sign-off-rejected"):
                review.sign(person, "publish", name)


def test_a_refusal_or_a_hold_stands_in_the_way_whoever_signs(review: Lab) -> None:
    review.hold("sam")
    found = gate(review)
    assert (found.answer, [item.policy for item in found.others]) == ("blocked", ["holds"])

    review.lift("H1", "sam", "security")
    review.reject("jun")
    assert [item.policy for item in gate(review).others] == ["objections"]


def test_once_everything_is_in_a_call_was_enough(review: Lab) -> None:
    review.approve_publish()

    assert gate(review).answer == "movable"
    review.advance("publish")
    then = gate(review, entry=entry_of(review) - 1)
    assert (then.answer, role(then).could[:1]) == ("movable", ("both",))


def test_whoever_calls_fills_no_place_and_nobody_fills_two(lab: Lab) -> None:
    for person in ("jun", "priya", "kim", "both"):
        lab.engine.revoke(person, ["safety"], actor=ADMINISTRATOR, rationale=WHY)
    lab.engine.grant("sam", ["safety"], actor=ADMINISTRATOR, rationale=WHY)
    lab.engine.revoke("both", ["security"], actor=ADMINISTRATOR, rationale=WHY)
    lab.in_review()

    # Two of safety and one of security are left: mara, max and sam, of whom max may call and sam would sit twice.
    found = {caller.person: caller.short for caller in gate(lab).callers}

    assert (found["lee"], len(found["max"])) == ((), 1)
    assert gate(lab).answer == "signatures"


def test_without_enough_people_nobody_could(lab: Lab) -> None:
    for person in ("sam", "both"):
        lab.engine.revoke(person, ["security"], actor=ADMINISTRATOR, rationale=WHY)
    lab.in_review()

    found = gate(lab)

    assert found.answer == "nobody"
    assert all("security" in caller.short for caller in found.callers)


def test_every_way_out_of_its_stage_is_told_where_none_is_named(review: Lab) -> None:
    found = review.engine.who_could("aurora")

    assert [item.trigger for item in found.gates] == ["return", "wait", "host", "publish", "withdraw"]
    assert ("sam", ("security",)) in [(item.person, item.roles) for item in found.stoppers]
    assert (found.stage, found.round, found.candidate) == ("review", 2, review.candidate())


def test_somebody_who_had_left_is_nobody_then_and_was_somebody_before(review: Lab) -> None:
    there = entry_of(review)
    review.leave("sam")

    assert "sam" in role(gate(review, entry=there), "security").could
    assert "sam" not in role(gate(review), "security").could
    assert "sam" not in {item.person for item in review.engine.who_could("aurora").stoppers}


def test_without_a_key_or_with_one_that_came_late_nobody_signs(signing: Keyed) -> None:
    signing.tick().suspend_key(signing.hands["jun"].fingerprint, actor="jun", rationale=WHY)

    found = barred(gate(signing))

    assert "suspended" in (found["jun"] or "")
    assert "mara" not in found


def test_what_is_sealed_stays_sealed(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
    lab.in_review()
    before = lab.engine.who_could("aurora", "publish").gates
    lab.sign("mara", "publish")

    found = lab.engine.who_could("aurora", "publish")

    assert "mara" in role(found.gates[0]).could
    assert (role(found.gates[0]).sealed, role(found.gates[0]).have, role(found.gates[0]).counted) == (True, 1, ())
    assert role(found.gates[0]).could == role(before[0]).could
    assert "S1" not in json.dumps(found.model_dump(mode="json"))
    lab.close()


@pytest.mark.parametrize("when", [{"entry": 3}, {"entry": 10_000}, {"entry": 0}])
def test_a_point_at_which_it_was_not_there_is_refused(review: Lab, when: dict[str, int]) -> None:
    with pytest.raises(NotFound):
        review.engine.who_could("aurora", "publish", **when)


def test_what_is_still_to_come_or_never_was_is_refused(review: Lab) -> None:
    now = review.clock.now()
    with pytest.raises(InvalidInput, match="still to come"):
        review.engine.who_could("aurora", at=now + timedelta(seconds=1))
    with pytest.raises(InvalidInput):
        review.engine.who_could("aurora", at=now, entry=3)
    with pytest.raises(NotFound):
        review.engine.who_could("aurora", at=now - timedelta(days=4000))
    with pytest.raises(NotFound):
        review.engine.who_could("aurora", "no_such_trigger")
    with pytest.raises(NotFound):
        review.engine.who_could("nebula")


@pytest.mark.parametrize("name", ["first", "signed", "overridden", "risks", "published", "incidents"])
def test_the_past_of_a_ledger_at_its_end_is_its_present(golden: Callable[[str], Engine], name: str) -> None:
    engine = golden(name)

    with engine._reading() as reader:
        now = reader.head()
        past = Past(reader, now.frontier.size)
        rows = reader.releases()
        assert past.head() == now
        assert past.releases() == rows
        assert past.releases(open_only=True) == reader.releases(open_only=True)
        for row in rows:
            digests = reader.kin_of(row.slug)
            assert past.kin_of(row.slug) == digests
            assert past.kin(digests) == reader.kin(digests)
            assert all(past.digests(digest[:12]) == [digest] for digest in digests)
            people = reader.objectors(row.slug)
            assert past.objectors(row.slug) == people
            assert all(past.objected(person) == reader.objected(person) for person in people)
            world = engine._pipeline.world(reader, row.slug)
            assert past.world(row.slug, world.at) == world


@pytest.mark.parametrize("name", ["first", "signed"])
def test_at_every_move_of_a_ledger_its_mover_could_have_made_it(golden: Callable[[str], Engine], name: str) -> None:
    engine = golden(name)
    moves = [item for item in engine.history(limit=1000) if item.events[0]["type"] == "transition_made"]
    assert moves

    for item in moves:
        slug = item.stream.removeprefix("release/")
        trigger = item.events[0]["trigger"]
        with engine._reading() as reader:
            past = Past(reader, item.entry - 1)
            words = partial(read_text, reader)
            (found,) = who_could(past, engine._pipeline.rulebook, slug, trigger, item.at, words).gates
        assert item.actor in {caller.person for caller in found.callers if not caller.short}, (item.entry, found)
        assert found.answer == "movable", (item.entry, found)
