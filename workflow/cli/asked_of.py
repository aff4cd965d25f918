"""Whom a question is put to: the ledger of this directory, or a pack, which is verified first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer
from pydantic import BaseModel

from workflow import Engine, PackQuestions, open_pack
from workflow.cli import exits
from workflow.cli.anchors import Checkpoints, LogKeys, Pins, Policies, Witnesses
from workflow.cli.options import Command
from workflow.cli.output import Output
from workflow.cli.progress import checking
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.ledger.note import MAX_BYTES
from workflow.phrases import listed, moment
from workflow.pins import parse_pin
from workflow.views.packs import PackSource

P = ParamSpec("P")

Pack = Annotated[
    str | None,
    typer.Option("--pack", metavar="FILE", help="Ask this pack instead of a ledger, offline; it is verified first."),
]
_ANCHORS = {"log_key": LogKeys, "witness": Witnesses, "pin": Pins, "checkpoint": Checkpoints, "policy": Policies}


@dataclass
class Asked:
    """Whom a question is put to, and how the answer says so."""

    call: Call
    pack: str | None
    anchors: Mapping[str, Sequence[str] | None]
    source: PackSource | None = field(default=None, init=False)

    @contextmanager
    def opened(self) -> Iterator[Engine | PackQuestions]:
        """What answers; of a pack, it is said before the answer that it is one, and who vouches for it."""
        if self.pack is None:
            with self.call.engine() as engine:
                yield engine
            return
        given = {name: tuple(values or ()) for name, values in self.anchors.items()}
        with checking(self.call) as progress:
            pack = open_pack(
                self.call.path(self.pack),
                log_keys=given["log_key"],
                witnesses=given["witness"],
                pinned=dict(map(parse_pin, given["pin"])),
                checkpoints=[read_file(self.call.path(name), limit=MAX_BYTES) for name in given["checkpoint"]],
                policies=given["policy"],
                progress=progress,
            )
        with pack:
            self.source = pack.source
            yield pack
        _told(self.call.out, pack.source)

    def json(self, answer: BaseModel | Sequence[BaseModel]) -> None:
        """The answer for a script; of a pack, with what it is of."""
        if self.source is None:
            self.call.out.json(answer)
            return
        told = (
            answer.model_dump(mode="json")
            if isinstance(answer, BaseModel)
            else [one.model_dump(mode="json") for one in answer]
        )
        self.call.out.json({"pack": self.source.model_dump(mode="json"), "answer": told})

    def hint(self, text: str) -> None:
        """Advice that needs the ledger."""
        if self.pack is None:
            self.call.hint(text)

    def end(self) -> None:
        """Ends an answer that nobody stands for with the exit code that says so."""
        if self.source is not None and not (self.source.vouched and self.source.outcome == "ok"):
            raise typer.Exit(exits.ExitCode.WAITING)


def askable(function: Callable[Concatenate[Call, Asked, P], None]) -> Command[...]:
    """Lets a question be put to a pack as well; its function is handed what answers it."""
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[2:]
    named = {item.name for item in own}
    added = {"pack": Pack, **{name: kind for name, kind in _ANCHORS.items() if name not in named}}

    @functools.wraps(function)
    def asking(call: Call, **given: Any) -> None:
        pack = given.pop("pack")
        anchors = {name: given[name] if name in named else given.pop(name) for name in _ANCHORS}
        if pack is None and any(anchors[name] for name in added if name != "pack"):
            raise InvalidInput(
                "--log-key, --witness, --pin, --checkpoint and --policy are for a pack", remedy="name it with --pack"
            )
        asked = Asked(call, pack, anchors)
        # The command that registers it hands over by name what the signature below declares.
        function(call, asked, **given)  # type: ignore[call-arg]
        asked.end()

    parameters = [
        inspect.Parameter("call", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Call),
        *(item.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[item.name]) for item in own),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=None)
            for name, kind in added.items()
        ),
    ]
    asking.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    asking.__annotations__ = {item.name: item.annotation for item in parameters}
    return asking


def _told(out: Output, source: PackSource) -> None:
    of = f" {source.file}, of {source.release}, as of {moment(source.at)}"
    out.line(("Of the pack", "strong"), f"{of}: {source.entries} of the {counted(source.size, 'entry')} of its ledger")
    if source.outcome == "ok":
        out.line(("verified", "met"), ": all that can be told from it, and nothing was found", lead="  ")
    else:
        first = source.not_checked[0] if source.not_checked else "see holdfast audit verify --pack"
        out.line(
            ("not all verified", "open"),
            f": nothing was found, but not everything could be checked: {first}",
            lead="  ",
        )
    if source.vouched:
        upto = f", for the first {counted(source.vouched_to, 'entry')}" if source.vouched_to is not None else ""
        out.line(("vouched for", "met"), f" by {listed(source.vouched_by, 'and')}{upto}", lead="  ")
    else:
        out.line(
            ("NOT VOUCHED", "open"),
            ": anybody can make up such a ledger. Name a key, a witness, a pin or a checkpoint that you have",
            lead="  ",
        )
