"""What ``import workflow`` offers."""

from __future__ import annotations

import inspect

import workflow


def test_every_public_class_and_function_says_what_it_is_for() -> None:
    public = {name: getattr(workflow, name) for name in workflow.__all__}
    documented = {name: thing for name, thing in public.items() if inspect.isclass(thing) or inspect.isroutine(thing)}

    assert documented
    assert [name for name, thing in documented.items() if not is_described(name, thing)] == []


def is_described(name: str, thing: object) -> bool:
    # A dataclass without a docstring is given its own signature for one.
    text = thing.__doc__ or ""
    return bool(text.strip()) and not text.startswith(f"{name}(")
