"""The files are looked at again, and what was found decides."""

from __future__ import annotations

from typing import Any

import pytest

from policies.candidate_unchanged import CandidateUnchanged
from tests.support.build import in_review, shown
from tests.support.parts import candidate, digest_of
from workflow.clock import timestamp
from workflow.policy import Observation

DIGEST = candidate("aurora").digest
SAME: dict[str, Any] = {"manifest": DIGEST, "added": [], "removed": [], "changed": []}


def observed(**changes: Any) -> Observation:
    facts: dict[str, Any] = {"kind": "rehash", "params": {"manifest": DIGEST}, "at": timestamp(in_review().clock.now())}
    return Observation(**{**facts, **changes})


def test_the_same_digest_passes() -> None:
    assert in_review(CandidateUnchanged()).verdict(observations=[observed(ok=SAME)]).allow


@pytest.mark.parametrize(
    "found",
    [
        {**SAME, "manifest": digest_of("other"), "changed": ["weights/a.bin"]},
        {**SAME, "manifest": None, "changed": ["weights/a.bin"]},
        {**SAME, "changed": ["weights/a.bin"]},
        {**SAME, "manifest": None, "added": ["weights/a.bin"]},
        {**SAME, "manifest": None, "removed": ["weights/a.bin"]},
    ],
    ids=["another digest", "no digest", "the same digest, it says", "added", "removed"],
)
def test_files_that_are_not_the_candidate_any_more_are_refused_by_name(found: dict[str, Any]) -> None:
    verdict = in_review(CandidateUnchanged()).verdict(observations=[observed(ok=found)])

    assert shown(verdict) == [("no", "candidate-changed")]
    assert "weights/a.bin" in verdict.reasons[0].text


def test_another_digest_is_refused_even_where_no_file_is_named() -> None:
    verdict = in_review(CandidateUnchanged()).verdict(observations=[observed(ok={**SAME, "manifest": None})])

    assert shown(verdict) == [("no", "candidate-changed")]


@pytest.mark.parametrize(
    "found",
    [{}, {"manifest": DIGEST}, {**SAME, "changed": None}, {**SAME, "added": "nothing"}, {**SAME, "removed": [1]}],
    ids=str,
)
def test_an_answer_that_does_not_say_everything_is_an_error(found: dict[str, Any]) -> None:
    verdict = in_review(CandidateUnchanged()).verdict(observations=[observed(ok=found)])

    assert shown(verdict) == [("error", "cannot-tell")]


def test_not_looked_at_differs_from_could_not_be_looked_at() -> None:
    history = in_review(CandidateUnchanged())

    unseen = history.verdict()
    failed = history.verdict(observations=[observed(error="the disk is gone")])

    assert shown(unseen) == [("error", "not-observed")]
    assert shown(failed) == [("error", "cannot-tell")]
    assert failed.reasons[0].text == "the disk is gone"


def test_a_look_at_other_bytes_says_nothing() -> None:
    other = observed(params={"manifest": digest_of("other")}, ok={**SAME, "manifest": digest_of("other")})

    assert shown(in_review(CandidateUnchanged()).verdict(observations=[other])) == [("error", "not-observed")]


def test_what_it_must_look_at_is_the_candidate_of_the_release() -> None:
    needs = CandidateUnchanged().needs(in_review().context())

    assert [(need.kind, need.params) for need in needs] == [("rehash", {"manifest": DIGEST})]
