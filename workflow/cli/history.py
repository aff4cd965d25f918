"""``history`` and ``erase``: what happened, as it was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.completion import release_names
from workflow.cli.options import ASK, KEEP, Message, command
from workflow.cli.output import Output
from workflow.cli.session import Call
from workflow.cli.shown import ERASED, claimed, friendly, place
from workflow.errors import InvalidInput, NotFound
from workflow.facts import LOCATION
from workflow.files import put, unwritten
from workflow.history import moment
from workflow.policy import Verdict
from workflow.views import HistoryItem, SignedEntry

app = typer.Typer()

PAGE = 20
RATIONALE = "rationale"
ALLOWED = "allowed_signers"


@command(app, "history", panel=ASK)
def history(
    call: Call,
    release: Annotated[
        str | None,
        typer.Argument(help="The release; without it, everything.", show_default=False, autocompletion=release_names),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="COUNT", help="At most so many entries.")] = PAGE,
    before: Annotated[
        int | None, typer.Option("--before", metavar="ENTRY", help="Only entries before this one: the page before.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="With hashes, keys, and the verdicts that each decision rested on.")
    ] = False,
    entry: Annotated[int | None, typer.Option("--entry", metavar="ENTRY", help="This entry alone.", min=1)] = None,
    export: Annotated[
        str | None,
        typer.Option(
            "--export", metavar="DIRECTORY", help="Write what its maker signed, for ssh-keygen; with --entry."
        ),
    ] = None,
) -> None:
    """Show what happened, newest last: who, what and why, refusals included.

    What was signed is checked by anybody, with ssh-keygen alone: --entry ENTRY --export DIRECTORY writes the statement,
    its signature and whose key it is, and says how.
    """
    if entry is None and export is not None:
        raise InvalidInput("what is exported is what one entry's maker signed", remedy="add --entry ENTRY")
    with call.engine() as engine:
        if entry is not None:
            before, limit = entry + 1, 1
        items = engine.history(release, before=before, limit=limit, actor=call.asker)
        if entry is not None and [item.entry for item in items] != [entry]:
            raise _not_here(engine.history(None, before=before, limit=1, actor=call.asker), entry, release)
        signed = engine.signed_entry(entry) if entry is not None and export is not None else None
    for item in reversed(items):
        _item(call.out, item, verbose=verbose)
    if signed is not None and export is not None:
        _export(call, signed, call.path(export))
    if entry is None and len(items) == limit and items[-1].entry > 1:
        call.hint(
            f"holdfast history {release + ' ' if release else ''}--before {items[-1].entry} shows what was before"
        )
    call.out.json(items)


def _not_here(found: Sequence[HistoryItem], entry: int, release: str | None) -> NotFound:
    if [item.entry for item in found] != [entry]:
        return NotFound(f"there is no entry {entry}", remedy="holdfast history shows what there is")
    return NotFound(
        f"entry {entry} is none of {release}: it stands in {found[0].stream}",
        remedy=f"holdfast history --entry {entry}",
    )


@command(app, "erase", panel=KEEP, changes=True, signs=True)
def erase(
    call: Call,
    entry: Annotated[int, typer.Argument(help="The entry that the text stands in.", show_default=False)],
    name: Annotated[
        str,
        typer.Argument(help="The text: rationale, text, name, location or condition.1.", show_default=False),
    ],
    message: Message,
) -> None:
    """Delete a text of an entry for good, as an administrator. Its commitment stays, so the ledger still verifies."""
    with call.engine() as engine:
        call.done(engine.erase(entry, name, actor=call.actor, rationale=message, command_id=call.command_id))


def _item(out: Output, item: HistoryItem, *, verbose: bool) -> None:
    out.line(
        (moment(item.at), "faint"),
        f"  {claimed(item.actor, item.proof)}  {item.stream}",
        lead=f"{item.entry:>5}  ",
    )
    for sentence in item.summary:
        text = friendly(sentence)
        out.line((text, "refused") if item.refused else text, lead="       ")
    why = item.texts.get(RATIONALE)
    for name, said in item.texts.items():
        # A statement is its own reason where no other was given; it is said once.
        if name == RATIONALE or said is None or said != why:
            label = "" if name == RATIONALE else f"{name}: "
            out.text(label + _told(name, said), lead="       | ")
    if verbose:
        for verdict in item.verdicts:
            _verdict(out, Verdict.model_validate(verdict))
        key = f", key {item.key}" if item.key is not None else ""
        out.line(f"hash {item.hash}, command {item.command_id}{key}", lead="       ")


def _export(call: Call, signed: SignedEntry, directory: Path) -> None:
    """Writes the two files that ssh-keygen wants, and the line that says whose key it is."""
    name = f"entry-{signed.entry}.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        put(directory / name, signed.statement.encode("utf-8"))
        put(directory / f"{name}.sig", signed.signature.encode("ascii"))
        allowed = directory / ALLOWED
        known = allowed.read_text("utf-8").splitlines() if allowed.exists() else []
        if signed.allowed_signer not in known:
            put(allowed, "".join(f"{line}\n" for line in [*known, signed.allowed_signer]).encode())
    except (OSError, ValueError) as error:
        raise unwritten(error, str(directory), "name another directory") from None
    call.out.line(f"what {signed.actor} signed is in {directory}; to verify it there:", lead="       ")
    call.out.verbatim(
        f"ssh-keygen -Y verify -f {ALLOWED} -I {signed.actor} -n {signed.namespace} -s {name}.sig < {name}"
    )


def _told(name: str, said: str | None) -> str:
    if said is None:
        return ERASED
    return place(said) if name == LOCATION else said


def _verdict(out: Output, verdict: Verdict) -> None:
    state = "met" if verdict.allow else "not met: " + "; ".join(friendly(reason.text) for reason in verdict.reasons)
    out.line(f"{verdict.policy}@{verdict.revision}: {friendly(verdict.summary)}: {state}", lead="       - ")
    for fact in verdict.facts:
        entry = f", entry {fact.entry}" if fact.entry is not None and f"entry {fact.entry}:" not in fact.text else ""
        out.line(f"{fact.label}: {friendly(fact.text)}{entry}", lead="         ")
