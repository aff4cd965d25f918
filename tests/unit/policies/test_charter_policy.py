"""How far the charter lets a process lead."""

from __future__ import annotations

import pytest

from policies.charter import Charter
from tests.support.build import History, in_review, shown
from workflow.changes import ProcessChartered
from workflow.process import Exposure


@pytest.mark.parametrize(
    ("chartered", "allowed"),
    [(Exposure.INTERNAL, False), (Exposure.VETTED, False), (Exposure.HOSTED, False), (Exposure.WEIGHTS, True)],
)
def test_the_weights_leave_only_where_the_charter_allows_weights(chartered: Exposure, allowed: bool) -> None:
    verdict = in_review(Charter(), exposure=chartered).verdict()

    assert verdict.allow is allowed
    assert shown(verdict) == ([] if allowed else [("no", "not-chartered")])


def test_a_process_that_is_taken_out_of_the_charter_leads_no_further() -> None:
    history = in_review(Charter())
    history.uncharter()

    verdict = history.verdict()

    assert shown(verdict) == [("no", "not-chartered")]
    assert verdict.reasons[0].who == ("root",)


def test_the_charter_of_another_process_of_the_same_name_says_nothing() -> None:
    history: History = in_review(Charter())
    history.uncharter()
    history.change(ProcessChartered(process="0" * 64, name="open", exposure=Exposure.WEIGHTS))

    assert not history.verdict().allow
