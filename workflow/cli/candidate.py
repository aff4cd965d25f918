"""``candidate``: the exact files of a release, listed where they lie, compared with the list, or replaced by others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from workflow import artifact
from workflow.artifact import Difference, Journal, Manifest, ManifestFile
from workflow.cli.completion import release_names
from workflow.cli.exits import ExitCode
from workflow.cli.journals import resuming, roots
from workflow.cli.options import (
    MOVE,
    Authors,
    Components,
    Files,
    Label,
    Message,
    NoResume,
    Release,
    Variant,
    command,
    components_of,
    group,
)
from workflow.cli.output import Output
from workflow.cli.progress import Hashing, hashing
from workflow.cli.releases import tell_strangers
from workflow.cli.session import Call
from workflow.cli.shown import counted, listed, short, size
from workflow.clock import timestamp
from workflow.errors import InvalidInput

app = typer.Typer()
candidate = group("candidate", "The exact files of a release.", panel=MOVE, parent=app)


@command(candidate, "replace", changes=True)
def replace(
    call: Call,
    release: Release,
    path: Files,
    authors: Authors,
    message: Message,
    label: Label = "",
    components: Components = None,
    variant: Variant = None,
    no_resume: NoResume = False,
) -> None:
    """Put other bytes in the candidate's place. Approvals end; objections do not."""
    place, parts = call.path(path), components_of(components)
    with (
        call.engine() as engine,
        resuming(call, place, parts, resume=not no_resume) as journal,
        hashing(call) as progress,
    ):
        outcome = engine.replace_candidate(
            release,
            place,
            authors=authors,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            components=parts,
            label=label,
            variant=variant,
            journal=journal,
            progress=progress,
        )
        roster = engine.roster()
    call.done(outcome)
    tell_strangers(call, authors, roster)
    call.hint(f"holdfast status {release}")


@command(candidate, "manifest")
def manifest(
    call: Call,
    path: Files,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write the manifest. Nothing is overwritten.")
    ],
    components: Components = None,
    no_resume: NoResume = False,
) -> None:
    """Hash the files where they lie and write the list of them, whose digest is the candidate's. Needs no ledger."""
    place, parts = call.path(path), components_of(components)
    artifact.check_destination(call.path(output), roots(place, parts))
    with resuming(call, place, parts, resume=not no_resume) as journal, hashing(call) as progress:
        made = artifact.build_manifest(place, components=parts, journal=journal, progress=progress)
        written = artifact.write_manifest(made, call.path(output))
    _show_manifest(call.out, made, progress)
    call.out.line(output if written else f"{output}, which held exactly this already", lead="  written      ")
    call.out.json(
        {
            "digest": made.digest,
            "files": made.file_count,
            "size": made.total_bytes,
            "components": list(made.components),
            "rate": progress.last.rate,
            "file": output,
            "written": written,
            "recalled": _recalled(journal),
        }
    )


@command(candidate, "verify")
def verify(
    call: Call,
    path: Files,
    file: Annotated[
        str | None, typer.Option("--manifest", metavar="FILE", help="The list to compare with: a manifest in a file.")
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(
            "--release",
            metavar="RELEASE",
            help="The list to compare with: that of a release.",
            autocompletion=release_names,
        ),
    ] = None,
    components: Components = None,
) -> None:
    """Compare the files at a path with a manifest: every byte is read, and what differs is named.

    Exit codes: 0 exactly the same files; 1 something was added, removed or changed; 2 it could not be compared.
    """
    expected = _expected(call, file, release)
    with hashing(call) as progress:
        difference = artifact.verify(call.path(path), expected, components=components_of(components), progress=progress)
    _show_difference(call.out, expected, difference, progress)
    call.out.json(
        {
            "digest": expected.digest,
            "same": difference.is_empty,
            "added": [asdict(item) for item in difference.added],
            "removed": [asdict(item) for item in difference.removed],
            "changed": [asdict(item) for item in difference.changed],
            "files": progress.last.files_done,
            "size": progress.last.bytes_done,
            "rate": progress.last.rate,
        }
    )
    if not difference.is_empty:
        raise typer.Exit(ExitCode.REFUSED)


def _expected(call: Call, file: str | None, release: str | None) -> Manifest:
    if file is not None and release is None:
        return artifact.read_manifest(call.path(file))
    if release is not None and file is None:
        with call.engine() as engine:
            return engine.manifest(release)
    raise InvalidInput(
        "the files are compared with exactly one list", remedy="give one of --manifest FILE and --release RELEASE"
    )


def _recalled(journal: Journal | None) -> dict[str, Any] | None:
    if journal is None or journal.oldest is None:
        return None
    return {"files": journal.recalled, "since": timestamp(journal.oldest)}


def _show_manifest(out: Output, made: Manifest, progress: Hashing) -> None:
    out.line(made.digest, lead="manifest       ")
    out.line(str(made.file_count), lead="  files        ")
    out.line(f"{made.total_bytes:,} ({size(made.total_bytes)})", lead="  bytes        ")
    out.line(listed(made.components, "and"), lead="  components   ")
    rate = progress.last.rate
    out.line(f"{size(rate)}/s" if rate else "nothing was read", lead="  rate         ")


def _show_difference(out: Output, expected: Manifest, difference: Difference, progress: Hashing) -> None:
    read = f"{counted(progress.last.files_done, 'file')}, {size(progress.last.bytes_done)} read"
    if difference.is_empty:
        out.line(("SAME", "met"), f": {read}, exactly the files of {expected.digest}")
        return
    out.line(("DIFFERENT", "refused"), f" from {expected.digest}: {read}")
    _list(out, "added", difference.added)
    _list(out, "removed", difference.removed)
    for change in difference.changed:
        old, new = change.old, change.new
        became = f"{short(old.sha256)} became {short(new.sha256)}"
        resized = f", {size(old.size)} became {size(new.size)}" if old.size != new.size else ""
        out.line(f"{_name(new)}: {became}{resized}", lead=f"  {'changed':<12} ")


def _list(out: Output, what: str, files: Iterable[ManifestFile]) -> None:
    for file in files:
        out.line(f"{_name(file)}, {size(file.size)}", lead=f"  {what:<12} ")


def _name(file: ManifestFile) -> str:
    return f"{file.component}/{file.path}"
