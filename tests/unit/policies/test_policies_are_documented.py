"""docs/policies.md says what the policies take and answer, and its example runs."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies import BUILT_IN
from tests.support.build import in_review, shown
from workflow.clock import timestamp
from workflow.definition import load_process
from workflow.policy import Composed, Observation, Policy
from workflow.registry import ALWAYS_AT_A_RAISE, Registry

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "policies.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")}
BEFORE_THE_GATE = """
process: documented
version: 1
started_by: [lead]
roles:
  lead: {}
  safety: {}
stages:
  review: {exposure: internal}
  public: {exposure: weights}
  withdrawn: {exposure: internal}
"""
AFTER_THE_GATE = """
  withdraw:
    from: public
    to: withdrawn
    gate:
      - actor: {roles: [lead]}
"""
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]


def newest(name: str) -> type[Policy]:
    module, _, attribute = BUILT_IN[name][max(BUILT_IN[name])].partition(":")
    kind: type[Policy] = getattr(importlib.import_module(f"policies.{module}"), attribute)
    return kind


def codes(name: str) -> Iterator[str]:
    """Every text that the module gives as a reason's code; of a composed one, its beginning."""
    source = (ROOT / "policies" / f"{newest(name).__module__.partition('.')[2]}.py").read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "code":
            constants = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            yield from (text for text in constants if isinstance(text, str) and text)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_parameter_and_every_code_stands_in_the_policys_section(name: str) -> None:
    section = SECTIONS[name]
    parameters = [field.alias or key for key, field in newest(name).model_fields.items()]
    found = list(codes(name))

    assert found or issubclass(newest(name), Composed)  # which gives the reasons of its rules
    assert [parameter for parameter in parameters if f"`{parameter}`" not in section] == []
    assert [code for code in found if f"`{code}" not in section] == []


def test_the_gate_on_the_page_can_be_loaded() -> None:
    gate = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]

    loaded = load_process(BEFORE_THE_GATE + gate + AFTER_THE_GATE, Registry())

    assert [rule.policy for rule in loaded.transition("publish").gate if rule.policy in SECTIONS] == [
        *("actor", "sign_offs", "evidence", "risk_areas", "soak", "candidate_unchanged"),
        *ALWAYS_AT_A_RAISE,
    ]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_section_says_what_is_not_checked(name: str) -> None:
    assert "\nNot checked: " in SECTIONS[name]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"ok": {"freeze": False}}, []),
        ({"ok": {"freeze": True}}, [("no", "freeze")]),
        ({"ok": {}}, [("no", "freeze")]),
        ({"error": "the calendar is down"}, [("error", "cannot-tell")]),
    ],
    ids=str,
)
def test_the_example_of_a_policy_of_ones_own_decides(facts: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    written: dict[str, Any] = {"__name__": "acme_policies"}
    exec(compile(EXAMPLE, "docs/policies.md", "exec"), written)  # noqa: S102
    policy = written["FreezeCalendar"](calendar="releases")
    history = in_review(policy)
    observation = Observation(kind="calendar", params={"name": "releases"}, at=timestamp(history.clock.now()), **facts)

    assert shown(history.verdict(observations=[observation])) == expected
    assert shown(history.verdict()) == [("error", "not-observed")]
