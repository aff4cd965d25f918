"""The order of what is wrong, what can still be trusted, and the next step for each kind of it."""

from __future__ import annotations

from typing import get_args

import pytest

from workflow.audit.found import Found
from workflow.audit.report import Looked, report_of
from workflow.cli.audited import NEXT
from workflow.views import AuditProblem, AuditReport

LOOKED = Looked("lab.example", 9, "0" * 64, 9, None, (), remembered=False)


def report(*problems: AuditProblem) -> AuditReport:
    return report_of(Found(problems=list(problems)), [], LOOKED)


def problem(kind: str, message: str, entry: int | None = None) -> AuditProblem:
    return AuditProblem.model_validate({"kind": kind, "message": message, "entry": entry})


def test_a_tail_that_was_cut_off_is_told_before_what_is_left_over_of_it() -> None:
    found = report(
        problem("out-of-place", "the blob a belongs to no entry"),
        problem("projection", "the list"),
        problem("out-of-place", "the blob b belongs to no entry"),
        problem("tree", "the tree kept has 10 entries"),
    )

    assert [item.kind for item in found.problems] == ["tree", "out-of-place", "projection", "out-of-place"]
    assert found.trusted == ("every entry that was looked at, by itself; not that they are all that there were",)


def test_what_is_wrong_at_entries_stays_in_their_order() -> None:
    altered = problem("altered", "4", 4), problem("link", "first", 7), problem("tree", "second", 7)

    found = report(*reversed(altered[:1]), *altered[1:])

    assert found.problems == altered
    assert found.trusted[0].startswith("entries 1 to 3 ")


@pytest.mark.parametrize("kind", get_args(AuditProblem.model_fields["kind"].annotation))
def test_every_kind_of_problem_has_a_next_step(kind: str) -> None:
    assert NEXT[kind]
