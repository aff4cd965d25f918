"""The rules of a gate as their author wrote them, each with its place, and what they became."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from workflow import ledger
from workflow.composition import MAX_NESTED, Composed
from workflow.definition.finding import Finding, Place, Places
from workflow.definition.form import Rule, keys_of, mistakes, read_item
from workflow.errors import DefinitionError, LedgerError
from workflow.policy import Policy
from workflow.process import ALL_OF, LOADING, PolicySpec
from workflow.registry import NEVER_INSIDE, Registry
from workflow.signoff import Quorum


@dataclass(frozen=True)
class Written:
    """A rule as its author wrote it: where it stands, what it became, and whom it asks.

    ``inside`` are the rules that a composed one is made of; ``roles`` are those that it names itself. An override
    may pass it where it is ``overridable``.
    """

    place: Place
    spec: PolicySpec
    roles: tuple[str, ...]
    quorums: tuple[Quorum, ...]
    inside: tuple[Written, ...] = ()
    overridable: bool = False

    @property
    def whole(self) -> Iterator[Written]:
        """The rule, and all that it is made of."""
        yield self
        for item in self.inside:
            yield from item.whole

    @property
    def leaves(self) -> Iterator[Written]:
        """The rule, or of a composed one every rule that it comes down to."""
        return (item for item in self.whole if not item.inside)


def demanded(written: Iterable[Written]) -> Iterator[Written]:
    """The rules without which a gate lets nothing through: not those of which only some must allow."""
    for item in written:
        if not item.inside:
            yield item
        elif item.spec.policy == ALL_OF:
            yield from demanded(item.inside)


def read_rule(
    place: Place, rule: Rule, registry: Registry, places: Places, depth: int = 0
) -> tuple[Written | None, list[Finding]]:
    """What a rule became, or what is wrong with it and with what it is made of."""
    try:
        kind = registry.find(rule.policy)
        inside: list[Written] = []
        params = dict(rule.params)
        if issubclass(kind, Composed):
            inside, findings = _inside(place, rule, registry, places, depth)
            if findings:
                return None, findings
            if inside:
                params["of"] = [item.spec.model_dump(mode="json") for item in inside]
        return _written(place, rule.policy, kind, params, registry, tuple(inside)), []
    except DefinitionError as error:
        message = f"{error.message}; {error.remedy}" if error.remedy else error.message
        return None, [places.error(place, message)]
    except ValidationError as error:
        return None, mistakes(error, rule.params, places, place, {(): keys_of(registry.find(rule.policy))})


def spec_of(name: str, policy: Policy, registry: Registry) -> PolicySpec:
    """The policy as it stands in a resolved process."""
    return PolicySpec(
        policy=name,
        revision=policy.revision,
        params=policy.model_dump(mode="json", by_alias=True),
        source=registry.source(name),
    )


def _inside(
    place: Place, rule: Rule, registry: Registry, places: Places, depth: int
) -> tuple[list[Written], list[Finding]]:
    """The rules that a composed one is made of, as far as they can be read, and what is wrong with the others."""
    items = rule.params.get("of")
    if not isinstance(items, list):
        return [], []  # what its parameters are refused for
    if depth >= MAX_NESTED:
        return [], [places.error(place, f"composed rules stand in one another deeper than {MAX_NESTED} levels")]
    found: list[Written] = []
    findings: list[Finding] = []
    for index, item in enumerate(items):
        at: Place = (*place, "of", index)
        try:
            part = read_item(item)
        except ValueError as error:
            findings.append(places.error(at, str(error)))
            continue
        at = at if isinstance(item, str) else (*at, part.policy)
        if part.policy in NEVER_INSIDE:
            findings.append(
                places.error(at, f"`{part.policy}` stands in the gate itself: it cannot be part of another rule")
            )
            continue
        written, refused = read_rule(at, part, registry, places, depth + 1)
        findings += refused
        if written is not None:
            found.append(written)
    return found, findings


def _written(
    place: Place,
    name: str,
    kind: type[Policy],
    params: dict[str, Any],
    registry: Registry,
    inside: tuple[Written, ...],
) -> Written:
    try:
        policy = kind.model_validate(params, context=LOADING)
        spec = spec_of(name, policy, registry)
        ledger.encode(spec.params)
        if kind.model_validate(spec.params) != policy:
            raise DefinitionError(f"{name} does not read its own parameters back as it wrote them")
        policy = registry.completed(policy)
        quorums = tuple(policy.quorums())
        named = dict.fromkeys((*policy.roles_named(), *(quorum.role for quorum in quorums)))
        for asked in (policy.areas_named, policy.tests_named, policy.sign_off_lifetime, policy.describe):
            asked()  # whatever fails here would fail later
        of_parts = {role for item in inside for part in item.whole for role in part.roles}
        own = tuple(role for role in named if role not in of_parts)
        return Written(place, spec, own, quorums, inside, bool(policy.overridable))
    except (DefinitionError, ValidationError):
        raise
    except LedgerError as error:
        raise DefinitionError(f"the parameters of {name} cannot be kept: {error.message}") from error
    except Exception as error:  # a policy may be a user's own code, which may raise whatever it likes
        raise DefinitionError(f"{name} failed with {type(error).__name__}: {error}") from error
