"""The tables of docs/library.md, made from the code. Run it to write the page's last part anew."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import workflow
from workflow import CheckpointMissing, Engine, LedgerError, Refused, StorageError, WorkflowError
from workflow.cli.exits import of_error

START = "<!-- from here on made by tests/architecture/library_reference.py -->\n"
PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def reference() -> str:
    """The errors, the functions and the engine's methods."""
    return "\n".join(
        ["## Errors", "", *_errors(), "", "## Functions", "", *_functions(), "", "## Engine", "", *_engine()]
    )


def errors(family: type[WorkflowError] = WorkflowError) -> Iterator[type[WorkflowError]]:
    """Every class of the hierarchy, each before what is made of it."""
    yield family
    for child in family.__subclasses__():
        if child.__module__ == "workflow.errors":
            yield from errors(child)


def methods() -> dict[type[Any], dict[str, Any]]:
    """The public methods of the engine, by the class that says what they are about."""
    found: dict[type[Any], dict[str, Any]] = {}
    for owner in (Engine, *Engine.__mro__[1:-1]):
        own = {name: made for name, made in vars(owner).items() if inspect.isfunction(made) and name[0] != "_"}
        if own:
            found[owner] = own
    return found


def _errors() -> Iterator[str]:
    yield "| class | is a | `code` | exit code | what it says |"
    yield "|---|---|---|---|---|"
    for found in errors():
        base = "" if found is WorkflowError else f"`{found.__base__.__name__}`" if found.__base__ else ""
        yield f"| `{found.__name__}` | {base} | `{found.code}` | {_exit_codes(found)} | {_first(found)} |"


def _exit_codes(found: type[WorkflowError]) -> str:
    # Without its own arguments, which differ from class to class: the exit code depends on these two alone.
    error = found.__new__(found)
    if isinstance(error, Refused):
        codes = []
        for outcome in ("no", "open", "error"):
            error.outcome = outcome  # type: ignore[assignment]
            codes.append(f"{int(of_error(error))} (`{outcome}`)")
        return ", ".join(codes)
    if isinstance(error, CheckpointMissing):
        told = set()
        for error.cause in (LedgerError(""), StorageError("")):
            told.add(int(of_error(error)))
        return " or ".join(map(str, sorted(told)))
    return str(int(of_error(error)))


def _functions() -> Iterator[str]:
    for name in sorted(workflow.__all__):
        thing = getattr(workflow, name)
        if inspect.isfunction(thing):
            yield _line(name, thing)


def _engine() -> Iterator[str]:
    for owner, own in methods().items():
        yield f"### {_first(owner)}"
        yield ""
        yield from (_line(name, made) for name, made in own.items())
        yield ""


def _line(name: str, made: Any) -> str:
    signature = inspect.signature(made)
    given: list[str] = []
    for item in signature.parameters.values():
        if item.kind is item.KEYWORD_ONLY and "*" not in given:
            given.append("*")
        if item.name != "self":
            default = "" if item.default is item.empty else f" = {_value(item.default)}"
            given.append(f"{item.name}: {_annotation(item.annotation)}{default}")
    return f"- `{name}({', '.join(given)}) -> {_annotation(signature.return_annotation)}`: {_first(made)}"


def _annotation(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b[a-z_]+(\.[a-z_]+)*\.(?=[A-Z])", "", text.strip("\"'"))


def _value(default: Any) -> str:
    return f"{type(default).__name__}.{default.name}" if isinstance(default, Enum) else repr(default)


def _first(thing: Any) -> str:
    """The first sentence of what something says about itself, without marks."""
    text = " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
    return re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text).replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text("utf-8").partition(START)[0] + START + "\n" + reference(), "utf-8")
