"""Sign-offs, and how a quorum is counted: people, never names, keys or documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflow.process import Exposure

SEALABLE = frozenset({"approve", "abstain"})
"""The decisions that a sealed role hides. A refusal acts and shows at once; so does a recusal: a deputy may act."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a person said in a role, at one entry: the part that sign-offs, lifts, answers and reviews share.

    ``key`` is the fingerprint of the key they signed it with; None where they only claimed to be themselves.
    """

    entry: int
    at: datetime
    person: str
    role: str
    roster_version: int
    candidate: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Backing:
    """One person's word that an objection can be closed for some candidates, in the round in which they gave it."""

    act: Act
    round: int
    candidates: frozenset[str]


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of an objection or a requirement for some candidates, at an entry, and the acts that it rests on."""

    entry: int
    rests_on: tuple[Act, ...]
    candidates: frozenset[str]


@dataclass(frozen=True, slots=True)
class SignOff:
    """A decision on one transition, with everything that it is bound to. ``exposure`` is the destination's.

    ``conditions`` name the texts that say under what it ceases to hold, ``asserted`` is the entry that said that one of
    them has come about, and ``reaffirms`` the entry of an earlier approval that it cites.
    """

    id: str
    act: Act
    decision: str
    transition: str
    source: str
    dest: str
    round: int
    basis: str
    process: str
    expires: datetime | None
    reason: str
    authority: str
    exposure: Exposure
    withdrawn: int | None = None
    closed_for: frozenset[str] = frozenset()
    closings: tuple[Closing, ...] = ()
    answers: tuple[Backing, ...] = ()
    conditions: tuple[str, ...] = ()
    asserted: int | None = None
    reaffirms: int | None = None


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many distinct people of a role."""

    role: str
    count: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A sign-off that does not count, and why."""

    sign_off: SignOff
    why: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be told of a sign-off that counts: ``late`` by leave of the administrators, or of a ``deputy``."""

    sign_off: SignOff
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class QuorumResult:
    """How far a quorum is met. Asking for it enforces nothing.

    ``who_can`` are the people whose approval would still count. ``assumed`` is how many approvals a question only
    supposes to be there; where something is decided, it is 0. Where who decided what is sealed, ``sealed`` is how many
    approvals count, ``counted`` and ``ignored`` are empty, and ``who_can`` are all that may approve, whether they did
    or not; where it is not, ``sealed`` is None.
    """

    quorum: Quorum
    counted: tuple[SignOff, ...]
    ignored: tuple[Ignored, ...]
    who_can: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    sealed: int | None = None
    assumed: int = 0

    @property
    def have(self) -> int:
        """How many people's approvals count."""
        return len(self.counted) + (self.sealed or 0)

    @property
    def missing(self) -> int:
        """How many people are still to approve."""
        return max(0, self.quorum.count - self.have - self.assumed)


def fill_places(quorums: Sequence[Quorum], people: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Seats people in the places of a gate so that as many places as possible are filled, one place a person.

    Args:
        quorums: what the gate demands; two quorums of one role share their people.
        people: who approved in each role.

    Returns:
        For each role, the people who sit in one of its places.
    """
    places = [quorum.role for quorum in quorums for _ in range(quorum.count)]
    seated: dict[str, int] = {}

    def seat(place: int, tried: set[str]) -> bool:
        # An augmenting path: take a free person, or move somebody who can sit elsewhere.
        for person in people.get(places[place], ()):
            if person in tried:
                continue
            tried.add(person)
            if person not in seated or seat(seated[person], tried):
                seated[person] = place
                return True
        return False

    for place in range(len(places)):
        seat(place, set())
    return {
        quorum.role: tuple(person for person, place in seated.items() if places[place] == quorum.role)
        for quorum in quorums
    }
