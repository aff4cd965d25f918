"""The one way to a person's screen, to a script's JSON, or to silence.

Whatever is printed passes through here: it is made harmless (no control character of anybody's reaches a terminal, no
markup is interpreted), wrapped to the width without losing a word, and coloured only where a terminal asks for it. The
signs are words and plain ASCII, so nothing has to be replaced where colour or Unicode are missing.
"""

from __future__ import annotations

import json
import re
from codecs import lookup
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from shutil import get_terminal_size
from typing import Any, Literal, TextIO

from pydantic import BaseModel
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workflow.cli.shown import literal
from workflow.errors import InvalidInput, StorageError
from workflow.views import Page

Style = Literal["plain", "refused", "met", "open", "faint", "strong"]
Part = str | tuple[str, Style]
Mode = Literal["people", "json", "quiet"]

_STYLES: dict[Style, str] = {
    "plain": "",
    "refused": "bold red",  # red says one of two things: refused, or tampered with
    "met": "green",
    "open": "yellow",
    "faint": "dim",
    "strong": "bold",
}
_WORD = re.compile(r"^\s+|\S+\s*")
MIN_WIDTH = 40
MAX_WIDTH = 120
_UNTOLD = "make room for it; what was asked for may have been done: holdfast history says so"
UNLIMITED = 100_000


class Output:
    """Where a command's answer goes.

    Args:
        stdout: for the answer.
        stderr: for errors, warnings, hints and progress.
        environment: ``NO_COLOR``, ``TERM`` and ``COLUMNS`` are looked at.
        mode: for people, as one JSON document, or not at all.
    """

    def __init__(
        self, stdout: TextIO, stderr: TextIO, environment: Mapping[str, str], *, mode: Mode = "people"
    ) -> None:
        self.mode = mode
        self._environment = environment
        self._answer = _Stream(stdout, environment, needed=True)
        self._aside = _Stream(stderr, environment, needed=False)

    def line(self, *parts: Part, lead: Part = "") -> None:
        """A paragraph of the answer, wrapped; ``lead`` stands before its first line, and blanks before the others."""
        if self.mode == "people":
            self._answer.line(parts, lead)

    @contextmanager
    def quoting(self, bar: str) -> Iterator[None]:
        """Puts a bar before every row of the answer, so that nothing in there can pass for what stands outside."""
        self._answer.bar = bar
        try:
            yield
        finally:
            self._answer.bar = ""

    def blank(self) -> None:
        """An empty line of the answer."""
        self.line()

    def text(self, text: str, lead: str = "") -> None:
        """A text of several lines, each behind ``lead``."""
        for row in text.splitlines() or [""]:
            self.line(row, lead=lead)

    def verbatim(self, text: str) -> None:
        """A text for another program: its lines as they are, however long."""
        if self.mode == "people":
            self._answer.verbatim(text)

    def exactly(self, text: str) -> None:
        """A text whose every byte counts.

        Raises:
            InvalidInput: the standard output would take it in another encoding, so that it would be another text.
        """
        if self.mode == "people":
            self._answer.exactly(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows in columns; where they do not fit side by side, one below the other, so that nothing is cut."""
        if self.mode == "people":
            self._answer.table(columns, rows)

    def page(self, page: Page[Any, Any]) -> None:
        """A page for a script: what is on it, and where it goes on."""
        self.json({"items": _plain(page), "next": page.next})

    def json(self, value: BaseModel | Sequence[BaseModel] | Mapping[str, Any]) -> None:
        """The whole answer for a script, as one document."""
        if self.mode == "json":
            self._answer.raw(json.dumps(_plain(value), indent=2) + "\n")

    def say(self, *parts: Part, lead: Part = "") -> None:
        """Something beside the answer: an error or a warning."""
        self._aside.line(parts, lead)

    def recorded(self, *entries: int) -> None:
        """What is on record, to be said in the answer's stead should that not get through."""
        self._answer.recorded += [entry for entry in entries if entry not in self._answer.recorded]

    def width(self) -> int:
        """How many columns the answer may take."""
        return self._answer.width


class _Stream:
    def __init__(self, file: TextIO, environment: Mapping[str, str], *, needed: bool) -> None:
        self._file = file
        self._needed = needed
        self._encoding = getattr(file, "encoding", None) or "utf-8"
        self._closed = False
        self.bar = ""
        self.recorded: list[int] = []
        self._terminal = file.isatty()
        columns = environment.get("COLUMNS", "")
        given = int(columns) if columns.isdecimal() and len(columns) < 6 else 0
        wide = max(given or (get_terminal_size().columns if self._terminal else 80), MIN_WIDTH)
        self.width = min(wide, MAX_WIDTH)
        # In a pipe a table is for another program: one line a row, however long.
        self._table_width = wide if self._terminal or given else UNLIMITED
        colour = self._terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        # It only lays out; :meth:`raw` writes. By itself it would end the process where a reader closes the pipe.
        self._console = Console(
            file=StringIO(),
            force_terminal=colour,
            color_system="standard" if colour else None,
            width=UNLIMITED,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def line(self, parts: Sequence[Part], lead: Part) -> None:
        first, body = self._styled(lead), Text().join(self._styled(part) for part in parts)
        rest, bar = Text(" " * first.cell_len), Text(self.bar)
        for place, row in enumerate(body.divide(_breaks(body.plain, self.width - len(bar) - first.cell_len))):
            row.rstrip()
            self._print(bar + (rest if place else first) + row)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        clean = [[self._clean(cell) for cell in row] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(columns, *clean, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) > self._table_width:
            for row in clean:
                self.line([(row[0], "strong")], "")
                for name, cell in zip(columns[1:], row[1:], strict=True):
                    self.line([cell or "-"], f"  {name:<{max(map(len, columns))}} ")
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_STYLES["strong"])
        for name in columns:
            table.add_column(name, no_wrap=True)
        for row in clean:
            table.add_row(*(Text(cell) for cell in row))
        self._print(table)

    def verbatim(self, text: str) -> None:
        for row in text.splitlines():
            self.raw(self._clean(row) + "\n")

    def exactly(self, text: str) -> None:
        if lookup(self._encoding).name != "utf-8":
            raise InvalidInput(
                f"this is a text in UTF-8, and the standard output is in {self._encoding}",
                remedy="have it written to a file, with -o FILE",
            )
        self.raw(text)

    def raw(self, text: str) -> None:
        """Text that is known to be harmless."""
        # Whoever has read enough closes the pipe; the exit code still says what the answer was.
        if not self._closed:
            try:
                self._file.write(text)
                self._file.flush()
            except BrokenPipeError:
                self._closed = True
            except OSError as error:
                self._closed = True
                # Whoever cannot be told of an error still gets its exit code.
                if self._needed:
                    raise untold(error, self.recorded) from error

    def _print(self, thing: Text | Table) -> None:
        with self._console.capture() as captured:
            self._console.print(thing, soft_wrap=isinstance(thing, Text))
        for row in captured.get().splitlines():
            self.raw(row.rstrip() + "\n")

    def _styled(self, part: Part) -> Text:
        text, style = part if isinstance(part, tuple) else (part, "plain")
        return Text(self._clean(text), _STYLES[style])

    def _clean(self, text: str) -> str:
        return literal(text, encoding=self._encoding)


def untold(error: OSError, recorded: Sequence[int] = ()) -> StorageError:
    """The error of an answer that cannot be written, with what is on record all the same."""
    what = f"the answer cannot be written: {error.strerror}"
    if recorded:
        entries = ", ".join(map(str, recorded))
        word = "entry" if len(recorded) == 1 else "entries"
        return StorageError(f"{what}; what was asked for is on record, {word} {entries}")
    return StorageError(what, remedy=_UNTOLD)


def _breaks(text: str, width: int) -> list[int]:
    """Where to break a line. A word that is longer (a path, a digest) stays whole, so that it can be copied."""
    breaks = []
    used = 0
    for word in _WORD.finditer(text):
        if used and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    return breaks


def _plain(value: BaseModel | Sequence[BaseModel] | Mapping[str, Any]) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    return [item.model_dump(mode="json") for item in value]
