"""What the gates rested on, and what stood in the way."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Model
from workflow.report.views.people import RefusalView, WordView


class ReportedHold(Model):
    """A hold, and by whose words it was lifted, where it was. ``lifted_at`` is when it ended for the first time.

    ``attempts`` are the words on it that were refused.
    """

    id: str
    by: str
    role: str
    owner: str
    entry: int
    at: datetime
    text: str | None
    review_by: datetime | None
    standing: bool
    lifted_at: datetime | None
    lifted_in: int | None
    words: tuple[WordView, ...]
    attempts: tuple[RefusalView, ...]


class ReportedRequirement(Model):
    """Something that had to be discharged, and how it was."""

    id: str
    kind: str
    by: str
    role: str
    discharged_by: str
    entry: int
    at: datetime
    text: str | None
    severity: str | None
    due: datetime | None
    bound: str | None
    open: bool
    overdue: bool
    words: tuple[WordView, ...]


class MeasurementView(Model):
    """What one report says of one metric, held against the bound that a gate has for it.

    All numbers are decimals, as text. ``compared`` is the value after margin or confidence. ``judged`` is what the
    bound says of the report alone; whether the report counts, and supports the candidate, the gate decides.
    """

    evidence: str
    entry: int
    at: datetime | None
    name: str
    kind: str
    metric: str
    bound: str
    direction: Literal["at most", "at least"]
    limit: str
    confidence: str | None
    margin: str | None
    trigger: str
    value: str | None
    stderr: str | None
    samples: int
    compared: str | None
    judged: Literal["met", "not_met", "inconclusive"]
    shown: str
    candidate: str
    current: bool
    stated: bool
    set_aside: int | None


class OpinionView(Model):
    """Somebody's verdict on a risk area or on a required test."""

    what: Literal["risk area", "test"]
    subject: str
    by: str
    role: str
    verdict: str
    entry: int
    at: datetime
    key: str | None
    evidence: tuple[str, ...]
    candidate: str
    current: bool
    text: str | None


class SetAsideView(Model):
    """A report that was taken out of what counts, and why."""

    evidence: str
    by: str
    role: str
    entry: int
    at: datetime | None
    key: str | None
    text: str | None
