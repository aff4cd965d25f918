"""Which decisions of a release are sealed now: who decided what in a role is told when its quorum is in, not before.

The entries themselves are neither encrypted nor left out. Whoever reads the database can see everything; a seal keeps
people from deciding as others did, and from being told by anything here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workflow.events import AnyEvent, CommandRefused, ConditionAsserted, SignOffRecorded, SignOffWithdrawn
from workflow.process import Process
from workflow.rulebook import Rulebook, World, known
from workflow.signoff import SEALABLE, SignOff

_ABOUT = frozenset({"unsign", "assert"})
"""The commands that name a sign-off as their subject."""


@dataclass(frozen=True, slots=True)
class Seals:
    """What is sealed in one release: from which entry on, in which roles of which transitions, and which sign-offs."""

    since: int = 0
    roles: frozenset[tuple[str, str]] = frozenset()
    sign_offs: Mapping[str, SignOff] = field(default_factory=dict)

    @property
    def entries(self) -> frozenset[int]:
        """The entries of the sealed sign-offs."""
        return frozenset(item.act.entry for item in self.sign_offs.values())

    def of(self, events: Sequence[AnyEvent], entry: int) -> tuple[str, str] | None:
        """The transition and the role in which an entry tells of a sealed decision, or None where it tells of none."""
        first = events[0]
        match first:
            case SignOffRecorded():
                return self._subject(first.id)
            case SignOffWithdrawn() | ConditionAsserted():
                return self._subject(first.subject)
            case CommandRefused() if entry > self.since:
                asked = first.request
                if first.command in _ABOUT:
                    return self._subject(str(asked.get("subject")))
                about = str(asked.get("transition")), str(asked.get("role"))
                # An attempt tells what somebody meant to decide.
                return about if asked.get("decision") in SEALABLE and about in self.roles else None
        return None

    def _subject(self, sign_off: str) -> tuple[str, str] | None:
        found = self.sign_offs.get(sign_off)
        return (found.transition, found.act.role) if found else None


def may_hide(events: Sequence[AnyEvent], process: Process) -> bool:
    """Whether an entry may tell of a decision in a sealed role, for those who do not look whether the seal holds."""
    first = events[0]
    match first:
        case SignOffRecorded():
            return any(role.sealed for role in process.roles if role.name == first.binding.role)
        case SignOffWithdrawn() | ConditionAsserted() | CommandRefused():
            return any(role.sealed for role in process.roles)
    return False


def seals_of(rulebook: Rulebook, world: World) -> Seals:
    """What is sealed in a release now."""
    release, process = known(world)
    if not any(role.sealed for role in process.roles):
        return Seals()
    roles: set[tuple[str, str]] = set()
    sign_offs: dict[str, SignOff] = {}
    for transition in process.transitions:
        context = rulebook.context(world, transition.trigger)
        roles |= {(transition.trigger, role) for role in context.sealed}
        made = [item for item in release.sign_offs if item.transition == transition.trigger]
        sign_offs |= {item.id: item for item in made if context.hidden(item)}
    return Seals(release.round_entry, frozenset(roles), sign_offs)
