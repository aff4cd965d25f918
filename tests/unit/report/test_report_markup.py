"""Markup that can hold anybody's words: what comes in as text comes out as text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.report.markup import el, visible

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "&lt;script&gt;",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "a\x00b\x1b[31mred\x7f",
    "line\u2028separator\u2029",
    "\ud800",
    "x" * 5000,
]


class Read(HTMLParser):
    """What a browser would take a piece of markup for."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_never_anything_but_a_text(text: str) -> None:
    read = Read(str(el("p", text, title=text)))

    assert (read.tags, read.text, read.attributes) == (["p"], visible(text), [("title", visible(text))])


@given(st.text(max_size=200))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    read = Read(str(el("p", el("strong", text), title=text)))

    assert read.tags == ["p", "strong"]
    assert [name for name, _ in read.attributes] == ["title"]


@pytest.mark.parametrize("text", ["\u202egnp.exe", "a\x00b", "\x1b[31m", "\u2066", "line\u2028", "\ue000", "\ud800"])
def test_what_cannot_be_seen_is_shown_by_its_number(text: str) -> None:
    shown = visible(text)

    assert "[U+" in shown
    assert shown.isprintable()


@pytest.mark.parametrize("text", ["Łucja", "日本語", "مرحبا", "नमस्ते", "two\nlines", "👩\u200d🔬"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    "tag", ["script", "iframe", "style", "img", "a onclick", "object", "form", "link", "base", "foreignObject"]
)
def test_there_is_no_element_that_a_report_has_no_use_for(tag: str) -> None:
    with pytest.raises(ValueError, match="no element"):
        el(tag)


@pytest.mark.parametrize(
    "name", ["onclick", "onload", "style", "src", "srcset", "srcdoc", "action", "data", "a b", 'x"y']
)
def test_there_is_no_attribute_that_does_or_loads_anything(name: str) -> None:
    with pytest.raises(ValueError, match="no attribute"):
        el("p", **{name: "x"})


@pytest.mark.parametrize(
    "href", ["https://example.org", "javascript:alert(1)", "//example.org", "data:text/html,x", "other.html", ""]
)
def test_a_link_leads_nowhere_but_into_the_page(href: str) -> None:
    with pytest.raises(ValueError, match="leads nowhere"):
        el("a", href=href)


def test_a_paint_comes_from_the_page_itself() -> None:
    assert str(el("rect", fill="url(#stripes)")) == '<rect fill="url(#stripes)"></rect>'
    with pytest.raises(ValueError, match="from outside"):
        el("rect", fill="url(https://example.org/x.svg#a)")


def test_what_is_not_there_leaves_nothing() -> None:
    assert str(el("p", None, ["a", None, (el("br"), 5)], class_=None, aria_label="x")) == '<p aria-label="x">a<br>5</p>'
