"""Whether the people of a roster can do what a process demands of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from workflow.composition import Composed
from workflow.definition.finding import Finding, Place, Places
from workflow.eligibility import totals
from workflow.policy import Policy
from workflow.process import ALL_OF, Override, Process, Transition
from workflow.registry import Registry
from workflow.roster import Roster
from workflow.signoff import Quorum, fill_places

ACTOR = "actor"
REVIEWED = "risk_areas"
TESTED = "required_tests"
MEASURED = "candidate_unchanged"
"""The rule whose roles may do what it asks, and need not: the files can be hashed here all the same."""

COUNTED = {REVIEWED: "reviewers", TESTED: "people", "statement": "people"}
"""The rules that want so many people of any of their roles, and the parameter that says how many."""


def check_roster(
    process: Process,
    registry: Registry,
    roster: Roster,
    places: Places | None = None,
    *,
    can_sign: Callable[[str], bool] = lambda _: True,
) -> list[Finding]:
    """What a roster lacks for a process: an error where something can never happen, a warning where nobody is to spare.

    Whoever calls a trigger fills no place of its gate and reviews nothing for it, unless the process admits solo use.
    The authors, and whoever started or moved a release, do neither, but who that will be is not known yet.

    Args:
        process: what is demanded.
        registry: where its policies come from.
        roster: who is there.
        places: the lines of the process's file.
        can_sign: who has a key that counts. It is asked where the process wants signatures; whoever has none counts
            for nothing that is to be signed.
    """
    places = places or Places(process.label)
    staff = _Staff(process, roster, can_sign)
    found = list(_somebody(process.started_by, roster, places, ("started_by",), "may start a release"))
    for stage in process.stages:
        if stage.hold is not None:
            place: Place = ("stages", stage.name, "hold")
            found += _counted(staff, (stage.hold.role,), stage.hold.count, (None,), places, place, "lifted")
    for transition in process.transitions:
        found += _gate(staff, transition, registry.gate(process, transition), places)
    return found


@dataclass(frozen=True)
class _Staff:
    """Who of a roster counts in the roles of a process."""

    process: Process
    roster: Roster
    can_sign: Callable[[str], bool]

    def counting(self, *roles: str) -> tuple[str, ...]:
        """The people who can do what opens a gate in any of some roles."""
        found = {person for role in roles for person in self.roster.having(role) if not self._why_not(person, role)}
        return tuple(sorted(found))

    def has(self, roles: Sequence[str], needs: int) -> str:
        """Who there is for some roles, how many it takes, and who holds one of them and does not count."""
        people = self.counting(*roles)
        idle = {
            f"{person} as {role} ({why})": None
            for role in roles
            for person in self.roster.having(role)
            if person not in people and (why := self._why_not(person, role))
        }
        text = f"has {' or '.join(roles)}: {', '.join(people) or 'nobody'}; needs {needs}"
        return text + (f"; not counted: {', '.join(idle)}" if idle else "")

    def _why_not(self, person: str, role: str) -> str | None:
        held = [other for other in self.process.role(role).not_with if self.roster.holds(person, other)]
        if held:
            return f"is {held[0]} too"
        return "has no key that counts" if self.process.signed and not self.can_sign(person) else None


def _gate(staff: _Staff, transition: Transition, gate: Sequence[Policy], places: Places) -> Iterable[Finding]:
    place: Place = ("transitions", transition.trigger, "gate")
    demanded = list(_demanded(gate))
    callers = _callers(staff.process, demanded, staff.roster)
    for index, policy in enumerate(gate):
        yield from _rule(staff, policy, demanded, callers, places, (*place, index))
    yield from _signed_off(staff, demanded, callers, places, place)
    if transition.override is not None:
        yield from _overridden(
            staff, transition.override, callers, places, ("transitions", transition.trigger, "override")
        )


def _overridden(
    staff: _Staff, terms: Override, callers: Sequence[str | None], places: Places, place: Place
) -> Iterable[Finding]:
    """What a roster lacks for an override, which is there for when it is needed, and for its review."""
    needs = terms.sign_offs.count
    yield from _counted(staff, (terms.sign_offs.role,), needs, callers, places, (*place, "sign_offs"), "given")
    yield from _somebody((terms.review.role,), staff.roster, places, (*place, "review"), "can review an override")


def _rule(
    staff: _Staff,
    policy: Policy,
    demanded: Sequence[Policy],
    callers: Sequence[str | None],
    places: Places,
    place: Place,
) -> Iterable[Finding]:
    """What a roster lacks for one rule, its sign-offs left out."""
    if isinstance(policy, Composed):
        below: Place = (*place, policy.rule, "of")
        if policy.rule == ALL_OF:
            for index, part in enumerate(policy.parts):
                yield from _rule(staff, part, demanded, callers, places, (*below, index))
            return
        ways = [
            [
                *_rule(staff, part, demanded, callers, places, (*below, index)),
                *_signed_off(staff, demanded, callers, places, (*below, index), list(_demanded([part]))),
            ]
            for index, part in enumerate(policy.parts)
        ]
        # A way that nobody can take is a mistake only where there is no other.
        blocked = all(any(item.severity == "error" for item in way) for way in ways)
        for item in (item for way in ways for item in way):
            yield item if blocked else replace(item, severity="warning")
        return
    roles = policy.roles_named()
    # A rule that cannot be run here has no such parameter, and names no roles.
    needs = policy.model_dump().get(COUNTED.get(policy.rule, ""))
    if needs is not None:
        limited = callers if policy.rule in (REVIEWED, TESTED) else (None,)
        yield from _counted(staff, roles, needs, limited, places, place, "met")
    elif policy.rule != MEASURED and not policy.quorums():
        yield from _somebody(roles, staff.roster, places, place, f"can do what {policy.rule} asks")


def _demanded(gate: Iterable[Policy]) -> Iterable[Policy]:
    """The rules without which a gate lets nothing through: not those of which only some must allow."""
    for policy in gate:
        if not isinstance(policy, Composed):
            yield policy
        elif policy.rule == ALL_OF:
            yield from _demanded(policy.parts)


def _counted(
    staff: _Staff,
    roles: Sequence[str],
    needs: int,
    callers: Sequence[str | None],
    places: Places,
    place: Place,
    what: str,
) -> Iterable[Finding]:
    """What a roster lacks where so many people of any of some roles are wanted, whoever calls it not among them."""
    people = staff.counting(*roles)
    most = max(len([person for person in people if person != caller]) for caller in callers)
    has = staff.has(roles, needs) + (" (whoever calls it does not count)" if callers != (None,) else "")
    if most < needs:
        yield places.error(place, f"can never be {what} with this roster: {has}")
    elif most == needs:
        yield places.warning(place, f"nobody is to spare when one is away: {has}")


def _signed_off(
    staff: _Staff,
    gate: Sequence[Policy],
    callers: Sequence[str | None],
    places: Places,
    place: Place,
    also: Sequence[Policy] | None = None,
) -> Iterable[Finding]:
    """What a roster lacks for the sign-offs of a gate, of which everybody gives one; or for those ``also`` demanded."""
    asked = [quorum for policy in (gate if also is None else also) for quorum in policy.quorums()]
    if not asked:
        return
    quorums = [quorum for policy in (*gate, *(also or ())) for quorum in policy.quorums()]
    wanted = totals(quorums)
    people = {role: staff.counting(role) for role in wanted}
    rule = " (one place a person)" if staff.process.solo else " (one place a person, and none for who calls it)"
    if not _filled(quorums, people, callers):
        alone = [role for role in wanted if not _filled([Quorum(role, wanted[role])], people, callers)]
        has = ", and ".join(staff.has((role,), wanted[role]) for role in alone or wanted)
        yield places.error(place, f"can never be met with this roster: {has}{rule}")
        return
    for role in totals(asked):
        if not _filled([*quorums, Quorum(role, 1)], people, callers):
            has = staff.has((role,), wanted[role])
            yield places.warning(place, f"nobody is to spare when one is away: {has}{rule}")


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
