"""``process``: the definitions that releases run under."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from workflow import Process
from workflow.cli.compared import show_differences
from workflow.cli.exits import ExitCode
from workflow.cli.migration import show_proposal
from workflow.cli.options import ASK, Message, Release, Role, command, group
from workflow.cli.output import Style
from workflow.cli.releases import FILE_ENDINGS, chosen
from workflow.cli.roles import role_for
from workflow.cli.session import Call
from workflow.cli.shown import SEEN_DIGITS, short
from workflow.definition import (
    as_json_schema,
    as_mermaid,
    as_text,
    by_gate,
    load_process,
    read_process,
    schema_text,
    shipped,
)
from workflow.errors import InvalidInput, NotFound
from workflow.ledger import is_digest
from workflow.process import Exposure
from workflow.registry import Registry
from workflow.views import Status

app = typer.Typer()
TYPED_DIGITS = 8
_PROCESS = re.compile(rf"[0-9a-f]{{{SEEN_DIGITS},64}}", re.ASCII)


class Form(StrEnum):
    """As what a process is shown."""

    TEXT = "text"
    MERMAID = "mermaid"
    JSON = "json"
    YAML = "yaml"


process = group("process", "The definitions that releases run under.", panel=ASK, parent=app)


@command(process, "list")
def list_processes(call: Call) -> None:
    """List the ready-made processes and those of the charter, and how far each is allowed."""
    lines = {item.digest: _line(item.name, item.digest, None, ready_made=True) for item in _ready_made()}
    here = call.config.database is not None
    if here:
        with call.engine() as engine:
            for allowed in engine.roster().charter:
                ready = allowed.process in lines
                lines[allowed.process] = _line(allowed.name, allowed.process, allowed.exposure, ready_made=ready)
    call.out.table(
        ("process", "allowed up to", "ready-made", "digest"),
        [
            (
                str(line["name"]),
                str(line["exposure"] or ("not chartered" if here else "no ledger here")),
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
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="Sentences, a Mermaid state diagram, the resolved process as JSON, or the file as it is (yaml), "
            "comments included, to be copied and changed.",
        ),
    ] = Form.TEXT,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="The same as --format mermaid.")] = False,
) -> None:
    """Show what a process demands: in sentences, as a picture, or with every default and revision written out."""
    registry = call.registry()
    found = _named(call, name, registry)
    resolved = found.model_dump(mode="json")
    if mermaid or form is Form.MERMAID:
        call.out.verbatim(as_mermaid(found, registry))
    elif form is Form.YAML:
        call.out.exactly(_file_of(call, name, found))
    elif form is Form.JSON:
        call.out.verbatim(json.dumps(resolved, indent=2))
    else:
        call.out.text(as_text(found, registry))
    call.out.json({"digest": found.digest, "process": resolved})


@command(process, "schema")
def schema(call: Call) -> None:
    """Print a JSON Schema of the process file, by which editors complete, explain and check while you write.

    It knows your own policies too, where holdfast.toml allows them. What several parts add up to, only `process check`
    can tell.
    """
    made = as_json_schema(call.registry())
    call.out.verbatim(schema_text(made))
    call.out.json(made)


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
    found = show_differences(call.out, before, after)
    call.out.json(
        {
            "old": {"process": before.label, "digest": before.digest},
            "new": {"process": after.label, "digest": after.digest},
            "gates": [asdict(gate) for gate in by_gate(before, after)],
            "differences": [asdict(item) for item in found],
        }
    )


@command(process, "migrate", changes=True)
def migrate(
    call: Call,
    release: Release,
    name: Annotated[
        str,
        typer.Argument(
            metavar="PROCESS", help="A process file, or a process of the charter by name or digest.", show_default=False
        ),
    ],
    message: Message,
) -> None:
    """Propose that a release goes on under another process. It shows how the two differ, the loosening first.

    Those approve it whom the present process asks to sign; the last of them puts the other in force. Approvals of its
    gates end then, and refusals, holds and requirements stay.
    """
    with call.engine() as engine:
        status = engine.status(release)
        before, after = engine.process(status.process), engine.process(chosen(call, engine, name))
        found = show_differences(call.out, before, after)
        outcome = engine.propose_migration(
            release, after, actor=call.actor, rationale=message, command_id=call.command_id
        )
        proposal = engine.status(release).proposal
    call.done(outcome, differences=[asdict(item) for item in found])
    if proposal is not None:
        show_proposal(call.out, proposal, before.label, before.digest)
    call.hint(f"holdfast process approve-migration {release} --seen {after.digest[:SEEN_DIGITS]}")


@command(process, "approve-migration", changes=True, signs=True)
def approve_migration(
    call: Call,
    release: Release,
    message: Message,
    role: Role = None,
    seen: Annotated[
        str | None,
        typer.Option(
            "--seen", metavar="DIGEST", help=f"The process that you saw proposed, or its first {SEEN_DIGITS} digits."
        ),
    ] = None,
) -> None:
    """Approve, in a role that the present process asks to sign, that a release goes on under the proposed one.

    An approval is for exactly one process. At a terminal you see how it differs from the present one, and type the
    first digits of its digest; elsewhere name it with --seen.
    """
    with call.engine() as engine:
        status = engine.status(release)
        digest = _proposed(status, seen, asked=call.interactive)
        found = show_differences(call.out, engine.process(status.process), engine.process(digest))
        if seen is None:
            call.out.line(f"process {digest}")
            typed = call.ask(f"To approve exactly this process, type the first {TYPED_DIGITS} digits of its digest:")
            if len(typed) < TYPED_DIGITS or not digest.startswith(typed):
                raise InvalidInput("these are not its digits: nothing was done", remedy="type them as they are shown")
        wanted = [item.role for item in status.proposal.consents] if status.proposal else None
        outcome = engine.approve_migration(
            release,
            digest,
            role=role_for(call, engine, release, role, asked=wanted),
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
        )
        proposal = engine.status(release).proposal
    call.done(outcome, differences=[asdict(item) for item in found])
    if proposal is not None:
        show_proposal(call.out, proposal, status.process_label, status.process)
    call.hint(f"holdfast status {release}")


def _proposed(status: Status, seen: str | None, *, asked: bool) -> str:
    """The digest of the process that is proposed for a release, where it is the one that was seen.

    Raises:
        InvalidInput: nothing says which was seen.
        NotFound: none is proposed, or another one.
    """
    look = f"holdfast status {status.release} --json shows it, as proposal.process"
    if seen is None and not asked:
        raise InvalidInput("an approval names the process that was seen", remedy=f"{look}; then add --seen DIGEST")
    if seen is not None and not _PROCESS.fullmatch(seen):
        raise InvalidInput(f"{seen!r} is no digest: {SEEN_DIGITS} hexadecimal digits or more", remedy=look)
    if seen is not None and is_digest(seen):
        return seen
    if status.proposal is None:
        raise NotFound(
            f"no other process is proposed for {status.release} in round {status.round}",
            remedy=f"holdfast process migrate {status.release} PROCESS proposes one",
        )
    if seen is not None and not status.proposal.process.startswith(seen):
        raise NotFound(
            f"another process is proposed for {status.release} than was seen: {status.proposal.process[:SEEN_DIGITS]}",
            remedy=f"look again: {look}",
        )
    return status.proposal.process


def _ready_made() -> list[Process]:
    registry = Registry()
    return [load_process(path, registry) for path in shipped().values()]


def _line(name: str, digest: str, exposure: Exposure | None, *, ready_made: bool) -> dict[str, str | bool | None]:
    return {"name": name, "digest": digest, "exposure": exposure, "ready_made": ready_made}


def _file_of(call: Call, name: str, found: Process) -> str:
    """The text of a process's file: of one that was named, or that of a ready-made process.

    Raises:
        NotFound: nobody here has its file; a ledger keeps what a process comes to.
    """
    if name.endswith(FILE_ENDINGS):
        return call.path(name).read_text(encoding="utf-8")
    for path in shipped().values():
        if load_process(path, Registry()).digest == found.digest:
            return path.read_text(encoding="utf-8")
    raise NotFound(
        f"the file of {found.label} is not here: a ledger keeps what a process comes to, not how it was written",
        remedy="--format json shows that; whoever wrote the file has it",
    )


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
