"""``audit who-could``: who could have moved a release at some time, and who could have stopped it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from workflow.cli.asked_of import Asked, askable
from workflow.cli.explanation import field
from workflow.cli.options import Release
from workflow.cli.output import Output, Part
from workflow.cli.session import Call
from workflow.cli.shown import friendly, short
from workflow.cli.times import last_of
from workflow.errors import InvalidInput
from workflow.phrases import listed, moment
from workflow.views.inquiry import GateThen, RoleThen, Sign, WhoCould

ANSWERS: dict[str, Part] = {
    "movable": ("COULD BE MOVED", "strong"),
    "signatures": ("COULD BE MOVED once signed", "strong"),
    "blocked": ("BLOCKED, whoever signed", "open"),
    "nobody": ("NOBODY COULD", "open"),
}


@askable
def who_could(
    call: Call,
    asked: Asked,
    release: Release,
    trigger: Annotated[
        str | None,
        typer.Argument(help="The transition; without it, each that led out of its stage.", show_default=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="At that time; of a day, at its end. Left out: now."),
    ] = None,
    entry: Annotated[
        int | None, typer.Option("--entry", metavar="ENTRY", help="Right after that entry was recorded.", min=1)
    ] = None,
) -> None:
    """Tell who could have moved a release at some time, who could not and why, and who could have stopped it.

    Who could call, whose approval counted, who else could have signed, and what else stood in the way.
    The rules are asked over what was known then. What is outside of the ledger, such as the files, is not looked at.
    """
    if at is not None and entry is not None:
        raise InvalidInput("it is asked of a time or of an entry", remedy="leave one of them out")
    with asked.opened() as engine:
        found = engine.who_could(release, trigger, at=last_of(at), entry=entry)
    show_who_could(call.out, found)
    asked.json(found)


def show_who_could(out: Output, found: WhoCould) -> None:
    """Prints who could have done what."""
    out.line(
        ("Who could have moved", "strong"),
        f" {found.release} {found.label}".rstrip(),
        f" after entry {found.entry}, {moment(found.at)}",
    )
    out.line(
        f"in {found.stage}, {found.process_label}, candidate {short(found.candidate)}, round {found.round}", lead="  "
    )
    for gate in found.gates:
        _gate(out, gate)
    if not found.gates:
        out.line(f"Nothing led out of {found.stage}.")
    by = [f"{item.person} ({listed(item.roles, 'and')})" for item in found.stoppers]
    out.line(("Who could have stopped it", "strong"), f", by a hold: {listed(by) or 'nobody'}.")


def _gate(out: Output, gate: GateThen) -> None:
    gone = ", IRREVERSIBLE" if gate.irreversible else ""
    out.line(f"`{gate.trigger}` to {gate.dest}{gone}: ", ANSWERS[gate.answer])
    if gate.obstacle is not None:
        field(out, "because", gate.obstacle)
        return
    how = f", by a plan ({gate.publisher})" if gate.publisher else ""
    field(out, "call it", f"{listed([caller.person for caller in gate.callers]) or 'nobody'}{how}")
    for role in gate.roles:
        _role(out, role)
    for caller in gate.callers:
        if caller.short:
            lacking = f"not enough people as {listed(caller.short, 'and')} if {caller.person} had called it"
            field(out, "too few", lacking)
    for verdict in gate.others:
        text = "; ".join(friendly(reason.text) for reason in verdict.reasons)
        field(out, "in the way", f"{friendly(verdict.summary)}: {text}")
    if gate.not_looked_at:
        field(out, "not known", f"outside of the ledger: {'; '.join(map(friendly, gate.not_looked_at))}")


def _role(out: Output, role: RoleThen) -> None:
    had = f": {_signed(role.counted)}" if role.counted else ""
    hidden = " (who, shows once the quorum is in)" if role.sealed else ""
    field(out, role.role, f"{role.have} of {role.count} approved{had}{hidden}")
    if role.have < role.count:
        field(out, "", f"could have: {listed(role.could) or 'nobody'}")
    for label, people in (("ignored", role.ignored), ("could not", role.could_not)):
        if people:
            field(out, "", f"{label}: {_signed(people)}")


def _signed(people: Sequence[Sign]) -> str:
    return ", ".join(_one(sign) for sign in people)


def _one(sign: Sign) -> str:
    why = friendly(sign.why) if sign.why else ""
    entry = f"entry {sign.entry}" if sign.entry is not None and f"entry {sign.entry}" not in why else ""
    told = "; ".join(part for part in (entry, why) if part)
    return f"{sign.person} ({told})" if told else sign.person
