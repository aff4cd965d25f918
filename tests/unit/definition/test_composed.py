"""Rules that are made of rules, as a process file says them, and the ways in which one might fool the loader."""

from __future__ import annotations

import sys
import types

import pytest
from compared import LOOSER, OTHER, STRICTER, found
from process_texts import HERE, edited, marked_line, roster
from test_mistakes import problems_of

from policies.all_of import AllOf
from workflow.definition import as_mermaid, as_text, check_roster, load_process, read_process
from workflow.policy import Composed
from workflow.process import Process
from workflow.registry import Registry

CHANGED = "      - candidate_unchanged\n"
BIO = "            - evidence: {name: bio, metric: accuracy, at_most: 0.25}\n"
ALL = """\
            - all_of:
                of:
                  - soak: {at_least: 72h}
                  - risk_areas: {areas: [bio], roles: [safety]}
"""
ANY = f"{CHANGED}      - any_of:\n          of:\n{BIO}{ALL}"
GATE = "transitions.publish.gate"
PLACE = f"{GATE}[2].any_of.of"


def with_any(*changes: tuple[str, str]) -> str:
    return edited((CHANGED, ANY), *changes)


def test_what_it_is_made_of_is_recorded_with_revisions_and_defaults_and_in_the_digest() -> None:
    process = load_process(with_any(), Registry())
    rule = process.transition("publish").gate[1]

    assert [(item["policy"], item["revision"]) for item in rule.params["of"]] == [("evidence", 2), ("all_of", 1)]
    assert rule.params["of"][0]["params"]["candidate"] == "stated"
    assert rule.params["of"][1]["params"]["of"][1] == {
        "policy": "risk_areas",
        "revision": 1,
        "params": {"areas": ["bio"], "roles": ["safety"], "reviewers": 1},
        "source": None,
    }
    assert process.digest != load_process(with_any(("at_least: 72h", "at_least: 71h")), Registry()).digest
    again = Process.from_bytes(process.canonical)
    built = Registry().gate(again, again.transition("publish"))[1]
    assert isinstance(built, Composed)
    assert [part.rule for part in built.parts] == ["evidence", "all_of"]


def test_the_loader_adds_to_the_gate_what_it_always_adds() -> None:
    names = [rule.policy for rule in load_process(with_any(), Registry()).transition("publish").gate]

    assert names == ["candidate_unchanged", "any_of", "sign_offs", "charter", "holds", "objections", "requirements"]


def test_sign_offs_inside_bring_the_refusals_with_them() -> None:
    text = edited(
        (
            "      - sign_offs: {role: safety, count: 1}\n  delay:",
            "      - any_of: {of: [{sign_offs: {role: safety, count: 1}}, {soak: {at_least: 1h}}]}\n  delay:",
        )
    )

    assert "objections" in [rule.policy for rule in load_process(text, Registry()).transition("submit").gate]


NESTED = {
    "nothing in it": (
        "          of:\n            - evidence",
        "          of: [] # <- here\n          or:\n            - evidence",
        f"{PLACE}",
        "nothing stands here",
    ),
    "a parameter of a nested rule": (
        "at_least: 72h",
        f"at_last: 72h}} {HERE}\n                  - soak: {{at_least: 72h",
        f"{PLACE}[2].all_of.of[1].soak.at_last",
        "did you mean `at_least`?",
    ),
    "a nested rule that there is not": (
        "- soak: {at_least: 72h}",
        f"- soap: {{at_least: 72h}} {HERE}",
        f"{PLACE}[2].all_of.of[1].soap",
        "there is no policy 'soap'",
    ),
    "a nested role that nobody defined": (
        "roles: [safety]}",
        f"roles: [safty]}} {HERE}",
        f"{PLACE}[2].all_of.of[2].risk_areas.roles[1]",
        "nobody defined the role `safty`",
    ),
    "two policies in one item": (
        "            - evidence: {",
        f"            - soak: {{at_least: 1h}} {HERE}\n              evidence: {{",
        f"{PLACE}[1]",
        "one policy an item",
    ),
    "holds inside": (
        "- soak: {at_least: 72h}",
        f"- holds {HERE}",
        f"{PLACE}[2].all_of.of[1]",
        "`holds` stands in the gate itself",
    ),
    "the charter inside": (
        "- soak: {at_least: 72h}",
        f"- charter: {{}} {HERE}",
        f"{PLACE}[2].all_of.of[1].charter",
        "`charter` stands in the gate itself",
    ),
    "the same rule twice inside": (
        "- soak: {at_least: 72h}",
        f"- soak: {{at_least: 72h}}\n                  - soak: {{at_least: 72h}} {HERE}",
        f"{PLACE}[2].all_of.of[2].soak",
        "the same rule stands twice in this all_of",
    ),
    "a role that signs outside too": (
        "- soak: {at_least: 72h}",
        "- sign_offs: {role: safety, count: 1}",
        f"{GATE}[3].sign_offs",
        "safety signs in this gate already",
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_a_mistake_inside_is_named_at_its_own_line(name: str) -> None:
    old, new, field, words = NESTED[name]
    text = with_any((old, new))
    found_ = [(line, where) for line, where, message in problems_of(text) if words in message]

    assert [where for _, where in found_] == [field]
    if HERE in text:
        assert found_[0][0] == marked_line(text)


def deep(levels: int) -> str:
    rule = "{soak: {at_least: 1h}}"
    for _ in range(levels):
        rule = f"{{any_of: {{of: [{rule}]}}}}"
    return edited((CHANGED, f"{CHANGED}      - {rule}\n"))


def test_rules_stand_in_one_another_only_so_deep() -> None:
    load_process(deep(3), Registry())

    assert ["deeper than 3" in message for _, _, message in problems_of(deep(4))] == [True]


FOOLED = {
    "unchanged files": (
        CHANGED,
        "      - any_of: {of: [candidate_unchanged, {soak: {at_least: 1h}}]}\n",
        "without `candidate_unchanged`",
    ),
    "unchanged files, deeper": (
        CHANGED,
        "      - all_of: {of: [{any_of: {of: [candidate_unchanged, soak: {at_least: 1h}]}}, soak: {at_least: 2h}]}\n",
        "without `candidate_unchanged`",
    ),
    "signers": (
        "      - sign_offs: {role: safety, count: 2}",
        "      - any_of: {of: [{sign_offs: {role: safety, count: 2}}, {sign_offs: {role: lead, count: 2}}]}",
        "with no signers",
    ),
}


@pytest.mark.parametrize("name", FOOLED)
def test_what_can_be_done_without_counts_as_missing(name: str) -> None:
    old, new, words = FOOLED[name]
    (message,) = [message for _, _, message in problems_of(edited((old, new)))]

    assert words in message
    assert "what stands in `any_of` does not count" in message


def test_what_all_of_demands_is_demanded() -> None:
    text = edited(
        (CHANGED, ""),
        (
            "      - sign_offs: {role: safety, count: 2}",
            "      - all_of: {of: [candidate_unchanged, {sign_offs: {role: safety, count: 2}}]}",
        ),
    )

    load_process(text, Registry())


def test_a_rule_of_ones_own_made_of_rules_does_not_count_for_the_loader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = types.ModuleType("acme_made")
    module.Every = type("Every", (AllOf,), {"__module__": "acme_made", "rule": "all_of"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_made", module)
    monkeypatch.setattr("workflow.registry.inspect.getsourcefile", lambda _: __file__)
    text = edited((CHANGED, "      - acme_made:Every: {of: [candidate_unchanged]}\n"))

    messages = [message for _, _, message in problems_of(text, Registry(["acme_made:Every"]))]

    assert any("without `candidate_unchanged`" in message for message in messages)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("at_most: 0.25", "at_most: 0.30"), [(LOOSER, f"{GATE}.any_of.of.evidence.inspect.bio.at_most")]),
        (("at_least: 72h", "at_least: 96h"), [(STRICTER, f"{GATE}.any_of.of.all_of.of.soak.at_least")]),
        (
            ("            - all_of:\n", "            - soak: {at_least: 2d}\n            - all_of:\n"),
            [(LOOSER, f"{GATE}.any_of.of.soak")],
        ),
        (
            (BIO, ""),
            [(STRICTER, f"{GATE}.any_of.of.evidence.inspect.bio")],
        ),
        (
            ("                  - soak: {at_least: 72h}\n", ""),
            [(LOOSER, f"{GATE}.any_of.of.all_of.of.soak")],
        ),
        (("of:\n" + BIO + ALL, "of:\n" + ALL + BIO), [(OTHER, f"{GATE}.any_of.of")]),
    ],
)
def test_one_way_more_loosens_and_one_demand_more_tightens(
    change: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    old, new = load_process(with_any(), Registry()), load_process(with_any(change), Registry())

    assert found(old, new) == expected
    assert found(new, old) == [({LOOSER: STRICTER, STRICTER: LOOSER, OTHER: OTHER}[one], at) for one, at in expected]


def test_it_is_read_aloud_and_drawn() -> None:
    process = load_process(with_any(), Registry())
    text = " ".join(as_text(process, Registry()).split())

    assert "- one of these: bio (inspect): accuracy at most 0.25" in text
    assert "; or all of these: at least 72h in this stage with nothing changed; 1 person as safety found" in text
    assert "any_of#58; evidence inspect bio or all_of soak 72h and risk_areas bio" in as_mermaid(process, Registry())


EITHER = edited(
    (
        CHANGED,
        CHANGED
        + "      - any_of: {of: [sign_offs: {role: legal, count: 2}, statement: {people: 1, roles: [legal, lead]}]}\n",
    ),
    ("  safety: {means: looks for harm}", "  safety: {means: looks for harm}\n  legal: {}"),
)
STAFF = {"l": "lead", "a": "safety", "b": "safety", "c": "safety", "d": "safety"}


def lacking(text: str, people: dict[str, str]) -> list[tuple[str, str]]:
    loaded = read_process(text, Registry())
    found_ = check_roster(loaded.process, Registry(), roster(**people), loaded.places)
    return [(item.severity, item.field) for item in found_ if ".any_of" in item.field]


def test_a_way_that_nobody_can_take_is_a_mistake_only_where_there_is_no_other() -> None:
    signing, speaking = f"{GATE}[2].any_of.of[1]", f"{GATE}[2].any_of.of[2]"
    nobody = {name: role for name, role in STAFF.items() if role != "lead"}

    assert lacking(EITHER, {**STAFF, "x": "legal", "y": "legal", "z": "legal"}) == []
    assert lacking(EITHER, {**STAFF, "m": "lead"}) == [("warning", signing)]
    assert lacking(EITHER, STAFF) == [("warning", signing), ("warning", speaking)]
    assert lacking(EITHER, nobody) == [("error", signing), ("error", speaking)]
