"""Revision 2 of the evidence policy: what somebody answered for counts too, and what nobody answered for does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from policies.evidence import EvidenceOfAncestors, EvidencePolicy
from tests.support.build import History, in_review, shown
from tests.support.parts import START, candidate, digest_of, report

BOUND = {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"}
Steps = Callable[[History], object]


def policy(**params: Any) -> EvidenceOfAncestors:
    return EvidenceOfAncestors.model_validate({**BOUND, **params})


def attach(value: str = "0.10", *, stated: bool = True, **facts: Any) -> Steps:
    return lambda history: history.attach(report(value, **facts), stated=stated)


def replace(label: str = "quantized") -> Steps:
    return lambda history: history.replace(candidate(label))


def justify(subject: str = "E1", by: str = "mara", **how: str) -> Steps:
    return lambda history: history.justify(subject, by, **how)


def attach_to_parent(value: str) -> Steps:
    """A report in another release, whose candidate becomes a declared parent of aurora's next one."""

    def steps(history: History) -> None:
        history.start("base", facts=candidate("base"))
        history.attach(report(value), slug="base")
        history.replace(candidate("quantized", parents=[digest_of("base")]))

    return steps


def start_again(history: History) -> None:
    """The very files of aurora in another release, which goes on from there."""
    facts = history.releases["aurora"].candidate
    history.start("again", facts=facts.model_copy(update={"label": "again"}))


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    expected: list[tuple[str, str]] = field(default_factory=list)
    params: Mapping[str, str] = field(default_factory=dict)
    slug: str = "aurora"
    caller: str | None = None

    def __str__(self) -> str:
        return self.name


GOOD, BAD, NEXT = attach("0.10"), attach("0.31"), replace()
NO, NONE, DOUBT = ("no", "bound-not-met"), ("open", "no-report"), ("open", "inconclusive")
LAPSED, OLD, NOT_STATED = ("open", "justification-lapsed"), ("open", "too-old"), ("open", "not-stated")
WEEK = {"max_age": "7d"}

SCENARIOS = [
    Scenario("on this very candidate", (GOOD,)),
    Scenario("on an ancestor, and nobody answers", (GOOD, NEXT), [NONE]),
    Scenario("on an ancestor, and somebody answers", (GOOD, NEXT, justify())),
    Scenario("bad on an ancestor, and nobody answers", (BAD, NEXT, GOOD)),
    Scenario("bad on an ancestor, and somebody answers", (BAD, NEXT, GOOD, justify()), [NO]),
    Scenario("good on an ancestor, and bad on this one", (GOOD, NEXT, BAD, justify()), [NO]),
    Scenario("good on an ancestor, and of no use on this one", (GOOD, NEXT, attach(stated=False), justify())),
    Scenario("on an ancestor of another name", (attach(name="cyber_range"), NEXT, justify()), [NONE]),
    Scenario("on an ancestor of a different kind", (attach(kind="document"), NEXT, justify()), [NONE]),
    Scenario("justified for the candidate before this one", (GOOD, NEXT, justify(), replace("third")), [NONE]),
    Scenario("justified anew for the next", (GOOD, NEXT, justify(), replace("third"), justify())),
    Scenario("set aside", (GOOD, NEXT, justify(), lambda history: history.set_aside("E1")), [NONE]),
    Scenario(
        "bad and set aside",
        (BAD, NEXT, GOOD, justify(), lambda history: history.set_aside("E1")),
    ),
    Scenario("by somebody who only advises", (GOOD, NEXT, justify(by="ivy", role="legal")), [LAPSED]),
    Scenario("by somebody who never held the role", (GOOD, NEXT, justify(by="sam")), [LAPSED]),
    Scenario("by the author", (GOOD, NEXT, justify(by="ada")), [LAPSED]),
    Scenario("by whoever calls", (GOOD, NEXT, justify()), [LAPSED], caller="mara"),
    Scenario("by somebody who left", (GOOD, NEXT, justify(), lambda history: history.remove("mara")), [LAPSED]),
    Scenario(
        "by somebody whose role was taken away",
        (GOOD, NEXT, justify(), lambda history: history.revoke("mara", "safety")),
        [LAPSED],
    ),
    Scenario(
        "bad, by somebody who left: against the candidate it counts all the same",
        (BAD, NEXT, GOOD, justify(), lambda history: history.remove("mara")),
        [NO],
    ),
    Scenario(
        "by somebody who left and somebody who stays",
        (GOOD, NEXT, justify(), justify(by="jun"), lambda history: history.remove("mara")),
    ),
    Scenario("lapsed, beside a good one on this candidate", (GOOD, NEXT, GOOD, justify(by="ada"))),
    Scenario("errored", (attach(status="errored", detail="oom"), NEXT, justify()), [DOUBT]),
    Scenario("too old", (GOOD, NEXT, justify(), lambda history: history.clock.forward("8d")), [OLD], WEEK),
    Scenario("declared for the ancestor", (attach(stated=False), NEXT, justify()), [NOT_STATED]),
    Scenario(
        "declared for the ancestor, which is enough",
        (attach(stated=False), NEXT, justify()),
        [],
        {"candidate": "declared"},
    ),
    Scenario("on a declared parent, and nobody answers", (attach_to_parent("0.10"),), [NONE]),
    Scenario("on a declared parent, and somebody answers", (attach_to_parent("0.10"), justify(source="base"))),
    Scenario(
        "bad on a declared parent, and somebody answers", (attach_to_parent("0.31"), justify(source="base")), [NO]
    ),
    Scenario(
        "on a declared parent, and set aside there",
        (
            attach_to_parent("0.10"),
            justify(source="base"),
            lambda history: history.set_aside("E1", slug="base"),
        ),
        [NONE],
    ),
    Scenario(
        "justified in another release of the same files", (GOOD, NEXT, justify(), start_again), [LAPSED], {}, "again"
    ),
    Scenario(
        "bad, and justified in another release of the same files",
        (BAD, NEXT, justify(), start_again),
        [NO],
        {},
        "again",
    ),
    Scenario("a signature on this candidate", (attach("0", kind="model_signing"),), [], {"kind": "model_signing"}),
    Scenario(
        "a signature that leaves files out",
        (attach("3", kind="model_signing"),),
        [NO],
        {"kind": "model_signing", "at_most": "0"},
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_report_on_an_ancestor_counts_by_somebody_s_word_alone(scenario: Scenario) -> None:
    history = in_review(policy(**scenario.params))
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict(slug=scenario.slug, caller=scenario.caller)) == scenario.expected


def test_revision_1_counts_nothing_but_reports_on_this_very_candidate() -> None:
    history = in_review(EvidencePolicy.model_validate(BOUND))
    for step in (GOOD, NEXT, justify()):
        step(history)

    assert shown(history.verdict()) == [NONE]
    assert history.verdict().revision == 1


def test_a_justified_report_is_shown_with_whose_word_it_is_and_what_changed_in_between() -> None:
    history = in_review(policy(depends_on=("weights",)))
    for step in (GOOD, NEXT):
        step(history)
    entry = history.justify("E1")

    fact = next(item for item in history.verdict().facts if item.label == "justified")

    assert fact.text == f"E1 by mara, entry {entry}: tokenizer same, weights changed; it depends on weights"
    assert (fact.person, fact.entry) == ("mara", entry)


def test_where_nothing_else_is_said_a_report_depends_on_all_components() -> None:
    history = in_review(policy())
    for step in (GOOD, NEXT, justify()):
        step(history)

    assert any(item.text.endswith("it depends on all of them") for item in history.verdict().facts)


def test_a_report_that_nobody_answered_for_is_shown_with_the_command_that_would() -> None:
    history = in_review(policy())
    attach_to_parent("0.10")(history)

    verdict = history.verdict()

    ignored = next(item for item in verdict.facts if item.label == "ignored")
    assert ignored.text == (
        f"base/E1, made for {digest_of('base')[:12]}, which this one descends from; to let it count: "
        "holdfast justify aurora base/E1"
    )
    assert verdict.reasons[0].remedy.endswith("or somebody answers for base/E1, and it counts")


def test_a_word_that_does_not_hold_any_more_names_who_could_give_another() -> None:
    history = in_review(policy())
    for step in (GOOD, NEXT, justify(), lambda history: history.remove("mara")):
        step(history)

    reason = history.verdict().reasons[0]

    assert "mara, entry" in reason.text and "has left" in reason.text
    assert (reason.subject, reason.release) == ("E1", "aurora")
    assert {"jun", "sam"} <= set(reason.who) and not {"mara", "ada", "ivy", "lee"} & set(reason.who)


@pytest.mark.parametrize(
    ("step", "moves"),
    [
        (justify(), True),
        (justify("E2"), True),
        (lambda history: history.set_aside("E1"), False),
        (lambda history: history.remove("mara"), False),
    ],
    ids=["a justification", "of another report", "a report set aside that nobody answered for", "somebody leaves"],
)
def test_what_approvals_rest_on_moves_when_a_justification_comes(step: Steps, moves: bool) -> None:
    history = in_review(policy())
    for before in (GOOD, attach("0.12"), NEXT):
        before(history)
    basis = history.context().basis

    step(history)

    assert (history.context().basis != basis) is moves


def test_what_approvals_rest_on_moves_when_a_justification_goes() -> None:
    history = in_review(policy())
    attach_to_parent("0.10")(history)
    history.justify("E1", source="base")
    basis = history.context().basis

    history.set_aside("E1", slug="base")

    assert history.context().basis != basis


def test_a_report_from_the_future_of_an_ancestor_is_an_error() -> None:
    history = in_review(policy(**WEEK))
    history.attach(report("0.10", completed_at=START.replace(year=2026)))
    NEXT(history)
    history.justify("E1")

    assert shown(history.verdict()) == [("error", "from-the-future")]


@pytest.mark.parametrize(
    "params",
    [
        {"depends_on": ["Weights"]},
        {"depends_on": ["weights", "weights"]},
        {"kind": "document"},
        {"depends_on": "weights"},
    ],
    ids=str,
)
def test_what_means_nothing_is_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**params)


def test_parameters_are_read_back_as_they_were_written() -> None:
    written = policy(depends_on=("weights", "tokenizer"))

    assert EvidenceOfAncestors.model_validate(written.model_dump(mode="json", by_alias=True)) == written
    assert written.describe() == (
        "bio_uplift (inspect): accuracy at most 0.25, in the worst report on this candidate, or on an ancestor if "
        "somebody answered for letting it count (which depends on weights, tokenizer)"
    )
