"""What one call of the command line works with: who, where, when, and the streams."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TextIO

from workflow import Engine, Outcome, open_engine
from workflow.checkpoints.log import Log, When
from workflow.cli.config import Config, find_config, from_home
from workflow.cli.output import Mode, Output
from workflow.cli.own_code import make_importable, observers_of
from workflow.cli.pen import Pen, own_key
from workflow.cli.shown import claimed
from workflow.clock import Clock
from workflow.errors import InvalidInput, LedgerError, NotFound, ProtectionMissing
from workflow.events import dump
from workflow.observe import Looker
from workflow.registry import Registry
from workflow.signing import SshKeygen
from workflow.telling import describe

STDERR = 2


class Opener(Protocol):
    """Opens a ledger for a command."""

    def __call__(
        self,
        url: str,
        *,
        policies: tuple[str, ...],
        observers: Mapping[str, Looker],
        clock: Clock | None,
        pinned: Mapping[int, str],
        log_key: Path | None = None,
        log_heads: Path | None = None,
        checkpoints: When = "asked",
    ) -> Engine:
        """The engine at an address."""
        ...


@dataclass(frozen=True)
class Session:
    """The surroundings of a call. Nothing else of the process is read or changed, but for where modules are found.

    Args:
        directory: where the configuration is looked for, and where relative paths start.
        environment: the variables.
        stdin: for answers to questions.
        stdout: for what was asked.
        stderr: for errors, hints and progress.
        clock: where the time comes from; the machine's own by default.
        opener: opens the ledger.
    """

    directory: Path
    environment: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    clock: Clock | None = None
    opener: Opener = field(default=open_engine)

    @classmethod
    def of_process(cls) -> Session:
        """The process's own surroundings."""
        # Without one of the three, its number would go to the next file that is opened, and what is printed into that.
        while (number := os.open(os.devnull, os.O_RDWR)) <= STDERR:
            pass
        os.close(number)
        stdin, stdout, stderr = (
            sys.stdin or os.fdopen(0),
            sys.stdout or os.fdopen(1, "w"),
            sys.stderr or os.fdopen(STDERR, "w"),
        )
        return cls(Path.cwd(), os.environ, stdin, stdout, stderr)

    def output(self, mode: Mode) -> Output:
        """Where an answer goes, in a mode."""
        return Output(self.stdout, self.stderr, self.environment, mode=mode)


@dataclass(frozen=True)
class Call:
    """One command in its surroundings: what every command can ask for, and how it answers.

    Args:
        session: the surroundings.
        out: where the answer goes.
        named: whom ``--as`` named.
        hints: whether hints were left on.
        command_id: what ``--command-id`` said, where the command has that option.
        signs: whether what the command does can be signed.
        key: what ``--key`` said.
        drafts: whether the act is only to be asked of somebody, by ``--request``.
    """

    session: Session
    out: Output
    named: str | None = None
    hints: bool = True
    command_id: str | None = None
    signs: bool = False
    key: str | None = None
    drafts: bool = False

    @cached_property
    def config(self) -> Config:
        """The configuration that holds here."""
        return find_config(self.session.directory, self.session.environment)

    @property
    def asker(self) -> str | None:
        """Who asks, where anything says so."""
        return self.named or self.config.actor

    @property
    def actor(self) -> str:
        """Who acts.

        Raises:
            InvalidInput: nothing says so.
        """
        return somebody(self.asker)

    def engine(self, *, pinned: bool = True, log_key: Path | None = None) -> Engine:
        """The ledger of this directory, opened; to be used as a context manager.

        Args:
            pinned: whether it must have the entries that the configuration pins.
            log_key: the file of the ledger's own key, where it is another than the configuration's.
        """
        url = self.config.ledger()
        make_importable(self.config)
        try:
            opened = self.session.opener(
                url,
                policies=self.config.policies,
                observers=observers_of(self.config),
                clock=self.session.clock,
                pinned=self.config.pinned if pinned else {},
                **self._log(log_key or self.config.log_key),
            )
        except NotFound as error:
            if not self.config.pinned:
                raise
            raise LedgerError(
                f"{error.message}; and {self.config.file} pins entries of one", remedy="find it, or restore a backup"
            ) from error
        if not self.signs:
            return opened
        try:
            return self._in_hand(opened)
        except BaseException:
            opened.close()
            raise

    def _log(self, key: Path | None) -> dict[str, Any]:
        """Where the ledger's own key is, for whoever makes checkpoints."""
        if key is None:
            return {}
        return {"log_key": key, "log_heads": self.config.log_heads, "checkpoints": self.config.checkpoints}

    def _in_hand(self, engine: Engine) -> Engine:
        """The engine for whoever acts: with their key, without one, or for somebody else to sign."""
        if self.drafts:
            return engine.drafting()
        key = self.named_key or own_key(self.session.environment, partial(_enrolled, engine, self.asker))
        return engine.without_key() if key is None else engine.signing_with(self.pen(key))

    @property
    def named_key(self) -> Path | None:
        """The key that was named: by ``--key``, by the environment, or in the configuration."""
        if self.key is not None:
            return self.path(from_home(self.key, self.session.environment))
        return self.config.key

    def pen(self, key: Path) -> Pen:
        """What signs with a key, and shows what it signs."""
        return Pen(self.out, SshKeygen(key, environment=self.session.environment))

    def registry(self) -> Registry:
        """The policies that may be used here, where no ledger is needed."""
        make_importable(self.config)
        return Registry(self.config.policies)

    def path(self, given: Path | str) -> Path:
        """A path as it was typed, from the directory of the call.

        Raises:
            InvalidInput: nothing can have that path, or nobody may look whether something has.
        """
        path = self.session.directory / given
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            pass  # whoever needs it there says so
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise InvalidInput(f"{str(given)[:80]!r} is no path to use: {why}", remedy="name another") from error
        return path

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to read a question and to answer it."""
        return self.out.mode == "people" and self.session.stdin.isatty() and self.session.stdout.isatty()

    def ask(self, question: str) -> str:
        """What somebody typed in answer.

        Raises:
            InvalidInput: nobody answered.
        """
        self.session.stderr.write(f"{question} ")
        self.session.stderr.flush()
        answer = ""
        try:
            answer = self.session.stdin.readline()
        finally:
            # Whoever ends it by Ctrl-C or Ctrl-D leaves the cursor behind the question.
            if not answer.endswith("\n"):
                self.session.stderr.write("\n")
        if not answer:
            raise InvalidInput("nobody answered, and nothing was done", remedy="answer, or run it with --help")
        return answer.strip()

    def hint(self, text: str) -> None:
        """Advice beside the facts, for people who did not switch it off."""
        if self.out.mode == "people" and self.hints and self.config.hints:
            self.out.say((text, "faint"), lead="hint: ")

    def done(self, outcome: Outcome, **also: Any) -> None:
        """Tells what a command made happen; ``also`` is what else a script gets."""
        self.out.recorded(outcome.entry)
        if outcome.replayed:
            self.out.line("This command id is on record already; nothing was done again.")
        tell(self.out, outcome, self.actor)
        self.checkpointed(outcome.checkpoint)
        self.out.json({**told(outcome, self.actor), **also})

    def checkpointed(self, size: int | None) -> None:
        """Says where the checkpoint is that was made after a change, where one was."""
        if size is not None:
            where = f"remembered in {self.memory}; holdfast checkpoint -o FILE takes it out"
            self.hint(f"a checkpoint of {size} entries is {where}")

    @property
    def memory(self) -> Path | None:
        """The directory that remembers which checkpoints were given out."""
        key = self.config.log_key
        return None if key is None else Log(key, self.config.log_heads).memory


def tell(out: Output, outcome: Outcome, actor: str) -> None:
    """Prints what an act of somebody's made happen."""
    out.recorded(outcome.entry)
    for place, event in enumerate(outcome.events):
        who = f"{claimed(actor, outcome.proof)} " if place == 0 else ""
        out.line(who + describe(event), lead=f"entry {outcome.entry}  " if place == 0 else "    ")


def told(outcome: Outcome, actor: str) -> dict[str, Any]:
    """The same for a script."""
    return {
        "entry": outcome.entry,
        "at": outcome.at.isoformat().replace("+00:00", "Z"),
        "actor": actor,
        "proof": outcome.proof,
        "command_id": outcome.command_id,
        "replayed": outcome.replayed,
        "checkpoint": outcome.checkpoint,
        "events": [dump(event) for event in outcome.events],
    }


def _enrolled(engine: Engine, person: str | None) -> tuple[str, ...]:
    """The keys that somebody may sign with; none where the database lost its protection, and nothing is looked up."""
    try:
        return engine.fingerprints(person) if person else ()
    except ProtectionMissing:
        return ()


def somebody(person: str | None) -> str:
    """Who acts, where anything says so.

    Raises:
        InvalidInput: nothing does.
    """
    if not person:
        raise InvalidInput(
            "nothing says who acts", remedy="add --as HANDLE, set HOLDFAST_ACTOR, or put actor in holdfast.toml"
        )
    return person
