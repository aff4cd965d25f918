"""What holds for all policies: nothing to rest on is no permission, and neither is a clock that cannot be trusted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import BUILT_IN
from policies.actor import Actor
from policies.all_of import AllOf
from policies.any_of import AnyOf
from policies.candidate_unchanged import CandidateUnchanged
from policies.charter import Charter
from policies.evidence import EvidenceOfAncestors, EvidencePolicy
from policies.findings import Findings
from policies.freeze import Freeze
from policies.holds import Holds
from policies.lineage import Lineage
from policies.objections import Objections
from policies.required_tests import RequiredTests
from policies.requirements import Requirements, RequirementsButFindings
from policies.review_time import ReviewTime
from policies.risk_areas import RiskAreas
from policies.sign_offs import SignOffs
from policies.soak import Soak
from policies.statement import StatementPolicy
from policies.window import Window
from tests.support.build import History, in_review
from tests.support.parts import PEOPLE, START, candidate, report, spec
from workflow.facts import Severity
from workflow.policy import Policy
from workflow.process import Exposure

TOMORROW = START + timedelta(days=1)
DURATIONS = st.builds("{}{}".format, st.integers(1, 99), st.sampled_from("dhms"))
ROLES = st.lists(st.sampled_from(["lead", "safety", "security", "legal"]), min_size=1, unique=True)
AREAS = st.lists(st.sampled_from(["bio", "cyber", "persuasion"]), min_size=1, unique=True)
COUNTS = st.integers(1, 99)

REPORTS = st.fixed_dictionaries(
    {
        "name": st.just("bio_uplift"),
        "metric": st.just("accuracy"),
        "candidate": st.sampled_from(["stated", "declared"]),
    },
    optional={"max_age": DURATIONS, "min_samples": COUNTS, "margin": st.sampled_from(["0", "0.1"])},
).flatmap(lambda params: st.sampled_from(["at_most", "at_least"]).map(lambda bound: {**params, bound: "0.5"}))

CALENDARS = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(["UTC", "Europe/London"]),
        "spans": st.sampled_from(
            [[{"name": "office", "days": ["mon"]}], [{"name": "year-end", "from": "12-20", "to": "01-05"}]]
        ),
    }
)

DEMANDING: dict[type[Policy], st.SearchStrategy[dict[str, Any]]] = {
    Actor: st.fixed_dictionaries({"roles": ROLES}),
    CandidateUnchanged: st.just({}),
    Charter: st.just({}),
    EvidencePolicy: REPORTS,
    EvidenceOfAncestors: REPORTS,
    Freeze: CALENDARS,
    RequiredTests: st.fixed_dictionaries({"tests": AREAS, "roles": ROLES, "people": COUNTS}),
    RiskAreas: st.fixed_dictionaries({"areas": AREAS, "roles": ROLES, "reviewers": COUNTS}),
    SignOffs: st.fixed_dictionaries(
        {"role": st.sampled_from(["safety", "security", "legal"]), "count": COUNTS},
        optional={"expires_after": DURATIONS},
    ),
    Lineage: st.fixed_dictionaries(
        {}, optional={"exposure": st.sampled_from(list(Exposure)), "withdrawn": st.booleans()}
    ),
    ReviewTime: st.fixed_dictionaries({"at_least": DURATIONS}),
    Soak: st.fixed_dictionaries({"at_least": DURATIONS}),
    StatementPolicy: st.fixed_dictionaries({"people": COUNTS, "roles": ROLES, "public": st.booleans()}),
    Window: CALENDARS,
}
"""The policies that want something to be there; the others want something not to be."""

BESIDE_THE_POINT: list[Callable[[History], object]] = [
    lambda history: history.attach(report("0.5", name="poetry")),
    lambda history: history.attach(report("0.5", status="cancelled")),
    lambda history: history.review("mara", "safety", "weather", "acceptable"),
    lambda history: history.review("ada", "safety", "bio", "acceptable"),
    lambda history: history.judge_test("mara", "safety", "weather", "done"),
    lambda history: history.judge_test("ada", "safety", "bio", "done"),
    lambda history: history.sign("ada", "safety"),
    lambda history: history.sign("mara", "security"),
    lambda history: history.sign("mara", "safety", "abstain"),
    lambda history: history.sign("jun", "safety", trigger="host"),
    lambda history: history.make_statement("nobody-known", "lead"),
    lambda history: history.move("wait"),
    lambda history: history.replace(candidate("next")),
]
SIMPLE = st.sampled_from(list(DEMANDING)).flatmap(
    lambda kind: DEMANDING[kind].map(lambda params: kind.model_validate(params))
)
POLICIES = st.one_of(
    SIMPLE,
    st.builds(
        lambda kind, parts: kind(of=tuple(map(spec, parts))).composed_of(parts),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(SIMPLE, min_size=1, max_size=3),
    ),
)


@settings(deadline=None)
@given(policy=POLICIES, noise=st.lists(st.sampled_from(BESIDE_THE_POINT), max_size=4))
def test_no_policy_allows_when_it_has_nothing_to_rest_on(
    policy: Policy, noise: list[Callable[[History], object]]
) -> None:
    history = in_review(policy, exposure=Exposure.HOSTED)
    for step in noise:
        step(history)

    verdict = history.verdict(caller=None)

    assert not verdict.allow
    assert all(reason.text and reason.remedy for reason in verdict.reasons if reason.kind != "error")


@settings(deadline=None)
@given(policy=POLICIES)
def test_no_policy_allows_when_nobody_is_on_the_roster(policy: Policy) -> None:
    history = in_review(policy, people={}, exposure=Exposure.INTERNAL)

    assert not history.verdict(caller="lee").allow


def sign_for_a_day(history: History) -> None:
    history.sign("mara", "safety", expires=TOMORROW)


def require_by_next_week(history: History) -> None:
    history.require("mara", "safety", blocks=["host"], due=START + timedelta(days=7))


def accept_for_a_week(history: History) -> None:
    history.find(Severity.HIGH)
    history.accept("R1", "ivy", START + timedelta(days=7))


def soak_enough(history: History) -> None:
    history.clock.forward("72h")
    history.record_time()


TIMED: list[tuple[Policy, Callable[[History], object]]] = [
    (Soak(at_least="72h"), soak_enough),
    (ReviewTime(at_least="72h"), soak_enough),
    (SignOffs(role="safety", count=1, expires_after="1d"), sign_for_a_day),
    (Requirements(), require_by_next_week),
    (RequirementsButFindings(), require_by_next_week),
    (Findings(accepted_by="legal", up_to=Severity.HIGH, for_at_most="30d"), accept_for_a_week),
    (
        EvidencePolicy.model_validate({"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25", "max_age": "7d"}),
        lambda history: history.attach(report("0.10")),
    ),
]


@pytest.mark.parametrize(("policy", "satisfy"), TIMED, ids=[f"{policy.rule}@{policy.revision}" for policy, _ in TIMED])
@settings(deadline=None)
@given(back=DURATIONS)
def test_where_time_matters_a_clock_that_stepped_back_passes_nothing(
    policy: Policy, satisfy: Callable[[History], object], back: str
) -> None:
    history = in_review(policy)
    satisfy(history)
    assert history.verdict().allow

    history.clock.back(back)

    assert [reason.kind for reason in history.verdict().reasons] == ["error"]


@pytest.mark.parametrize("policy", [Holds(), Objections(), SignOffs(role="safety", count=1)], ids=lambda it: it.rule)
def test_where_time_does_not_matter_the_clock_is_not_asked(policy: Policy) -> None:
    history = in_review(policy)
    history.sign("mara", "safety")
    history.clock.back("1d")

    assert history.verdict().allow


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_registry_names_every_policy_as_it_names_itself(name: str) -> None:
    for revision, place in BUILT_IN[name].items():
        module, _, attribute = place.partition(":")
        kind = getattr(importlib.import_module(f"policies.{module}"), attribute)

        assert (kind.rule, kind.revision) == (name, revision)


@settings(deadline=None)
@given(policy=SIMPLE)
def test_a_policy_is_read_back_from_its_written_parameters(policy: Policy) -> None:
    assert type(policy).model_validate(policy.model_dump(mode="json", by_alias=True)) == policy


@settings(deadline=None)
@given(policy=POLICIES)
def test_every_policy_names_only_roles_that_it_tells_the_process(policy: Policy) -> None:
    named = [reason.role for reason in in_review(policy).verdict().reasons if reason.role]

    assert set(named) <= set(policy.roles_named())
    assert set(policy.roles_named()) <= {role for roles in PEOPLE.values() for role in roles}
