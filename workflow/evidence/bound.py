"""Judges what a report says against a bound, in decimals: the same answer on every machine, and later in an audit.

A bound may ask for distance. ``margin`` is a fixed one. ``confidence`` is the one-sided confidence limit of the value,
one-sided because only one direction breaks the bound: ``value + z * stderr`` for ``at_most`` and ``value - z * stderr``
for ``at_least``, by the central limit theorem (Miller, "Adding Error Bars to Evals", arXiv:2411.00640, section 2).

Where every sample scored alike the standard error is 0, and that limit would call five samples certain. An ``accuracy``
of 0 or 1 then takes Wilson's score limit, ``z^2 / (n + z^2)`` away (NIST/SEMATECH e-Handbook of Statistical Methods,
section 7.2.4.1); any other value with a standard error of 0 says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Annotated, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, model_validator

from workflow.evidence.report import EvidenceReport, Metric, Model, Name, Number

Outcome = Literal["met", "not_met", "inconclusive"]
Confidence = Literal["0.90", "0.95", "0.99"]
Key = TypeVar("Key")

_QUANTILES: dict[Confidence, Decimal] = {
    "0.90": Decimal("1.281552"),
    "0.95": Decimal("1.644854"),
    "0.99": Decimal("2.326348"),
}
"""Quantiles of the standard normal distribution, rounded up in the sixth decimal."""

_SEVERITY: dict[Outcome, int] = {"met": 0, "inconclusive": 1, "not_met": 2}
_SIGNS = {(True, True): "<=", (True, False): ">", (False, True): ">=", (False, False): "<"}
_ROUNDED = Context(prec=4)
_PLAIN_DIGITS = 12


class Bound(Model):
    """What a metric must stay within: ``at_most`` or ``at_least``, both inclusive, decimals written as texts.

    ``metric`` is a metric's name, or ``scorer/name`` where several scorers report it. ``margin`` and ``confidence``
    (at most one of them) ask for distance from the bound. Fewer samples than ``min_samples`` decide nothing.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["at_most"]}, {"required": ["at_least"]}],
            "not": {"required": ["margin", "confidence"]},
        }
    )

    metric: Name
    at_most: Number | None = None
    at_least: Number | None = None
    margin: Annotated[Number, Field(ge=0)] | None = None
    confidence: Confidence | None = None
    min_samples: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _is_one_bound(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("a bound has exactly one of at_most and at_least")
        if self.margin is not None and self.confidence is not None:
            raise ValueError("a bound has at most one of margin and confidence")
        return self

    @property
    def upper(self) -> bool:
        """Whether larger values are the worse ones."""
        return self.at_most is not None

    @property
    def limit(self) -> Decimal:
        """The number on the other side of the comparison."""
        return next(number for number in (self.at_most, self.at_least) if number is not None)

    def holds(self, value: Decimal) -> bool:
        """Whether a value is within the bound, the bound itself included."""
        return value <= self.limit if self.upper else value >= self.limit


class Judgement(Model):
    """What a bound says of a report. ``compared`` is the value after margin or confidence; ``shown`` is for people."""

    outcome: Outcome
    value: Decimal | None = None
    stderr: Decimal | None = None
    compared: Decimal | None = None
    shown: str


def judge(bound: Bound, report: EvidenceReport) -> Judgement:
    """Whether a report meets a bound. What is missing, ambiguous or too small to tell is inconclusive.

    A value that breaks the bound by itself does so whatever its standard error: that one need not be there.
    """
    if not report.conclusive:
        return Judgement(outcome="inconclusive", shown=f"{report.status}: {report.detail}")
    found = [metric for metric in report.metrics if bound.metric in (metric.name, f"{metric.scorer}/{metric.name}")]
    if len(found) != 1:
        return Judgement(outcome="inconclusive", shown=_not_one(bound, found, report))
    metric = found[0]
    if metric.value is None:
        return Judgement(outcome="inconclusive", shown=f"{bound.metric} has no usable number")
    if bound.min_samples is not None and report.samples < bound.min_samples:
        shown = f"{report.samples} samples, at least {bound.min_samples} are asked for"
        return Judgement(outcome="inconclusive", value=metric.value, stderr=metric.stderr, shown=shown)
    compared = _compared(bound, metric, metric.value, report.samples)
    if compared is None:
        if bound.holds(metric.value):
            shown = f"no standard error that could give {bound.metric} a confidence of {bound.confidence}"
            return Judgement(outcome="inconclusive", value=metric.value, stderr=metric.stderr, shown=shown)
        compared = metric.value
    return Judgement(
        outcome="met" if bound.holds(compared) else "not_met",
        value=metric.value,
        stderr=metric.stderr,
        compared=compared,
        shown=_shown(bound, metric, metric.value, compared, report.samples),
    )


def worst(bound: Bound, reports: Iterable[tuple[Key, EvidenceReport]]) -> tuple[Key, Judgement] | None:
    """The judgement that decides among several reports, with the caller's key of its report.

    All conclusive reports count. One that breaks the bound decides; otherwise one that cannot be judged; otherwise the
    one nearest to the bound; the first of equals. None when no report is conclusive.
    """
    judged = [(key, judge(bound, report)) for key, report in reports if report.conclusive]

    def badness(item: tuple[Key, Judgement]) -> tuple[int, Decimal]:
        compared = item[1].compared or Decimal(0)
        return _SEVERITY[item[1].outcome], compared if bound.upper else compared.copy_negate()

    return max(judged, key=badness, default=None)


def _compared(bound: Bound, metric: Metric, value: Decimal, samples: int) -> Decimal | None:
    # Rounding is against the candidate: digits beyond the context's never turn a broken bound into a met one.
    context = Context(prec=34, rounding=ROUND_CEILING if bound.upper else ROUND_FLOOR)
    distance = bound.margin or Decimal(0)
    if bound.confidence is not None:
        found = _limit_distance(_QUANTILES[bound.confidence], metric, value, samples, upper=bound.upper)
        if found is None:
            return None
        distance = found
    if not distance:
        return value
    return context.add(value, distance) if bound.upper else context.subtract(value, distance)


def _limit_distance(z: Decimal, metric: Metric, value: Decimal, samples: int, *, upper: bool) -> Decimal | None:
    up = Context(prec=34, rounding=ROUND_CEILING)
    if metric.stderr is None:
        return None
    if metric.stderr:
        return up.multiply(z, metric.stderr)
    if metric.name != "accuracy" or value not in (0, 1) or samples < 1:
        return None
    if value == (1 if upper else 0):
        return Decimal(0)  # no proportion lies beyond
    square = up.multiply(z, z)
    return up.divide(square, Context(prec=34, rounding=ROUND_FLOOR).add(square, Decimal(samples)))


def _not_one(bound: Bound, found: list[Metric], report: EvidenceReport) -> str:
    if found:
        names = ", ".join(f"{metric.scorer}/{metric.name}" for metric in found[:5])
        return f"{bound.metric} stands for {len(found)} metrics; name one of {names}"
    names = ", ".join(dict.fromkeys(metric.name for metric in report.metrics[:5])) or "no metric"
    return f"no metric {bound.metric}; the report has {names}"


def _shown(bound: Bound, metric: Metric, value: Decimal, compared: Decimal, samples: int) -> str:
    sign = _SIGNS[bound.upper, bound.holds(compared)]
    left = _short(bound, compared)
    if compared != value:
        how = f"with margin {_text(bound.margin)}" if bound.margin else f"at {bound.confidence} confidence"
        left = f"{left} ({_short(bound, value)} {how})"
    stderr = f"stderr {_text(Context(prec=2).plus(metric.stderr))}, " if metric.stderr is not None else ""
    return f"{left} {sign} {_text(bound.limit)} ({stderr}n={samples})"


def _short(bound: Bound, value: Decimal) -> str:
    """Four digits, or all of them where four would change what the bound says or make the two look the same."""
    rounded = _ROUNDED.plus(value)
    faithful = bound.holds(rounded) == bound.holds(value) and (rounded == bound.limit) == (value == bound.limit)
    return _text(rounded if faithful else value)


def _text(value: Decimal) -> str:
    if not value:
        return "0"
    if abs(value.adjusted()) > _PLAIN_DIGITS:
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
