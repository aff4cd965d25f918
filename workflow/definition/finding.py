"""What is said about a definition, and where in its file it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workflow.errors import Problem

Place = tuple[str | int, ...]
"""The way to a part of a file: keys of mappings and indexes of lists, from the top."""


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """An error, for which a process is refused, or a warning, about which somebody should think."""

    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        what = f"{self.field}: {self.message}" if self.field else self.message
        return f"{where}: {what}" if self.severity == "error" else f"{where}: warning: {what}"


@dataclass(frozen=True, slots=True)
class Places:
    """The lines of a file, counted from 1. A process that was not read from a file has none, and its line is 0."""

    file: str
    lines: Mapping[Place, int] = field(default_factory=dict)

    def error(self, place: Place, message: str) -> Finding:
        """A mistake at a place, or in the nearest part around it that is in the file."""
        return Finding(self.file, self._line(place), _dotted(place), message)

    def warning(self, place: Place, message: str) -> Finding:
        """A doubt at a place, or in the nearest part around it that is in the file."""
        return Finding(self.file, self._line(place), _dotted(place), message, "warning")

    def _line(self, place: Place) -> int:
        return next((self.lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in self.lines), 0)


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
