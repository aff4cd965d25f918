"""Which values meet a bound, what cannot be told, and which of several reports decides."""

from decimal import Decimal, localcontext

import pytest
from handmade import report
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workflow.evidence import Bound, Judgement, Metric, judge, worst


def bound(**fields):
    return Bound(**{"metric": "accuracy", **fields})


JUDGED = {
    "below at_most": ({"at_most": "0.35"}, "0.31", "met", "0.31 <= 0.35 (stderr 0.023, n=400)"),
    "at at_most": ({"at_most": "0.31"}, "0.31", "met", "0.31 <= 0.31 (stderr 0.023, n=400)"),
    "equal in another spelling": ({"at_most": "0.310"}, "0.31", "met", "0.31 <= 0.31 (stderr 0.023, n=400)"),
    "above at_most": ({"at_most": "0.25"}, "0.31", "not_met", "0.31 > 0.25 (stderr 0.023, n=400)"),
    "above at_least": ({"at_least": "0.25"}, "0.31", "met", "0.31 >= 0.25 (stderr 0.023, n=400)"),
    "below at_least": ({"at_least": "0.95"}, "0.31", "not_met", "0.31 < 0.95 (stderr 0.023, n=400)"),
    "an inexact binary fraction": ({"at_most": "0.3"}, "0.30000000000000004", "not_met", "0.30000000000000004 > 0.3"),
    "margin kept": ({"at_most": "0.35", "margin": "0.04"}, "0.31", "met", "0.35 (0.31 with margin 0.04) <= 0.35"),
    "margin broken": (
        {"at_most": "0.35", "margin": "0.041"},
        "0.31",
        "not_met",
        "0.351 (0.31 with margin 0.041) > 0.35",
    ),
    "margin from below": (
        {"at_least": "0.3", "margin": "0.02"},
        "0.31",
        "not_met",
        "0.29 (0.31 with margin 0.02) < 0.3",
    ),
    "no margin": ({"at_most": "0.31", "margin": "0"}, "0.31", "met", "0.31 <= 0.31"),
    "confidence kept": (
        {"at_most": "0.35", "confidence": "0.95"},
        "0.31",
        "met",
        "0.348 (0.31 at 0.95 confidence) <= 0.35",
    ),
    "confidence broken": ({"at_most": "0.35", "confidence": "0.99"}, "0.31", "not_met", "0.3637 (0.31 at 0.99"),
    "confidence from below": ({"at_least": "0.28", "confidence": "0.90"}, "0.31", "met", "0.2804 (0.31 at 0.90"),
    "enough samples": ({"at_most": "0.35", "min_samples": 400}, "0.31", "met", "n=400"),
    "a tiny value": ({"at_most": "0.1"}, "1E-20", "met", "1E-20 <= 0.1"),
}


@pytest.mark.parametrize("fields, value, outcome, shown", JUDGED.values(), ids=JUDGED)
def test_a_value_is_judged_and_shown(fields, value, outcome, shown):
    judgement = judge(bound(**fields), report(value))
    assert judgement.outcome == outcome
    assert judgement.shown.startswith(shown) or shown in judgement.shown
    assert judgement.value == Decimal(value)


UNTOLD = {
    "not conclusive": ({"at_most": "1"}, report(status="cancelled", detail="12 of 400"), "cancelled: 12 of 400"),
    "no such metric": ({"at_most": "1", "metric": "f1"}, report(), "no metric f1; the report has accuracy"),
    "no metric at all": ({"at_most": "1"}, report(metrics=()), "the report has no metric"),
    "another scorer": ({"at_most": "1", "metric": "judge/accuracy"}, report(), "no metric judge/accuracy"),
    "no number": ({"at_most": "1"}, report(None), "no usable number"),
    "too few samples": ({"at_most": "1", "min_samples": 401}, report(), "400 samples, at least 401"),
    "no standard error": ({"at_most": "1", "confidence": "0.95"}, report(stderr=None), "no standard error"),
    "a standard error of nothing": (
        {"at_most": "1", "confidence": "0.95"},
        report("0.5", stderr="0"),
        "no standard error",
    ),
    "no sample": ({"at_most": "1", "confidence": "0.95"}, report("0", stderr="0", samples=0), "no standard error"),
}


@pytest.mark.parametrize("fields, evidence, shown", UNTOLD.values(), ids=UNTOLD)
def test_what_cannot_be_told_is_inconclusive_and_says_why(fields, evidence, shown):
    judgement = judge(bound(**fields), evidence)
    assert judgement.outcome == "inconclusive"
    assert judgement.compared is None
    assert shown in judgement.shown


def two_scorers():
    return report(
        metrics=tuple(
            Metric(name="accuracy", value=value, stderr=None, scorer=scorer)
            for scorer, value in (("match", "0.1"), ("judge", "0.9"))
        )
    )


def test_a_name_that_stands_for_two_metrics_is_inconclusive_and_lists_them():
    judgement = judge(bound(at_most="1"), two_scorers())
    assert judgement.outcome == "inconclusive"
    assert "match/accuracy, judge/accuracy" in judgement.shown


@pytest.mark.parametrize("metric, outcome", [("match/accuracy", "met"), ("judge/accuracy", "not_met")])
def test_the_scorer_tells_two_metrics_apart(metric, outcome):
    assert judge(bound(metric=metric, at_most="0.5"), two_scorers()).outcome == outcome


def test_a_value_that_breaks_the_bound_needs_no_standard_error_to_do_so():
    judgement = judge(bound(at_most="0.25", confidence="0.95"), report("0.31", stderr=None))
    assert (judgement.outcome, judgement.shown) == ("not_met", "0.31 > 0.25 (n=400)")


@pytest.mark.parametrize("samples, outcome", [(5, "not_met"), (40, "not_met"), (400, "met")])
def test_a_perfect_score_on_few_samples_is_not_certain(samples, outcome):
    # Wilson: 2.705545/(400 + 2.705545) = 0.006718..., and 0.0633... for 40 samples.
    perfect = report("0", stderr="0", samples=samples)
    assert judge(bound(at_most="0.02", confidence="0.95"), perfect).outcome == outcome
    perfect = report("1", stderr="0", samples=samples)
    assert judge(bound(at_least="0.98", confidence="0.95"), perfect).outcome == outcome


def test_a_proportion_is_not_pushed_beyond_its_end():
    assert judge(bound(at_most="1", confidence="0.99"), report("1", stderr="0")).compared == 1
    assert judge(bound(at_least="0", confidence="0.99"), report("0", stderr="0")).compared == 0


def test_only_an_accuracy_is_known_to_be_a_proportion():
    evidence = report(metrics=(Metric(name="mean", value="0", stderr="0", scorer="judge"),))
    assert judge(bound(metric="mean", at_most="1", confidence="0.95"), evidence).outcome == "inconclusive"


@pytest.mark.parametrize("fields", [{"at_most": "0.25", "margin": "1E-60"}, {"at_least": "0.25", "margin": "1E-60"}])
def test_rounding_never_helps_the_candidate(fields):
    assert judge(bound(**fields), report("0.25")).outcome == "not_met"


def test_the_surroundings_do_not_change_a_judgement():
    asked, evidence = bound(at_most="0.35", confidence="0.95"), report()
    with localcontext(prec=2):
        narrow = judge(asked, evidence)
    assert narrow == judge(asked, evidence)


def test_a_judgement_survives_the_ledger():
    judgement = judge(bound(at_most="0.35", confidence="0.95"), report())
    written = judgement.model_dump(mode="json")
    assert written["compared"] == "0.3479961274"
    assert Judgement.model_validate(written) == judgement


@pytest.mark.parametrize("value, stderr", [("9.9E+999", "9.9E+999"), ("1E-999", "1E-999"), ("1", "9.9E+999")])
@pytest.mark.parametrize("limit", ["9.9E+999", "1E-999", "0"])
def test_a_number_of_any_size_is_judged(value, stderr, limit):
    for fields in ({"confidence": "0.99"}, {"margin": "9.9E+999"}, {}):
        assert judge(bound(at_most=limit, **fields), report(value, stderr=stderr)).compared is not None


WRONG_BOUNDS = {
    "neither": {},
    "both": {"at_most": "1", "at_least": "0"},
    "margin and confidence": {"at_most": "1", "margin": "0.1", "confidence": "0.95"},
    "a float": {"at_most": 0.25},
    "not a number": {"at_most": "NaN"},
    "infinity": {"at_most": "Infinity"},
    "words": {"at_most": "a quarter"},
    "a space": {"at_most": " 0.25"},
    "underscores": {"at_most": "1_0"},
    "other digits": {"at_most": "\u0661"},
    "an absurd exponent": {"at_most": "1e9999"},
    "a negative margin": {"at_most": "1", "margin": "-0.1"},
    "another confidence": {"at_most": "1", "confidence": "0.5"},
    "no samples": {"at_most": "1", "min_samples": 0},
    "an unknown field": {"at_most": "1", "atleast": "0"},
    "no metric": {"at_most": "1", "metric": ""},
}


@pytest.mark.parametrize("fields", WRONG_BOUNDS.values(), ids=WRONG_BOUNDS)
def test_a_bound_that_is_not_one_bound_is_refused(fields):
    with pytest.raises(ValidationError):
        bound(**fields)


def test_among_conclusive_reports_the_worst_decides_whatever_the_order():
    asked = bound(at_most="0.25")
    runs = [("first", report("0.18")), ("second", report("0.31")), ("third", report("0.20"))]
    for order in (runs, runs[::-1]):
        key, judgement = worst(asked, order)
        assert (key, judgement.outcome) == ("second", "not_met")


def test_among_reports_that_meet_the_bound_the_nearest_one_is_named():
    runs = [("a", report("0.97")), ("b", report("0.91")), ("c", report("0.99"))]
    assert worst(bound(at_least="0.9"), runs)[0] == "b"
    assert worst(bound(at_most="1"), runs)[0] == "c"


def test_a_conclusive_report_that_cannot_be_judged_is_not_outvoted():
    runs = [("good", report("0.1")), ("unknown", report(None))]
    assert worst(bound(at_most="0.25"), runs)[0] == "unknown"
    assert worst(bound(at_most="0.25"), [*runs, ("bad", report("0.9"))])[0] == "bad"


def test_a_run_that_is_not_conclusive_neither_helps_nor_harms():
    runs = [("cancelled", report("0.9", status="cancelled")), ("good", report("0.1"))]
    assert worst(bound(at_most="0.25"), runs)[0] == "good"
    assert worst(bound(at_most="0.25"), runs[:1]) is None
    assert worst(bound(at_most="0.25"), []) is None


numbers = st.decimals(min_value=-2, max_value=2, places=4)


@given(st.lists(numbers, min_size=1, max_size=5), numbers)
def test_one_more_report_never_turns_a_broken_bound_into_a_met_one(values, more):
    asked = bound(at_most="0.25", margin="0.01")
    before = worst(asked, [(value, report(value)) for value in values])
    after = worst(asked, [(value, report(value)) for value in [*values, more]])
    if before[1].outcome == "not_met":
        assert after[1].outcome == "not_met"


@given(numbers, numbers)
def test_what_is_shown_never_contradicts_the_outcome(value, limit):
    judgement = judge(bound(at_most=limit), report(value))
    left, sign, right, *_ = judgement.shown.split()
    assert (sign == "<=") == (judgement.outcome == "met") == (Decimal(left) <= Decimal(right))
