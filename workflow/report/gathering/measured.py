"""What the reports say, held against the bounds that the gates have for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from workflow.evidence import Bound, judge
from workflow.grounds import Evidence
from workflow.report.gathering.scene import Scene
from workflow.report.views import MeasurementView

EVIDENCE = "evidence"


class Asked(NamedTuple):
    """A bound that a gate, or a requirement, has for the reports of a kind and a name."""

    trigger: str
    kind: str
    name: str
    bound: Bound


def measurements(scene: Scene) -> tuple[MeasurementView, ...]:
    """Each report beside each bound that there is for it, by the bounds of the present process."""
    return tuple(
        _measured(scene, asked, item)
        for asked in dict.fromkeys(_asked(scene))
        for item in scene.recorded.evidence
        if (item.report.kind, item.report.name) == (asked.kind, asked.name)
    )


def _asked(scene: Scene) -> Iterator[Asked]:
    for transition in scene.process.transitions:
        for spec in (leaf for rule in transition.gate for leaf in rule.leaves):
            if spec.policy != EVIDENCE:
                continue
            terms = {name: spec.params[name] for name in Bound.model_fields if spec.params.get(name) is not None}
            kind, name = spec.params.get("kind", "inspect"), spec.params.get("name", "")
            yield Asked(transition.trigger, str(kind), str(name), Bound.model_validate(terms))
    for item in scene.recorded.requirements:
        if item.bound is not None:
            yield Asked(item.id, item.bound.kind, item.bound.name, item.bound.bound)


def _measured(scene: Scene, asked: Asked, item: Evidence) -> MeasurementView:
    bound = asked.bound
    said = judge(bound, item.report)
    return MeasurementView(
        evidence=item.id,
        entry=item.entry,
        at=item.at,
        name=item.report.name,
        kind=item.report.kind,
        metric=bound.metric,
        bound=_in_words(bound),
        direction="at most" if bound.upper else "at least",
        limit=_plain(bound.limit) or "",
        confidence=bound.confidence,
        margin=_plain(bound.margin),
        trigger=asked.trigger,
        value=_plain(said.value),
        stderr=_plain(said.stderr),
        samples=item.report.samples,
        compared=_plain(said.compared),
        judged=said.outcome,
        shown=said.shown,
        candidate=item.candidate,
        current=item.candidate == scene.release.candidate.digest,
        stated=item.stated,
        set_aside=item.set_aside,
    )


def _in_words(bound: Bound) -> str:
    words = f"{bound.metric} {'at most' if bound.upper else 'at least'} {_plain(bound.limit)}"
    if bound.margin is not None:
        words += f", with a margin of {_plain(bound.margin)}"
    if bound.confidence is not None:
        words += f", at {bound.confidence} confidence"
    if bound.min_samples is not None:
        words += f", over at least {bound.min_samples} samples"
    return words


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f") if abs(value.adjusted()) <= 12 else str(value)
