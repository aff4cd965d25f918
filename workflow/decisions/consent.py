"""Who lets a release go on under another process, counted by the rules of the one that it is under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflow.decisions.situation import Situation
from workflow.eligibility import lapse
from workflow.migration import Proposal
from workflow.signoff import Act, Quorum, fill_places


@dataclass(frozen=True, slots=True)
class Consent:
    """How far the places of one role are filled. Asking for it enforces nothing.

    ``people`` fill them; ``spare`` are others whose approval counts. ``ignored`` are those whose approval does not,
    each with the reason, and ``who_can`` those whose would.
    """

    role: str
    count: int
    people: tuple[str, ...]
    spare: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...]
    who_can: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many people are still to approve."""
        return max(0, self.count - len(self.people))


def wanted(situation: Situation) -> Mapping[str, int]:
    """How many people of each role must approve: as many as the present process asks for at most in one gate.

    Where one person may do everything and no gate asks for a sign-off, that is one who may start a release.
    """
    _, process = situation.known
    if situation.quorums or not process.solo:
        return situation.quorums
    return dict.fromkeys(process.started_by[:1], 1)


def consents(situation: Situation, proposal: Proposal, own: Act | None = None) -> tuple[Consent, ...]:
    """How far each role lets the release go on under the proposed process.

    All people are seated together, so that nobody fills two places. ``own`` is an approval that is about to be given,
    of which everything was checked.
    """
    _, process = situation.known
    counting: dict[str, dict[str, Act]] = {}
    ignored: dict[str, dict[str, str]] = {}
    for act in proposal.approvals:
        why = lapse(act, situation.roster, signed=process.signed)
        why = why or kept_out(situation, proposal, act.person, act.role)
        if why is None:
            counting.setdefault(act.role, {})[act.person] = act
        else:
            ignored.setdefault(act.role, {})[act.person] = why
    if own is not None:
        counting.setdefault(own.role, {})[own.person] = own
    places = wanted(situation)
    people = {role: tuple(acts) for role, acts in counting.items()}
    seated = fill_places([Quorum(role, count) for role, count in places.items()], people)
    taken = {person for filled in seated.values() for person in filled}

    def can(person: str, role: str) -> bool:
        return (
            person not in taken
            and person not in counting.get(role, {})
            and (situation.roster.can_sign(person) or not process.signed)
            and kept_out(situation, proposal, person, role) is None
        )

    return tuple(
        Consent(
            role=role,
            count=count,
            people=seated[role],
            spare=tuple(person for person in counting.get(role, {}) if person not in seated[role]),
            ignored=tuple(item for item in ignored.get(role, {}).items() if item[0] not in counting.get(role, {})),
            who_can=tuple(person for person in situation.roster.having(role) if can(person, role)),
        )
        for role, count in places.items()
    )


def kept_out(situation: Situation, proposal: Proposal, person: str, role: str) -> str | None:
    """Why somebody may not approve a proposed process as a role, or None: above all, nobody approves their own."""
    release, process = situation.known
    if person == proposal.by and not process.solo:
        return f"in {release.slug}, requester, proposed it"
    return situation.excluded(person, release.candidate.digest, role)
