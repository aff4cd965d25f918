"""Whether the people there are can do what a process demands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_texts import SIMPLE, edited, roster

from workflow.definition import check_roster, load_process, read_process
from workflow.registry import Registry
from workflow.roster import Roster

REGISTRY = Registry()
ENOUGH = {"lee": "lead", "mara": "safety", "jun": "safety", "priya": "safety"}

TWO_ROLES = edited(
    ("  safety: {means: looks for harm}", "  safety: {means: looks for harm}\n  legal: {}"),
    (
        "- sign_offs: {role: safety, count: 2}",
        "- sign_offs: {role: safety, count: 1}\n      - sign_offs: {role: legal, count: 1}",
    ),
)


def said(text: str, people: Roster) -> list[tuple[str, int, str, str]]:
    loaded = read_process(text, REGISTRY, file="p.yaml")
    found = check_roster(loaded.process, REGISTRY, people, loaded.places)
    return [(finding.severity, finding.line, finding.field, finding.message) for finding in found]


def test_people_who_are_enough_and_one_to_spare_leave_nothing_to_say() -> None:
    assert said(SIMPLE, roster(**ENOUGH)) == []


def test_a_quorum_that_nobody_is_there_for_is_an_error_that_names_who_there_is() -> None:
    found = said(SIMPLE, roster(lee="lead", mara="safety"))

    assert (
        "error",
        11,
        "stages.delay.hold",
        "can never be lifted with this roster: has safety: mara; needs 2",
    ) in found
    assert (
        "error",
        42,
        "transitions.publish.gate",
        "can never be met with this roster: has safety: mara; needs 2 (one place a person, and none for who calls it)",
    ) in found


def test_a_quorum_without_anybody_to_spare_is_a_warning() -> None:
    ((severity, line, field, message),) = said(SIMPLE, roster(lee="lead", mara="safety", jun="safety"))

    assert (severity, line, field) == ("warning", 42, "transitions.publish.gate")
    assert message.startswith("nobody is to spare when one is away: has safety: jun, mara; needs 2")


def test_who_must_call_the_trigger_fills_no_place_of_its_gate() -> None:
    people = roster(mara="lead safety", jun="security", priya="security")

    found = said(SIMPLE, people)

    assert ("error", 19, "transitions.submit.gate") in [finding[:3] for finding in found]


def test_another_caller_is_looked_for_before_a_gate_is_given_up() -> None:
    people = roster(mara="lead safety", lee="lead", jun="safety", priya="safety")

    assert said(SIMPLE, people) == []


def test_one_person_in_two_roles_fills_one_place() -> None:
    found = said(TWO_ROLES, roster(lee="lead", mara="safety legal"))

    (message,) = [message for _, _, field, message in found if field == "transitions.publish.gate"]
    assert "can never be met" in message
    assert "has safety: mara; needs 1, and has legal: mara; needs 1" in message


def test_a_role_of_a_rule_that_nobody_holds_is_an_error_at_the_rule() -> None:
    people = roster(mara="safety", jun="safety", priya="safety")

    found = said(SIMPLE, people)

    assert ("error", 4, "started_by", "with this roster nobody may start a release: nobody is lead") in found
    assert (
        "error",
        20,
        "transitions.submit.gate[1]",
        "with this roster nobody can do what actor asks: nobody is lead",
    ) in found


def test_in_solo_use_who_calls_it_may_sign_as_well() -> None:
    solo = edited(
        ("version: 3", "version: 3\nsolo: true"), ("count: 2, review", "count: 1, review"), ("count: 2}", "count: 1}")
    )

    assert [finding for finding in said(solo, roster(me="lead safety")) if finding[0] == "error"] == []


def test_somebody_who_has_left_is_not_there() -> None:
    people = roster(**ENOUGH)
    jun = people.people["jun"]
    people.people["jun"] = type(jun)(jun.handle, jun.grants, left=0)

    assert [finding[0] for finding in said(SIMPLE, people)] == ["warning"]


def test_a_process_that_was_not_read_from_a_file_is_named_by_its_label() -> None:
    process = load_process(SIMPLE, REGISTRY)

    finding = check_roster(process, REGISTRY, roster(lee="lead"))[0]

    assert str(finding).startswith("simple@3: stages.delay.hold: can never be lifted")


@pytest.mark.parametrize("role", ["lead", "safety", "legal"])
@given(st.lists(st.sets(st.sampled_from(["lead", "safety", "legal"])), max_size=5))
def test_one_more_person_never_makes_an_error(role: str, held: list[set[str]]) -> None:
    people = {f"p{index}": " ".join(sorted(roles)) for index, roles in enumerate(held)}

    def errors(people: dict[str, str]) -> set[str]:
        return {field for severity, _, field, _ in said(TWO_ROLES, roster(**people)) if severity == "error"}

    assert errors({**people, "more": role}) <= errors(people)
