"""``candidate``: the exact files of a release, listed where they lie, compared with the list, or replaced by others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from workflow import artifact, ledger
from workflow.artifact import Difference, Journal, Manifest, ManifestFile
from workflow.cli.completion import release_names
from workflow.cli.exits import ExitCode
from workflow.cli.journals import resuming, roots
from workflow.cli.options import (
    MOVE,
    Authors,
    Components,
    Files,
    FilesHere,
    Label,
    Measured,
    Message,
    NoResume,
    Release,
    Variant,
    command,
    components_of,
    group,
)
from workflow.cli.output import Output
from workflow.cli.pen import Pen
from workflow.cli.progress import Hashing, hashing
from workflow.cli.releases import brought, tell_strangers
from workflow.cli.session import Call
from workflow.cli.shown import counted, short
from workflow.clock import SystemClock, timestamp
from workflow.errors import InvalidInput
from workflow.measurement import check_free, measure, write_measurement
from workflow.phrases import listed, size

app = typer.Typer()
candidate = group("candidate", "The exact files of a release.", panel=MOVE, parent=app)


@command(candidate, "replace", changes=True)
def replace(
    call: Call,
    release: Release,
    authors: Authors,
    message: Message,
    path: FilesHere = None,
    measured: Measured = None,
    label: Label = "",
    components: Components = None,
    variant: Variant = None,
    no_resume: NoResume = False,
) -> None:
    """Put other bytes in the candidate's place. Approvals end; objections do not."""
    parts = components_of(components)
    with (
        call.engine() as engine,
        brought(call, path, measured, parts, resume=not no_resume) as (files, journal, progress),
    ):
        outcome = engine.replace_candidate(
            release,
            **files,
            authors=authors,
            actor=call.actor,
            rationale=message,
            command_id=call.command_id,
            label=label,
            variant=variant,
            journal=journal,
            progress=progress,
        )
        roster = engine.roster()
    call.done(outcome)
    tell_strangers(call, authors, roster)
    call.hint(f"holdfast status {release}")


@command(candidate, "manifest", signs=True, fixed=False)
def manifest(
    call: Call,
    path: Files,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write it. Nothing is overwritten.")
    ],
    components: Components = None,
    sign: Annotated[
        bool,
        typer.Option("--sign", help="Sign it as whoever --as names, and write a measurement that a gate can take."),
    ] = False,
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="ORIGIN", help="With --sign: the ledger it is for; roster show tells it."),
    ] = None,
    no_resume: NoResume = False,
) -> None:
    """Hash the files where they lie and write the list of them, whose digest is the candidate's. Needs no ledger.

    With --sign it becomes a measurement: your word, with your key, for one ledger, about files that are too large to
    move. It is handed to start, candidate replace, explain and advance as --measured FILE, and counts as long as the
    process lets it.
    """
    place, parts, target = call.path(path), components_of(components), call.path(output)
    pen = _pen(call, origin, sign=sign)
    (check_free if pen else artifact.check_destination)(target, roots(place, parts))
    began = (call.session.clock or SystemClock()).now()
    measured = None
    with resuming(call, place, parts, resume=not no_resume) as journal, hashing(call) as progress:
        made = artifact.build_manifest(place, components=parts, journal=journal, progress=progress)
        if pen is None:
            written = artifact.write_manifest(made, target)
        else:
            oldest = journal.oldest if journal is not None else None
            since = min(began, oldest or began)
            signed = measure(made, person=call.actor, origin=origin or "", at=since, signer=pen)
            write_measurement(signed, target)
            written = True
            measured = {"by": call.actor, "key": pen.fingerprint, "origin": origin, "at": timestamp(since)}
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
            "measured": measured,
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


def _pen(call: Call, origin: str | None, *, sign: bool) -> Pen | None:
    """What signs a measurement; None where none is asked for.

    Raises:
        InvalidInput: it is not said for which ledger, or with which key; or something is said of it and not asked for.
    """
    if not sign:
        if origin is not None or call.key is not None:
            raise InvalidInput("without --sign nothing is signed", remedy="add --sign, or leave --origin and --key out")
        return None
    key = call.named_key
    if origin is None or key is None:
        raise InvalidInput(
            "a measurement is signed with a key, for one ledger",
            remedy="add --key FILE and --origin ORIGIN, which holdfast roster show tells",
        )
    if not ledger.is_word(origin):
        raise InvalidInput(f"{origin!r} is no name of a ledger", remedy="copy it from holdfast roster show")
    return call.pen(key)


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
