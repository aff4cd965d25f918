"""What every decision may rest on, and the checks that several of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.changes import Change
from workflow.eligibility import exclusion, unfit
from workflow.errors import InvalidInput, NotFound
from workflow.facts import ComponentChange, Outcome
from workflow.lineage import ancestry
from workflow.machine import StageMachine
from workflow.policy import GateContext, Observation, Verdict
from workflow.process import Process
from workflow.proof import Signed
from workflow.release import ReleaseState
from workflow.requirement import Accepting
from workflow.roster import Roster


@dataclass(frozen=True, slots=True)
class Possession:
    """What was found of the signatures that a key's enrolment names: each a problem, or None where it is genuine.

    ``proof`` is of the new key's own, ``crossing`` of that by a key that the person had before; ``crossed_by`` is which
    key that was made with.
    """

    proof: str | None
    crossing: str | None
    crossed_by: str | None


class Refusal(Exception):
    """The command was evaluated and is not allowed."""

    def __init__(self, code: str, message: str, *, remedy: str | None = None, outcome: Outcome = "no") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.outcome = outcome


@dataclass(frozen=True)
class Situation:
    """What a decision may rest on, at one point of the ledger.

    ``texts`` are the commitments of the command's texts by name, ``nonce`` is fresh for each command. ``quorums`` is
    each role's largest count in the process, ``areas`` are its risk areas, ``tests`` those that it wants, ``asked`` the
    roles whose word it wants on each of both, ``accepting`` who may accept the risk of a finding, ``unavailable`` its
    policies that cannot be run here. ``target`` is the process that the release is to go on under, where the command is
    about one. ``context`` and ``verdicts`` belong to the transition that the command is about, where it is about one;
    ``texts_of_subject`` are the commitments of the entry that an erasure is about. ``mark`` is the highest reading of
    the clock before. ``signed`` is what the actor signed, ``to_be_signed`` whether they will; ``difference`` is what
    became of each component since the candidate that the command cites; ``possession`` is what stands behind a key that
    is to be enrolled; ``observations`` are what was looked at; ``until`` is how long an approval is to hold at most
    that is yet to be signed.
    """

    origin: str
    roster: Roster
    at: datetime
    nonce: str
    texts: Mapping[str, str]
    release: ReleaseState | None = None
    process: Process | None = None
    kin: tuple[ReleaseState, ...] = ()
    quorums: Mapping[str, int] = field(default_factory=dict)
    areas: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accepting: tuple[Accepting, ...] = ()
    unavailable: tuple[str, ...] = ()
    target: Process | None = None
    machine: StageMachine | None = None
    context: GateContext | None = None
    verdicts: Sequence[Verdict] = ()
    taken: bool = False
    texts_of_subject: Mapping[str, str] = field(default_factory=dict)
    mark: datetime | None = None
    signed: Signed | None = None
    to_be_signed: bool = False
    difference: Mapping[str, ComponentChange] | None = None
    possession: Possession | None = None
    observations: Sequence[Observation] = ()
    until: str | None = None

    @property
    def known(self) -> tuple[ReleaseState, Process]:
        """The release and its process, for a command about a release that exists."""
        if self.release is None or self.process is None:
            raise NotFound("there is no such release", remedy="holdfast list shows what there is")
        return self.release, self.process

    @property
    def pending(self) -> dict[str, Change]:
        """The changes of the roster that wait for approval, by their id."""
        return {item.id: item.change for item in self.roster.pending}

    @property
    def roster_version(self) -> int:
        """The version of the roster that an act rests on: the one that its maker saw, where they signed it."""
        read = self.signed.read if self.signed else None
        seen = read.predicate.get("binding", {}).get("roster_version") if read else None
        return seen if isinstance(seen, int) and 0 <= seen <= self.roster.version else self.roster.version

    def excluded(self, person: str, candidate: str, role: str | None = None) -> str | None:
        """Why somebody may open no gate for a candidate, in this release or in another that has it, or None."""
        release, process = self.known
        if role is not None and (why := unfit(person, role, release, self.roster, process)):
            return f"in {release.slug}, {why}"
        releases = (release, *self.kin)
        declared = [facts for other in releases for facts in other.candidates if facts.digest == candidate]
        authors = {author for facts in declared for member in ancestry(facts, releases) for author in member.authors}
        for other in releases:
            if other is release or other.is_candidate(candidate):
                # That one person may do everything is this process's word, for its own release only.
                why = exclusion(person, other, authors, solo=process.solo and other is release)
                if why:
                    return f"in {other.slug}, {why}"
        return None

    def candidates(self, named: Sequence[str]) -> tuple[str, ...]:
        """The candidates that something is to hold for, each once; none named, the present one.

        Raises:
            InvalidInput: no release has one of them, so nobody could say who is excluded there.
        """
        release, _ = self.known
        for digest in named:
            if not any(other.is_candidate(digest) for other in (release, *self.kin)):
                raise InvalidInput(
                    f"no release here ever had the candidate {digest[:12]}",
                    remedy="start its release first, or name another candidate",
                )
        return tuple(dict.fromkeys(named)) or (release.candidate.digest,)

    def role_quorum(self, role: str) -> int:
        """How many people of a role speak for it outside a gate."""
        return max(1, self.quorums.get(role, 1))


def signer_role(situation: Situation, person: str, role: str) -> None:
    """Checks that somebody is known and holds a role that the process defines."""
    _, process = situation.known
    process.role(role)
    known_person(situation.roster, person)
    if not situation.roster.holds(person, role):
        have = situation.roster.having(role)
        remedy = f"{', '.join(have) or 'nobody'} {'do' if len(have) > 1 else 'does'}"
        raise Refusal("no-role", f"{person} does not hold the role {role}", remedy=remedy)


def known_person(roster: Roster, person: str) -> None:
    """Checks that somebody is on the roster."""
    if not roster.knows(person):
        remedy = f"an administrator ({', '.join(roster.administrators)}) adds people: holdfast roster add {person}"
        raise Refusal("unknown-person", f"{person} is not on the roster", remedy=remedy)


def next_id(letter: str, taken: Sequence[Any]) -> str:
    """The next id of its kind in a release: H1, H2, ..."""
    return f"{letter}{len(taken) + 1}"


def any_role(situation: Situation, person: str, process: Process) -> None:
    """Checks that somebody holds any role of the process."""
    known_person(situation.roster, person)
    if not any(process.has_role(role) for role in situation.roster.roles(person)):
        raise Refusal(
            "no-role",
            f"{person} holds no role of {process.label}",
            remedy=f"its roles are: {', '.join(role.name for role in process.roles)}",
        )


def find(what: str, subject: str, among: Sequence[Any]) -> Any:
    """The item with an id.

    Raises:
        NotFound: there is none; the remedy lists what there is.
    """
    for item in among:
        if item.id == subject:
            return item
    known = ", ".join(item.id for item in among) or "none"
    raise NotFound(f"there is no {what} {subject} in this release", remedy=f"there is: {known}")
