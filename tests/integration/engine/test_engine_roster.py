"""Administrators change the roster and the charter together, by their threshold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import workflow
from tests.integration.engine.lab import WHY, Lab, refused, types
from workflow import InvalidInput, NotFound


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Lab]:
    """A ledger that ``ana``, ``bob`` and ``cid`` administer, any two of them."""
    lab = Lab(tmp_path, threshold=2)
    yield lab
    lab.audited()
    lab.close()


def add(lab: Lab, person: str = "zoe", by: str = "ana") -> None:
    lab.tick().add_person(person, roles=["safety"], name="Zoe Z.", actor=by, rationale=WHY)


def test_one_administrator_proposes_and_nothing_changes(two: Lab) -> None:
    add(two)

    roster = two.engine.roster()
    assert [person.person for person in roster.people] == ["ana", "bob", "cid"]
    assert [(item.id, item.approvals, item.needed) for item in roster.pending] == [("C1", ("ana",), 2)]
    assert roster.version == 0


def test_another_one_s_approval_puts_it_in_force(two: Lab) -> None:
    add(two)

    outcome = two.tick().approve_change("C1", actor="bob", rationale=WHY)

    assert types(outcome) == ["change_approved", "change_accepted"]
    roster = two.engine.roster()
    zoe = next(person for person in roster.people if person.person == "zoe")
    assert (zoe.roles, zoe.name, roster.pending, roster.version) == (("safety",), "Zoe Z.", (), 1)


def test_nobody_is_two_administrators(two: Lab) -> None:
    add(two)

    with pytest.raises(InvalidInput, match="ana approved C1 already"):
        two.tick().approve_change("C1", actor="ana", rationale=WHY)


def test_who_is_no_administrator_proposes_and_approves_nothing(two: Lab) -> None:
    add(two)

    with refused("not-administrator"):
        add(two, "eve", by="eve")
    with refused("not-administrator"):
        two.tick().approve_change("C1", actor="zoe", rationale=WHY)
    assert len(two.engine.roster().pending) == 1


def test_a_change_is_approved_while_it_is_pending(two: Lab) -> None:
    add(two)
    two.tick().approve_change("C1", actor="bob", rationale=WHY)

    with pytest.raises(NotFound, match="no pending change C1"):
        two.tick().approve_change("C1", actor="cid", rationale=WHY)


def test_a_proposal_that_no_longer_makes_sense_is_not_accepted(two: Lab) -> None:
    add(two)
    add(two, by="bob")
    two.tick().approve_change("C1", actor="cid", rationale=WHY)

    with pytest.raises(InvalidInput, match="on the roster already"):
        two.tick().approve_change("C2", actor="cid", rationale=WHY)


def test_a_charter_and_a_clock_correction_take_the_threshold_too(two: Lab) -> None:
    process = two.load()
    two.allow(process)
    two.tick().correct_clock(actor="ana", rationale=WHY)
    assert process.digest not in {line.process for line in two.engine.roster().charter}

    two.tick().approve_change("C1", actor="cid", rationale=WHY)

    assert process.digest in {line.process for line in two.engine.roster().charter}
    assert [item.id for item in two.engine.roster().pending] == ["C2"]


def test_somebody_who_left_is_remembered_and_may_come_back(lab: Lab) -> None:
    lab.leave("mara")
    with pytest.raises(NotFound, match="mara is not on the roster"):
        lab.engine.grant("mara", ["safety"], actor="ana", rationale=WHY)
    mara = next(person for person in lab.engine.roster().people if person.person == "mara")
    assert (mara.left, mara.roles) == (True, ())

    lab.engine.add_person("mara", roles=["legal"], actor="ana", rationale=WHY)

    mara = next(person for person in lab.engine.roster().people if person.person == "mara")
    assert (mara.left, mara.roles) == (False, ("legal",))


def test_removing_somebody_removes_nothing_that_they_said(review: Lab) -> None:
    review.sign("mara", "publish")
    review.reject("mara")
    review.leave("mara")

    said = [item for item in review.engine.history("aurora") if item.actor == "mara"]
    assert len(said) == 2
    assert "rejected" in review.blocking()


def test_the_roster_s_version_counts_changes_and_is_in_what_people_sign(review: Lab) -> None:
    before = review.engine.roster().version
    review.engine.grant("lee", ["press"], actor="ana", rationale=WHY)
    review.sign("mara", "publish")

    binding = review.engine.history(limit=1)[0].events[0]["binding"]
    assert binding["roster_version"] == review.engine.roster().version == before + 1


@pytest.mark.parametrize(
    ("administrators", "threshold"), [([], 1), (["ana"], 2), (["ana", "ana"], 2), (["ana"], 0), (["Ana Smith"], 1)]
)
def test_a_ledger_that_nobody_could_administer_is_not_made(
    tmp_path: Path, administrators: list[str], threshold: int
) -> None:
    with pytest.raises(InvalidInput):
        workflow.create_ledger(
            f"sqlite:///{tmp_path / 'new.db'}", administrators=administrators, threshold=threshold, rationale=WHY
        )
    assert list(tmp_path.iterdir()) == []


def test_there_is_one_genesis(lab: Lab) -> None:
    before = lab.entries()

    with pytest.raises(InvalidInput, match="holds a ledger already"):
        workflow.create_ledger(lab.url, administrators=["eve"], rationale=WHY)

    assert lab.entries() == before


def test_an_administrator_is_not_removed(lab: Lab) -> None:
    with pytest.raises(InvalidInput, match="cannot be removed"):
        lab.leave("ana")
