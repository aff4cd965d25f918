"""How two gates of the same trigger differ, rule by rule.

A rule is the same one where its policy is, and what its policy is about: whose sign-offs, which report. What this
module does not know of a rule, such as a parameter of a user's own policy, is *unknown*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from workflow.calendars import Span, named_once
from workflow.definition.shift import (
    Asks,
    Shift,
    Weight,
    decimal,
    exact,
    growing,
    listed,
    parts,
    ranked,
    same,
    scaled,
    seconds,
    shown,
    shrinking,
    stated,
    whole,
)
from workflow.process import ALL_OF, ANY_OF, Exposure, PolicySpec

Comparison: TypeAlias = Callable[[str, str, Any, Any], Iterator[Shift]]
"""Compares two values of one parameter: its place, what it is called, the old value and the new."""

IDENTITY: dict[str, tuple[str, ...]] = {
    "sign_offs": ("role",),
    "evidence": ("kind", "name"),
    "freeze": ("zone",),
    "window": ("zone",),
}
"""The parameters that say what a rule is about."""


FINDINGS, REQUIREMENTS = "findings", "requirements"
"""Beside ``requirements``, by which every open finding blocks, ``findings`` lets some of them pass."""

EVERYTHING = Decimal("Infinity")


def _scale(weight: Weight) -> Comparison:
    return lambda place, said, old, new: scaled(place, said, old, new, weight)


def _names(longer: Asks, shorter: Asks) -> Comparison:
    return lambda place, said, old, new: listed(place, said, old, new, longer=longer, shorter=shorter)


def _none_asks_most(weight: Weight) -> Weight:
    """Weighs what is allowed within limits: where nothing stands, nothing is allowed."""
    return lambda value: EVERYTHING if value is None else weight(value)


def _allowed(place: str, said: str, old: Any, new: Any) -> Iterator[Shift]:
    """What became of the role that may do something that opens a gate; nobody may, where none is named."""
    asks: Asks = "less" if old is None else "more" if new is None else "unknown"
    yield from stated(place, said, old, new, asks)


def _spans(longer: Asks, shorter: Asks) -> Comparison:
    """Compares the spans of two calendars, by their names: one more, or a longer one, asks ``longer``."""

    def compare(place: str, said: str, old: Any, new: Any) -> Iterator[Shift]:
        try:
            before, after = ({span.name: span for span in _read_spans(value)} for value in (old, new))
        except (TypeError, ValueError):
            yield from stated(place, said, old, new, "unknown")
            return
        yield from listed(place, said, list(before), list(after), longer=longer, shorter=shorter)
        for name in (name for name in before if name in after and before[name] != after[name]):
            was, becomes = before[name], after[name]
            asks = longer if becomes.contains(was) else shorter if was.contains(becomes) else "unknown"
            yield Shift(f"{place}.{name}", asks, f"{said}: {was} becomes {becomes}")

    return compare


def _read_spans(value: Any) -> Sequence[Span]:
    spans = named_once([Span.model_validate(item) for item in value])
    if exact([span.model_dump(mode="json", by_alias=True) for span in spans]) != exact(value):
        raise ValueError("this is not how spans are kept")
    return spans


ABSENT: dict[tuple[str, str], Any] = {
    ("candidate_unchanged", "measured_by"): [],
    ("candidate_unchanged", "max_age"): "24h",
}
"""What a parameter that came with a later revision amounts to where a rule has none: there it asks the same."""

PARAMETERS: dict[tuple[str, str], Comparison] = {
    ("actor", "roles"): _names("less", "more"),
    ("candidate_unchanged", "measured_by"): _names("less", "more"),
    ("candidate_unchanged", "max_age"): _scale(shrinking(seconds)),
    ("evidence", "at_most"): _scale(shrinking(decimal)),
    ("evidence", "at_least"): _scale(growing(decimal)),
    ("evidence", "margin"): _scale(growing(decimal, whole(0))),
    ("evidence", "confidence"): _scale(growing(decimal)),
    ("evidence", "min_samples"): _scale(growing(whole, whole(0))),
    ("evidence", "max_age"): _scale(shrinking(seconds)),
    ("evidence", "candidate"): _scale(ranked("declared", "stated")),
    ("evidence", "depends_on"): parts,
    ("findings", "blocks_from"): _scale(ranked("critical", "high", "medium", "low")),
    ("findings", "accepted_by"): _allowed,
    ("findings", "people"): _scale(growing(whole)),
    ("findings", "up_to"): _scale(_none_asks_most(ranked("critical", "high", "medium", "low"))),
    ("findings", "for_at_most"): _scale(_none_asks_most(shrinking(seconds))),
    ("freeze", "spans"): _spans("more", "less"),
    ("lineage", "exposure"): _scale(ranked(*Exposure)),
    ("lineage", "unchanged"): _names("more", "less"),
    ("lineage", "withdrawn"): _scale(ranked(True, False)),
    ("required_tests", "tests"): _names("more", "less"),
    # A role that speaks of no test more also says of none that it failed.
    ("required_tests", "roles"): _names("less", "unknown"),
    ("required_tests", "people"): _scale(growing(whole)),
    ("review_time", "at_least"): _scale(growing(seconds)),
    ("risk_areas", "areas"): _names("more", "less"),
    # A role that reviews no more also refuses no more.
    ("risk_areas", "roles"): _names("less", "unknown"),
    ("risk_areas", "reviewers"): _scale(growing(whole)),
    ("sign_offs", "count"): _scale(growing(whole)),
    ("sign_offs", "expires_after"): _scale(shrinking(seconds)),
    ("soak", "at_least"): _scale(growing(seconds)),
    ("statement", "people"): _scale(growing(whole)),
    ("statement", "roles"): _names("less", "more"),
    ("statement", "public"): _scale(ranked(False, True)),
    ("window", "spans"): _spans("less", "more"),
}
"""The parameters of which it is known what a change of them asks. Any other change is unknown."""

MADE_OF: dict[str, tuple[Asks, Asks]] = {ALL_OF: ("more", "less"), ANY_OF: ("less", "more")}
"""The rules that are made of rules: what one more of these asks, and what one less."""


def compare_gates(place: str, trigger: str, old: Sequence[PolicySpec], new: Sequence[PolicySpec]) -> Iterator[Shift]:
    """What the later gate asks otherwise, in the order of the earlier one and then of what is new."""
    yield from _rules(place, f"in `{trigger}`", old, new, longer="more", shorter="less")


def _rules(
    place: str, where: str, old: Sequence[PolicySpec], new: Sequence[PolicySpec], *, longer: Asks, shorter: Asks
) -> Iterator[Shift]:
    """What became of a list of rules, where one more asks ``longer`` and one less ``shorter``."""
    found = False
    for key in dict.fromkeys(map(_key, (*old, *new))):
        at, said = ".".join((place, *key)), f"{where}, `{' '.join(key)}`"
        gone = _without([spec for spec in old if _key(spec) == key], new)
        come = _without([spec for spec in new if _key(spec) == key], old)
        found = found or bool(gone or come)
        if len(gone) == len(come) == 1:
            yield from _compare(at, said, gone[0], come[0])
            continue
        # Which of several became which cannot be told; each that went counts as gone.
        lets_pass = key[0] == FINDINGS and any(spec.policy == REQUIREMENTS for spec in new)
        for spec in gone:
            yield Shift(at, "unknown" if lets_pass else shorter, f"{said} is gone{_params(spec)}")
        for spec in come:
            yield Shift(at, "less" if lets_pass else longer, f"{said} is new{_params(spec)}")
    if not found and [_exact(spec) for spec in old] != [_exact(spec) for spec in new]:
        yield Shift(place, "other", f"{where}, the same rules stand in another order")


def about(spec: PolicySpec) -> tuple[str, ...]:
    """What a rule is about, by the parameters that tell it from another of its policy."""
    return tuple(str(spec.params.get(name)) for name in IDENTITY.get(spec.policy, ()))


def _of(longer: Asks, shorter: Asks) -> Comparison:
    """Compares what two composed rules are made of."""

    def compare(place: str, said: str, old: Any, new: Any) -> Iterator[Shift]:
        try:
            before, after = ([PolicySpec.model_validate(item) for item in value] for value in (old, new))
        except (TypeError, ValueError):
            yield from stated(place, said, old, new, "unknown")
            return
        yield from _rules(place, said, before, after, longer=longer, shorter=shorter)

    return compare


def _compare(place: str, said: str, old: PolicySpec, new: PolicySpec) -> Iterator[Shift]:
    newer: Asks = "other" if new.revision > old.revision else "unknown"
    yield from stated(f"{place}.revision", f"{said}: the revision of the rule", old.revision, new.revision, newer)
    yield from stated(f"{place}.source", f"{said}: the source of the rule", old.source, new.source, "unknown")
    for name in dict.fromkeys((*old.params, *new.params)):
        at, of, key = f"{place}.{name}", f"{said}: `{name}`", (old.policy, name)
        both = name in old.params and name in new.params
        before, after = (spec.params.get(name, ABSENT.get(key)) for spec in (old, new))
        if not both and key not in ABSENT:
            yield Shift(at, "unknown", f"{of} is there {'too' if name in new.params else 'no more'}")
        elif not both and same(before, after):
            yield Shift(at, "other", f"{of} asks what was asked without it")
        elif old.policy in MADE_OF and name == "of":
            yield from _of(*MADE_OF[old.policy])(at, of, before, after)
        elif key in PARAMETERS:
            yield from PARAMETERS[key](at, of, before, after)
        else:
            yield from stated(at, of, before, after, "unknown")


def _key(spec: PolicySpec) -> tuple[str, ...]:
    return (spec.policy, *about(spec))


def _without(specs: list[PolicySpec], others: Sequence[PolicySpec]) -> list[PolicySpec]:
    """The specs that have no equal among the others, each of which is the equal of one."""
    left = [_exact(other) for other in others]
    rest = []
    for spec in specs:
        if (text := _exact(spec)) in left:
            left.remove(text)
        else:
            rest.append(spec)
    return rest


def _exact(spec: PolicySpec) -> str:
    return exact(spec.model_dump(mode="json"))


def _params(spec: PolicySpec) -> str:
    if spec.inside:
        return f" (of {'; '.join(f'{item.policy}{_params(item)}' for item in spec.inside)})"
    known = IDENTITY.get(spec.policy, ())
    told = [f"{name} {shown(value)}" for name, value in spec.params.items() if value is not None and name not in known]
    return f" ({', '.join(told)})" if told else ""
