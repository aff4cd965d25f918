"""Whether the people there are can do what a process demands."""

from __future__ import annotations

from dataclasses import dataclass

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


def said(text: str, people: Roster, *, keyless: str = "") -> list[tuple[str, int, str, str]]:
    loaded = read_process(text, REGISTRY, file="p.yaml")
    found = check_roster(
        loaded.process, REGISTRY, people, loaded.places, can_sign=lambda person: person not in keyless.split()
    )
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


def test_a_quorum_or_a_hold_without_anybody_to_spare_is_a_warning() -> None:
    found = said(SIMPLE, roster(lee="lead", mara="safety", jun="safety"))

    spare = "nobody is to spare when one is away: has safety: jun, mara; needs 2"
    assert found == [
        ("warning", 11, "stages.delay.hold", spare),
        (
            "warning",
            42,
            "transitions.publish.gate",
            f"{spare} (one place a person, and none for who calls it)",
        ),
    ]


RULES = """\
      - candidate_unchanged
      - actor: {roles: [lead]}
      - risk_areas: {areas: [bio], roles: [safety, legal], reviewers: 4}
      - statement: {people: 2, roles: [lead]}
"""
JUDGED = edited(
    ("  safety: {means: looks for harm}", "  safety: {means: looks for harm, not_with: [legal]}\n  legal: {}"),
    ("      - candidate_unchanged\n", RULES),
)
CALLER = " (whoever calls it does not count)"
REVIEWERS, SPEAKERS = "transitions.publish.gate[3]", "transitions.publish.gate[4]"


@dataclass(frozen=True)
class Short:
    """People in roles, the place where they are too few, and what is said there; nothing where they are enough."""

    people: str
    place: str
    severity: str = ""
    words: str = ""
    keyless: str = ""


SHORT = {
    "reviewers of several roles, enough": Short("a=safety b=safety c=safety d=legal e=legal l=lead", REVIEWERS),
    "reviewers of several roles, none to spare": Short(
        "a=safety b=safety c=safety d=legal l=lead",
        REVIEWERS,
        "warning",
        "nobody is to spare when one is away: has safety or legal: a, b, c, d; needs 4" + CALLER,
    ),
    "reviewers of several roles, too few": Short(
        "a=safety b=safety d=legal l=lead",
        REVIEWERS,
        "error",
        "can never be met with this roster: has safety or legal: a, b, d; needs 4" + CALLER,
    ),
    "reviewers, one of whom is the only one to call it": Short(
        "a=safety b=safety c=safety d=legal+lead",
        REVIEWERS,
        "error",
        "can never be met with this roster: has safety or legal: a, b, c, d; needs 4" + CALLER,
    ),
    "speakers, enough": Short("l=lead m=lead n=lead", SPEAKERS),
    "speakers, none to spare, who may call it as well": Short(
        "l=lead m=lead", SPEAKERS, "warning", "nobody is to spare when one is away: has lead: l, m; needs 2"
    ),
    "speakers, too few": Short("l=lead", SPEAKERS, "error", "can never be met with this roster: has lead: l; needs 2"),
    "speakers without keys": Short(
        "l=lead m=lead n=lead o=lead",
        SPEAKERS,
        "warning",
        "nobody is to spare when one is away: has lead: n, o; needs 2; "
        "not counted: l as lead (has no key that counts), m as lead (has no key that counts)",
        keyless="l m",
    ),
    "holders of a role that excludes another of theirs": Short(
        "a=safety b=safety c=safety+legal l=lead",
        "stages.delay.hold",
        "warning",
        "nobody is to spare when one is away: has safety: a, b; needs 2; not counted: c as safety (is legal too)",
    ),
    "holders without keys": Short(
        "a=safety b=safety c=safety l=lead",
        "stages.delay.hold",
        "error",
        "can never be lifted with this roster: has safety: c; needs 2; "
        "not counted: a as safety (has no key that counts), b as safety (has no key that counts)",
        keyless="a b",
    ),
    "signers who are excluded or have no keys": Short(
        "a=safety b=safety+legal c=safety d=safety l=lead",
        "transitions.publish.gate",
        "warning",
        "nobody is to spare when one is away: has safety: c, d; needs 2; "
        "not counted: a as safety (has no key that counts), b as safety (is legal too)"
        " (one place a person, and none for who calls it)",
        keyless="a",
    ),
    "a role that is excluded in one and not in the other": Short(
        "a=safety+legal b=safety+legal c=safety+legal d=safety+legal e=legal l=lead", REVIEWERS
    ),
    "somebody without a key who only calls it": Short(
        "a=safety b=safety c=safety l=lead", "transitions.publish.gate", keyless="l"
    ),
}


@pytest.mark.parametrize("short", SHORT.values(), ids=SHORT)
def test_whoever_signs_lifts_reviews_or_speaks_is_counted_with_one_to_spare(short: Short) -> None:
    people = {person: roles.replace("+", " ") for person, roles in (item.split("=") for item in short.people.split())}

    found = [
        (severity, message)
        for severity, _, field, message in said(JUDGED, roster(**people), keyless=short.keyless)
        if field == short.place
    ]

    assert found == ([(short.severity, short.words)] if short.severity else [])


def test_nobody_needs_a_key_where_nothing_is_signed() -> None:
    unsigned = edited(("signed: true\n", ""))

    assert said(unsigned, roster(**ENOUGH), keyless="mara jun priya lee") == []


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


def test_nobody_has_to_be_there_who_may_measure_elsewhere() -> None:
    measured = edited(
        ("  safety: {means: looks for harm}", "  safety: {means: looks for harm}\n  ops: {}"),
        ("      - candidate_unchanged\n", "      - candidate_unchanged: {measured_by: [ops]}\n"),
    )

    assert said(measured, roster(**ENOUGH)) == []


def test_in_solo_use_who_calls_it_may_sign_as_well() -> None:
    solo = edited(
        ("version: 3", "version: 3\nsolo: true"), ("count: 2, review", "count: 1, review"), ("count: 2}", "count: 1}")
    )

    assert [finding for finding in said(solo, roster(me="lead safety")) if finding[0] == "error"] == []


def test_somebody_who_has_left_is_not_there() -> None:
    people = roster(**ENOUGH)
    jun = people.people["jun"]
    people.people["jun"] = type(jun)(jun.handle, jun.grants, left=0)

    assert [finding[0] for finding in said(SIMPLE, people)] == ["warning", "warning"]


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
