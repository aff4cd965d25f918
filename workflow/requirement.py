"""What stands open: requirements to be discharged, and holds to be lifted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workflow.facts import RequirementBound, Severity
from workflow.signoff import Act, Backing, Closing

YES_IF: Final = "yes_if"
"""The kind of what an approval depends on, raised in the entry of that approval."""


OVERRIDE_REVIEW: Final = "override_review"
"""The kind of what a move by an override raises: somebody looks at it after the fact."""

FINDING: Final = "finding"
"""The kind of what somebody found wrong. It has a severity, and its risk can be accepted where a gate says who may."""


@dataclass(frozen=True, slots=True)
class Accepting:
    """Who may accept the risk of a finding: so many people of a role, up to a severity, for so long at most."""

    role: str
    people: int
    up_to: Severity
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One person's word that they accept the risk of a finding, for some candidates, until a time."""

    act: Act
    until: datetime
    candidates: frozenset[str]
    reason: str


INCIDENT: Final = "incident"
"""The kind of what was raised because something became known."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What became known: since when, when that was put on record, and which digests are affected.

    They are of candidates and of weight files, whether a release has them or not.
    """

    known_since: datetime
    recorded_at: datetime
    affected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something to be discharged. ``text`` is a commitment; ``blocks`` none means every raise.

    It is about ``candidate``; where it is an incident, about whatever that affects instead. A finding has a
    ``severity``, and ``accepted`` are the words of those who accept its risk for a time. Those of ``not_by`` do not
    discharge it, because it is about what they did: where it reviews an override, that of the policy ``overrode``.
    """

    id: str
    kind: str
    entry: int
    by: str
    role: str
    discharged_by: str
    text: str
    process: str
    candidate: str
    blocks: tuple[str, ...] = ()
    due: datetime | None = None
    bound: RequirementBound | None = None
    hold: str | None = None
    closed_for: frozenset[str] = frozenset()
    closings: tuple[Closing, ...] = ()
    incident: Incident | None = None
    severity: Severity | None = None
    accepted: tuple[Acceptance, ...] = ()
    not_by: frozenset[str] = frozenset()
    overrode: str | None = None

    @property
    def about(self) -> str:
        """What a review after the fact is of, in words; empty where it is something else."""
        if self.overrode is None:
            return ""
        givers = ", ".join(sorted(self.not_by - {self.by})) or self.by
        return f"the review of the override of `{self.overrode}` at `{' '.join(self.blocks)}`, given by {givers}"


@dataclass(frozen=True, slots=True)
class Hold:
    """An open-ended stop. Owned by ``by`` where ``count`` is None, and else by so many of ``role``.

    ``reason`` is a commitment.
    """

    id: str
    entry: int
    at: datetime
    by: str
    role: str
    count: int | None
    review_by: datetime | None
    reason: str
    process: str
    candidate: str
    closed_for: frozenset[str] = frozenset()
    closings: tuple[Closing, ...] = ()
    lifts: tuple[Backing, ...] = ()
