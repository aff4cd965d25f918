"""A directory with a ledger in it, and the real command line, called in-process."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflow import Engine, open_engine
from workflow.cli import Session, run
from workflow.clock import parse_duration

PROCESS = Path(__file__).with_name("small.yaml")
PEOPLE = {
    "lee": ["lead"],
    "mara": ["safety"],
    "jun": ["safety"],
    "priya": ["safety"],
    "ivy": ["legal"],
    "kit": ["safety", "legal"],
}
WHY = "because the plan says so"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2025, 7, 1, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def forward(self, duration: str) -> None:
        self.at += parse_duration(duration)


class Screen(io.TextIOWrapper):
    """A stream in memory with an encoding, which may claim to be a terminal."""

    def __init__(self, text: str = "", *, encoding: str = "utf-8", terminal: bool = False) -> None:
        super().__init__(io.BytesIO(text.encode(encoding)), encoding=encoding, newline="\n")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def content(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


@dataclass(frozen=True)
class Result:
    """What one call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """A person's place: a directory, a clock, and the command line."""

    directory: Path
    clock: Clock = field(default_factory=Clock)

    def __call__(
        self,
        *args: str,
        typed: str | None = None,
        encoding: str = "utf-8",
        environment: Mapping[str, str] | None = None,
        terminal: bool = False,
        opener: Any = open_engine,
        stdout: Any = None,
    ) -> Result:
        """Runs ``holdfast ARGS``; with ``typed``, at a terminal where somebody types that."""
        at_terminal = terminal or typed is not None
        given = {"NO_COLOR": "1", "COLUMNS": "80", **(environment or {})}
        out, err = (Screen(encoding=encoding, terminal=at_terminal) for _ in range(2))
        stdin = Screen(typed or "", terminal=at_terminal)
        session = Session(self.directory, given, stdin, stdout or out, err, clock=self.clock, opener=opener)
        return Result(run(args, session=session), out.content(), err.content())

    def does(self, *args: str) -> Result:
        """Runs a command that must succeed."""
        result = self(*args)
        assert result.code == 0, result
        return result

    def engine(self) -> Engine:
        """The same ledger through the library."""
        return open_engine(f"sqlite:///{self.directory / 'holdfast.db'}", clock=self.clock)

    def basis(self, trigger: str = "publish") -> str:
        with self.engine() as engine:
            return engine.explain("aurora", trigger, observe=False).basis

    def to_review(self) -> None:
        """Starts ``aurora`` and brings it to review."""
        self.does("start", "aurora", "model", "--process", "small", "--author", "ada", "--label", "2.1", *by("lee"))
        self.does("advance", "aurora", "submit", *by("lee"))

    def approve(self, *people: str) -> None:
        """Lets people approve publishing in the only role of theirs that fits."""
        for person in people:
            self.does("sign", "aurora", "publish", "--approve", "--seen", self.basis(), *by(person))

    def ready(self) -> None:
        """Fulfils everything that publishing demands."""
        self.to_review()
        self.does("review", "aurora", "biosecurity", "acceptable", *by("mara"))
        self.approve("mara", "jun", "ivy")
        self.clock.forward("25h")


def by(person: str, why: str = WHY) -> tuple[str, ...]:
    return "--as", person, "-m", why
