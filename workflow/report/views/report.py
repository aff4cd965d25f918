"""A report as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Model
from workflow.report.views.course import (
    GateView,
    LineView,
    MoveView,
    ReportedCandidate,
    ReportedProcess,
    StayView,
)
from workflow.report.views.grounds import MeasurementView, OpinionView, ReportedHold, ReportedRequirement, SetAsideView
from workflow.report.views.people import (
    DissentView,
    PressureView,
    RefusalView,
    ReportedKey,
    ReportedSignOff,
    RosterChangeView,
    SignerView,
)
from workflow.views import AgainstView, AuditReport, Status
from workflow.views.packs import PackReport

VerdictWord = Literal[
    "released",
    "released, contested",
    "released, unproven",
    "withdrawn",
    "refused",
    "held",
    "blocked",
    "waiting",
    "not checkable",
    "allowed",
    "not in order",
]
"""What became of a release."""


class Summary(Model):
    """What became of a release, in a word and a sentence. ``entry`` is the move that made it so, where one did.

    ``released, contested`` is what was let out and has something standing against it there, as ``verify-deployed``
    tells. Where the audit found anything in what decides on it, the word is ``not in order``, and ``entry`` the first
    of that.
    """

    word: VerdictWord
    text: str
    entry: int | None = None


class ReportedException(Model):
    """Something that whoever reads a report must know before the rest: an override, an accepted risk and the like."""

    kind: Literal[
        "override",
        "accepted risk",
        "set-aside evidence",
        "solo",
        "erased text",
        "loosened process",
        "compromised key",
        "latecomer",
        "incident",
        "declared evidence",
        "claims only",
        "unproven publication",
        "overruled advice",
        "aborted publication",
    ]
    text: str
    entry: int | None = None


class ErasedView(Model):
    """A text of the release that was erased: only its commitment still stands in its entry."""

    entry: int
    name: str
    erased_in: int
    by: str


class Proof(Model):
    """What stands behind the report: the ledger, how far it went, and what was checked of it when the report was made.

    ``audit`` is None where nothing was checked again. Where it was read from a ``pack``, that is what was found in it.
    """

    origin: str
    entries: int
    root: str
    stream_entries: int
    source: str
    audit: AuditReport | None
    pack: PackReport | None = None


class Report(Model):
    """Everything that a report says of a release.

    ``status`` is what ``holdfast status`` says, asked for nobody. ``gates`` are attempts at moves in their order, and
    ``refusals`` other commands that were refused. ``against`` is all that stands against the present candidate, from
    relatives too and however far a refused step leads; ``dissent`` are the refusals, those that ended included.
    """

    release: str
    made_at: datetime
    made_by: str
    summary: Summary
    exceptions: tuple[ReportedException, ...]
    signers: tuple[SignerView, ...]
    status: Status
    candidates: tuple[ReportedCandidate, ...]
    processes: tuple[ReportedProcess, ...]
    moves: tuple[MoveView, ...]
    stays: tuple[StayView, ...]
    gates: tuple[GateView, ...]
    refusals: tuple[RefusalView, ...]
    sign_offs: tuple[ReportedSignOff, ...]
    keys: tuple[ReportedKey, ...]
    against: tuple[AgainstView, ...]
    dissent: tuple[DissentView, ...]
    holds: tuple[ReportedHold, ...]
    requirements: tuple[ReportedRequirement, ...]
    measurements: tuple[MeasurementView, ...]
    opinions: tuple[OpinionView, ...]
    set_aside: tuple[SetAsideView, ...]
    pressure: tuple[PressureView, ...]
    roster_changes: tuple[RosterChangeView, ...]
    erased: tuple[ErasedView, ...]
    lines: tuple[LineView, ...]
    proof: Proof
