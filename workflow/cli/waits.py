"""``audit waiting``: how long each gate waited, and on whom."""

from __future__ import annotations

from workflow.cli.asked_of import Asked, askable
from workflow.cli.explanation import field
from workflow.cli.options import AnyRelease
from workflow.cli.output import Output
from workflow.cli.progress import asking
from workflow.cli.session import Call
from workflow.cli.shown import counted, friendly, lasting
from workflow.phrases import listed, moment
from workflow.views.inquiry import ReleaseWaits, RoleMedian, StageWait, StoodWait, Waiting


@askable
def waiting(call: Call, asked: Asked, release: AnyRelease = None) -> None:
    """Show how long each stage of a release waited, when each approval came, and whom an open one waits for.

    Without a release, all of them, and how long each role took.

    An approval's time runs from when it could first be given: a new candidate or stage ends the approvals before it.
    """
    with asked.opened() as engine, asking(call) as progress:
        found = engine.waiting(release, progress=progress)
    show_waiting(call.out, found)
    if release is None and asked.pack is not None:
        call.out.line("How long each role takes over all releases, only the ledger itself can tell.")
    asked.json(found)


def show_waiting(out: Output, found: Waiting) -> None:
    """Prints how long gates waited."""
    if not found.releases:
        out.line("There is no release yet.")
    for release in found.releases:
        _release(out, release)
    if found.medians:
        out.line(("Until a role's last approval, from when it could be given", "strong"))
    for role in found.medians:
        _median(out, role)


def _release(out: Output, found: ReleaseWaits) -> None:
    out.line((f"{found.release} {found.label}".rstrip(), "strong"))
    for stay in found.stays:
        _stay(out, stay)


def _stay(out: Output, stay: StageWait) -> None:
    length = lasting(max(0, stay.seconds))
    since = f"{stay.stage}, since {moment(stay.entered_at)} (entry {stay.entered}): "
    if stay.left is None:
        out.line(since, ("OPEN", "open"), f" for {length}; `{stay.trigger}` leads on", lead="  ")
    else:
        how = f"by `{stay.trigger}`" if stay.trigger else "taken back"
        out.line(f"{since}{length}; then {stay.mover} {how}, entry {stay.left}", lead="  ")
    for place, item in enumerate(stay.approvals):
        last = ", the last" if place == len(stay.approvals) - 1 and not stay.missing else ""
        field(out, item.role, f"{item.person} after {lasting(max(0, item.seconds))}, entry {item.entry}{last}")
    if stay.left is not None and stay.approvals:
        field(out, "then", f"{lasting(max(0, stay.after_last or 0))} until it was moved")
    for rule in stay.rules:
        field(
            out,
            "of it",
            f"{lasting(rule.seconds)} the rule's: {rule.policy} of {rule.what}, until {moment(rule.until)}",
        )
    for one in stay.stood:
        _stood(out, one)
    for hold in stay.holds:
        end = f"lifted by {listed(hold.lifted_by, 'and')}, entry {hold.lifted}" if hold.lifted else "not lifted"
        field(
            out,
            "held",
            f"{lasting(max(0, hold.seconds))} by {hold.by} as {hold.role} ({hold.id}, entry {hold.entry}); {end}",
        )
    for role in stay.missing:
        field(out, "waits for", f"{role.missing} more as {role.role}: {listed(role.who_can) or 'nobody may'}")
    roles = {role.role for role in stay.missing}
    for reason in stay.waits_on:
        if reason.role not in roles or reason.code != "sign-offs-missing":
            who = f" ({listed(reason.who)})" if reason.who else ""
            field(out, "waits for", f"{friendly(reason.text)}{who}")


def _stood(out: Output, item: StoodWait) -> None:
    word = {"refusal": "refused", "review": "found bad", "requirement": "asked"}[item.kind]
    by = f" by {listed(item.ended_by, 'and')}" if item.ended_by else ""
    end = f"ended{by}, entry {item.ended}" if item.ended is not None else "stood to the end"
    which = f"{item.what} ({item.id}, entry {item.entry})"
    field(out, word, f"{lasting(item.seconds)} by {item.by} as {item.role}: {which}; {end}")


def _median(out: Output, role: RoleMedian) -> None:
    still = f"; {counted(role.open, 'gate')} open" if role.open else ""
    if role.median is None or role.longest is None:
        field(out, role.role, f"none completed yet{still}")
        return
    gates = counted(role.gates, "gate")
    middle = f"median {lasting(role.median)}, longest {lasting(role.longest)}"
    field(out, role.role, f"{gates}, {middle}{still}")
