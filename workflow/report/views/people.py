"""Who decided what, and how it was pressed for time."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Exposure, Model

IN_USE = "in use"
"""The state of a key that nothing is wrong with."""

FateWord = Literal[
    "counted", "counts", "standing", "answered", "closed", "stale", "withdrawn", "void", "recorded", "sealed"
]
"""What became of a sign-off. A refusal that is ``closed`` is not about the present candidate."""

Ending = Literal["stands", "taken back", "answered", "other files"]
"""What became of a refusal: its maker took it back, others answered it, or it is not about the present candidate."""


class ReportedSignOff(Model):
    """A decision of a person, and what became of it.

    ``review_seconds`` is how long what an approval rests on had been the same when it was given, and ``basis_since``
    the entry that made it so. ``ends`` is the entry by which it ceased to count, where there is one.
    """

    id: str
    entry: int
    at: datetime
    by: str
    role: str
    decision: str
    trigger: str
    source: str
    dest: str
    round: int
    candidate: str
    basis: str
    key: str | None
    reason: str | None
    conditions: tuple[str | None, ...]
    expires: datetime | None
    fate: FateWord
    fate_text: str
    ends: int | None = None
    review_seconds: int | None = None
    basis_since: int | None = None


class SignerView(Model):
    """Somebody whose approval the decisive gate counted, or counts now."""

    person: str
    role: str
    entry: int
    at: datetime
    key: str | None
    sign_off: str


class ReportedKey(Model):
    """A key that something in this release was signed with."""

    fingerprint: str
    kind: str
    person: str
    enrolled_in: int
    enrolled_at: datetime
    verified_by: str
    state: str


class WordView(Model):
    """One person's word on something that stood open: its lift, its discharge, an answer to it, or its taking back."""

    what: Literal["lift", "discharge", "answer", "withdrawal", "acceptance", "closing"]
    subject: str
    by: str
    role: str
    entry: int
    at: datetime
    key: str | None
    evidence: tuple[str, ...]
    candidates: tuple[str, ...]
    text: str | None


class RefusalView(Model):
    """A command about the release, other than a move, that was refused and recorded.

    ``subject`` is what it was aimed at, where it was at something, and ``text`` the reason that was given for it.
    """

    entry: int
    at: datetime
    by: str
    command: str
    code: str
    outcome: str
    message: str
    subject: str | None
    text: str | None


class DissentView(Model):
    """A refusal, and how it ended, where it did: by its maker, by an answer, or not at all.

    ``exposure`` is how far the refused step leads, ``ended`` the entry by which it ceased to stand against the present
    candidate, and ``ended_by`` by whose words that was. ``attempts`` are the words on it that were refused.
    """

    id: str
    by: str
    role: str
    authority: str
    trigger: str
    exposure: Exposure
    entry: int
    at: datetime
    key: str | None
    candidate: str
    text: str | None
    standing: bool
    fate: Ending
    ended: int | None
    ended_by: tuple[str, ...]
    words: tuple[WordView, ...]
    attempts: tuple[RefusalView, ...]


class PressureView(Model):
    """One plain number about time: what was measured, in seconds, and between which entries.

    ``seconds`` is negative where the one came after the other.
    """

    kind: Literal["review", "quickest sign-off", "to the date", "last sign-off", "slips", "process", "signers"]
    text: str
    seconds: int | None
    entries: tuple[int, ...]


class RosterChangeView(Model):
    """A change of who may sign, or of a key, that touches the release's roles while it was under way.

    ``before_gate`` is the entry of the next raise that was made after it, and ``seconds`` how long before that.
    """

    entry: int
    at: datetime
    by: str
    text: str
    roles: tuple[str, ...]
    before_gate: int | None
    seconds: int | None
