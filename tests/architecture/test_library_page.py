"""docs/library.md is what the code says."""

from __future__ import annotations

import inspect

import workflow
from tests.architecture.library_reference import PAGE, START, errors, methods, reference
from workflow import Engine


def test_the_page_of_the_library_has_every_error_function_and_method_as_the_code_has_them() -> None:
    # Where not: python -m tests.architecture.library_reference writes it anew.
    assert PAGE.read_text("utf-8").partition(START)[2].strip() == reference().strip()


def test_the_page_leaves_no_method_of_the_engine_and_no_public_error_out() -> None:
    public = {name for name, _ in inspect.getmembers(Engine, inspect.isfunction) if not name.startswith("_")}

    assert {name for own in methods().values() for name in own} == public
    named = {name for name in workflow.__all__ if isinstance(getattr(workflow, name), type)}
    raised = {name for name in named if issubclass(getattr(workflow, name), workflow.WorkflowError)}
    assert raised <= {found.__name__ for found in errors()}


def test_what_is_listed_of_the_package_is_what_is_public() -> None:
    assert dir(workflow) == sorted(workflow.__all__)
