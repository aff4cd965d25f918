"""Whether a gate would let a release through, for people to read."""

from __future__ import annotations

from datetime import datetime

from workflow.policy import OutcomeKind, Verdict
from workflow.process import Model

SEALED = "(sealed)"
"""Stands where somebody's handle would, until the quorum of a sealed role is in. No handle is written like that."""


class Assumptions(Model):
    """What an answer supposes that is not so: it says nothing about now.

    ``at`` is the later time that it is about; ``signed`` are the roles whose quorums are taken to be in; ``process`` is
    another one that the release is taken to have gone on under, and ``obstacle`` is why it could not now. Each is None
    or empty where nothing of the kind was supposed. ``asked_at`` is when it was asked.
    """

    asked_at: datetime
    at: datetime | None = None
    signed: tuple[str, ...] = ()
    process: str | None = None
    process_label: str | None = None
    obstacle: str | None = None


class OverridingView(Model):
    """How far an override of one policy of a gate is given, and whether that policy passes by it now.

    ``by`` are the people whose word counts, ``entries`` where it stands, ``reasons`` what they said and ``until`` when
    the first of these ends; ``ignored`` says whose does not count and why; ``place`` is the policy's in the gate. Every
    use raises a review by ``reviewed_by``, due ``within`` a time.
    """

    policy: str
    role: str
    count: int
    by: tuple[str, ...]
    entries: tuple[int, ...]
    reasons: tuple[str | None, ...]
    until: datetime | None
    ignored: tuple[str, ...]
    who_can: tuple[str, ...]
    lasts: str
    reviewed_by: str
    within: str
    place: int
    passes: bool


class Explanation(Model):
    """Whether a transition would be allowed now, with every policy's verdict. Asking changed nothing.

    ``basis`` is what an approval has to name. ``outcome`` is None where it is allowed. ``caller`` is None where the
    question was not asked for anybody, so that who calls was not checked. ``signed`` is whether what opens this gate
    must be signed. Where ``assuming`` is not None, all of this is about what was supposed, and not about now. With a
    ``publisher``, the move is made by a plan, to a place ``below`` one of these. Where the release is not ``here``, in
    a stage that the trigger leads from, ``obstacle`` says so, and where it is.
    """

    release: str
    trigger: str
    source: str
    dest: str
    here: bool
    allowed: bool
    outcome: OutcomeKind | None
    irreversible: bool
    raises: bool
    solo: bool
    candidate: str
    label: str
    process: str
    process_label: str
    round: int
    basis: str
    at: datetime
    caller: str | None
    verdicts: tuple[Verdict, ...]
    signed: bool = False
    assuming: Assumptions | None = None
    publisher: str | None = None
    below: tuple[str, ...] = ()
    override: OverridingView | None = None
    obstacle: str | None = None

    @property
    def blockers(self) -> tuple[Verdict, ...]:
        """The verdicts that stand in the way; not one that passes by an override."""
        passed = self.overridden
        return tuple(verdict for verdict in self.verdicts if not verdict.allow and verdict is not passed)

    @property
    def overridden(self) -> Verdict | None:
        """The verdict that does not allow, and that the gate passes by an override; None where there is none."""
        if self.override is None or not self.override.passes:
            return None
        return self.verdicts[self.override.place]
