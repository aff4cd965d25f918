"""What docs/processes.md shows is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workflow.definition import read_process, shipped
from workflow.definition.form import FORMS, keys_of
from workflow.registry import Registry

DOCUMENT = (Path(__file__).parents[3] / "docs" / "processes.md").read_text("utf-8")


def test_the_example_is_a_process_without_a_doubt() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)

    loaded = read_process(example, Registry())

    assert loaded.process.label == "small_model@1"
    assert loaded.warnings == ()


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_process_is_described(name: str) -> None:
    assert f"**`{name}`**" in DOCUMENT


def test_every_key_is_explained() -> None:
    keys = {key for form in FORMS.values() for key in keys_of(form)}

    assert [key for key in keys if not re.search(rf"\b{key}\b", DOCUMENT)] == []
