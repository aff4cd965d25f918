"""``verify-deployed``: before files are loaded, are they those that were released? Needs a pack, and no ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.anchors import Given, LogKeys, Pins, Witnesses
from workflow.cli.exits import ExitCode
from workflow.cli.options import ASK, Components, Files, command, components_of
from workflow.cli.output import Output, Style
from workflow.cli.progress import checking, hashing
from workflow.cli.session import Call
from workflow.cli.shown import claimed, counted, friendly, lasting, short
from workflow.clock import parse_duration
from workflow.deployed import verify_deployed
from workflow.phrases import moment
from workflow.process import Exposure
from workflow.released import SERVING
from workflow.views import DecisionView
from workflow.views.deployed import DeployedReport

app = typer.Typer()

_RELEASED = ("same", "differs", "missing")
DAY = 24 * 60 * 60

_CODES = {
    "ok": ExitCode.DONE,
    "no": ExitCode.REFUSED,
    "failed": ExitCode.INTEGRITY,
    "unknown": ExitCode.WAITING,
}


@command(app, "verify-deployed", panel=ASK)
def verify(
    call: Call,
    path: Files,
    pack: Annotated[str, typer.Option("--pack", metavar="FILE", help="The release's pack, of audit export.")],
    log_key: LogKeys = None,
    witness: Witnesses = None,
    pin: Pins = None,
    attestation: Annotated[
        str | None,
        typer.Option(
            "--attestation",
            metavar="FILE",
            help="What the log attested of the decision (audit export --format vsa): what became of it until then.",
        ),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="DURATION", help="How long ago that may be, such as 7d or 36h."),
    ] = None,
    exposure: Annotated[
        Exposure,
        typer.Option("--exposure", metavar="EXPOSURE", help="How far it must be out: vetted, hosted or weights."),
    ] = SERVING,
    despite: Annotated[
        list[str] | None,
        typer.Option("--despite", metavar="ID", help="Load them although this stands against them. Can be repeated."),
    ] = None,
    components: Components = None,
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="MODULE:CLASS", help="A policy of your own that may be imported."),
    ] = None,
) -> None:
    """Say whether the files at a path are exactly those that a release let out, before they are loaded.

    Reads the pack and the files, and nothing else: no database, no network, no configuration. Needs somebody who
    vouches for the pack: --log-key, --witness or --pin.

    Exit codes: 0 these are the released files; 1 they are not, or they are withdrawn or were never let out so far; 2
    usage, or there is no such pack; 3 the pack is damaged, or of another ledger; 4 a file at the path cannot be read; 8
    nobody vouches for it, what is known is too old, or something stands against the files.
    """
    age = parse_duration(max_age) if max_age is not None else None
    with hashing(call) as progress, checking(call) as entries:
        report = verify_deployed(
            call.path(path),
            call.path(pack),
            log_keys=log_key or (),
            witnesses=witness or (),
            pinned=Given(pins=pin).pinned(),
            attestation=call.path(attestation) if attestation is not None else None,
            exposure=exposure,
            max_age=age,
            despite=despite or (),
            components=components_of(components),
            policies=tuple(policies or ()),
            clock=call.session.clock,
            progress=progress,
            checking=entries,
        )
    _show(call.out, report, limited=age is not None)
    call.out.json(report)
    if report.outcome != "ok":
        raise typer.Exit(_CODES[report.outcome])


def _show(out: Output, report: DeployedReport, *, limited: bool) -> None:
    found = report.released
    name = f"{found.release} {found.label}".rstrip() if found else "what is in the pack"
    if report.outcome == "ok":
        out.line(("YES", "met"), f": these are exactly the released files of {name}")
    else:
        words = {"no": "NO", "unknown": "NOT KNOWN", "failed": "DAMAGED"}[report.outcome]
        style: Style = "open" if report.outcome == "unknown" else "refused"
        out.line((words, style), f": these files are not to be loaded as {name}")
    known = report.knowledge
    if report.outcome == "ok" and not limited and known is not None and known.age >= DAY:
        old = f"that was known {lasting(known.age)} ago: a withdrawal since then would not show here"
        out.line((old, "open"), lead=" ! ")
        out.line("say how old it may be, with --max-age 7d; --attestation FILE makes it newer", lead="   next: ")
    for reason in report.reasons:
        out.line(friendly(reason.text), lead=" ! ")
        out.line(reason.remedy, lead="   next: ")
    if report.notice is not None:
        out.line(" ".join(report.notice.split()), lead="  notice    ")
    out.line(report.path, lead="  path      ")
    if found is None:
        return
    if found.decision is not None:
        _show_decision(out, found.decision)
    if found.ended is not None and found.ended_at is not None:
        out.line(f"entry {found.ended}, {moment(found.ended_at)}, by {found.ended_by}", lead="  ended     ")
    for item in found.against:
        accepted = ", accepted" if item.id in report.despite else ""
        out.line(f"{item.kind} {item.id}, entry {item.entry}, by {item.by}{accepted}", lead="  against   ")
    out.line(f"{found.process_label}, {short(found.process)}; candidate {found.candidate}", lead="  process   ")
    _show_knowledge(out, report)
    _show_files(out, report)


def _show_decision(out: Output, made: DecisionView) -> None:
    by = claimed(made.by, "sshsig" if made.key else "claimed")
    way = f"from {made.source} to {made.dest} ({made.exposure}) by `{made.trigger}`"
    out.line(f"entry {made.entry}, {moment(made.at)}, by {by}: {way}", lead="  decided   ")
    for item in made.approvals:
        stands = f"with {item.key}" if item.key else "(claimed)"
        out.line(f"{item.person} as {item.role} {stands}, entry {item.entry}", lead="  approved  ")


def _show_knowledge(out: Output, report: DeployedReport) -> None:
    found = report.released
    origin = found.origin if found else ""
    if not report.vouched:
        out.line((f"nobody says that this is {origin}", "open"), lead="  ledger    ")
    for item in report.vouched:
        reach = f", for the first {counted(item.size, 'entry')}" if item.size is not None else ""
        if item.kind == "attestation":
            reach = f", for the decision, entry {item.size}"
        when = f", {moment(item.at)}" if item.at is not None else ""
        out.line(f"{origin}, by the {item.kind} {item.name}{reach}{when}", lead="  ledger    ")
    known = report.knowledge
    if known is not None:
        ago = f"{lasting(known.age)} ago" if known.age >= 0 else "which is still to come by this clock"
        out.line(f"what became of it until {moment(known.at)} ({known.by}), {ago}", lead="  known     ")
        out.line("whether anything was recorded of it since then", lead="  not known ")


def _show_files(out: Output, report: DeployedReport) -> None:
    if report.files is None:
        out.line("not looked at", lead="  files     ")
        return
    same, all_ = (sum(file.state in states for file in report.files) for states in (("same",), _RELEASED))
    out.line(f"{same} of the {counted(all_, 'released file')} the same", lead="  files     ")
    for file in report.files:
        if file.state != "same":
            digests = " ".join(
                f"{word} {short(digest)}"
                for word, digest in (("released", file.released), ("found", file.found))
                if digest
            )
            out.line(f"{file.path} ({file.component}): {digests}", lead=f"  {file.state:<9} ")
