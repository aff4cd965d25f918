"""The schema that editors use: it takes what the loader takes, and catches what a schema can catch."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import test_mistakes
import yaml
from jsonschema import Draft7Validator
from process_texts import SIMPLE, edited
from test_mistakes import Mistake

from workflow.definition import as_json_schema, schema_text, shipped
from workflow.definition.schema import SHIPPED
from workflow.registry import Registry

SCHEMA = json.loads(SHIPPED.read_text("utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)
DOCUMENT = (Path(__file__).parents[3] / "docs" / "processes.md").read_text("utf-8")


class Editor(yaml.SafeLoader):
    """Reads YAML as editors do, by the core schema of YAML 1.2: numbers, true, false and null have types."""


Editor.yaml_implicit_resolvers = {}
for tag, pattern in {
    "bool": r"true|false",
    "null": r"null|~|",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
}.items():
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), None)


def read(process: str) -> Any:
    return yaml.load(process, Loader=Editor)  # noqa: S506 -- it derives from SafeLoader


def test_the_shipped_file_says_what_the_form_and_the_policies_say_now() -> None:
    # If this fails: holdfast process schema > workflow/definition/process.schema.json
    assert SHIPPED.read_text("utf-8") == schema_text(as_json_schema(Registry()))


def test_it_is_a_schema_of_the_dialect_that_editors_know() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped())
def test_it_takes_every_shipped_process(name: str) -> None:
    assert list(VALIDATOR.iter_errors(read(shipped()[name].read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "process", [SIMPLE, *re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)], ids=["simple", "documented"]
)
def test_it_takes_what_the_loader_takes(process: str) -> None:
    assert list(VALIDATOR.iter_errors(read(process))) == []


TAKEN = {
    "a quoted number": ("version: 3", 'version: "3"'),
    "a quoted truth": ("signed: true", 'signed: "true"'),
    "words that look like a number": ("means: Something small.", "means: 2024"),
    "words that are nothing": ("means: Something small.", "means:"),
    "a policy of somebody's own": ("gate: [holds]", "gate: ['acme_rules:Freeze']"),
    "a policy of somebody's own with parameters": ("gate: [holds]", "gate: ['acme_rules:Freeze': {share: 0.5}]"),
    "a policy with its parameters left out": ("gate: [holds]", "gate: [holds: ]"),
    "rules made of rules": (
        "- candidate_unchanged",
        "- any_of: {of: [candidate_unchanged, {all_of: {of: [{soak: {at_least: 72h}}, holds]}}]}",
    ),
    "a calendar": (
        "- candidate_unchanged",
        "- freeze: {zone: Europe/London, spans: [{name: a, from: 12-20, to: 01-05 09:00}, {name: b, days: [sat]}]}",
    ),
    "a bound as a number": (
        "- candidate_unchanged",
        "- candidate_unchanged\n      - evidence: {name: bio, metric: accuracy, at_most: 0.25, confidence: 0.90}",
    ),
    "a bound as a text": (
        "- candidate_unchanged",
        "- candidate_unchanged\n      - evidence: {name: bio, metric: accuracy, at_most: '2.5e-1', margin: 0}",
    ),
}


@pytest.mark.parametrize("change", TAKEN.values(), ids=TAKEN)
def test_a_value_may_be_written_in_every_way_that_the_loader_reads(change: tuple[str, str]) -> None:
    assert list(VALIDATOR.iter_errors(read(edited(change)))) == []


MISTAKES: dict[str, Mistake] = {
    name: mistake
    for table in vars(test_mistakes).values()
    if isinstance(table, dict)
    for name, mistake in table.items()
    if isinstance(mistake, Mistake)
}
BEYOND = {
    "a policy of somebody's own that was not allowed",
    "a role that starts but is not defined",
    "a role of a hold that is not defined",
    "a role of a policy that is not defined",
    "a role of a sign-off that is not defined",
    "a source that is not defined",
    "a destination that is not defined",
    "a trigger that the machine keeps for itself",
    "a role that excludes one that is not defined",
    "a role that excludes itself",
    "a component without a name",
    "a first stage that is exposed",
    "a withdrawn that is exposed",
    "a withdrawn that waits",
    "a delay without a hold",
    "a held release that is out",
    "a way out of withdrawn",
    "a way back from public weights",
    "a gate that is empty but for what is added",
    "the same rule twice",
    "two quorums of one role",
    "weights that one person lets out",
    "weights that leave without being compared",
}
"""The mistakes that only show where parts of the file are seen together, or where what it names is looked for."""


@pytest.mark.parametrize("name", MISTAKES)
def test_it_catches_the_mistakes_that_one_part_of_the_file_shows_by_itself(name: str) -> None:
    mistake = MISTAKES[name]
    found = list(VALIDATOR.iter_errors(read(edited((mistake.old, mistake.new)))))

    assert bool(found) is (name not in BEYOND)


def test_every_policy_and_every_parameter_is_explained_where_an_editor_points_at_it() -> None:
    rules = SCHEMA["definitions"]["rule"]["anyOf"][1]["properties"]
    models = {**rules, **{name: item for name, item in SCHEMA["definitions"].items() if name != "rule"}, "": SCHEMA}

    assert [name for name, model in models.items() if not model.get("description")] == []
    assert [
        f"{name}.{key}"
        for name, model in models.items()
        for key, field in model.get("properties", {}).items()
        if not field.get("description")
    ] == []
