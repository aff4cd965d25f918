"""The small parts that every section is made of: times, people, digests, entries, tags and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from workflow.clock import parse_timestamp
from workflow.errors import InvalidInput
from workflow.report.markup import Child, Element, el

Tone = Literal["good", "bad", "wait", "still"]
SHORT_DIGEST = 12
SHORT_KEY = 18

_LEDGER_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z"
_PIECES = re.compile(rf"`([^`\n]{{1,200}})`|\bentry (\d{{1,12}})\b|({_LEDGER_TIME})|\b([0-9a-f]{{64}})\b", re.ASCII)


def day(time: datetime) -> str:
    """A day with its name: ``Tue 5 Aug 2025``."""
    return f"{time.astimezone(UTC):%a} {time.astimezone(UTC).day} {time.astimezone(UTC):%b %Y}"


def moment(time: datetime) -> Element:
    """A time to the minute, in UTC, with the name of its day."""
    at = time.astimezone(UTC)
    return el("time", f"{day(at)} {at:%H:%M} UTC", datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}", class_="when")


def date(time: datetime | None) -> Child:
    """A planned date: its day, and the minute where it is not midnight that was planned."""
    if time is None:
        return "no date"
    at = time.astimezone(UTC)
    if (at.hour, at.minute) == (0, 0):
        return el("time", day(at), datetime=f"{at:%Y-%m-%d}")
    return moment(at)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@dataclass
class Words:
    """How facts are written on one page, which knows the entries and the digests that it has a place for.

    ``entries`` are the entries that have a line in the appendix, ``digests`` those that were named, in their order, and
    what they are of; ``longest`` is how many characters of somebody's words are shown. Of ``erased`` entries a text was
    erased on record, of ``withheld`` ones whoever handed over the pack left one out.
    """

    entries: frozenset[int]
    longest: int
    erased: frozenset[int] = frozenset()
    withheld: frozenset[int] = frozenset()
    digests: dict[str, str] = field(default_factory=dict)
    cut_texts: int = 0

    def entry(self, number: int | None) -> Child:
        """An entry by its number, which leads to its line."""
        if number is None:
            return None
        text = f"entry {number}"
        return (
            el("a", text, href=f"#e{number}", class_="nowrap")
            if number in self.entries
            else el("span", text, class_="nowrap")
        )

    def digest(self, whole: str, what: str) -> Element:
        """A digest by its first digits, which leads to the whole one."""
        self.digests.setdefault(whole, what)
        return el("a", el("code", whole[:SHORT_DIGEST]), href=f"#d-{whole[:16]}", title=whole)

    def key(self, fingerprint: str | None) -> Child:
        """With which key something was signed, or that it is a claim."""
        if fingerprint is None:
            return tag("still", "claimed", CLAIMED)
        return [
            tag("good", "signed", MET),
            " ",
            el("code", f"{fingerprint[:SHORT_KEY]}…", title=fingerprint, class_="small key"),
        ]

    def proof(self, fingerprint: str | None) -> Child:
        """Whether something is signed or claimed, without the key."""
        return tag("still", "claimed", CLAIMED) if fingerprint is None else tag("good", "signed", MET)

    def quote(self, text: str | None, entry: int | None = None) -> Element:
        """What somebody wrote, as they wrote it; that it is not there where it was erased; cut where it is too long."""
        if text is None:
            return el("blockquote", el("span", self._gone(entry), class_="gone"))
        if len(text) <= self.longest:
            return el("blockquote", text, dir="auto")
        self.cut_texts += 1
        rest = len(text) - self.longest
        where = f" The whole of it: holdfast history --entry {entry}." if entry is not None else ""
        return el(
            "blockquote",
            text[: self.longest],
            "… ",
            el("span", f"[{rest:,} more characters.{where}]", class_="gone"),
            dir="auto",
        )

    def _gone(self, entry: int | None) -> str:
        if entry in self.withheld:
            return "This text was withheld by whoever made the pack."
        return "This text was erased." if entry in self.erased else "This text is not at hand."

    def prose(self, text: str) -> list[Child]:
        """A sentence of the engine's: names as names, entries as links, exact times as people write them."""
        told: list[Child] = []
        last = 0
        for found in _PIECES.finditer(text):
            told.append(text[last : found.start()])
            last = found.end()
            name, entry, time, digest = found.groups()
            if name is not None:
                told.append(el("code", name))
            elif entry is not None:
                told.append(self.entry(int(entry)))
            elif digest is not None:
                told.append(self.digest(digest, "named in a verdict"))
            else:
                told.append(_told(time))
        return [*told, text[last:]]


def _told(time: str) -> Child:
    try:
        return moment(parse_timestamp(time))
    except InvalidInput:
        return time


# Signs. Each has a shape of its own, so that none depends on its colour, and stands beside a word.

MET = ("M3 8.5l3.2 3.2L13 4.5", "circle")
NOT_MET = ("M5 5l6 6M11 5l-6 6", "octagon")
OPEN = ("M8 4.5V8l2.5 2", "circle")
ERROR = ("M8 6v3.2M8 11.4v.2", "triangle")
HELD = ("M6.2 5v6M9.8 5v6", "square")
CLAIMED = ("M5 8h6", "circle")
NEUTRAL = ("M5 8h6", "square")
OVERRULED = ("M5 11l6-6M7.5 5H11v3.5", "square")

_FRAMES = {
    "circle": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z",
    "octagon": "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z",
    "triangle": "M8 1.4L15.2 14H.8z",
    "square": "M2 2h12v12H2z",
}


def sign(shape: tuple[str, str]) -> Element:
    """A small picture, hidden from whoever has the page read aloud: the word says the same."""
    drawn, frame = shape
    stroke = {"fill": "none", "stroke": "currentColor", "stroke_width": "1.6", "stroke_linejoin": "round"}
    return el(
        "svg",
        el("path", d=_FRAMES[frame], **stroke),
        el("path", d=drawn, stroke_linecap="round", **stroke),
        viewBox="0 0 16 16",
        aria_hidden="true",
        focusable="false",
    )


def tag(tone: Tone, word: str, shape: tuple[str, str]) -> Element:
    """A word with its sign."""
    return el("span", sign(shape), el("span", word), class_=f"tag {tone}")


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Child]],
    *,
    ids: Sequence[str] | None = None,
    kind: str = "",
) -> Element:
    """A table that becomes a stack of cards where the page is narrow. It says what it is to whoever cannot see it.

    A column whose name begins with ``#`` holds numbers.
    """
    names = [column.removeprefix("#") for column in columns]
    kinds = ["num" if column.startswith("#") else None for column in columns]
    head = el(
        "tr",
        (
            el("th", name, scope="col", class_=kind, role="columnheader")
            for name, kind in zip(names, kinds, strict=True)
        ),
        role="row",
    )
    body = (
        el(
            "tr",
            (
                el("td", el("div", cell), class_=kind, data_label=name, role="cell")
                for name, kind, cell in zip(names, kinds, row, strict=True)
            ),
            role="row",
            id=(ids[place] if ids is not None else None),
        )
        for place, row in enumerate(rows)
    )
    return el(
        "table",
        el("caption", caption),
        el("thead", head, role="rowgroup"),
        el("tbody", body, role="rowgroup"),
        class_=f"stack {kind}".rstrip(),
        role="table",
    )


def lines(*items: Child) -> Element:
    """Several facts under one another in one cell."""
    return el("div", (el("div", item) for item in items if item is not None))


def nothing(text: str) -> Element:
    """That there is nothing to tell, which is a fact too."""
    return el("p", text, class_="soft")


def earlier(count: int, what: str = "ones") -> Child:
    """That earlier ones have no room here, where any have none."""
    return nothing(f"{count} earlier {what} are left out here.") if count else None
