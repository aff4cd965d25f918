"""Where a candidate comes from, and which objections follow it from there.

A candidate descends from its declared parents, and from every candidate that it shares a weight file with. An objection
to any of them stands against it, in whatever release, round or process it was made, until it is closed for exactly this
candidate. An incident names digests itself, and stands against whatever has one of them in its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from workflow.facts import CandidateFacts
from workflow.process import WITHDRAWN, Exposure
from workflow.release import ReleaseState
from workflow.requirement import Hold, Requirement
from workflow.signoff import SignOff

Source = TypeVar("Source", SignOff, Requirement, Hold)


def keys(candidate: CandidateFacts) -> frozenset[str]:
    """The digests by which a candidate's relatives are found: itself, its parents and its weight files."""
    return frozenset({candidate.digest, *candidate.parents, *candidate.weights})


def found_by(release: ReleaseState) -> frozenset[str]:
    """The digests by which a release is found when relatives are looked for: its candidates', and what it warns of."""
    warned = (item.incident.affected for item in release.requirements if item.incident is not None)
    return frozenset().union(*map(keys, release.candidates), *warned)


def found_anew(before: ReleaseState | None, after: ReleaseState) -> frozenset[str]:
    """The digests by which a release is found after an entry, where they are others than before it; else none."""
    # What an entry leaves as it is, is the same object in both.
    if before is not None and before.candidate is after.candidate and before.requirements is after.requirements:
        return frozenset()
    found = found_by(after)
    return found if before is None or found != found_by(before) else frozenset()


def objectors(release: ReleaseState) -> frozenset[str]:
    """The people who ever refused, held or demanded something in a release, whatever became of it."""
    rejected = (item.act.person for item in release.sign_offs if item.decision == "reject")
    return frozenset((*rejected, *(item.by for item in release.holds), *(item.by for item in release.requirements)))


def objectors_anew(before: ReleaseState | None, after: ReleaseState) -> frozenset[str]:
    """The people who objected to something by an entry, and never before in that release."""
    if before is None:
        return objectors(after)
    objections = (
        (before.sign_offs, before.holds, before.requirements),
        (after.sign_offs, after.holds, after.requirements),
    )
    # What an entry leaves as it is, is the same object in both.
    if all(old is new for old, new in zip(*objections, strict=True)):
        return frozenset()
    return objectors(after) - objectors(before)


def ancestry(candidate: CandidateFacts, releases: Iterable[ReleaseState]) -> tuple[CandidateFacts, ...]:
    """The candidate and everything it descends from, among the candidates of some releases.

    The same files may be there more than once, each time with what was declared of them. Every declaration counts: a
    second release of the same files that names fewer parents or other authors takes nothing away.
    """
    known = [other for release in releases for other in release.candidates]
    found = [candidate]
    # The list grows while it is read, until nothing in it leads any further.
    for child in found:
        line = {child.digest, *child.parents}
        weights = set(child.weights)
        for other in known:
            if other not in found and (other.digest in line or not weights.isdisjoint(other.weights)):
                found.append(other)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Parent:
    """A candidate that another one was made from, by its digest: the releases that have or had it, and how far it got.

    Where no release has it, nothing is known of it here.
    """

    digest: str
    releases: tuple[str, ...]
    exposure: Exposure


def parents(release: ReleaseState, kin: Iterable[ReleaseState]) -> tuple[Parent, ...]:
    """What a release's candidate was made from, by what was declared.

    The candidates that it replaced in its own release are tries of its own: of these, what they were made from counts.
    """
    relatives = tuple(kin)
    own = {candidate.digest: candidate for candidate in release.earlier}
    named = list(dict.fromkeys(release.candidate.parents))
    # The list grows while it is read.
    for digest in named:
        named += [parent for parent in (own[digest].parents if digest in own else ()) if parent not in named]
    found = (_parent(digest, relatives) for digest in named if digest != release.candidate.digest)
    return tuple(parent for parent in found if parent.releases or parent.digest not in own)


def withdrawn_ancestors(release: ReleaseState, kin: Iterable[ReleaseState]) -> tuple[tuple[str, str], ...]:
    """What a release's candidate descends from, by what was declared, and was withdrawn; each with the release."""
    relatives = tuple(kin)
    known = [candidate for other in (release, *relatives) for candidate in other.candidates]
    line = [release.candidate.digest]
    for digest in line:
        declared = (parent for candidate in known if candidate.digest == digest for parent in candidate.parents)
        line += [parent for parent in dict.fromkeys(declared) if parent not in line]
    return tuple(
        (digest, other.slug)
        for digest in line[1:]
        for other in relatives
        if other.stage == WITHDRAWN and other.candidate.digest == digest
    )


def _parent(digest: str, relatives: Iterable[ReleaseState]) -> Parent:
    having = [other for other in relatives if other.is_candidate(digest)]
    # What was out does not change, so it is the present candidate that got as far as the release.
    reached = [other.exposed for other in having if other.candidate.digest == digest]
    furthest = max(reached, key=lambda exposure: exposure.rank, default=Exposure.INTERNAL)
    return Parent(digest, tuple(other.slug for other in having), furthest)


@dataclass(frozen=True, slots=True)
class Objection(Generic[Source]):
    """A reject, an open requirement or a hold that stands against a candidate, to be closed in ``release``.

    ``foreign``: it was made under another process than the candidate's release is under now, whose triggers are others,
    even where they have the same names.
    """

    release: str
    foreign: bool
    entry: int
    by: str
    role: str
    source: Source

    @property
    def id(self) -> str:
        """The objection's id within its release."""
        return self.source.id

    def closed_elsewhere(self, closed: str) -> str:
        """For which other candidates it is closed, to be put behind the word that it stands; empty where for none."""
        others = ", ".join(digest[:12] for digest in sorted(self.source.closed_for))
        return f"; {closed} for {others}, but not for this candidate" if others else ""


@dataclass(frozen=True, slots=True)
class Objections:
    """Everything that stands against one candidate, its own release's first."""

    rejects: tuple[Objection[SignOff], ...]
    requirements: tuple[Objection[Requirement], ...]
    holds: tuple[Objection[Hold], ...]

    def rejects_of(self, trigger: str, dest: str, raises_to: Exposure | None) -> tuple[Objection[SignOff], ...]:
        """The rejects that block a transition: of itself, or of one to no higher exposure than it raises to.

        Where a trigger leads to one stage from several, a reject is of all these ways: none is a way around it.
        """
        return tuple(item for item in self.rejects if _rejects(item.source, trigger, dest, raises_to))

    def requirements_of(
        self, trigger: str, *, raises: bool, overdue: Callable[[Requirement], bool]
    ) -> tuple[Objection[Requirement], ...]:
        """The requirements that block a transition: those that name it, and at a raise also those that are overdue.

        What a foreign one names is not here, so it blocks every raise. ``overdue`` is asked only of a requirement on
        which nothing else decides.
        """
        return tuple(item for item in self.requirements if _requires(item, trigger, raises, overdue))


def objections(release: ReleaseState, kin: Iterable[ReleaseState]) -> Objections:
    """What stands against a release's present candidate, from its own stream and from those of its relatives."""
    releases = (release, *kin)
    ancestors = ancestry(release.candidate, releases)
    line = {candidate.digest for candidate in ancestors}
    reached = frozenset().union(*map(keys, ancestors))
    present = release.candidate.digest

    def found(other: ReleaseState, entry: int, by: str, role: str, source: Source) -> Objection[Source]:
        return Objection(other.slug, source.process != release.process, entry, by, role, source)

    def stands(made_for: str, closed_for: frozenset[str]) -> bool:
        return made_for in line and present not in closed_for

    def requires(requirement: Requirement) -> bool:
        if requirement.incident is None:
            return stands(requirement.candidate, requirement.closed_for)
        return present not in requirement.closed_for and not reached.isdisjoint(requirement.incident.affected)

    return Objections(
        rejects=tuple(
            found(other, sign_off.act.entry, sign_off.act.person, sign_off.act.role, sign_off)
            for other in releases
            for sign_off in other.sign_offs
            if sign_off.decision == "reject" and stands(sign_off.act.candidate, sign_off.closed_for)
        ),
        requirements=tuple(
            found(other, requirement.entry, requirement.by, requirement.role, requirement)
            for other in releases
            for requirement in other.requirements
            if requires(requirement)
        ),
        holds=tuple(
            found(other, hold.entry, hold.by, hold.role, hold)
            for other in releases
            for hold in other.holds
            if stands(hold.candidate, hold.closed_for)
        ),
    )


def _rejects(rejected: SignOff, trigger: str, dest: str, raises_to: Exposure | None) -> bool:
    if (rejected.transition, rejected.dest) == (trigger, dest):
        return True
    return raises_to is not None and raises_to.rank >= rejected.exposure.rank


def _requires(item: Objection[Requirement], trigger: str, raises: bool, overdue: Callable[[Requirement], bool]) -> bool:
    requirement = item.source
    if trigger in requirement.blocks and not item.foreign:
        return True
    return raises and (item.foreign or not requirement.blocks or overdue(requirement))
