"""``process``: the definitions that releases run under."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from workflow import Process
from workflow.cli.exits import ExitCode
from workflow.cli.options import ASK, command, group
from workflow.cli.output import Style
from workflow.cli.releases import FILE_ENDINGS
from workflow.cli.session import Call
from workflow.cli.shown import short
from workflow.definition import as_mermaid, as_text, differences, load_process, read_process, shipped
from workflow.definition.compare import Effect
from workflow.errors import NotFound
from workflow.process import Exposure
from workflow.registry import Registry

app = typer.Typer()
_EFFECTS: dict[Effect, tuple[str, Style]] = {
    "loosens": ("LOOSENS", "open"),
    "tightens": ("TIGHTENS", "met"),
    "alters": ("alters", "plain"),
}
"""How each effect is shown, the one to look at first at the top."""

process = group("process", "The definitions that releases run under.", panel=ASK, parent=app)


@command(process, "list")
def list_processes(call: Call) -> None:
    """List the ready-made processes and those of the charter, and how far each is allowed."""
    lines = {item.digest: _line(item.name, item.digest, None, ready_made=True) for item in _ready_made()}
    if call.config.database is not None:
        with call.engine() as engine:
            for allowed in engine.roster().charter:
                ready = allowed.process in lines
                lines[allowed.process] = _line(allowed.name, allowed.process, allowed.exposure, ready_made=ready)
    call.out.table(
        ("process", "allowed up to", "ready-made", "digest"),
        [
            (
                str(line["name"]),
                str(line["exposure"] or "not chartered"),
                "yes" if line["ready_made"] else "",
                short(digest),
            )
            for digest, line in lines.items()
        ],
    )
    call.hint("holdfast process show NAME")
    call.out.json({"processes": list(lines.values())})


@command(process, "check")
def check(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The process file.", show_default=False)],
    with_roster: Annotated[
        bool, typer.Option("--roster", help="Also whether the people on the roster can do what it demands.")
    ] = False,
) -> None:
    """Check a process file: every mistake at its line, and what somebody should think about.

    Exit codes: 0 it can be used; 2 it cannot.
    """
    registry = call.registry()
    loaded = read_process(call.path(file), registry, file=file)
    findings = list(loaded.warnings)
    if with_roster:
        with call.engine() as engine:
            findings += engine.check_roster(loaded.process, loaded.places)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in findings:
        call.out.line((str(finding), "refused" if finding in errors else "plain"))
    state: tuple[str, Style] = ("NOT USABLE", "refused") if errors else ("ok", "met")
    call.out.line(state, f": {loaded.process.label}, {loaded.process.digest}")
    call.out.json(
        {
            "process": loaded.process.label,
            "digest": loaded.process.digest,
            "findings": [asdict(finding) for finding in findings],
        }
    )
    if errors:
        raise typer.Exit(ExitCode.USAGE)


@command(process, "show")
def show(
    call: Call,
    name: Annotated[str, typer.Argument(help="A process by name or digest, or a process file.", show_default=False)],
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As a Mermaid state diagram.")] = False,
) -> None:
    """Show what a process demands, in sentences."""
    registry = call.registry()
    found = _named(call, name, registry)
    if mermaid:
        call.out.verbatim(as_mermaid(found, registry))
    else:
        call.out.text(as_text(found, registry))
    call.out.json({"digest": found.digest, "process": found.model_dump(mode="json")})


@command(process, "diff")
def diff(
    call: Call,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A process by name or digest, or a process file.", show_default=False)
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What is to take its place.", show_default=False)],
) -> None:
    """Say how two processes differ: first where the second is looser, then where it is stricter, then what is other.

    Exit codes: 0, whatever they differ in.
    """
    registry = call.registry()
    before, after = _named(call, old, registry), _named(call, new, registry)
    found = sorted(differences(before, after), key=lambda item: list(_EFFECTS).index(item.effect))
    call.out.line(f"from {before.label}, {short(before.digest)}, to {after.label}, {short(after.digest)}")
    for item in found:
        word, style = _EFFECTS[item.effect]
        call.out.line(item.text, lead=(f"{word:<9} ", style))
        call.out.line((item.place, "faint"), lead=" " * 10)
    if not found:
        call.out.line("They are the same.")
    call.out.json(
        {
            "old": {"process": before.label, "digest": before.digest},
            "new": {"process": after.label, "digest": after.digest},
            "differences": [asdict(item) for item in found],
        }
    )


def _ready_made() -> list[Process]:
    registry = Registry()
    return [load_process(path, registry) for path in shipped().values()]


def _line(name: str, digest: str, exposure: Exposure | None, *, ready_made: bool) -> dict[str, str | bool | None]:
    return {"name": name, "digest": digest, "exposure": exposure, "ready_made": ready_made}


def _named(call: Call, name: str, registry: Registry) -> Process:
    """A process from a file, from the charter, or a ready-made one where there is no ledger."""
    if name.endswith(FILE_ENDINGS):
        return load_process(call.path(name), registry, file=name)
    if call.config.database is not None:
        with call.engine() as engine:
            return engine.process(name)
    ready = {item.name: item for item in _ready_made()}
    if name not in ready:
        raise NotFound(
            f"there is no ready-made process {name!r}", remedy=f"there is: {', '.join(ready)}; or name a file"
        )
    return ready[name]
