"""A text can go; that it was there, and what was decided, stays."""

from __future__ import annotations

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab, refused
from tests.support.raw import raw
from workflow import NotFound


def erase(lab: Lab, entry: int, name: str = "rationale") -> None:
    lab.tick().erase(entry, name, actor=ADMINISTRATOR, rationale="it names a hazard")


def test_an_erased_text_is_gone_and_the_ledger_still_verifies(review: Lab, ledgers: str) -> None:
    hazard = "how to make it worse"
    entry = review.tick().hold("aurora", role="security", actor="sam", rationale=hazard).entry

    erase(review, entry)

    assert review.engine.status("aurora").holds[0].reason is None
    assert review.engine.history("aurora")[1].texts == {"rationale": None}
    report = review.engine.audit()
    assert (report.outcome, report.erased) == ("ok", (f"entry {entry}, erased by entry {entry + 1}",))
    if ledgers == "file":  # a server's files are its own matter
        review.close()
        assert hazard.encode() not in (review.directory / "ledger.db").read_bytes()
        review.engine = review.open()


def test_what_was_decided_stays_when_its_reason_is_erased(review: Lab) -> None:
    review.reject("mara")
    erase(review, review.entries()[0][0])

    assert "rejected" in review.blocking()
    assert review.engine.status("aurora").rejects[0].reason is None


def test_only_an_administrator_erases(review: Lab) -> None:
    with refused("not-administrator"):
        review.tick().erase(1, "rationale", actor="lee", rationale=WHY)


def test_a_real_name_can_be_erased(lab: Lab) -> None:
    lab.engine.add_person("zoe", roles=["legal"], name="Zoe Zebra", actor=ADMINISTRATOR, rationale=WHY)

    erase(lab, lab.entries()[0][0], "name")

    zoe = next(person for person in lab.engine.roster().people if person.person == "zoe")
    assert (zoe.name, zoe.roles) == (None, ("legal",))


def test_the_erasure_stands_in_the_stream_of_what_was_erased(review: Lab) -> None:
    hold = review.engine.hold("aurora", role="security", actor="sam", rationale=WHY)
    erase(review, hold.entry)
    assert review.engine.history(limit=1)[0].stream == "release/aurora"

    erase(review, 1)
    assert review.engine.history(limit=1)[0].stream == "ledger"


def test_a_text_that_an_entry_does_not_have_is_named_with_those_it_has(review: Lab) -> None:
    with pytest.raises(NotFound) as caught:
        erase(review, 1, "text")
    assert caught.value.remedy == "it has: rationale"


def test_a_text_that_is_missing_without_an_erasure_is_damage(empty: Lab) -> None:
    empty.people().close()
    with raw(empty.url) as database:
        database.run("DELETE FROM text WHERE commitment = (SELECT min(commitment) FROM text)")

    report = empty.open().audit()

    assert report.outcome == "failed"
    assert [problem.kind for problem in report.problems] == ["missing"]
    assert "nobody erased it" in report.problems[0].message


def test_files_whose_place_was_erased_cannot_be_checked_and_are_not_let_out(review: Lab) -> None:
    review.approve_publish()
    start = next(item.entry for item in review.engine.history("aurora") if "location" in item.texts)
    erase(review, start, "location")

    with refused("policy-errored", "error"):
        review.advance("publish")
