"""Writes a report as one page of HTML that needs nothing but itself: no script, no other file, no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workflow.report.markup import Child, Element, el, visible
from workflow.report.page import checking, course, first, gates, grounds, people
from workflow.report.page.limits import LEVELS, MAX_BYTES, Limits
from workflow.report.page.style import sheet
from workflow.report.page.words import Words, moment
from workflow.report.views import Report

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What the page tells the browser that it may load: nothing, and its own styles."""


def as_html(report: Report) -> str:
    """The page; of a release with more in it than a page takes, the most that fits, with what is left out said."""
    written = ""
    for limits in LEVELS:
        written = _page(report, limits)
        if len(written.encode("utf-8")) <= MAX_BYTES:
            break
    return written


def _page(report: Report, limits: Limits) -> str:
    kept, _ = limits.last(report.lines, limits.entries)
    words = Words(
        frozenset(line.entry for line in kept),
        limits.letters,
        erased=frozenset(item.entry for item in report.erased),
        withheld=frozenset(item.entry for item in report.proof.pack.pack.withheld_texts)
        if report.proof.pack
        else frozenset(),
    )
    head, *cards = first.first(report, words)
    sections = [
        ("way", "The way it took", course.way(report, words, limits)),
        ("course", "Timeline", course.course(report, words, limits)),
        ("gates", "Gates, with their verdicts as they were", gates.gates(report, words, limits)),
        ("signed", "Who signed what", people.signed(report, words, limits)),
        ("evidence", "Evidence against the bounds", grounds.measured(report, words, limits)),
        ("required", "Requirements and holds", grounds.required(report, words, limits)),
        ("dissent", "Dissent, and how it was answered", people.dissent(report, words, limits)),
        ("exceptions", "Exceptions and overrides", grounds.exceptions(report, words)),
        ("pressure", "Time pressure", checking.pressure(report, words, limits)),
        ("published", "Publication, statements, incidents", grounds.published(report, words, limits)),
        ("checked", "What was verified, and what was not", checking.verified(report, words)),
        ("rules", "Appendix A: the rules in words", checking.rules(report)),
        ("entries", "Appendix B: every entry", checking.entries(report, words, limits)),
    ]
    sections.append(("digests", "Appendix C: digests in full", checking.digests(words)))
    main = el("main", *cards, _contents(sections), *_numbered(sections))
    body = el("div", head, main, _footer(report, words), class_="page")
    # What is not made of elements is fixed, but for the title, which is escaped here.
    title = escape(visible(f"{report.release}: {report.summary.word} (Holdfast release report)"))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY, quote=False)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{sheet()}</style></head><body>{body}</body></html>\n"
    )


Section = tuple[str, str, list[Child]]


def _contents(sections: Sequence[Section]) -> Element:
    links = (el("li", el("a", title, href=f"#{name}")) for name, title, _ in sections)
    return el("nav", el("ol", links), aria_label="Contents")


def _numbered(sections: Sequence[Section]) -> list[Child]:
    written: list[Child] = []
    for number, (name, title, content) in enumerate(sections, 1):
        lead = None if title.startswith("Appendix") else el("span", number, class_="number")
        written.append(
            el("section", el("h2", lead, title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title")
        )
    return written


def _footer(report: Report, words: Words) -> Element:
    cut = f" {words.cut_texts} long texts are cut." if words.cut_texts else ""
    return el(
        "footer",
        f"Made by Holdfast {report.made_by} on ",
        moment(report.made_at),
        f" from {report.proof.source}, {report.proof.entries:,} entries. Times are UTC.{cut} This page is a view: what "
        "is checked is the signed entry behind each fact.",
    )
