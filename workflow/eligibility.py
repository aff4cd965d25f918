"""Who may do what opens a gate, and whose approval counts.

The exclusions (the requester, the authors) limit every act that can open a gate. They never limit a refusal, a stop or
the withdrawal of one's own words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflow.process import Process
from workflow.records import replace
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.signoff import Act, Ignored, Quorum, QuorumResult, Remark, SignOff, fill_places

CALLS = "requester, calls the trigger"
"""Why the approval of whoever calls a trigger does not count there."""


def exclusion(
    person: str, release: ReleaseState, authors: Iterable[str], *, caller: str | None = None, solo: bool = False
) -> str | None:
    """Why a person may do nothing that opens a gate of this release, or None where nothing stands against it.

    Args:
        person: by handle.
        release: the release whose gate it is.
        authors: of the candidate and of everything it descends from.
        caller: who calls the trigger, where that is known.
        solo: the process admits that one person does everything; only a recusal still counts.
    """
    if person in release.recused:
        return f"recused, entry {release.recused[person]}"
    if solo:
        return None
    if person == caller:
        return CALLS
    if person == release.started_by:
        return "requester, started the release"
    if person == release.mover:
        return f"requester, moved it into {release.stage}"
    if person in authors:
        return "author of the candidate"
    return None


def unfit(person: str, role: str, release: ReleaseState, roster: Roster, process: Process) -> str | None:
    """Why somebody may do nothing as a role that opens a gate of a release, whatever else they are, or None.

    Where signatures are required, nobody counts in a round that had begun before they were given the role, unless the
    administrators' threshold said so.
    """
    # Until they say that they are back: time alone brings nobody's approval back.
    if person in roster.away:
        return f"away, entry {roster.away[person][0]}"
    for other in process.role(role).not_with:
        if roster.holds(person, other):
            return f"is {other} too, and {other} may not act as {role}"
    return _late(person, role, release, roster, process)


def latecomers(role: str, release: ReleaseState, roster: Roster, process: Process) -> tuple[str, ...]:
    """Those who hold a role and would be fit for it, had they not come to it after the round had begun."""
    return tuple(
        person
        for person in roster.having(role)
        if (late := _late(person, role, release, roster, process))
        and unfit(person, role, release, roster, process) == late
    )


def _late(person: str, role: str, release: ReleaseState, roster: Roster, process: Process) -> str | None:
    if not process.signed:
        return None
    joined = roster.joined(person, role)
    if joined > release.round_entry and not admitted(person, role, release, roster):
        return f"was given {role} after round {release.round} began, entry {joined}"
    return None


def admitted(person: str, role: str, release: ReleaseState, roster: Roster) -> bool:
    """Whether the administrators let somebody count in the present round, although they came after it began."""
    return (person, role, release.slug, release.round) in roster.admitted


def remarks(sign_off: SignOff, release: ReleaseState, roster: Roster) -> Iterator[Remark]:
    """What is to be told of an approval that counts: that its maker came late, or for whom they stand in."""
    person, role = sign_off.act.person, sign_off.act.role
    change = roster.admitted.get((person, role, release.slug, release.round))
    if change is not None:
        yield Remark(sign_off, "late", f"{person} counts although late, change {change}")
    absent = roster.stands_in(person, role)
    if absent is None:
        return
    if not roster.knows(absent):
        why = "has left"
    elif absent in release.recused:
        why = f"is recused, entry {release.recused[absent]}"
    else:
        why = f"is away, entry {roster.away[absent][0]}"
    yield Remark(sign_off, "deputy", f"{person} for {absent}, who {why}")


def too_new(key: str | None, role: str, release: ReleaseState, roster: Roster) -> str | None:
    """Why a key does not count in the present round at what nothing undoes, or None.

    It counts where it was enrolled before the round began, or signed for by one that was. A first key also counts
    where the administrators admitted its owner, who has no earlier one to sign with.
    """
    known = roster.keys.get(key or "")
    if known is None:
        return None
    root = roster.root_key(known)
    if root.entry < release.round_entry or (not root.later and admitted(known.person, role, release, roster)):
        return None
    return (
        f"the key was enrolled after round {release.round} began, entry {known.entry}, and no earlier key of "
        f"{known.person} signed for it"
    )


def unsound(act: Act, roster: Roster, *, signed: bool) -> str | None:
    """Why what an act was signed with does not bear it, or None. ``signed`` says whether a claim is not enough."""
    if act.key is None:
        return "is claimed, not signed" if signed else None
    return roster.fault(act)


def lapse(act: Act, roster: Roster, *, signed: bool = False) -> str | None:
    """Why an act's maker does not have the role that the act needs, then or now, or None where they do.

    Whatever the act was signed with must bear it still; ``signed`` says whether a claim is not enough.
    """
    if fault := unsound(act, roster, signed=signed):
        return fault
    if not roster.held(act.person, act.role, act.roster_version):
        named = roster.stood_in(act.person, act.role)
        if named is not None and roster.knows(act.person) and named.version <= act.roster_version:
            return f"stands in for {named.person} no more"
        return f"did not hold {act.role} then"
    if not roster.knows(act.person):
        return "has left"
    if not roster.holds(act.person, act.role):
        return f"no longer holds {act.role}"
    if not roster.kept(act.person, act.role, act.roster_version):
        # A role that comes back must not bring back what was said by whoever it was taken from.
        return f"lost {act.role} in between"
    if act.entry < roster.acts_from(act.person, act.role):
        return f"stood in for {roster.stands_in(act.person, act.role)} in an earlier absence"
    return None


@dataclass(frozen=True, slots=True)
class Gate:
    """What approvals of one transition are measured against.

    ``authors`` made the candidate or anything that it descends from. ``expired`` has the ids of the sign-offs that are
    past their time, and ``now`` says who is away.
    """

    trigger: str
    source: str
    dest: str
    basis: str
    quorums: tuple[Quorum, ...]
    process: Process
    release: ReleaseState
    roster: Roster
    authors: frozenset[str]
    expired: Mapping[str, datetime]
    now: datetime

    def barred(self, person: str, role: str, caller: str | None) -> str | None:
        """Why somebody's approval as a role cannot count, whatever it says, or None."""
        why = exclusion(person, self.release, self.authors, caller=caller, solo=self.process.solo)
        return why or unfit(person, role, self.release, self.roster, self.process)


def tally(gate: Gate, caller: str | None, *, without: Collection[str] = ()) -> dict[str, QuorumResult]:
    """Counts the approvals of a gate, by role; those in the roles of ``without`` are left out.

    Every role's people are seated together, so that nobody fills two places.
    """
    roster = gate.roster
    counting, ignored = approvals(gate, caller, without=without)
    seated = fill_places(gate.quorums, {role: tuple(people) for role, people in counting.items()})
    taken = {person for people in seated.values() for person in people}
    results = {}
    for role, count in totals(gate.quorums).items():
        counted = tuple(counting[role][person] for person in seated.get(role, ()))
        spare = [
            Ignored(sign_off, f"fills a place of {_place_of(person, seated)} already")
            for person, sign_off in counting.get(role, {}).items()
            if person in taken and person not in seated.get(role, ())
        ]
        who_can = tuple(
            person
            for person in roster.having(role)
            if person not in taken
            and person not in counting.get(role, {})
            and gate.barred(person, role, caller) is None
            and (roster.can_sign(person) or not gate.process.signed)
        )
        told = tuple(remark for item in counted for remark in remarks(item, gate.release, roster))
        results[role] = QuorumResult(Quorum(role, count), counted, (*ignored.get(role, ()), *spare), who_can, told)
    return results


def veiled(gate: Gate, caller: str | None) -> dict[str, QuorumResult]:
    """What :func:`tally` counts, as it may be shown: who decided what in a sealed role is told when its quorum is in.

    Until then nothing that is shown, here or of another role, depends on who it was: not who else may approve, not
    whose approval fills another place, and not the caller, as whom anybody may ask. The gate is blocked all the while.
    """
    process = gate.process
    may_be = {role for role in totals(gate.quorums) if process.has_role(role) and process.role(role).sealed}
    if not may_be:
        return tally(gate, caller)
    uncalled = tally(gate, None)
    sealed = {role: uncalled[role].have for role in may_be if uncalled[role].missing}
    shown = tally(gate, caller, without=sealed)
    return {role: replace(result, sealed=sealed.get(role)) for role, result in shown.items()}


def approvals(
    gate: Gate, caller: str | None, *, without: Collection[str] = ()
) -> tuple[dict[str, dict[str, SignOff]], dict[str, list[Ignored]]]:
    """The approvals that count, by role and person, and by role those that do not; seats are not looked at yet."""
    counting: dict[str, dict[str, SignOff]] = {}
    ignored: dict[str, list[Ignored]] = {}
    irreversible = gate.process.is_irreversible(gate.source, gate.dest)
    for sign_off in latest(gate.release.sign_offs, gate):
        act = sign_off.act
        if act.role in without:
            continue
        why = _stale(sign_off, gate) or lapse(act, gate.roster, signed=gate.process.signed)
        if irreversible:
            why = why or too_new(act.key, act.role, gate.release, gate.roster)
        why = why or gate.barred(act.person, act.role, caller)
        if why:
            ignored.setdefault(act.role, []).append(Ignored(sign_off, why))
        else:
            counting.setdefault(act.role, {})[act.person] = sign_off
    return counting, ignored


def totals(quorums: Sequence[Quorum]) -> dict[str, int]:
    """How many people of each role a gate demands in all."""
    counts: dict[str, int] = {}
    for quorum in quorums:
        counts[quorum.role] = counts.get(quorum.role, 0) + quorum.count
    return counts


def latest(sign_offs: Sequence[SignOff], gate: Gate) -> tuple[SignOff, ...]:
    """Each person's last word in each role on a transition, where that is an approval that was not taken back."""
    last: dict[tuple[str, str], SignOff] = {}
    for sign_off in sign_offs:
        if sign_off.transition == gate.trigger:
            last[(sign_off.act.person, sign_off.act.role)] = sign_off
    return tuple(sign_off for sign_off in last.values() if sign_off.decision == "approve")


def _stale(sign_off: SignOff, gate: Gate) -> str | None:
    release = gate.release
    if sign_off.withdrawn is not None:
        return f"withdrawn, entry {sign_off.withdrawn}"
    if sign_off.act.candidate != release.candidate.digest:
        return f"candidate {sign_off.act.candidate[:4]}.., replaced"
    if sign_off.process != release.process:
        return "made under another process"
    if sign_off.round != release.round:
        return f"round {sign_off.round} has ended"
    if (sign_off.source, sign_off.dest) != (gate.source, gate.dest):
        return f"for {sign_off.source} to {sign_off.dest}"
    if sign_off.basis != gate.basis:
        return "what it rests on has changed since"
    if sign_off.asserted is not None:
        return f"its own condition has come about, entry {sign_off.asserted}"
    if sign_off.id in gate.expired:
        return f"expired {gate.expired[sign_off.id]:%d %b %Y}"
    return None


def _place_of(person: str, seated: Mapping[str, Sequence[str]]) -> str:
    return next(role for role, people in seated.items() if person in people)
