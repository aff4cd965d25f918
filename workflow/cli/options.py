"""The arguments that many commands share, and the options that every command has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

from workflow.cli.completion import release_names
from workflow.cli.handing import ask_elsewhere
from workflow.cli.output import Mode
from workflow.cli.session import Call, Session
from workflow.errors import InvalidInput

ASK = "Ask (changes nothing)"
MOVE = "Move a release"
DECIDE = "Decide and speak"
STOP = "Stop, and let go on"
SHOW = "Evidence"
KEEP = "The ledger"
EVERYWHERE = "Everywhere"

P = ParamSpec("P")
Command = Callable[Concatenate[Call, P], None]

Release = Annotated[
    str, typer.Argument(help="The release, by its name.", show_default=False, autocompletion=release_names)
]
AnyRelease = Annotated[
    str | None,
    typer.Argument(help="The release; without it, all.", show_default=False, autocompletion=release_names),
]
Trigger = Annotated[str, typer.Argument(help="The transition, by its trigger.", show_default=False)]
Replace = Annotated[bool, typer.Option("--replace", help="Replace the file if there is one.")]
Message = Annotated[
    str, typer.Option("--message", "-m", metavar="WHY", help="Why, in a sentence: what an auditor will read.")
]
Role = Annotated[
    str | None,
    typer.Option("--role", metavar="ROLE", help="As what you act. May be left out when only one role of yours fits."),
]
Candidates = Annotated[
    list[str] | None,
    typer.Option(
        "--candidate",
        metavar="DIGEST",
        help="For exactly this candidate, not the present one; its first 12 digits will do. Can be repeated.",
    ),
]
Authors = Annotated[
    list[str], typer.Option("--author", metavar="HANDLE", help="Who made the candidate. Can be repeated.")
]
Components = Annotated[
    list[str] | None,
    typer.Option(
        "--component", metavar="NAME=PATH", help="A part of the candidate, and where it is below PATH. Can be repeated."
    ),
]
Files = Annotated[str, typer.Argument(metavar="PATH", help="The model: a directory, or one file.", show_default=False)]
FilesHere = Annotated[
    str | None,
    typer.Argument(
        metavar="[PATH]",
        help="The model: a directory, or one file; left out with --measured.",
        show_default=False,
    ),
]
Measured = Annotated[
    str | None,
    typer.Option(
        "--measured",
        metavar="FILE",
        help="What somebody measured where the files are (candidate manifest --sign), in place of hashing them.",
    ),
]
NoResume = Annotated[
    bool,
    typer.Option(
        "--no-resume", help="Read every byte anew, and keep no journal from which an interrupted run could go on."
    ),
]
Into = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, not to the standard output.")
]
Label = Annotated[str, typer.Option("--label", metavar="TEXT", help="What people call this version, such as 2.1.")]
NoHash = Annotated[bool, typer.Option("--no-hash", help="Do not hash the files again: they count as not looked at.")]
Variant = Annotated[
    str | None, typer.Option("--variant", metavar="KIND", help="What kind of descendant it is, such as quantized.")
]

As = Annotated[
    str | None,
    typer.Option("--as", metavar="HANDLE", help="Who acts: claimed, not proven.", rich_help_panel=EVERYWHERE),
]
Json = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document (docs/json.md).", rich_help_panel=EVERYWHERE)
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No answer but the exit code; errors stay.", rich_help_panel=EVERYWHERE)
]
CommandId = Annotated[
    str | None,
    typer.Option(
        "--command-id",
        metavar="ID",
        help="A name of your choice for this request: the same again is not done twice, but answered as before.",
        rich_help_panel=EVERYWHERE,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Sign with this key: its private file, or the .pub of one in ssh-agent.",
        rich_help_panel=EVERYWHERE,
    ),
]
Asked = Annotated[
    str | None,
    typer.Option(
        "--request",
        metavar="FILE",
        help="Do nothing but write what whoever --as names is to sign elsewhere.",
        rich_help_panel=EVERYWHERE,
    ),
]
NoHints = Annotated[bool, typer.Option("--no-hints", help="Facts only, no advice.", rich_help_panel=EVERYWHERE)]


def command(
    app: typer.Typer,
    name: str,
    *,
    panel: str | None = None,
    changes: bool = False,
    signs: bool = False,
    fixed: bool = True,
    bare: bool = False,
) -> Callable[[Command[P]], Command[P]]:
    """Registers a command, which is handed its :class:`Call`, and gives it the options that every command has.

    Args:
        app: where it belongs.
        name: what people type.
        panel: the heading under which the help lists it.
        changes: whether it records something, so that scripts repeat it under the same ``--command-id``.
        signs: whether what it does can be signed, with ``--key``.
        fixed: whether that is one act, fixed by its arguments, so that somebody else can be asked for it by
            ``--request``; a decision is not.
        bare: whether ``app`` is a noun, and this is what its name alone does.
    """

    def register(function: Command[P]) -> Command[P]:
        @functools.wraps(function)
        def invoked(
            context: typer.Context,
            as_: str | None,
            json_: bool,
            quiet: bool,
            no_hints: bool,
            command_id: str | None = None,
            key: str | None = None,
            request: str | None = None,
            **given: Any,
        ) -> None:
            if context.invoked_subcommand is not None:
                _check_alone(context, name)
                return
            if command_id is not None and not command_id.strip():
                # A script's variable that is not set; taken for no id, a repeated request would be done twice.
                raise InvalidInput("the command id is empty", remedy="give --command-id a name, or leave it out")
            session: Session = context.obj
            mode: Mode = "json" if json_ else "quiet" if quiet else "people"
            if request is not None and (key is not None or command_id is not None):
                raise InvalidInput(
                    "a request is signed elsewhere and is recorded once by itself",
                    remedy="leave --key and --command-id out, or do it here without --request",
                )
            call = Call(
                session,
                session.output(mode),
                as_,
                hints=not no_hints,
                command_id=command_id,
                signs=signs,
                key=key,
                drafts=request is not None,
            )

            def act() -> None:
                # Typer hands over by name what the signature below declares.
                function(call, **given)  # type: ignore[call-arg]

            if request is None:
                act()
            else:
                ask_elsewhere(call, act, request)

        hints = get_type_hints(function, include_extras=True)
        own = list(inspect.signature(function).parameters.values())[1:]
        parameters = [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(item.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[item.name]) for item in own),
            *([_common("key", Key, None)] if signs else ()),
            *([_common("request", Asked, None)] if signs and fixed else ()),
            *([_common("command_id", CommandId, None)] if changes else ()),
            _common("as_", As, None),
            _common("json_", Json, False),
            _common("quiet", Quiet, False),
            _common("no_hints", NoHints, False),
        ]
        invoked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        invoked.__annotations__ = {item.name: item.annotation for item in parameters}
        told = _unwrapped(function.__doc__ or "")
        if bare:
            app.callback(invoke_without_command=True, help=told)(invoked)
        else:
            app.command(name, help=told, rich_help_panel=panel)(invoked)
        return function

    return register


def _check_alone(context: typer.Context, name: str) -> None:
    """Checks that nothing stands between a noun and the command that it goes with: it would be for neither."""
    if any(value not in (None, False) for value in context.params.values()):
        place = f"holdfast {name} {context.invoked_subcommand}"
        raise InvalidInput("options go behind the command that they are for", remedy=f"{place} --help")


def _common(name: str, kind: Any, default: bool | None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def _unwrapped(text: str) -> str:
    """A docstring's paragraphs, each in one line: how wide a terminal is, the source does not know."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def group(name: str, help_text: str, *, panel: str, parent: typer.Typer) -> typer.Typer:
    """A noun with commands of its own, such as ``roster``."""
    noun = typer.Typer(help=help_text)
    parent.add_typer(noun, name=name, rich_help_panel=panel)
    return noun


def components_of(given: list[str] | None) -> dict[str, str] | None:
    """The parts of a candidate that ``--component NAME=PATH`` named.

    Raises:
        InvalidInput: one is written otherwise, or named twice.
    """
    parts: dict[str, str] = {}
    for item in given or ():
        name, equals, path = item.partition("=")
        if not (name and equals and path) or name in parts:
            raise InvalidInput(
                f"{item!r} names no component" if name not in parts else f"the component {name} is named twice",
                remedy="write each once, like --component weights=model.safetensors",
            )
        parts[name] = path
    return parts or None
