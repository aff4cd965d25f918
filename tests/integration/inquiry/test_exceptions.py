"""Everything that passed otherwise than by the plain rule is listed, with whose word that was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab, definition
from tests.integration.engine.migrations import EASIER, EVERYBODY, STRICTER, approve, migrate, propose
from workflow import Engine, NotFound

EXPECTED = {
    "first": [
        ("answered", 46, "noor"),
        ("set-aside", 56, "jun"),
        ("answered", 60, "noor"),
        ("answered", 61, "mara"),
        ("answered", 62, "jun"),
        ("clock", 105, "ana bob"),
        ("protection", 106, "ana"),
    ],
    "overridden": [("override-given", 21, "mara"), ("override", 27, "mara jun")],
    "risks": [("waived-test", 24, "mara"), ("accepted-risk", 32, "ivy"), ("accepted-risk", 33, "ivy")],
    "published": [("unproven", 33, "mara"), ("unproven", 34, "jun")],
    "incidents": [],
    "signed": [
        ("set-aside", 62, "jun"),
        ("answered", 80, "ivy"),
        ("latecomer", 92, "ana bob"),
        ("decider", 104, "ana bob"),
        ("answered", 105, "mara"),
        ("answered", 106, "jun"),
        ("justified", 109, "mara"),
        ("answered", 115, "ivy"),
        ("answered", 116, "mara"),
        ("answered", 117, "jun"),
        ("clock", 148, "ana bob"),
        ("protection", 149, "ana"),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_exceptions_of_a_golden_ledger(golden: Callable[[str], Engine], name: str) -> None:
    found = golden(name).exceptions()

    assert [(item.kind, item.entry, " ".join(item.by)) for item in found] == EXPECTED[name]
    assert all(item.reasons and all(item.reasons) for item in found)


def test_an_override_has_each_giver_s_reason_and_its_review(golden: Callable[[str], Engine]) -> None:
    given, used = golden("overridden").exceptions("aurora")

    assert (given.what, given.ended) == ("gave an override of `soak` at `host`, and took it back, entry 24", True)
    assert (used.subject, used.role, used.by) == ("soak", "safety", ("mara", "jun"))
    assert used.reasons == ("mara has a reason", "jun has a reason")
    assert used.review is not None
    assert (used.review.role, used.review.done_by, used.review.done_in, used.review.overdue) == (
        "legal",
        "ivy",
        32,
        False,
    )


def test_of_one_release_only_what_concerns_it_is_listed(golden: Callable[[str], Engine]) -> None:
    assert {item.kind for item in golden("signed").exceptions("aurora")} >= {"latecomer", "decider"}
    assert not {item.kind for item in golden("signed").exceptions("aurora")} & {"clock", "protection"}
    with pytest.raises(NotFound):
        golden("signed").exceptions("nebula")


def test_each_move_where_one_person_may_do_everything_is_listed(lab: Lab) -> None:
    lab.allow(lab.read(definition(name="alone", solo="true")))
    lab.in_review(process="alone")

    (found,) = lab.engine.exceptions()

    assert (found.kind, found.by, found.reasons) == ("solo", ("lee",), (WHY,))
    assert found.what.startswith("moved it from testing to review by `submit`")


def test_a_process_that_asks_less_is_listed_and_one_that_asks_no_less_is_not(lab: Lab) -> None:
    lab.in_review()
    migrate(lab, lab.allow(lab.load(*STRICTER, version=2)))
    assert lab.engine.exceptions() == ()

    looser = lab.allow(lab.load(*EASIER, version=3))
    propose(lab, looser)
    approve(lab, looser, *EVERYBODY, ("priya", "safety"))

    (found,) = lab.engine.exceptions("aurora")
    assert (found.kind, found.release) == ("loosened", "aurora")
    assert "LOOSENS transitions.publish.gate.sign_offs.safety.count" in found.what
    assert {"mara", "jun", "priya", "sam"} == set(found.by)


def test_a_reason_that_was_erased_is_null(lab: Lab) -> None:
    lab.allow(lab.read(definition(name="alone", solo="true")))
    lab.in_review(process="alone")
    lab.tick().erase(lab.engine.exceptions()[0].entry, "rationale", actor=ADMINISTRATOR, rationale=WHY)

    assert lab.engine.exceptions()[0].reasons == (None,)


def test_a_ledger_without_exceptions_has_none(review: Lab) -> None:
    assert review.engine.exceptions() == review.engine.exceptions("aurora") == ()
