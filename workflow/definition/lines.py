"""Strict YAML: plain data in which every scalar is the text that was written, and the line of every part.

YAML's own types would turn ``no`` into false and ``1e3`` into a number, and its references and tags let a file mean
something else than it seems to say. So the parser's events are read instead of what its constructor makes of them, and
whatever is not needed for saying a process is refused. PyYAML's parser in Python is used even where the one in C is
there, so that a file is accepted or refused alike everywhere.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from workflow.definition.finding import Finding, Place, Places
from workflow.errors import DefinitionError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NAMED = 100
_SHOWN = 40

Data: TypeAlias = "str | list[Data] | dict[str, Data]"


def parse(raw: bytes, file: str) -> tuple[Data, Places]:
    """The data of a file, and the line of every key of a mapping and every item of a list.

    Texts are brought to Unicode NFC, the form in which the ledger keeps them.

    Raises:
        DefinitionError: the file is not of the strict form; with every mistake up to where it cannot be read further.
    """
    builder = _Builder(file)
    try:
        for event in yaml.parse(_text(raw, file), Loader=yaml.SafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        builder.refuse(*_not_yaml(error))
    except _CannotGoOn:
        pass
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # numbers of absurd size in escapes and directives
        builder.refuse(builder.line, f"not YAML: {error}")
    if builder.data is None and not builder.findings:
        builder.refuse(1, "there is nothing in the file")
    if builder.findings or builder.data is None:
        raise refusal(builder.findings)
    return builder.data, Places(file, builder.lines)


def refusal(findings: list[Finding]) -> DefinitionError:
    """The error that carries every mistake in the order of the file, as far as anybody would read."""
    ordered = sorted(findings, key=lambda finding: (finding.line, finding.field))
    count = "a mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
    if len(ordered) > MAX_NAMED:
        count += f", of which these are the first {MAX_NAMED}"
    return DefinitionError(
        f"{ordered[0].file} cannot be used, it has {count}:",
        problems=ordered[:MAX_NAMED],
        remedy="correct what is named, then look again: holdfast process check FILE",
    )


def _not_yaml(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """The line where the parser gave up, and why; what it was reading may have begun far above."""
    message = f"not YAML: {error.problem or error.context}"
    if error.context and error.context_mark:
        message += f" ({error.context}, begun in line {error.context_mark.line + 1})"
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1, message


def _text(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        raise refusal([Finding(file, 1, "", f"larger than {MAX_BYTES // 1024} KiB, which no process needs")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refusal([Finding(file, line, "", "not UTF-8: save the file in that encoding")]) from error
    odd = [
        Finding(file, number, "", f"holds {_named(char)}, which cannot be seen: take it out")
        for number, line in enumerate(text.split("\n"), 1)
        if (char := _invisible(line.removesuffix("\r")))
    ]
    if odd:
        raise refusal(odd)
    return text


def _invisible(line: str) -> str | None:
    """The first character that shows nothing, or that could make the text look like another."""
    return next((char for char in line if not char.isprintable() and char != "\t"), None)


def _named(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'a control character')}"


class _CannotGoOn(Exception):
    """What follows could not be given a place."""


@dataclass
class _Open:
    """A list or a mapping that has not ended yet; ``key`` waits for its value."""

    place: Place
    value: list[Data] | dict[str, Data]
    line: int
    key: str | None = None


class _Builder:
    def __init__(self, file: str) -> None:
        self.data: Data | None = None
        self.lines: dict[Place, int] = {}
        self.findings: list[Finding] = []
        self.line = 1
        self._file = file
        self._open: list[_Open] = []
        self._documents = 0

    def refuse(self, line: int, message: str, place: Place = ()) -> None:
        self.findings.append(Places(self._file, {place: line}).error(place, message))

    def take(self, event: yaml.Event) -> None:
        self.line = event.start_mark.line + 1 if event.start_mark else self.line
        match event:
            case yaml.DocumentStartEvent():
                self._document(event)
            case yaml.AliasEvent():
                self._no_reference("an alias", f"*{event.anchor}")
                self._put("")
            case yaml.ScalarEvent():
                self._plain(event)
                self._scalar(event)
            case yaml.SequenceStartEvent():
                self._plain(event)
                self._begin([])
            case yaml.MappingStartEvent():
                self._plain(event)
                self._begin({})
            case yaml.CollectionEndEvent():
                self._open.pop()

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if event.version or event.tags:
            self.refuse(self.line, "a directive (%): take it out, a process needs none")
        if self._documents > 1:
            self.refuse(self.line, "a second document begins here: a file holds one process")
            raise _CannotGoOn

    def _plain(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor:
            self._no_reference("an anchor", f"&{event.anchor}")
        if event.tag:
            self.refuse(self.line, f"a tag ({event.tag[:_SHOWN]}): take it out, every value is a plain text")

    def _no_reference(self, what: str, written: str) -> None:
        self.refuse(self.line, f"{what} ({written[:_SHOWN]}): write the text out in every place that needs it")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text = unicodedata.normalize("NFC", event.value)
        char = _invisible(text.replace("\n", ""))
        if char:
            self.refuse(self.line, f"stands for {_named(char)}, which cannot be seen: take it out")
        top = self._open[-1] if self._open else None
        if top is None or isinstance(top.value, list) or top.key is not None:
            self._put(text)
            return
        if text == "<<" and event.style is None:
            self.refuse(self.line, "a merge (<<): write the keys out", top.place)
        place = (*top.place, text)
        if text in top.value:
            self.refuse(self.line, f"stands twice, first in line {self.lines[place]}: keep one of them", place)
        else:
            self.lines[place] = self.line
        top.key = text

    def _begin(self, value: list[Data] | dict[str, Data]) -> None:
        if len(self._open) == MAX_DEPTH:
            self.refuse(self.line, f"nested deeper than {MAX_DEPTH} levels")
            raise _CannotGoOn
        place = self._put(value)
        self._open.append(_Open(place, value, self.line))

    def _put(self, value: Data) -> Place:
        """Gives a value its place: the top, the next of the open list, or the waiting key of the open mapping."""
        top = self._open[-1] if self._open else None
        if top is None:
            self.data = value
            self.lines[()] = self.line
            return ()
        if isinstance(top.value, list):
            place = (*top.place, len(top.value))
            self.lines[place] = self.line
            top.value.append(value)
            return place
        if top.key is None:
            self.refuse(self.line, "a key must be a plain text", top.place)
            raise _CannotGoOn
        place = (*top.place, top.key)
        top.value[top.key] = value
        top.key = None
        return place
