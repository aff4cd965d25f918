"""A gate allows only when every policy says so; whatever else happens, it blocks and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

import pytest

from tests.support.build import in_review, shown
from workflow import gate
from workflow.policy import CannotTell, GateContext, Observation, Policy, Reason, Verdict

Answer = Callable[["Scripted"], Any]


class Scripted(Policy):
    """Answers what the test says."""

    rule: ClassVar[str] = "scripted"
    answer: ClassVar[Answer]

    def describe(self) -> str:
        return "whatever the test says"

    def evaluate(self, context: GateContext) -> Verdict:
        return cast("Verdict", type(self).answer(self))


def answering(given: Answer) -> Scripted:
    return cast("Scripted", type("Scripted", (Scripted,), {"answer": given, "__module__": __name__})())


def says(kind: str) -> Answer:
    return lambda policy: policy.block(Reason.model_validate({"kind": kind, "code": "test", "text": kind}))


def raises(error: BaseException) -> Answer:
    def answer(policy: Scripted) -> Verdict:
        raise error

    return answer


class Nameless(Scripted):
    """Fails when it is asked what it demands."""

    answer: ClassVar[Answer] = raises(ZeroDivisionError("oops"))

    def describe(self) -> str:
        raise ZeroDivisionError("oops")


class Unspeakable(Exception):
    """Fails even when it is asked what happened."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def unchecked(**fields: Any) -> Verdict:
    """A verdict made past its own checks."""
    whole: dict[str, Any] = {"policy": "scripted", "revision": 1, "summary": "", **fields}
    return Verdict.model_construct(**whole)


ALLOWS: Answer = lambda policy: policy.allow()  # noqa: E731


def test_an_empty_gate_allows_nothing() -> None:
    verdicts = gate.evaluate(in_review().context())

    assert [shown(verdict) for verdict in verdicts] == [[("error", "empty-gate")]]
    assert not gate.allows(verdicts)


def test_no_verdict_is_no_permission() -> None:
    assert not gate.allows([])
    assert gate.outcome([]) == "error"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (raises(CannotTell("the service is down")), "cannot-tell"),
        (raises(ZeroDivisionError("oops")), "policy-crashed"),
        (raises(RecursionError()), "policy-crashed"),
        (raises(Unspeakable()), "policy-crashed"),
        (lambda policy: None, "policy-crashed"),
        (lambda policy: True, "policy-crashed"),
        (lambda policy: {"allow": True}, "policy-crashed"),
        (lambda policy: policy.block(), "policy-crashed"),
        (
            lambda policy: unchecked(allow=True, reasons=(Reason(kind="no", code="x", text="x"),)),
            "policy-crashed",
        ),
        (lambda policy: unchecked(allow="yes", reasons=()), "policy-crashed"),
        (lambda policy: policy.allow("\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}"), None),
    ],
    ids=[
        "cannot tell",
        "crashes",
        "recurses",
        "crashes without words",
        "nothing",
        "true",
        "a mapping",
        "no reason",
        "allows with a reason",
        "allows with another word",
        "allows",
    ],
)
def test_whatever_is_no_proper_verdict_blocks_and_says_so(answer: Answer, code: str | None) -> None:
    verdicts = gate.evaluate(in_review(answering(answer)).context())

    assert [shown(verdict) for verdict in verdicts] == [[("error", code)] if code else []]
    assert gate.allows(verdicts) is (code is None)


def test_a_policy_that_cannot_even_describe_itself_blocks() -> None:
    verdicts = gate.evaluate(in_review(Nameless()).context())

    assert [shown(verdict) for verdict in verdicts] == [[("error", "policy-crashed")]]


def test_a_policy_cannot_answer_in_the_name_of_another() -> None:
    borrowed = answering(lambda policy: Verdict(policy="sign_offs", revision=7, summary="", allow=True))

    verdict = gate.evaluate(in_review(borrowed).context())[0]

    assert (verdict.policy, verdict.revision) == ("scripted", 1)


def test_one_policy_that_does_not_allow_is_enough_and_all_are_heard() -> None:
    verdicts = gate.evaluate(in_review(answering(ALLOWS), answering(says("open")), answering(ALLOWS)).context())

    assert [verdict.allow for verdict in verdicts] == [True, False, True]
    assert not gate.allows(verdicts)


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        (["open"], "open"),
        (["open", "open"], "open"),
        (["error"], "error"),
        (["open", "error"], "error"),
        (["no"], "no"),
        (["open", "no"], "no"),
        (["error", "no", "open"], "no"),
    ],
    ids=str,
)
def test_a_no_stands_above_a_failed_check_and_that_above_waiting(kinds: list[str], outcome: str) -> None:
    verdicts = gate.evaluate(in_review(*(answering(says(kind)) for kind in kinds), answering(ALLOWS)).context())

    assert gate.outcome(verdicts) == outcome


@pytest.mark.parametrize("facts", [{}, {"ok": {}, "error": "both"}], ids=["neither", "both"])
def test_an_observation_found_something_or_could_not(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Observation(kind="test", params={}, at="", **facts)


@pytest.mark.parametrize(("allow", "reasons"), [(True, 1), (False, 0)])
def test_a_verdict_allows_or_gives_reasons(allow: bool, reasons: int) -> None:
    with pytest.raises(ValueError, match="allows, or it gives"):
        Verdict(
            policy="test",
            revision=1,
            summary="",
            allow=allow,
            reasons=tuple(Reason(kind="open", code="test", text="") for _ in range(reasons)),
        )


def test_the_words_of_a_policy_are_made_fit_for_the_ledger_and_the_terminal() -> None:
    reason = Reason(kind="open", code="test", text="cafe\N{COMBINING ACUTE ACCENT}\x1b[31m\n" + "x" * 500)

    assert reason.text.startswith("caf\N{LATIN SMALL LETTER E WITH ACUTE} [31m ")
    assert len(reason.text) == 400
