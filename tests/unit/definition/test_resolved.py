"""What a file becomes: every default written out, the rules that are always there added, one digest."""

from __future__ import annotations

from pathlib import Path

import pytest
from process_texts import SIMPLE, edited

from workflow.definition import load_process, read_process
from workflow.process import Exposure, Process
from workflow.registry import Registry


@pytest.fixture
def process() -> Process:
    return load_process(SIMPLE, Registry())


def rules(process: Process, trigger: str) -> list[str]:
    return [spec.policy for spec in process.transition(trigger).gate]


def test_what_stands_in_the_file_stands_in_the_process_in_its_order(process: Process) -> None:
    assert (process.label, process.means, process.solo) == ("simple@3", "Something small.", False)
    assert process.started_by == ("lead",)
    assert [(role.name, role.authority) for role in process.roles] == [("lead", "advice"), ("safety", "veto")]
    assert [stage.name for stage in process.stages] == ["testing", "review", "delay", "hosted", "public", "withdrawn"]
    assert process.initial.name == "testing"
    assert process.stage("hosted").exposure is Exposure.HOSTED
    assert process.stage("delay").hold is not None
    assert process.transition("submit").sources == ("testing",)
    assert process.transition("delay").sources == ("testing", "review")
    assert process.is_irreversible("hosted", "public")


def test_every_parameter_is_written_out_with_its_default(process: Process) -> None:
    sign_offs = process.transition("submit").gate[1]

    assert sign_offs.revision == 1
    assert sign_offs.params == {"role": "safety", "count": 1, "expires_after": None}


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("submit", ["actor", "sign_offs", "objections"]),
        ("delay", ["actor"]),
        ("resume", ["holds"]),
        ("host", ["actor", "sign_offs", "charter", "holds", "objections", "requirements"]),
        ("publish", ["candidate_unchanged", "sign_offs", "charter", "holds", "objections", "requirements"]),
        ("withdraw", ["actor"]),
    ],
)
def test_what_belongs_in_a_gate_is_added_where_it_was_forgotten(
    process: Process, trigger: str, expected: list[str]
) -> None:
    assert rules(process, trigger) == expected


def test_what_was_written_is_not_added_again() -> None:
    text = edited(("      - candidate_unchanged\n", "      - candidate_unchanged\n      - objections\n      - holds\n"))

    assert rules(load_process(text, Registry()), "publish") == [
        "candidate_unchanged",
        "objections",
        "holds",
        "sign_offs",
        "charter",
        "requirements",
    ]


def test_a_transition_that_raises_from_only_one_of_its_stages_has_what_every_raise_has() -> None:
    rest = "  rest: {from: [hosted, review], to: hosted, gate: [actor: {roles: [lead]}]}\n"
    text = edited(("  withdraw:\n", rest + "  withdraw:\n"))

    assert rules(load_process(text, Registry()), "rest") == ["actor", "charter", "holds", "objections", "requirements"]


def test_a_resolved_process_reads_back_from_its_bytes_and_every_rule_can_be_built(process: Process) -> None:
    again = Process.from_bytes(process.canonical)

    assert again.model_dump() == process.model_dump()
    assert again.digest == process.digest
    assert [type(policy).__name__ for policy in Registry().gate(again, again.transition("publish"))] == [
        "CandidateMeasured",
        "SignOffs",
        "Charter",
        "Holds",
        "Objections",
        "RequirementsButFindings",
    ]


SAME = {
    "a comment": ("means: Something small.", "means: Something small.  # to begin with"),
    "another style of quotes": ("means: Something small.", "means: 'Something small.'"),
    "one name or a list of one": ("    from: testing\n", "    from: [testing]\n"),
    "a default that is written out": ("{means: looks for harm}", "{means: looks for harm, authority: veto}"),
    "a policy without parameters": ("gate: [holds]", "gate: [{holds: {}}]"),
    "a rule that is added anyway": (
        "      - sign_offs: {role: safety, count: 1}",
        "      - sign_offs: {role: safety, count: 1}\n      - objections",
    ),
}
OTHER = {
    "a version": ("version: 3", "version: 4"),
    "a meaning": ("means: Something small.", "means: Something large."),
    "a count": ("- sign_offs: {role: safety, count: 2}", "- sign_offs: {role: safety, count: 3}"),
    "an authority": ("{means: looks for harm}", "{means: looks for harm, authority: advice}"),
    "the order of stages": (
        "  hosted: {exposure: hosted}\n  public: {exposure: weights}",
        "  public: {exposure: weights}\n  hosted: {exposure: hosted}",
    ),
    "the order of rules": ("gate: [holds]", "gate: [holds, objections]"),
    "solo": ("version: 3", "version: 3\nsolo: true"),
    "signed": ("signed: true\n", ""),
    "a pin": ("{means: looks for harm}", "{means: looks for harm, pin: true}"),
    "a seal": ("{means: looks for harm}", "{means: looks for harm, sealed: true}"),
    "an exclusion": ("{means: looks for harm}", "{means: looks for harm, not_with: [lead]}"),
    "a component": ("{means: looks for harm}", "{means: looks for harm, depends_on: [weights]}"),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_another_way_to_write_the_same_has_the_same_digest(process: Process, change: tuple[str, str]) -> None:
    assert load_process(edited(change), Registry()).digest == process.digest


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_a_process_that_demands_something_else_has_another_digest(process: Process, change: tuple[str, str]) -> None:
    assert load_process(edited(change), Registry()).digest != process.digest


def test_a_text_in_another_normal_form_is_kept_in_the_ledgers_form() -> None:
    composed = load_process(edited(("Something small.", "Caf\u00e9")), Registry())
    decomposed = load_process(edited(("Something small.", "Cafe\u0301")), Registry())

    assert composed.means == decomposed.means == "Caf\u00e9"
    assert composed.digest == decomposed.digest


def test_a_process_is_read_from_a_path_or_from_its_name(tmp_path: Path, process: Process) -> None:
    path = tmp_path / "simple.yaml"
    path.write_text(SIMPLE, encoding="utf-8")

    assert load_process(path, Registry()) == load_process(str(path), Registry()) == process
    assert read_process(path, Registry()).places.file == str(path)
    assert read_process(path, Registry(), file="mine").places.file == "mine"
