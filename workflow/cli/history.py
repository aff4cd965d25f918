"""``history`` and ``erase``: what happened, as it was recorded."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.cli.asked_of import Asked, askable
from workflow.cli.completion import release_names
from workflow.cli.options import ASK, KEEP, Message, command
from workflow.cli.output import Output
from workflow.cli.session import Call
from workflow.cli.shown import ERASED, claimed, counted, friendly, place
from workflow.cli.times import first_of, last_of
from workflow.commands import RATIONALE
from workflow.errors import InvalidInput, NotFound
from workflow.facts import LOCATION
from workflow.files import put, unwritten
from workflow.inquiry import LOOK
from workflow.phrases import moment
from workflow.policy import Verdict
from workflow.views import HistoryItem, SignedEntry

app = typer.Typer()

NAME = "holdfast"
PAGE = 20
ALLOWED = "allowed_signers"


@command(app, "history", panel=ASK)
@askable
def history(
    call: Call,
    asked: Asked,
    release: Annotated[
        str | None,
        typer.Argument(help="The release; without it, everything.", show_default=False, autocompletion=release_names),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="HANDLE", help="Only what this person did.")] = None,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="ROLE", help="Only what was done as this, and who was given or lost it."),
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="Only what was done while its release was in this.")
    ] = None,
    trigger: Annotated[
        str | None, typer.Option("--trigger", metavar="TRIGGER", help="Only what is about this transition.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only what was recorded then or later; a day will do.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Only what was recorded then or earlier; of a day, all of it."),
    ] = None,
    refusals: Annotated[bool, typer.Option("--refusals", help="Only what was refused.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="COUNT", help="At most so many entries.")] = PAGE,
    before: Annotated[
        int | None, typer.Option("--before", metavar="ENTRY", help="Only entries before this one: the page before.")
    ] = None,
    after: Annotated[
        int | None, typer.Option("--after", metavar="ENTRY", help="Only entries after this one: the page after.", min=0)
    ] = None,
    look: Annotated[
        int, typer.Option("--look", metavar="COUNT", help="Look at no more entries than this to find them.", min=1)
    ] = LOOK,
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

    --by, --role, --stage, --trigger, --since, --until and --refusals choose among the entries, all of them together.
    Then it is said how far was looked, and with --json that stands beside the entries (docs/json.md).

    What was signed is checked by anybody, with ssh-keygen alone: --entry ENTRY --export DIRECTORY writes the statement,
    its signature and whose key it is, and says how.
    """
    if entry is None and export is not None:
        raise InvalidInput("what is exported is what one entry's maker signed", remedy="add --entry ENTRY")
    wanted: dict[str, Any] = {"by": by, "role": role, "stage": stage, "trigger": trigger}
    wanted |= {"since": first_of(since), "until": last_of(until), "refusals": refusals or None, "after": after}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    if chosen:
        if entry is not None:
            raise InvalidInput("--entry names one entry by itself", remedy="leave the other choices out")
        show_page(asked, release, chosen, before=before, limit=limit, look=look, verbose=verbose)
        return
    with asked.opened() as engine:
        if entry is not None:
            before, limit = entry + 1, 1
        items = engine.history(release, before=before, limit=limit, actor=call.asker)
        if entry is not None and [item.entry for item in items] != [entry]:
            if asked.pack is not None:
                raise NotFound(f"entry {entry} is not in the pack", remedy="ask the ledger itself")
            raise _not_here(engine.history(None, before=before, limit=1, actor=call.asker), entry, release)
        signed = engine.signed_entry(entry) if entry is not None and export is not None else None
    for item in reversed(items):
        show_item(call.out, item, verbose=verbose)
    if signed is not None and export is not None:
        _export(call, signed, call.path(export))
    if entry is None and items.next is not None:
        asked.hint(f"holdfast history {release + ' ' if release else ''}--before {items.next} shows what was before")
    asked.json(items)


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


def show_page(
    asked: Asked,
    release: str | None,
    chosen: Mapping[str, Any],
    *,
    before: int | None,
    limit: int,
    look: int,
    verbose: bool,
) -> None:
    """Prints the entries that were chosen, how far was looked for them, and how to go on."""
    call = asked.call
    with asked.opened() as engine:
        page = engine.search_history(release, **chosen, before=before, limit=limit, look=look, actor=call.asker)
    for item in reversed(page.items):
        show_item(call.out, item, verbose=verbose)
    found = counted(len(page.items), "entry") if page.items else "No entry"
    where = f", {page.lowest} to {page.highest}" if page.lowest is not None else ""
    of = f"of {release} " if release else ""
    call.out.line((f"{found} {of}found; {counted(page.looked_at, 'entry')} looked at{where}", "strong"), ".")
    if page.next_before is None and page.next_after is None:
        call.out.line("Nothing was left out." if asked.pack is None else "Nothing of the pack was left out.")
    else:
        options = [part for name, value in chosen.items() if name != "after" for part in _option(name, value)]
        options += ["--limit", str(limit)] if limit != PAGE else []
        options += ["--look", str(look)] if look != LOOK else []
        if page.next_before is not None:
            options += ["--before", str(page.next_before)]
        else:
            options += ["--after", str(page.next_after), *(["--before", str(before)] if before is not None else [])]
        words = [NAME, "history", *([release] if release else []), *options]
        words += ["--pack", asked.pack] if asked.pack is not None else []
        call.out.line("There may be more:")
        call.out.verbatim(shlex.join(words))
    asked.json(page)


def _option(name: str, value: Any) -> tuple[str, ...]:
    """A choice as it is typed."""
    if value is True:
        return (f"--{name}",)
    return f"--{name}", value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def show_item(out: Output, item: HistoryItem, *, verbose: bool = False) -> None:
    """Prints one entry."""
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
