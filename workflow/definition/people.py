"""Whether the people of a roster can do what a process demands of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workflow.definition.finding import Finding, Place, Places
from workflow.eligibility import totals
from workflow.policy import Policy
from workflow.process import Process, Transition
from workflow.registry import Registry
from workflow.roster import Roster
from workflow.signoff import Quorum, fill_places

ACTOR = "actor"


def check_roster(process: Process, registry: Registry, roster: Roster, places: Places | None = None) -> list[Finding]:
    """What a roster lacks for a process: an error where something can never happen, a warning where nobody is to spare.

    Whoever calls a trigger fills no place of its gate, unless the process admits solo use. The authors, and whoever
    started or moved a release, fill none either, but who that will be is not known yet.
    """
    places = places or Places(process.label)
    found = list(_somebody(process.started_by, roster, places, ("started_by",), "may start a release"))
    for stage in process.stages:
        if stage.hold is not None:
            have = roster.having(stage.hold.role)
            if len(have) < stage.hold.count:
                message = f"can never be lifted with this roster: {_has(stage.hold.role, have, stage.hold.count)}"
                found.append(places.error(("stages", stage.name, "hold"), message))
    for transition in process.transitions:
        found += _gate(process, transition, registry.gate(process, transition), roster, places)
    return found


def _gate(
    process: Process, transition: Transition, gate: Sequence[Policy], roster: Roster, places: Places
) -> Iterable[Finding]:
    place: Place = ("transitions", transition.trigger, "gate")
    for index, policy in enumerate(gate):
        if not policy.quorums():
            yield from _somebody(
                policy.roles_named(), roster, places, (*place, index), f"can do what {policy.rule} asks"
            )
    callers = _callers(process, gate, roster)
    quorums = [quorum for policy in gate for quorum in policy.quorums()]
    wanted = totals(quorums)
    people = {role: roster.having(role) for role in wanted}
    if not _filled(quorums, people, callers):
        alone = [role for role in wanted if not _filled([Quorum(role, wanted[role])], people, callers)]
        has = ", and ".join(_has(role, people[role], wanted[role]) for role in alone or wanted)
        yield places.error(place, f"can never be met with this roster: {has}{_rule(process)}")
        return
    for role in wanted:
        if not _filled([*quorums, Quorum(role, 1)], people, callers):
            has = _has(role, people[role], wanted[role])
            yield places.warning(place, f"nobody is to spare when one is away: {has}{_rule(process)}")


def _callers(process: Process, gate: Sequence[Policy], roster: Roster) -> tuple[str | None, ...]:
    """Each person who could call the trigger, and so would fill no place; None stands for one who would fill none."""
    may = [set(_holding(policy.roles_named(), roster)) for policy in gate if policy.rule == ACTOR]
    people = set.intersection(*may) if may else {person for person in roster.people if roster.knows(person)}
    # Where nobody can call it, that has been said of the actor; the signers are looked at all the same.
    return (None,) if process.solo or not people else tuple(sorted(people))


def _filled(quorums: Sequence[Quorum], people: Mapping[str, Sequence[str]], callers: Sequence[str | None]) -> bool:
    """Whether somebody can call the trigger while distinct others fill every place of its gate."""
    places = sum(quorum.count for quorum in quorums)
    for caller in callers:
        others = {role: [person for person in having if person != caller] for role, having in people.items()}
        if sum(len(seated) for seated in fill_places(quorums, others).values()) == places:
            return True
    return False


def _somebody(roles: Sequence[str], roster: Roster, places: Places, place: Place, what: str) -> Iterable[Finding]:
    if roles and not _holding(roles, roster):
        yield places.error(place, f"with this roster nobody {what}: nobody is {' or '.join(roles)}")


def _holding(roles: Iterable[str], roster: Roster) -> list[str]:
    return [person for role in roles for person in roster.having(role)]


def _has(role: str, people: Sequence[str], needs: int) -> str:
    return f"has {role}: {', '.join(people) or 'nobody'}; needs {needs}"


def _rule(process: Process) -> str:
    return " (one place a person)" if process.solo else " (one place a person, and none for who calls it)"
