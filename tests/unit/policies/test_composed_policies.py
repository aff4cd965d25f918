"""Rules made of rules: what one allows, what one refuses, and that none lets through what its parts would not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.all_of import AllOf
from policies.any_of import AnyOf
from policies.candidate_unchanged import CandidateUnchanged
from policies.evidence import EvidencePolicy
from policies.sign_offs import SignOffs
from policies.soak import Soak
from tests.support.build import in_review, shown
from tests.support.parts import report, spec
from workflow import gate
from workflow.composition import Composed
from workflow.errors import DefinitionError
from workflow.gate import allows, outcome
from workflow.policy import GateContext, Need, Policy, Reason, Verdict
from workflow.process import PolicySpec
from workflow.registry import Registry, Unavailable


class Says(Policy):
    """Answers what it was told to."""

    rule: ClassVar[str] = "says"

    what: str
    role: str = "safety"

    def describe(self) -> str:
        return f"somebody says {self.what}"

    def evaluate(self, context: GateContext) -> Verdict:
        if self.what == "crash":
            raise ZeroDivisionError
        if self.what == "allow":
            return self.allow("said so")
        reason = Reason(kind=self.what, code=f"is-{self.what}", text=f"it is {self.what}", remedy="ask", who=("mara",))  # type: ignore[arg-type]
        return self.block(reason)


PLAIN = in_review(Says(what="allow")).context()


def composed(kind: type[Composed], *parts: Policy) -> Composed:
    return kind(of=tuple(spec(part) for part in parts)).composed_of(parts)


def any_of(*parts: Policy) -> Composed:
    return composed(AnyOf, *parts)


def all_of(*parts: Policy) -> Composed:
    return composed(AllOf, *parts)


def says(*answers: str) -> list[Policy]:
    return [Says(what=answer) for answer in answers]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (("allow",), []),
        (("no", "allow"), []),
        (("crash", "allow"), []),
        (("error", "no", "open", "allow"), []),
        (("open",), [("open", "is-open")]),
        (("no",), [("no", "is-no")]),
        (("no", "open"), [("open", "is-open")]),
        (("open", "no", "open"), [("open", "is-open"), ("open", "is-open")]),
        (("error", "open"), [("open", "is-open")]),
        (("no", "error"), [("error", "is-error")]),
        (("no", "crash"), [("error", "policy-crashed")]),
        (("no", "no"), [("no", "is-no"), ("no", "is-no")]),
    ],
)
def test_of_several_ways_one_is_enough_and_what_can_still_open_says_how_it_stands(
    answers: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    verdict = in_review(any_of(*says(*answers))).verdict()

    assert shown(verdict) == expected
    assert verdict.allow is (not expected)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [(("open", "open"), "open"), (("open", "error"), "error"), (("open", "crash"), "error"), (("error", "no"), "no")],
)
def test_of_several_rules_all_must_allow_and_the_worst_says_how_it_stands(answers: tuple[str, ...], kind: str) -> None:
    verdict = in_review(all_of(*says("allow", *answers))).verdict()

    assert len(verdict.reasons) == len(answers)
    assert outcome([verdict]) == kind
    assert in_review(all_of(*says("allow", "allow"))).verdict().allow


def test_a_way_within_a_way_is_judged_as_a_whole() -> None:
    closed = all_of(*says("open", "no"))

    assert shown(in_review(any_of(closed, *says("open"))).verdict()) == [("open", "is-open")]
    assert outcome([in_review(any_of(closed, *says("no"))).verdict()]) == "no"
    assert in_review(any_of(closed, all_of(*says("allow", "allow")))).verdict().allow


def test_reasons_say_that_they_are_one_way_and_who_can_act() -> None:
    verdict = in_review(any_of(SignOffs(role="legal", count=1), all_of(*says("open", "no")))).verdict()

    (reason,) = verdict.reasons
    assert reason.text == "one way (sign_offs): 1 more to approve as legal"
    assert (reason.code, reason.who, reason.role) == ("sign-offs-missing", ("ivy",), "legal")
    assert verdict.summary == "one of these: sign-offs legal: 0 of 1; or all of these: 0 of 2"
    assert [(fact.label, fact.text) for fact in verdict.facts] == [
        ("way (open)", "sign-offs legal: 0 of 1"),
        ("way (no)", "all of these: 0 of 2"),
        ("not this way (no)", "it is open"),
        ("not this way (no)", "it is no"),
    ]


def test_they_say_in_words_what_they_demand() -> None:
    policy = any_of(SignOffs(role="legal", count=1), all_of(Soak(at_least="72h"), *says("x")))

    assert policy.describe() == (
        "one of these: 1 person as legal approve; not the requester, not an author; or "
        "all of these: at least 72h in this stage with nothing changed; somebody says x"
    )


BIO = EvidencePolicy.model_validate({"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"})


def test_what_the_parts_need_and_name_the_whole_needs_and_names() -> None:
    policy = any_of(
        CandidateUnchanged(),
        all_of(SignOffs(role="legal", count=1, expires_after="2d"), BIO),
        SignOffs(role="safety", count=2),
    )
    history = in_review(policy)
    basis = history.context().basis
    history.attach(report("0.1"))

    assert [need.kind for need in policy.needs(history.context())] == ["rehash"]
    assert [(quorum.role, quorum.count) for quorum in history.context().quorums] == [("legal", 1), ("safety", 2)]
    assert policy.roles_named() == ("legal", "safety")
    assert str(policy.sign_off_lifetime()) == "2 days, 0:00:00"
    assert history.context().basis != basis


def test_nobody_fills_two_places_of_two_ways() -> None:
    history = in_review(any_of(SignOffs(role="security", count=1), SignOffs(role="safety", count=2)))
    history.sign("priya", "safety")
    history.sign("priya", "security")

    context = history.context()
    assert sum(len(context.count(role).counted) for role in ("safety", "security")) == 1


def test_a_rule_whose_parts_were_never_built_lets_nothing_through() -> None:
    unbuilt = AnyOf(of=(spec(SignOffs(role="safety", count=1)),))

    (verdict,) = gate.evaluate(replace(PLAIN, gate=(unbuilt,)))

    assert shown(verdict) == [("error", "cannot-tell")]


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_nothing_to_be_made_of_is_refused(kind: type[Composed]) -> None:
    with pytest.raises(ValueError, match="at least 1 item"):
        kind(of=())


def test_the_registry_builds_what_a_rule_is_made_of() -> None:
    policy = any_of(SignOffs(role="safety", count=1), all_of(BIO, Soak(at_least="1h")))
    recorded = PolicySpec(policy="any_of", revision=1, params=policy.model_dump(mode="json", by_alias=True))

    built = Registry().build(recorded)

    assert isinstance(built, Composed)
    assert [part.rule for part in built.parts] == ["sign_offs", "all_of"]
    assert built.model_dump(mode="json", by_alias=True) == recorded.params
    assert [leaf.policy for leaf in recorded.leaves] == ["sign_offs", "evidence", "soak"]


def nested(depth: int) -> PolicySpec:
    inner = spec(Soak(at_least="1h"))
    for _ in range(depth):
        inner = PolicySpec(policy="any_of", revision=1, params={"of": [inner.model_dump(mode="json")]})
    return inner


def test_rules_stand_in_one_another_only_so_deep() -> None:
    Registry().build(nested(3))

    with pytest.raises(DefinitionError, match="deeper than 3"):
        Registry().build(nested(4))


@pytest.mark.parametrize(
    "broken",
    [
        PolicySpec(policy="unheard_of", revision=1, params={}),
        PolicySpec(policy="soak", revision=99, params={"at_least": "1h"}),
        PolicySpec(policy="acme:Rule", revision=1, params={}),
    ],
    ids=lambda item: item.policy,
)
def test_with_a_part_that_cannot_be_run_the_whole_blocks_and_names_it(broken: PolicySpec) -> None:
    parts = [spec(Soak(at_least="1h")).model_dump(mode="json"), broken.model_dump(mode="json")]
    whole = PolicySpec(policy="any_of", revision=1, params={"of": parts})

    found = Registry()._build_or_block(whole)

    assert isinstance(found, Unavailable)
    assert found.policy == broken.policy


ANSWERS = st.sampled_from(["allow", "open", "no", "error", "crash"])


def trees(parts: st.SearchStrategy[Policy]) -> st.SearchStrategy[Policy]:
    lists = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(lists.map(lambda found: any_of(*found)), lists.map(lambda found: all_of(*found)))


TREES: st.SearchStrategy[Policy] = st.recursive(ANSWERS.map(lambda answer: Says(what=answer)), trees, max_leaves=8)


def judge(policy: Policy) -> Verdict:
    return gate.judged(policy, PLAIN)


def meant(policy: Policy) -> bool:
    """Whether a tree allows, by nothing but what `all` and `any` mean."""
    if isinstance(policy, Composed):
        every: Callable[[list[bool]], bool] = all if policy.rule == "all_of" else any
        return every([meant(part) for part in policy.parts])
    return isinstance(policy, Says) and policy.what == "allow"


@settings(deadline=None)
@given(TREES)
def test_a_tree_allows_exactly_what_its_parts_mean_together(policy: Policy) -> None:
    assert judge(policy).allow is meant(policy)


@settings(deadline=None)
@given(st.lists(TREES, min_size=1, max_size=3), TREES)
def test_one_rule_more_in_all_of_never_allows_more_and_one_more_in_any_of_never_less(
    parts: list[Policy], more: Policy
) -> None:
    assert judge(all_of(*parts, more)).allow <= judge(all_of(*parts)).allow
    assert judge(any_of(*parts, more)).allow >= judge(any_of(*parts)).allow


@settings(deadline=None)
@given(st.lists(TREES, min_size=1, max_size=3))
def test_all_of_in_a_gate_is_the_same_as_its_rules_in_the_gate(parts: list[Policy]) -> None:
    apart = [judge(part) for part in parts]
    whole = judge(all_of(*parts))

    assert whole.allow is allows(apart)
    if not whole.allow:
        assert outcome([whole]) == outcome(apart)


@settings(deadline=None)
@given(TREES)
def test_what_does_not_allow_gives_a_reason_and_is_not_better_than_its_best_way(policy: Policy) -> None:
    verdict = judge(policy)

    assert verdict.allow is (not verdict.reasons)
    if isinstance(policy, AnyOf) and not verdict.allow:
        kinds = {outcome([judge(part)]) for part in policy.parts}
        assert outcome([verdict]) == next(kind for kind in ("open", "error", "no") if kind in kinds)


def test_a_need_that_cannot_be_told_leaves_those_of_the_others() -> None:
    class Lost(Says):
        rule: ClassVar[str] = "lost"

        def needs(self, context: GateContext) -> tuple[Need, ...]:
            raise ZeroDivisionError

    policy = any_of(Lost(what="allow"), CandidateUnchanged())

    assert [need.kind for need in policy.needs(PLAIN)] == ["rehash"]
