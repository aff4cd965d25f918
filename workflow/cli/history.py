"""``history`` and ``erase``: what happened, as it was recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow.cli.completion import release_names
from workflow.cli.options import ASK, KEEP, Message, command
from workflow.cli.output import Output
from workflow.cli.session import Call
from workflow.cli.shown import ERASED, claimed, friendly, place
from workflow.facts import LOCATION
from workflow.history import moment
from workflow.policy import Verdict
from workflow.views import HistoryItem

app = typer.Typer()

PAGE = 20
RATIONALE = "rationale"


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
        bool, typer.Option("--verbose", "-v", help="With hashes, and the verdicts that each decision rested on.")
    ] = False,
) -> None:
    """Show what happened, newest last: who, what and why, refusals included."""
    with call.engine() as engine:
        items = engine.history(release, before=before, limit=limit, actor=call.asker)
    for item in reversed(items):
        _item(call.out, item, verbose=verbose)
    if len(items) == limit and items[-1].entry > 1:
        call.hint(
            f"holdfast history {release + ' ' if release else ''}--before {items[-1].entry} shows what was before"
        )
    call.out.json(items)


@command(app, "erase", panel=KEEP, changes=True)
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
        out.line(f"hash {item.hash}, command {item.command_id}", lead="       ")


def _told(name: str, said: str | None) -> str:
    if said is None:
        return ERASED
    return place(said) if name == LOCATION else said


def _verdict(out: Output, verdict: Verdict) -> None:
    state = "met" if verdict.allow else "not met: " + "; ".join(friendly(reason.text) for reason in verdict.reasons)
    out.line(f"{verdict.policy}@{verdict.revision}: {friendly(verdict.summary)}: {state}", lead="       - ")
