"""The ready-made processes: what they demand, and that nobody changes that by accident."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from process_texts import roster

import policies
from policies.evidence import EvidencePolicy
from policies.lineage import Lineage
from policies.risk_areas import RiskAreas
from policies.soak import Soak
from workflow.clock import parse_duration
from workflow.definition import check_roster, load_process, read_process, shipped
from workflow.definition.rules import compare_gates
from workflow.policy import Policy
from workflow.process import Exposure, Process, Transition
from workflow.registry import ALWAYS_AT_A_RAISE, Registry

REGISTRY = Registry()
OPEN = load_process(shipped()["open_weights"], REGISTRY)
HOSTED = load_process(shipped()["hosted_api"], REGISTRY)
STAGED = load_process(shipped()["staged_access"], REGISTRY)
VARIANT = load_process(shipped()["variant"], REGISTRY)
ALL = (OPEN, HOSTED, STAGED, VARIANT)

# Releases are pinned to these, and charters allow these. A process that is to demand something else gets a new version,
# a new digest here, and a line in the changelog; a digest that moved without that was moved by accident.
DIGESTS = {
    "open_weights": "f184203039e9c41c3ed38c0e2a52e6ac76e525dae25b92146a1dbd92054f83cd",
    "hosted_api": "a9066d3fbf1969648a60d1bc368318f39ebd265a540d67af7d097aaeb06fa28c",
    "staged_access": "cb192e6598f8194ea919e019d777fb3170eca179600fa2ab1497758d3b7511fd",
    "variant": "a15185e3c81e11acda0e0cb94be46935cfa56079e84245879048497d015b5ee2",
}


def gate(process: Process, trigger: str) -> tuple[Policy, ...]:
    return REGISTRY.gate(process, process.transition(trigger))


def raises(process: Process) -> list[Transition]:
    return [
        transition
        for transition in process.transitions
        if any(process.is_raise(source, transition.dest) for source in transition.sources)
    ]


def test_the_shipped_processes_are_those_beside_the_built_in_policies() -> None:
    assert list(shipped()) == sorted(DIGESTS)
    assert {path.parent for path in shipped().values()} == {Path(policies.__file__).resolve().parent}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_shipped_process_has_its_name_no_doubt_about_it_and_the_digest_it_was_shipped_with(name: str) -> None:
    loaded = read_process(shipped()[name], REGISTRY)

    assert loaded.process.name == name
    assert loaded.warnings == ()
    assert loaded.process.digest == DIGESTS[name]


@pytest.mark.parametrize("process", ALL, ids=lambda it: it.name)
def test_every_part_of_a_shipped_process_says_what_it_means(process: Process) -> None:
    parts = (process, *process.roles, *process.stages, *process.transitions)

    assert [part for part in parts if not part.means] == []


@pytest.mark.parametrize("process", ALL, ids=lambda it: it.name)
def test_everything_that_lets_more_out_takes_the_lead_and_compares_the_files(process: Process) -> None:
    for transition in raises(process):
        names = [spec.policy for spec in transition.gate]
        assert {"actor", "candidate_unchanged", "sign_offs", "risk_areas", *ALWAYS_AT_A_RAISE} <= set(names)
        assert {"soak", "review_time"} & set(names)
        (who,) = [rule for rule in gate(process, transition.trigger) if rule.rule == "actor"]
        assert who.roles_named() == ("lead",)


@pytest.mark.parametrize("process", ALL, ids=lambda it: it.name)
def test_anybody_who_signs_can_stop_and_the_way_back_asks_nothing_more(process: Process) -> None:
    signing = {
        quorum.role
        for trigger in process.transitions
        for rule in gate(process, trigger.trigger)
        for quorum in rule.quorums()
    }

    (who,) = gate(process, "delay")
    assert signing <= set(who.roles_named())
    for transition in process.transitions:
        if transition.trigger != "resume" and not any(
            process.is_forward(source, transition.dest) for source in transition.sources
        ):
            assert [spec.policy for spec in transition.gate] == ["actor"]


def test_public_weights_can_only_be_withdrawn_and_a_hosted_model_can_be_pulled_back() -> None:
    assert [way.dest for way in OPEN.leaving("public_release")] == ["withdrawn"]
    assert {way.trigger: way.dest for way in HOSTED.leaving("hosted")} == {
        "pull": "safety_review",
        "withdraw": "withdrawn",
    }
    assert OPEN.highest_exposure is Exposure.WEIGHTS
    assert HOSTED.highest_exposure is Exposure.HOSTED


def test_open_weights_demand_five_people_of_four_roles_none_of_whom_runs_the_release() -> None:
    quorums = {quorum.role: quorum.count for rule in gate(OPEN, "release") for quorum in rule.quorums()}

    assert quorums == {"safety": 2, "security": 1, "legal": 1, "executive": 1}
    assert {OPEN.role(role).authority for role in quorums} == {"veto"}


def test_open_weights_are_stricter_than_a_hosted_model_on_every_axis() -> None:
    strict, loose = gate(OPEN, "release"), gate(HOSTED, "host")

    def bounds(rules: tuple[Policy, ...]) -> dict[str, EvidencePolicy]:
        return {rule.name: rule for rule in rules if isinstance(rule, EvidencePolicy)}

    def distance(rule: EvidencePolicy) -> Decimal:
        return rule.limit if rule.upper else -rule.limit

    def people(rules: tuple[Policy, ...]) -> dict[str, int]:
        return {quorum.role: quorum.count for rule in rules for quorum in rule.quorums()}

    assert bounds(strict).keys() == bounds(loose).keys() == {"bio_uplift", "cyber_range", "refusal_rate"}
    for name, rule in bounds(strict).items():
        other = bounds(loose)[name]
        assert distance(rule) < distance(other)
        assert parse_duration(rule.max_age or "") < parse_duration(other.max_age or "")
        assert (rule.min_samples or 0) >= (other.min_samples or 0)
        assert (rule.candidate, other.candidate) == ("stated", "declared")
    assert people(loose).items() != people(strict).items()
    assert all(people(strict)[role] >= count for role, count in people(loose).items())
    ((wait, shorter),) = [
        (a.at_least, b.at_least) for a in strict for b in loose if isinstance(a, Soak) and isinstance(b, Soak)
    ]
    assert parse_duration(wait) > parse_duration(shorter)
    ((areas, fewer),) = [
        (set(a.areas_named()), set(b.areas_named()))
        for a in strict
        for b in loose
        if isinstance(a, RiskAreas) and isinstance(b, RiskAreas)
    ]
    assert areas > fewer
    assert "statement" in [rule.rule for rule in strict]
    assert "statement" not in [rule.rule for rule in loose]


def test_a_lab_of_twelve_can_release_open_weights_with_one_to_spare_in_every_role() -> None:
    people = roster(
        lee="lead",
        ada="research",
        rob="research",
        mara="safety",
        jun="safety",
        priya="safety",
        sam="security",
        kim="security",
        ivy="legal",
        ned="legal",
        eve="executive",
        max="executive",
    )

    assert check_roster(OPEN, REGISTRY, people) == []
    assert check_roster(HOSTED, REGISTRY, people) == []
    assert check_roster(STAGED, REGISTRY, people) == []
    assert check_roster(VARIANT, REGISTRY, people) == []


def test_the_last_step_of_staged_access_asks_for_all_that_open_weights_ask_for_and_more() -> None:
    strict, other = STAGED.transition("release").gate, OPEN.transition("release").gate

    assert {shift.asks for shift in compare_gates("gate", "release", other, strict)} == {"more"}


def test_every_step_of_staged_access_but_the_last_is_taken_back_by_one_person() -> None:
    ways = {name: [item.trigger for item in STAGED.leaving(name)] for name in ("vetted_partners", "hosted")}

    assert ways == {
        "vetted_partners": ["delay", "host", "recall", "withdraw"],
        "hosted": ["delay", "narrow", "recall", "release", "withdraw"],
    }
    assert [item.trigger for item in STAGED.leaving("public_weights")] == ["withdraw"]
    assert [STAGED.stage(item.dest).exposure for item in raises(STAGED)] == ["vetted", "hosted", "weights"]


def test_a_step_of_staged_access_asks_for_more_than_the_one_before() -> None:
    steps = [gate(STAGED, trigger) for trigger in ("invite", "host", "release")]
    asked = [sum(quorum.count for rule in rules for quorum in rule.quorums()) for rules in steps]
    bounds = [
        {rule.name: rule.limit for rule in rules if isinstance(rule, EvidencePolicy) and rule.upper} for rules in steps
    ]

    assert asked == [2, 3, 5]
    assert all(bounds[0][name] > bounds[1][name] > bounds[2][name] for name in ("bio_uplift", "cyber_range"))


def test_a_variant_demands_its_parent_at_every_step_onward_and_as_far_as_it_goes_itself() -> None:
    asked = {
        trigger: [rule.exposure for rule in gate(VARIANT, trigger) if isinstance(rule, Lineage)]
        for trigger in ("submit", "host", "release")
    }

    assert asked == {"submit": [Exposure.INTERNAL], "host": [Exposure.HOSTED], "release": [Exposure.WEIGHTS]}


def test_a_variant_takes_fewer_people_and_no_looser_bounds_than_its_parent() -> None:
    for process, trigger, ours in ((OPEN, "release", "release"), (HOSTED, "host", "host")):
        parent, variant = gate(process, trigger), gate(VARIANT, ours)
        people = [sum(quorum.count for rule in rules for quorum in rule.quorums()) for rules in (parent, variant)]
        bounds = [
            {rule.name: (rule.limit, rule.confidence) for rule in rules if isinstance(rule, EvidencePolicy)}
            for rules in (parent, variant)
        ]
        assert people[1] < people[0]
        assert bounds[0] == bounds[1]


def test_only_the_first_step_of_staged_access_has_an_override_and_it_passes_no_judgement() -> None:
    found = {way.trigger: way.override.policy for process in ALL for way in process.transitions if way.override}

    assert found == {"invite": "review_time"}
