"""``collect``: takes in what was signed elsewhere, each reply as an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow import Engine, Outcome
from workflow.cli.exits import ExitCode
from workflow.cli.explanation import field
from workflow.cli.handing import SUFFIX, read_handed
from workflow.cli.options import DECIDE, command
from workflow.cli.output import Style
from workflow.cli.session import Call, told
from workflow.cli.shown import claimed, friendly
from workflow.commands import SignOff
from workflow.errors import InvalidInput, NotFound, Refused, WorkflowError
from workflow.exchange import Reply
from workflow.telling import describe

app = typer.Typer()


@command(app, "collect", panel=DECIDE)
def collect(
    call: Call,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help=f"Replies, or directories with files that end with {SUFFIX}.", show_default=False
        ),
    ],
) -> None:
    """Take in what was signed elsewhere, each reply as an entry of its own. Again is harmless: what is there stays.

    Exit codes: 0 all of it taken in, or on record already; 1 something was refused; 2 something could not be read.
    """
    with call.engine() as engine:
        found = [_tell(call, _taken(engine, path)) for path in _files(call, paths)]
    for asked in dict.fromkeys(item.asked for item in found if item.word == "refused" and item.asked):
        call.hint(f"holdfast request {' '.join(asked)} -o FILE asks again, for what there is now")
    call.checkpointed(max((item.outcome.checkpoint or 0 for item in found if item.outcome), default=0) or None)
    call.out.json({"replies": [item.told for item in found]})
    words = {item.word for item in found}
    if words - {"taken", "on record", "refused"}:
        raise typer.Exit(ExitCode.USAGE)
    if "refused" in words:
        raise typer.Exit(ExitCode.REFUSED)


@dataclass(frozen=True)
class _Taken:
    """What became of one file. ``changed`` is what an approval rests on now and did not when it was signed.

    ``ignored`` says why an approval that is on record does not count now, where that is so.
    """

    path: Path
    word: str
    reply: Reply | None = None
    outcome: Outcome | None = None
    error: WorkflowError | None = None
    changed: tuple[str, ...] = ()
    ignored: str | None = None

    @property
    def asked(self) -> tuple[str, str] | None:
        """The release and the transition that it decides on."""
        command = self.reply.command if self.reply else None
        return (command.release, command.transition) if isinstance(command, SignOff) else None

    @property
    def told(self) -> dict[str, Any]:
        """The same for a script."""
        actor = self.reply.command.actor if self.reply else None
        recorded = told(self.outcome, actor or "") if self.outcome else None
        entry = recorded["entry"] if recorded else getattr(self.error, "entry", None)
        return {
            "file": str(self.path),
            "result": self.word,
            "actor": actor,
            "entry": entry,
            "outcome": recorded,
            "error": self.error.diagnostics() if self.error else None,
            "changed": list(self.changed),
            "ignored": self.ignored,
        }


def _taken(engine: Engine, path: Path) -> _Taken:
    try:
        reply = Reply.from_bytes(read_handed(path))
    except (InvalidInput, NotFound) as error:
        return _Taken(path, "no reply", error=error)
    try:
        outcome = engine.collect(reply)
    except Refused as error:
        return _Taken(path, "refused", reply, error=error, changed=_changed(engine, reply))
    except (InvalidInput, NotFound) as error:
        return _Taken(path, "not taken", reply, error=error)
    word = "on record" if outcome.replayed else "taken"
    ignored = _ignored(engine, reply, outcome)
    return _Taken(path, word, reply, outcome, changed=_changed(engine, reply) if ignored else (), ignored=ignored)


def _ignored(engine: Engine, reply: Reply, outcome: Outcome) -> str | None:
    """Why an approval that is on record does not count at its gate now, as far as that can be told."""
    command = reply.command
    if not isinstance(command, SignOff) or command.decision != "approve":
        return None
    try:
        verdicts = engine.explain(command.release, command.transition, observe=False).verdicts
    except NotFound:
        return None
    facts = (fact for verdict in verdicts for fact in verdict.facts)
    return next((fact.text for fact in facts if (fact.label, fact.entry) == ("ignored", outcome.entry)), None)


def _changed(engine: Engine, reply: Reply) -> tuple[str, ...]:
    """What changed since a decision was signed, as far as that can be told."""
    tree = reply.read.tree
    if not isinstance(reply.command, SignOff) or tree is None:
        return ()
    try:
        return engine.changed_since(reply.command.release, reply.command.transition, tree.size)
    except NotFound:
        return ()


_STYLES: dict[str, Style] = {"taken": "met", "on record": "plain", "refused": "refused"}


def _tell(call: Call, item: _Taken) -> _Taken:
    out, lead = call.out, (f"{item.word:<10} ", _STYLES.get(item.word, "open"))
    if item.outcome is not None and item.reply is not None:
        out.recorded(item.outcome.entry)
        who = claimed(item.reply.command.actor, item.outcome.proof)
        what = "; ".join(describe(event) for event in item.outcome.events)
        out.line(f"{item.path.name}: entry {item.outcome.entry}, {who} {what}", lead=lead)
        if item.ignored:
            field(out, "but", f"it does not count now: {friendly(item.ignored)}")
            if item.changed:
                field(out, "changed", f"since it was signed: {'; '.join(item.changed)}")
        return item
    error = item.error or InvalidInput("nothing is known of it")
    entry = getattr(error, "entry", None)
    out.line(f"{item.path.name}: " + (f"entry {entry}, " if entry else "") + friendly(error.message), lead=lead)
    if item.changed:
        field(out, "changed", f"since it was signed: {'; '.join(item.changed)}")
    if error.remedy:
        field(out, "next", error.remedy)
    return item


def _files(call: Call, paths: list[str]) -> Iterator[Path]:
    for name in paths:
        path = call.path(name)
        if not path.is_dir():
            yield path
            continue
        inside = sorted(item for item in path.iterdir() if item.name.endswith(SUFFIX))
        # A directory without any is told like a file that is no reply.
        yield from inside or [path]
