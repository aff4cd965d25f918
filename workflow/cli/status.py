"""``status`` and ``inbox``: where a release stands, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer

from workflow.cli import exits
from workflow.cli.explanation import MARKS, REMARKS, field, kind_of, state_of
from workflow.cli.incident import incident_line
from workflow.cli.leaving import show_publications
from workflow.cli.migration import show_migration, show_proposal
from workflow.cli.next_step import Standing, command_for, move_by, objection_of, own_refusal, standing_in
from workflow.cli.options import ASK, Release, command
from workflow.cli.output import Output, Style
from workflow.cli.override_shown import show_overriding, show_used
from workflow.cli.paging import After, show_next
from workflow.cli.session import Call
from workflow.cli.shown import counted, friendly, said, short, since
from workflow.course import slipped
from workflow.errors import NotFound
from workflow.phrases import date, day, listed, moment, size, times
from workflow.policy import Verdict
from workflow.requirement import INCIDENT, OVERRIDE_REVIEW
from workflow.views import Explanation, InboxItem, RequirementView, StageView, Status

app = typer.Typer()

PAGE = 20
"""Of how many releases an inbox tells at once, where nothing else is said."""

LOOK = 1_000
"""How many releases are looked into for that."""


@command(app, "status", panel=ASK)
def status(call: Call, release: Release) -> None:
    """Show where a release stands, what stands in its way, and who can act next. Looks at nothing but the ledger.

    Exit codes, by the way onward: 0 allowed, or the end of the road; 1 a rule or a person said no; 8 something is open,
    or was not looked at (explain looks); 4 a check could not be made, or nobody has proven what came of something that
    was let out, whatever the way onward is.
    """
    with call.engine() as engine:
        found = engine.status(release, actor=call.asker)
    show_status(call.out, found)
    call.out.json(found)
    in_doubt = any(item.state == "begun" for item in found.publications)
    if found.next is not None:
        call.hint(f"holdfast explain {found.release} {found.next.trigger}")
        if not in_doubt:
            raise typer.Exit(exits.of_explanation(found.next))
    if in_doubt:
        raise typer.Exit(exits.ExitCode.ENVIRONMENT)


@command(app, "inbox", panel=ASK)
def inbox(
    call: Call,
    after: After = "",
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="COUNT", help="Of at most so many releases.", min=1)
    ] = PAGE,
    look: Annotated[
        int, typer.Option("--look", metavar="COUNT", help="Look into no more releases than this to find them.", min=1)
    ] = LOOK,
) -> None:
    """List what waits for you over all releases, and what changed since you last signed there.

    It goes through the releases in the order of their names, those that can still move on and those in which you
    refused, held or demanded something; where it ends before the last, it says how to go on.
    """
    with call.engine() as engine:
        if not any(person.person == call.actor and not person.left for person in engine.roster().people):
            raise NotFound(f"{call.actor} is not on the roster", remedy="holdfast roster show names who is")
        items = engine.inbox(call.actor, after=after, limit=limit, look=look)
        grouped = [(release, list(waiting)) for release, waiting in groupby(items, lambda item: item.release)]
        standing = {}
        for release, _ in grouped:
            found = engine.status(release)
            standing[release] = standing_in(found, found.candidate)
    if not items:
        reach = "" if items.next is None else f" in the releases up to {items.next}"
        call.out.line(f"Nothing waits for {call.actor}{reach}{f' after {after}' if after else ''}.")
    for release, waiting in grouped:
        _waiting(call.out, waiting, standing[release], call.actor)
    for item in [item for item in items if item.entry is None][:1]:
        call.hint(f"holdfast explain {item.release} {item.trigger} shows what an approval would rest on")
    chosen: dict[str, object] = {"--as": call.named} if call.named else {}
    chosen |= {name: size for name, size, usual in (("--limit", limit, PAGE), ("--look", look, LOOK)) if size != usual}
    show_next(call, "inbox", items, chosen)
    call.out.page(items)


def show_status(out: Output, found: Status) -> None:
    """Prints a status; the common one fits on a screen of 80 by 24."""
    out.line((f"{found.release} {found.label}".rstrip(), "strong"), f"   {found.process_label}   round {found.round}")
    out.line(
        f"candidate {short(found.candidate)} ({counted(found.files, 'file')}, {size(found.size)}, by "
        f"{listed(found.authors, 'and')})"
    )
    out.line(f"{counted(found.entries, 'entry')} in the ledger; {found.chain_checked} of this release, checked")
    if found.solo:
        out.line(("SOLO", "strong"), ": this process lets one person request, write and approve.")
    for done in found.migrations:
        show_migration(out, done)
    if found.proposal is not None:
        show_proposal(out, found.proposal, found.process_label, found.process)
    for stage in found.stages:
        _stage(out, stage, found)
    show_publications(out, found)
    _planned(out, found)
    if found.next is not None:
        _blocking(out, found.next, standing_in(found, found.candidate))
        _remarks(out, found.next)
        show_overriding(out, found.next)
    show_used(out, found)
    _elsewhere(out, found)
    _own(out, found, standing_in(found, found.candidate))


def _stage(out: Output, stage: StageView, found: Status) -> None:
    sign: tuple[str, Style]
    if stage.state == "current":
        sign, word = _present(found)
    else:
        sign = ("[x]", "met") if stage.state == "passed" else ("[ ]", "faint")
        when = f"  {day(stage.entered_at)}" if stage.entered_at and stage.state == "passed" else ""
        word = stage.state + when
    width = max(len(view.name) for view in found.stages)
    out.line(f"{stage.name:<{width}}  {stage.exposure:<8}  {word}", lead=(f" {sign[0]} ", sign[1]))


def _present(found: Status) -> tuple[tuple[str, Style], str]:
    here = since(found.entered_at, found.at)
    if found.next is None:
        known = [item.id for item in found.incidents if item.open]
        if known:
            are = "is" if len(known) == 1 else "are"
            return ("[!]", "open"), f"here, {here}; {listed(known, 'and')} {are} open against it"
        return ("[x]", "met"), f"here, {here}"
    not_met = sum(1 for verdict in found.next.blockers if state_of(verdict) != "unseen")
    of = f"{not_met} of {len(found.next.verdicts)} not met, {here}"
    match exits.outcome_of(found.next):
        case None:
            return ("[>]", "met"), f"ready, {here}"
        case "open" if not not_met:
            return ("[>]", "met"), f"ready but for what was not looked at, {here}"
        case "open":
            return ("[*]", "open"), f"waiting, {of}"
        case "error":
            return ("[?]", "open"), f"not checkable, {of}"
        case _:
            return ("[!]", "refused"), f"blocked, {of}"


def _planned(out: Output, found: Status) -> None:
    if not found.schedule:
        return
    last = found.schedule[-1]
    slips = len(slipped(found.schedule))
    stands = date(last.planned) if last.planned else f"no date since {day(last.at)}"
    before = f" (was {date(last.previous)})" if last.slip and last.previous else ""
    out.line(f"Planned: {stands}{before}{f', slipped {times(slips)}' if slips else ''}")


def _blocking(out: Output, explanation: Explanation, standing: Standing) -> None:
    if not explanation.blockers:
        return
    out.line(f"Blocking `{explanation.trigger}` to {explanation.dest}")
    width = max(len(_rule(verdict)) for verdict in explanation.blockers)
    for verdict in explanation.blockers:
        for place, reason in enumerate(verdict.reasons):
            sign, style = MARKS[kind_of(reason)]
            rule = _rule(verdict) if place == 0 else ""
            text = verdict.summary if kind_of(reason) == "unseen" else friendly(reason.text)
            who = f": {listed(reason.who)}" if reason.who else ""
            have = [fact.text for fact in verdict.facts if fact.label == "counted"] if place == 0 else []
            counts = f" (have {listed(have, 'and')})" if have else ""
            objection = objection_of(reason, explanation.release, standing)
            words = f"; {said(objection.text)}" if objection else ""
            out.line(text + who + counts + words, lead=(f" {sign} {rule:<{width}}  ", style))


def _remarks(out: Output, explanation: Explanation) -> None:
    """What is to be told of approvals: which do not count and why, and which do although something is unusual."""
    told = [fact for verdict in explanation.verdicts for fact in verdict.facts if fact.label in REMARKS]
    for fact in told:
        entry = f", entry {fact.entry}" if fact.entry is not None else ""
        out.line(friendly(fact.text) + entry, lead=f"   {fact.label:<8} ")


def _rule(verdict: Verdict) -> str:
    name = "not looked at" if state_of(verdict) == "unseen" else verdict.policy.replace("_", " ")
    return name if len(name) <= 20 else name[:17] + "..."


def _elsewhere(out: Output, found: Status) -> None:
    """What stands, but not in the way onward."""
    reasons = [reason for verdict in found.next.blockers for reason in verdict.reasons] if found.next else []
    told = {(reason.release or found.release, reason.subject) for reason in reasons}
    lines: list[tuple[str, str | tuple[str, Style]]] = []
    for hold in found.holds:
        if hold.standing and (hold.release, hold.id) not in told:
            text = f"hold {hold.id} placed by {hold.by}, belongs to {hold.owner}: {said(hold.reason)}"
            lines.append((text + _but_for("lifted", hold.lifted_for), " = "))
        if hold.lapsed and hold.standing:
            lines.append((f"hold {hold.id} was to be looked at again by now; that lifts nothing", " = "))
    lines += [incident_line(known) for known in found.incidents if known.open and (known.release, known.id) not in told]
    for item in found.requirements:
        shown = item.kind == INCIDENT or (item.kind == OVERRIDE_REVIEW and item.release == found.release)
        if item.open and not shown and (item.release, item.id) not in told:
            what = f"finding {item.id} ({item.severity})" if item.severity else f"requirement {item.id}"
            by = f"by {item.by} as {item.role}"
            if item.kind == OVERRIDE_REVIEW:
                what, by = f"review {item.id} of an override in {item.release}", f"due by {item.discharged_by}"
            text = f"{what} {by}: {said(item.text)}"
            lines.append((text + _but_for("discharged", item.closed_for) + _accepted(item, found.candidate), " * "))
    for reject in found.rejects:
        if (reject.release, reject.id) not in told:
            who = f"{reject.by} as {reject.role}, {reject.id} of `{reject.transition}`"
            lines.append((f"refused by {who}: {said(reject.reason)}", (" ! ", "refused")))
    if lines and reasons:
        out.line("What else stands")
    for text, lead in lines:
        out.line(text, lead=lead)


def _but_for(closed: str, others: Sequence[str]) -> str:
    return f"; {closed} for {listed(tuple(map(short, others)), 'and')}, but not for this candidate" if others else ""


def _accepted(item: RequirementView, candidate: str) -> str:
    """Whose acceptance of a risk has not ended; whether it counts is said by the gates."""
    words = [
        f"{word.by} as {word.role} until {moment(word.until)}"
        for word in item.accepted
        if candidate in word.candidates and not word.ended
    ]
    return f"; its risk is accepted by {listed(words, 'and')}" if words else ""


def _own(out: Output, found: Status, standing: Standing) -> None:
    if found.actor is None or found.next is None:
        return
    who = f"You ({', '.join((found.actor, *found.actor_roles))}; claimed): "
    publishes = found.next.publisher is not None
    to_do = [
        own_refusal(reason, found.release, standing, found.actor)
        or command_for(reason, found.release, found.next.trigger, standing, publishes=publishes)
        or reason.remedy
        for reason in found.actor_can
    ]
    if found.proposal is not None:
        to_do += [
            f"holdfast process approve-migration {found.release} --role {item.role}"
            for item in found.proposal.consents
            if found.actor in item.who_can
        ]
    unseen = all(state_of(verdict) == "unseen" for verdict in found.next.blockers)
    if unseen and found.next.caller == found.actor:
        to_do.append(move_by(found.release, found.next.trigger, publishes=publishes))
    for place, text in enumerate(dict.fromkeys(to_do) or ["nothing to do."]):
        out.line(text, lead=who if place == 0 else "    ")


def _waiting(out: Output, items: Sequence[InboxItem], standing: Standing, actor: str) -> None:
    first = items[0]
    irreversible = ", irreversibly" if first.irreversible else ""
    way = f"`{first.trigger}` from {first.stage} to {first.dest}{irreversible}" if first.trigger else first.stage
    out.line((f"{first.release} {first.label}".rstrip(), "strong"), f"  {way}")
    for item in items:
        if item.entry is not None:
            field(out, "told", friendly(item.reason.text))
            field(out, "said", said(item.said))
    items = [item for item in items if item.entry is None]
    if not items:
        return
    first = items[0]
    field(out, "since", moment(first.waiting_since))
    if first.last_signed is None:
        field(out, "changed", "you have not decided on this before")
    else:
        told = "; ".join(first.changed) or "nothing that an approval rests on"
        field(out, "changed", f"since your last decision, entry {first.last_signed}: {told}")
    for item in items:
        field(out, "waiting", friendly(item.reason.text))
        objection = objection_of(item.reason, item.release, standing)
        if objection is not None:
            field(out, "said", f"{objection.by}: {said(objection.text)}")
        own = own_refusal(item.reason, item.release, standing, actor)
        if own is not None:
            field(out, "stands", own)
            continue
        publishes = item.publisher is not None
        command = command_for(item.reason, item.release, item.trigger, standing, publishes=publishes)
        field(out, "to do", command or item.reason.remedy or "see holdfast explain")
