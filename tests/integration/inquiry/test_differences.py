"""What changed between two points of a ledger, and whether what somebody kept of it is of this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, WHY, Lab, refused
from workflow import Engine, InvalidInput, LedgerError, NotFound
from workflow.inquiry import difference
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import COSIGNATURE, ED25519, Note, NoteKey
from workflow.views.inquiry import DiffFact, DiffGroup, LedgerDiff

SIGNER = NoteKey("a.log", ED25519, bytes(32))


def entry_of(lab: Lab) -> int:
    return lab.engine.history(limit=1)[0].entry


def group(found: LedgerDiff, release: str | None = "aurora") -> DiffGroup:
    return next(item for item in found.groups if item.release == release)


def kinds(found: DiffGroup) -> list[str]:
    return [fact.kind for fact in found.facts]


def note(origin: str, size: int, root: str) -> bytes:
    return Note(Checkpoint(origin, size, bytes.fromhex(root)).text).with_signature(SIGNER, bytes(64)).to_bytes()


@pytest.fixture
def changed(review: Lab) -> tuple[Lab, int]:
    start = entry_of(review)
    review.sign("mara", "publish")
    review.reject("jun")
    review.hold("sam")
    review.lift("H1", "sam", "security")
    with refused("gate-denied"):
        review.advance("publish")
    review.tick().schedule("aurora", review.clock.now() + timedelta(days=9), actor="lee", rationale=WHY)
    review.require()
    review.engine.grant("noor", ["security"], actor=ADMINISTRATOR, rationale=WHY)
    review.start("borealis", path=review.model("other"))
    review.advance("return")
    review.tick().erase(start, "rationale", actor=ADMINISTRATOR, rationale=WHY)
    return review, start


def test_what_changed_is_told_by_release_and_in_order(changed: tuple[Lab, int]) -> None:
    lab, start = changed

    found = lab.engine.difference(start)

    assert [item.release for item in found.groups] == [None, "aurora", "borealis"]
    assert kinds(group(found)) == [
        "rejected",
        "held",
        "lifted",
        "refusal",
        "planned",
        "demand",
        "moved",
        "erased",
    ]
    assert group(found).others == {"sign_off_recorded": 1}
    assert kinds(group(found, None)) == ["people"]
    assert kinds(group(found, "borealis")) == ["started"]
    assert [fact.entry for fact in group(found).facts] == sorted(fact.entry for fact in group(found).facts)


def test_where_a_release_stood_is_told_of_both_ends(changed: tuple[Lab, int]) -> None:
    lab, start = changed

    found = lab.engine.difference(start)

    aurora, borealis = group(found), group(found, "borealis")
    assert aurora.before is not None
    assert aurora.after is not None
    assert (aurora.before.stage, aurora.after.stage) == ("review", "testing")
    assert (aurora.before.planned, aurora.after.planned) == (None, lab.engine.status("aurora").planned)
    assert (borealis.before, borealis.after and borealis.after.stage) == (None, "testing")


@pytest.mark.parametrize("name", ["first", "signed", "overridden", "risks", "published", "incidents"])
def test_every_entry_is_a_fact_or_counted_besides(golden: Callable[[str], Engine], name: str) -> None:
    engine = golden(name)

    found = engine.difference(0)

    told = [fact.entry for item in found.groups for fact in item.facts]
    others = sum((Counter(item.others) for item in found.groups), Counter())
    assert len(told) == len(set(told))
    assert len(told) + others.total() == engine.audit().entries


def test_two_steps_are_one_step(golden: Callable[[str], Engine]) -> None:
    engine = golden("first")
    size = engine.audit().entries

    def facts(*ends: int) -> list[int]:
        found = engine.difference(*ends)
        return sorted(fact.entry for item in found.groups for fact in item.facts)

    assert facts(0, 40) + facts(40, size) == facts(0, size)
    assert facts(40, 40) == []


def test_the_same_points_give_the_same_answer_later(changed: tuple[Lab, int]) -> None:
    lab, start = changed
    end = entry_of(lab)
    before = lab.engine.difference(start, end)

    lab.advance("submit")

    assert lab.engine.difference(start, end) == before


def test_a_time_means_everything_that_was_recorded_by_then(review: Lab) -> None:
    then = review.clock.now()
    review.hold("sam")

    assert kinds(group(review.engine.difference(then))) == ["held"]
    assert review.engine.difference(then - timedelta(days=4000), then).first.entry == 0
    assert review.engine.difference(review.clock.now()).groups == ()


def test_a_checkpoint_of_this_ledger_is_a_point(changed: tuple[Lab, int]) -> None:
    lab, start = changed
    plain = lab.engine.difference(start)
    origin = lab.engine.audit().origin

    kept = lab.engine.difference(note(origin, start, plain.first.root))

    assert kept.groups == plain.groups
    assert (kept.first.given, kept.first.compared, kept.second.vouched) == ("checkpoint", True, None)
    assert kept.first.vouched is not None
    assert (kept.first.vouched.signed_by, kept.first.vouched.verified) == (None, False)
    assert lab.engine.difference((start, plain.first.root)).first.compared


def test_what_was_kept_of_another_history_is_damage(changed: tuple[Lab, int]) -> None:
    lab, start = changed
    origin, root = lab.engine.audit().origin, lab.engine.difference(start).first.root

    for kept in (
        note(origin, start, "0" * 64),
        note(origin, start - 1, root),
        note(origin, 10_000, root),
        note("another.log", start, root),
        (start, "0" * 64),
        (10_000, root),
    ):
        with pytest.raises(LedgerError):
            lab.engine.difference(kept)


def test_who_should_vouch_for_a_checkpoint_must(changed: tuple[Lab, int]) -> None:
    lab, start = changed
    origin, root = lab.engine.audit().origin, lab.engine.difference(start).first.root
    private = Ed25519PrivateKey.generate()
    mine = NoteKey(origin, ED25519, private.public_key().public_bytes_raw())
    text = Note(Checkpoint(origin, start, bytes.fromhex(root)).text)
    signed = text.with_signature(mine, private.sign(text.text.encode())).to_bytes()
    forged = text.with_signature(mine, bytes(64)).to_bytes()

    # The ledger names no key here, so whoever asks has to hold it, and it has to be one that the ledger names.
    with pytest.raises(LedgerError, match="not named by the ledger"):
        lab.engine.difference(signed, log_keys=[str(mine)])
    lab.engine.name_log_key(str(mine), actor=ADMINISTRATOR, rationale=WHY)
    named, root = entry_of(lab), lab.engine.difference(entry_of(lab)).first.root
    text = Note(Checkpoint(origin, named, bytes.fromhex(root)).text)
    signed = text.with_signature(mine, private.sign(text.text.encode())).to_bytes()

    given = lab.engine.difference(signed, log_keys=[str(mine)]).first.vouched
    alone = lab.engine.difference(signed).first.vouched
    assert given is not None
    assert alone is not None
    assert (given.known_from, given.verified, alone.known_from) == ("given", True, "ledger")
    for note_, keys in ((forged, [str(mine)]), (note(origin, named, root), [str(mine)])):
        with pytest.raises(LedgerError):
            lab.engine.difference(note_, log_keys=keys)
    with pytest.raises(LedgerError):
        lab.engine.difference(signed, witnesses=[str(NoteKey("w", COSIGNATURE, bytes(32)))])


@pytest.mark.parametrize("spot", [b"", b"words\n", b"a\n\n\xe2\x80\x94 b c\n"])
def test_what_is_no_checkpoint_is_refused(review: Lab, spot: bytes) -> None:
    with pytest.raises(InvalidInput):
        review.engine.difference(spot)


def test_points_that_are_not_there_or_the_wrong_way_round_are_refused(review: Lab) -> None:
    with pytest.raises(NotFound):
        review.engine.difference(10_000)
    with pytest.raises(InvalidInput):
        review.engine.difference(5, 4)


def test_too_much_for_one_answer_says_where_to_cut(review: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "MAX_FACTS", 3)

    with pytest.raises(InvalidInput) as caught:
        review.engine.difference(0)
    assert "ask in parts" in (caught.value.remedy or "")


def test_who_decided_in_a_sealed_role_is_only_counted(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
    lab.in_review()
    start = entry_of(lab)
    lab.sign("mara", "publish")

    found = lab.engine.difference(start)

    assert group(found).others == {"sealed": 1}
    assert "mara" not in found.model_dump_json()
    lab.close()


def fact(found: LedgerDiff, kind: str) -> DiffFact:
    (only,) = (item for item in group(found).facts if item.kind == kind)
    return only


def test_a_refusal_has_beside_it_whether_it_stands_or_was_taken_back_and_why(review: Lab) -> None:
    start = entry_of(review)
    review.reject("jun")

    told = fact(review.engine.difference(start), "rejected")
    assert (told.stands, told.ends) == (True, ())
    assert told.texts["rationale"]

    refused_in = entry_of(review)
    review.tick().withdraw_sign_off("aurora", "S1", actor="jun", rationale="It was tested again.")
    taken_back = entry_of(review)

    found = review.engine.difference(start)
    told = fact(found, "rejected")
    assert told.stands is False
    assert [(end.how, end.entry, end.by) for end in told.ends] == [("taken back", taken_back, ("jun",))]
    assert fact(found, "withdrawn").texts == {"rationale": "It was tested again."}
    # What came after the later point is not told of it.
    assert fact(review.engine.difference(start, refused_in), "rejected") == told.model_copy(
        update={"ends": (), "stands": True}
    )


def test_a_hold_has_beside_it_who_lifted_it(changed: tuple[Lab, int]) -> None:
    lab, start = changed

    held = fact(lab.engine.difference(start), "held")

    assert [(end.how, end.by) for end in held.ends] == [("lifted", ("sam",))]
    assert held.stands is False
    assert fact(lab.engine.difference(start), "refusal").texts["rationale"] == WHY
    assert fact(lab.engine.difference(start), "planned").stands is None


def test_an_unacceptable_review_stands_among_the_refusals_until_its_maker_reviews_it_again(tmp_path: Path) -> None:
    lab = Lab.with_people(tmp_path)
    asks: list[Any] = [CALLED_BY_LEAD, {"risk_areas": {"areas": ["biosecurity"], "roles": ["safety"]}}]
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": asks}))
    lab.in_review()
    start = entry_of(lab)

    def reviews(person: str, verdict: Any) -> LedgerDiff:
        lab.tick().review("aurora", "biosecurity", verdict, role="safety", actor=person, rationale=WHY)
        return lab.engine.difference(start)

    told = fact(reviews("mara", "unacceptable"), "unacceptable")
    assert (told.by, told.stands, told.texts["rationale"]) == ("mara", True, WHY)
    assert fact(reviews("jun", "acceptable"), "unacceptable").stands is True
    told = fact(reviews("mara", "acceptable"), "unacceptable")
    assert (told.stands, [end.how for end in told.ends]) == (False, ["then acceptable"])
    lab.close()
