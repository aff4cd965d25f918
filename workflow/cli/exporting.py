"""``audit export``: the history as a file, for people who have no access to the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer

from workflow import Engine
from workflow.attestation import told
from workflow.cli.exits import ExitCode
from workflow.cli.options import Replace
from workflow.cli.output import Style
from workflow.cli.progress import writing
from workflow.cli.session import Call
from workflow.cli.shown import counted
from workflow.errors import InvalidInput
from workflow.files import delivering, read_file
from workflow.ledger import RELEASE_PREFIX
from workflow.ledger.note import MAX_BYTES
from workflow.phrases import listed, size
from workflow.process import Exposure
from workflow.released import SERVING
from workflow.views.packs import LinesView, PackView

FORMATS = ("pack", "jsonl", "vsa")

Release = Annotated[str | None, typer.Argument(metavar="RELEASE", help="The release, by its name.", show_default=False)]
File = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where it is to be.", show_default=False)]
Format = Annotated[
    str,
    typer.Option(
        "--format", metavar="FORMAT", help="pack, to be verified; jsonl, for other tools; vsa, the decision attested."
    ),
]
All = Annotated[bool, typer.Option("--all", help="The whole ledger; with --format jsonl.")]
DigestsOnly = Annotated[
    bool, typer.Option("--digests-only", help="Leave reports and documents out; their digests stay.")
]
NoTexts = Annotated[bool, typer.Option("--no-texts", help="Leave every text out; their commitments stay.")]
Withhold = Annotated[
    list[str] | None,
    typer.Option("--withhold", metavar="ENTRY:NAME", help="Leave a text out, such as 12:rationale. Can be repeated."),
]
Since = Annotated[
    list[int] | None,
    typer.Option(
        "--since", metavar="SIZE", help="Prove that the tree continues the one of this size. Can be repeated."
    ),
]
Sealed = Annotated[bool, typer.Option("--sealed", help="Also tell who decided what where that is sealed now.")]
Checkpoint = Annotated[
    str | None,
    typer.Option("--checkpoint", metavar="FILE", help="This signed note over the ledger's tree, instead of a new one."),
]
NoCheckpoint = Annotated[
    bool, typer.Option("--no-checkpoint", help="Without one, also where the log's key is at hand.")
]
Exposed = Annotated[
    Exposure | None,
    typer.Option("--exposure", metavar="EXPOSURE", help="With vsa: how far it must be out: vetted, hosted or weights."),
]
Resource = Annotated[
    str | None, typer.Option("--resource", metavar="URI", help="With vsa: where consumers get the files.")
]


def export(
    call: Call,
    output: File,
    release: Release = None,
    format_: Format = "pack",
    all_: All = False,
    digests_only: DigestsOnly = False,
    no_texts: NoTexts = False,
    withhold: Withhold = None,
    since: Since = None,
    sealed: Sealed = False,
    checkpoint: Checkpoint = None,
    no_checkpoint: NoCheckpoint = False,
    exposure: Exposed = None,
    resource: Resource = None,
    replace: Replace = False,
) -> None:
    """Write the history of a release into one file that anybody can verify offline: a pack (docs/pack-format.md).

    With it every decision can be made again, and every signature, text and file checked: audit verify --pack FILE.
    It says what was left out. A file that is there already is not replaced unless that is said.

    With --format vsa only the outcome: a SLSA verification summary that the log's key signs, for deployment tooling.
    Where it says FAILED, it is written all the same, and the exit code is 1.
    """
    if format_ not in FORMATS:
        raise InvalidInput(f"there is no format {format_[:40]!r}", remedy=f"one of {', '.join(FORMATS)}")
    only_packs = digests_only or no_texts or withhold or since or sealed or checkpoint or no_checkpoint
    if format_ != "pack" and only_packs:
        raise InvalidInput("what is left out is chosen for a pack alone", remedy="leave --format out")
    if (release is None) != all_ or (all_ and format_ != "jsonl"):
        raise InvalidInput(
            "name one release",
            remedy="such as: holdfast audit export aurora-7b -o FILE; or, for the whole ledger, --all --format jsonl",
        )
    if format_ != "vsa" and (exposure is not None or resource is not None):
        raise InvalidInput("an exposure and a resource belong to an attestation", remedy="add --format vsa")
    path = call.path(output)
    if format_ == "vsa":
        attest(call, release or "", path, exposure, resource, replace=replace)
        return
    note = read_file(call.path(checkpoint), limit=MAX_BYTES) if checkpoint is not None else None
    with call.engine() as engine, writing(call) as progress:
        if format_ == "jsonl":
            lines = engine.export_lines(release, path, actor=call.asker, replace=replace, progress=progress)
            show_lines(call, lines, str(path))
            return
        pack = engine.export(
            release or "",
            path,
            evidence=not digests_only,
            texts=not no_texts,
            withhold=withhold or (),
            since=since or (),
            sealed=sealed,
            checkpoint=False if no_checkpoint else note,
            replace=replace,
            progress=progress,
        )
        inside = _internal_in(engine, pack)
    show_pack(call, pack, str(path), inside)


def attest(
    call: Call, release: str, path: Path, exposure: Exposure | None, resource: str | None, *, replace: bool
) -> None:
    """Writes what the log attests of a release's decision, and says what that is."""
    asked = exposure or SERVING
    with call.engine() as engine, delivering(path, replace=replace) as file:
        made = engine.attest(release, exposure=asked, resource=resource)
        file.write(made)
    result, levels, standing = told(made)
    style: Style = "met" if result == "PASSED" else "refused"
    out = call.out
    out.line((result, style), f": {release} is {standing.replace('_', ' ')}, asked for {asked}", lead="  attested     ")
    out.line(", ".join(levels), lead="  levels       ")
    out.line(str(path), lead="  file         ")
    out.json({"file": str(path), "release": release, "result": result, "levels": levels, "standing": standing})
    if result != "PASSED":
        raise typer.Exit(ExitCode.REFUSED)


def show_lines(call: Call, lines: LinesView, path: str) -> None:
    """Says what was written."""
    what = lines.release or "the whole ledger"
    call.out.line(f"Wrote {counted(lines.entries, 'entry')} of {what}, {size(lines.bytes)}.")
    call.out.line(path, lead="  file         ")
    call.out.json({"file": path, **lines.model_dump(mode="json")})


def _internal_in(engine: Engine, pack: PackView) -> dict[int, str]:
    """The entries of a pack's internal statements that are in it to be read, each with the name of its text."""
    withheld = {(item.entry, item.name) for item in pack.withheld_texts}
    found = {}
    for stream in pack.streams:
        release = stream.removeprefix(RELEASE_PREFIX)
        if release == stream:
            continue
        for item in engine.status(release).statements:
            if not item.public and item.text is not None:
                made = engine.history(release, before=item.entry + 1, limit=1)[0]
                found[item.entry] = str(made.events[0]["text"])
    return {entry: name for entry, name in found.items() if (entry, name) not in withheld}


def tell_internal(call: Call, entries: Collection[int], remedy: str) -> None:
    """Says that internal statements go out with what was written, and how they do not."""
    if not entries:
        return
    which = listed([str(entry) for entry in sorted(entries)], "and")
    told = f"{counted(len(entries), 'statement')} that {'is' if len(entries) == 1 else 'are'} not meant for the public"
    word = "entry" if len(entries) == 1 else "entries"
    call.out.line((told, "open"), f" can be read in it: {word} {which}", lead="  internal     ")
    call.hint(remedy)


def show_pack(call: Call, pack: PackView, path: str, internal: Mapping[int, str]) -> None:
    """Says what is in a pack, and what was left out of it."""
    call.out.line(f"Wrote the pack of {pack.release}, {size(pack.bytes)}.")
    call.out.line(path, lead="  file         ")
    contents(call, pack)
    withhold = " ".join(f"--withhold {entry}:{name}" for entry, name in sorted(internal.items()))
    tell_internal(call, internal, f"{withhold} leaves it out" if len(internal) == 1 else f"{withhold} leave them out")
    if pack.checkpoint and len(pack.checkpoint_by) < 2:
        call.hint("no witness stands for it; docs/pack-format.md says how to have the checkpoint cosigned before")
    call.hint(f"whoever has it: holdfast audit verify --pack {path} --log-key VKEY")
    call.out.json({"file": path, **pack.model_dump(mode="json")})


def contents(call: Call, pack: PackView) -> None:
    """Prints what a pack has and has not."""
    out = call.out
    out.line(f"{pack.origin}, {counted(pack.size, 'entry')}", lead="  ledger       ")
    out.line(pack.root, lead="  tree root    ")
    held = (counted(pack.entries, "entry"), counted(len(pack.streams), "stream"), counted(pack.texts, "text"))
    out.line("; ".join((*held, counted(pack.files, "kept file"))), lead="  in it        ")
    out.line(", ".join(pack.streams), lead="  streams      ")
    out.line(_checkpoint(pack), lead="  checkpoint   ")
    out.line(pack.sums, lead="  sums         ")
    for text in pack.withheld_texts:
        out.line((f"the text {text.name} of entry {text.entry}", "open"), lead="  withheld     ")
    for file in pack.withheld_evidence:
        out.line((f"the evidence {file.digest[:12]} of entry {file.entry}", "open"), lead="  withheld     ")


def _checkpoint(pack: PackView) -> str:
    """Who stands for a pack by its checkpoint, as that says; whoever verifies it with their keys checks it."""
    if not pack.checkpoint:
        return "none"
    log = "signed by the log's key" if pack.origin in pack.checkpoint_by else "not signed by the log's key"
    others = [name for name in pack.checkpoint_by if name != pack.origin]
    return f"{log}, cosigned by {', '.join(others) or 'nobody'}"
