"""What stands against a candidate, or did, for people to read."""

from __future__ import annotations

from datetime import datetime

from workflow.process import Model
from workflow.views.course import StatementView


class HoldView(Model):
    """A hold, lifted for the present candidate or standing."""

    id: str
    release: str
    owner: str
    role: str
    by: str
    placed_at: datetime
    entry: int
    reason: str | None
    review_by: datetime | None
    lapsed: bool
    standing: bool
    lifted_for: tuple[str, ...]


class AcceptanceView(Model):
    """Somebody's word that they accept the risk of a finding until a time. ``ended``: that has come."""

    by: str
    role: str
    until: datetime
    ended: bool
    candidates: tuple[str, ...]
    entry: int
    reason: str | None


class RequirementView(Model):
    """A requirement, discharged for the present candidate or open.

    ``by`` is ``(sealed)`` where it came with an approval that is sealed. ``closed_for`` are the candidates for which it
    is discharged. A finding has a ``severity``, and whoever accepted its risk stands in ``accepted``; whether that
    counts is said by the gates.
    """

    id: str
    release: str
    kind: str
    text: str | None
    by: str
    role: str
    discharged_by: str
    blocks: tuple[str, ...]
    due: datetime | None
    overdue: bool
    hold: str | None
    entry: int
    open: bool
    severity: str | None = None
    accepted: tuple[AcceptanceView, ...] = ()
    closed_for: tuple[str, ...] = ()


class RejectView(Model):
    """A reject that stands against the present candidate."""

    id: str
    release: str
    by: str
    role: str
    authority: str
    transition: str
    candidate: str
    entry: int
    reason: str | None


class UsedOverrideView(Model):
    """A move that passed a policy by an override: by whose words and until when those held, and its review.

    ``reasons`` are what they said, in their order; ``reviewed`` is whether the review was done for the present
    candidate.
    """

    policy: str
    trigger: str
    mover: str
    by: tuple[str, ...]
    reasons: tuple[str | None, ...]
    until: datetime
    entry: int
    at: datetime
    review: str
    reviewed_by: str
    due: datetime | None
    overdue: bool
    reviewed: bool


class IncidentView(Model):
    """What became known, and what was said of it since.

    It stands in ``release`` and reaches everything that has one of the ``affected`` digests (of candidates and of
    weight files) in its line. ``open`` is whether it stands against the present candidate of the release that was asked
    about, ``reaches`` the releases against whose present candidate it stands (null where nobody asked that), and
    ``closed_for`` the candidates for which it is dealt with. ``known_since`` is by its maker's word, ``recorded_at`` by
    the ledger's clock.
    """

    id: str
    release: str
    by: str
    role: str
    owner: str
    text: str | None
    known_since: datetime
    recorded_at: datetime
    affected: tuple[str, ...]
    entry: int
    open: bool
    closed_for: tuple[str, ...]
    updates: tuple[StatementView, ...]
    reaches: tuple[str, ...] | None = None
