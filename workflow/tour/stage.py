"""What the tour is told on: a calendar, a directory, and the real command line in them.

Nothing here knows the story. A command is run as a person would run it, its output is printed as it is, and its exit
code is compared with the one that the story promised.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from textwrap import wrap

from workflow.cli import Session, run
from workflow.cli.shown import SEEN_DIGITS
from workflow.errors import NotFound, WorkflowError
from workflow.tour.reports import write_report

Echo = Callable[[str], None]

NARROWEST, WIDEST = 40, 80
_PLAIN = re.compile(r"[\w./:@=-]+", re.ASCII)


class Calendar:
    """A clock that the story turns; each reading is a second after the one before."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The story's present."""
        self._now += timedelta(seconds=1)
        return self._now

    def turn_to(self, moment: datetime) -> None:
        """Goes on to a time."""
        self._now = moment


class Stage:
    """Where a story happens.

    Args:
        directory: where its files are, and where its commands run.
        echo: prints a line.
    """

    def __init__(self, directory: Path, echo: Echo) -> None:
        self.directory = directory
        self.calendar = Calendar(datetime(2025, 6, 2, 9, tzinfo=UTC))
        self._echo = echo
        self._width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
        self._at = directory
        self._silent = False

    def on(self, month: int, day: int, title: str) -> None:
        """Begins a chapter, at nine in the morning of a day of 2025."""
        moment = datetime(2025, month, day, 9, tzinfo=UTC)
        self.calendar.turn_to(moment)
        self._silent = False
        self._echo("")
        self._echo(f"=== {moment:%A}, {day} {moment:%B}: {title} ===")

    def say(self, text: str) -> None:
        """Narrates."""
        self._silent = False
        self._echo("")
        for line in wrap(" ".join(text.split()), self._width - 2):
            self._echo(f"# {line}")

    def run(self, command: str, *, ends: int = 0) -> None:
        """Runs a command of the command line, and prints it with all that it prints.

        Raises:
            WorkflowError: it did not end with this exit code.
        """
        words = shlex.split(command)
        self._typed(*_continued(["holdfast", *words], self._width))
        code, output = self._call(words)
        self._silent = not output
        for line in output.splitlines():
            self._echo(line)
        if code:
            self._echo(f"[exit {code}]")
        if code != ends:
            raise WorkflowError(
                f"the tour went otherwise than told: `holdfast {words[0]}` ended with {code}, not {ends}",
                remedy="this is a mistake in Holdfast; please report it with the lines above",
            )

    def make_keys(self, *people: str) -> None:
        """Everybody makes a key, with ``ssh-keygen`` and without a passphrase.

        Raises:
            NotFound: the program is not there.
            WorkflowError: it made no key.
        """
        (self.directory / "keys").mkdir()
        everybody = _continued(["for", "person", "in", *people], self._width)
        self._typed(*everybody, "> do ssh-keygen -q -t ed25519 -N '' -C $person -f keys/$person; done")
        self._silent = True
        for person in people:
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", f"keys/{person}"]
            try:
                done = subprocess.run(command, cwd=self.directory, capture_output=True, check=False)  # noqa: S603
            except OSError as error:
                raise NotFound(
                    f"ssh-keygen cannot be run: {error.strerror}",
                    remedy="install OpenSSH's client",
                ) from error
            if done.returncode:
                raise WorkflowError(
                    f"ssh-keygen made no key for {person}: {done.stderr.decode(errors='replace')[:200]}"
                )

    def approve(
        self,
        person: str,
        release: str,
        trigger: str,
        why: str,
        *,
        key: str | None = None,
        quietly: bool = False,
        ends: int = 0,
    ) -> None:
        """Somebody looks at what there is to approve, and signs exactly that; with somebody else's key, if they try."""
        _, answer = self._call(["explain", release, trigger, "--no-hash", "--json"])
        basis = json.loads(answer)["basis"][:SEEN_DIGITS]
        who = f"--as {person} --key keys/{key or person}{' -q' if quietly else ''}"
        self.run(f'sign {release} {trigger} --approve --seen {basis} {who} -m "{why}"', ends=ends)

    def sign_elsewhere(self, person: str, request: str, why: str) -> None:
        """Somebody approves what a request asks, without the ledger at hand."""
        basis = json.loads((self.directory / request).read_bytes())["basis"][:SEEN_DIGITS]
        self.run(f'sign {request} --approve --seen {basis} --key keys/{person} -m "{why}"')

    def forge(self, reply: str, old: str, new: str, forged: str) -> None:
        """Makes a reply over, by replacing every name in it."""
        self._typed(f"$ sed 's/{old}/{new}/g' {reply} > {forged}")
        text = (self.directory / reply).read_text(encoding="utf-8")
        (self.directory / forged).write_text(text.replace(old, new), encoding="utf-8")
        self._silent = True

    def report(self, log: str, name: str, *, model: str) -> None:
        """An evaluation of a model's files has ended, and its log lies in ``reports``."""
        (self.directory / "reports").mkdir(exist_ok=True)
        path = self.directory / "reports" / name
        write_report(log, path, model=self.directory / model, completed=self.calendar.now())

    def copy_to(self, folder: str) -> None:
        """Copies the ledger into a new directory, and goes there."""
        self._typed(f"$ mkdir {folder} && cp -r holdfast.* {folder} && cd {folder}")
        self._at = self.directory / folder
        self._at.mkdir()
        for item in sorted(self.directory.glob("holdfast.*")):
            if item.is_dir():
                shutil.copytree(item, self._at / item.name)
            else:
                shutil.copy(item, self._at)

    def back(self) -> None:
        """Goes back to the ledger itself."""
        self._typed("$ cd ..")
        self._at = self.directory

    def sql(self, *statements: str) -> None:
        """Runs statements on the database itself, past Holdfast, and prints them with what is said to each."""
        self._typed("$ sqlite3 holdfast.db")
        with closing(sqlite3.connect(self._at / "holdfast.db", isolation_level=None)) as database:
            for statement in statements:
                for place, line in enumerate(statement.splitlines()):
                    self._echo(("   ...> " if place else "sqlite> ") + line)
                try:
                    database.execute(statement)
                except sqlite3.IntegrityError as error:
                    self._echo(f"Error: {error}")

    def _typed(self, *lines: str) -> None:
        # Commands that print nothing stand together.
        if not self._silent:
            self._echo("")
        self._silent = False
        for line in lines:
            self._echo(line)

    def _call(self, words: list[str]) -> tuple[int, str]:
        screen = StringIO()
        session = Session(
            directory=self._at,
            # Of the user's own surroundings nothing counts: no configuration, no other ledger, no colour.
            environment={"NO_COLOR": "1", "COLUMNS": str(self._width)},
            stdin=StringIO(),
            stdout=screen,
            stderr=screen,
            clock=self.calendar,
        )
        return run(words, session=session), screen.getvalue()


def _continued(words: list[str], width: int) -> list[str]:
    """A command as it is typed, continued on further lines where it is long; an option stays with its value."""
    parts: list[str] = []
    for word in words:
        quoted = word if _PLAIN.fullmatch(word) else f'"{word}"'
        if parts and parts[-1].startswith("-") and " " not in parts[-1] and not word.startswith("-"):
            parts[-1] += f" {quoted}"
        else:
            parts.append(quoted)
    lines = ["$"]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > width - 2:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {part}"
    return lines
