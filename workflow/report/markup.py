"""Builds HTML and SVG that can hold anybody's words: what is not written here as markup can only come out as text.

There is no way to put markup in as a text, so nothing has to remember to escape. An element or an attribute that a
report has no use for (a script, a handler, an address outside the page) cannot be made at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Union

Child = Union["Element", str, int, None, Iterable["Child"]]

_VOID = frozenset({"br"})
_HTML = """
a article bdi blockquote br caption code dd div dl dt em figcaption figure footer h1 h2 h3 h4 header li main nav ol p
section small span strong table tbody td th thead time tr ul
"""
_SVG = "circle desc g line path polygon rect svg text title tspan"
_TAGS = frozenset(f"{_HTML} {_SVG}".split())
_ATTRIBUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
_NEVER = re.compile(r"on.*|style|src.*|srcdoc|action|formaction|xlink:href|background|data", re.IGNORECASE)
_WITHIN = re.compile(r"url\(#[A-Za-z0-9-]+\)")


class Element:
    """An element, with its attributes and what is in it."""

    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], children: tuple[Child, ...]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children = children

    def __str__(self) -> str:
        written: list[str] = []
        _write(self, written)
        return "".join(written)


def el(tag: str, *children: Child, **attributes: str | int | float | None) -> Element:
    """An element. ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``; None leaves one out.

    Raises:
        ValueError: a report has no such element or attribute, or the attribute would lead out of the page.
    """
    if tag not in _TAGS:
        raise ValueError(f"a report has no element {tag!r}")
    named = {_name(name): _value(value) for name, value in attributes.items() if value is not None}
    for name, value in named.items():
        if not _ATTRIBUTE.fullmatch(name) or _NEVER.fullmatch(name):
            raise ValueError(f"a report has no attribute {name!r}")
        if name == "href" and not value.startswith("#"):
            raise ValueError(f"a report leads nowhere but into itself, not to {value!r}")
        if "url(" in value.lower() and not _WITHIN.fullmatch(value):
            raise ValueError(f"a report takes nothing from outside itself, such as {value!r}")
    return Element(tag, named, tuple(map(_made, children)))


def _made(child: Child) -> Child:
    """A child that is there now: what makes its children only when it is written would tell too late what it names."""
    return child if child is None or isinstance(child, str | int | Element) else tuple(map(_made, child))


def visible(text: str) -> str:
    """The text with every character that cannot be seen, or that turns the reading around, shown by its number."""
    if text.isprintable():
        return text
    return "".join(f"[U+{ord(char):04X}]" if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    # As in workflow.texts, which keeps them out of what people write; file names and reports come from elsewhere. A
    # zero-width joiner is part of many scripts.
    return char not in "\n\t\u200d\u200c" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: str | int | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _write(child: Child, into: list[str]) -> None:
    if child is None:
        return
    if isinstance(child, str | int):
        into.append(escape(visible(str(child)), quote=False))
        return
    if not isinstance(child, Element):
        for item in child:
            _write(item, into)
        return
    into.append(f"<{child.tag}")
    for name, value in child.attributes.items():
        into.append(f' {name}="{escape(visible(value), quote=True)}"')
    into.append(">")
    if child.tag in _VOID:
        return
    for item in child.children:
        _write(item, into)
    into.append(f"</{child.tag}>")
