"""A roster on the screen: people, keys, who stands in for whom, and what waits for administrators."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.cli.output import Style
from workflow.cli.session import Call
from workflow.cli.shown import counted, said
from workflow.phrases import listed, moment
from workflow.roster_views import KeyView, PendingView, RosterView


def show_roster(call: Call, view: RosterView) -> None:
    """Prints a roster."""
    out = call.out
    word = "changes of it are signed" if view.keyed else "people are as claimed"
    out.line(f"{view.origin}, roster version {view.version}; {word}")
    able = f"; {listed(view.able, 'and') or 'nobody'} can sign" if view.keyed else ""
    out.line(f"administered by {listed(view.administrators, 'and')}; a change takes {view.threshold} of them{able}")
    _locked(call, view)
    away = {item.person: f"away until {moment(item.until)}" if item.until else "away" for item in view.away}
    if view.people:
        out.table(
            ("person", "roles", "name", "note"),
            [
                (
                    person.person,
                    ", ".join(person.roles),
                    person.name or "",
                    ", ".join(
                        note
                        for note in (
                            "administrator" if person.administrator else "",
                            "has left" if person.left else "",
                            away.get(person.person, ""),
                        )
                        if note
                    ),
                )
                for person in view.people
            ],
        )
    for key in view.keys:
        _key(call, key)
    for named in view.log_keys:
        until = f" and up to {named.ended}" if named.ended is not None else ""
        out.line(f"{named.key}, for the trees from {named.entry} entries on{until}", lead="checkpoints by  ")
    for text in _standing(view):
        out.line(text)
    for pending in view.pending:
        _pending(call, pending)


def locked(view: RosterView) -> str | None:
    """That too few administrators can sign to change anything, or None."""
    if not view.keyed or len(view.able) >= view.threshold:
        return None
    who = f"only {listed(view.able, 'and')} can" if view.able else "nobody can"
    return f"LOCKED: a change takes {counted(view.threshold, 'administrator')} who can sign, and {who}"


def _locked(call: Call, view: RosterView) -> None:
    if why := locked(view):
        call.out.line((why, "refused"))


def _key(call: Call, key: KeyView) -> None:
    word, style = state_of(key)
    call.out.line(f"{key.fingerprint}  {key.kind}, entry {key.entry}, ", (word, style), lead=f"key of {key.person}  ")
    earlier = f", signed for by {key.crossed_by}" if key.crossed_by else ""
    call.out.line(f"verified by {key.verified_by}: {said(key.how)}{earlier}", lead="    ")


def state_of(key: KeyView) -> tuple[str, Style]:
    """What a key may do, in a word, and how that is shown."""
    if key.compromised_since is not None:
        return f"compromised since {moment(key.compromised_since)}, revoked in entry {key.revoked}", "refused"
    if key.revoked is not None:
        return f"revoked, entry {key.revoked}", "faint"
    if key.suspended is not None:
        return f"suspended, entry {key.suspended}", "open"
    if not key.proven:
        return "has not shown yet that its owner holds it", "open"
    return "counts", "met"


def _standing(view: RosterView) -> Iterator[str]:
    for item in view.deputies:
        where = f" in {item.release}" if item.release else ""
        until = f", until {moment(item.until)}" if item.until else ""
        roles = listed(item.roles, "and")
        yield f"{item.deputy} stands in for {item.person} as {roles}{where}{until}, when they cannot act"
    for late in view.admitted:
        where = f"in round {late.round} of {late.release}"
        yield f"{late.person} counts as {late.role} {where} although late, change {late.change}"
    for decider in view.deciders:
        yield f"{decider.person} decides about {decider.objection} of {decider.release}, whose maker has left"


def _pending(call: Call, pending: PendingView) -> None:
    have = f"approved by {len(pending.counting)} of {pending.needed}"
    if pending.counting:
        have += f" ({listed(pending.counting, 'and')})"
    if pending.needed_of_new is not None:
        have += f", and it takes {pending.needed_of_new} of those who are to administer"
    call.out.line(f"{pending.summary}; {have}", lead=f"waiting {pending.id}  ")
    if pending.stale:
        stale = (
            f"what {listed(pending.stale, 'and')} approved was for an earlier version, or with a key that holds no more"
        )
        call.out.line(f"{stale}: it is to be approved anew, for version {pending.version}", lead="    ")
    if pending.who_can:
        call.hint(f"{listed(pending.who_can)}: holdfast roster approve {pending.id} -m WHY")
