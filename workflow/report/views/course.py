"""The course of a release: what it was, where it went, and what each gate said."""

from __future__ import annotations

from datetime import datetime

from workflow.policy import Verdict
from workflow.process import Exposure, Model


class ComponentView(Model):
    """A part of a candidate. ``digest`` is over the paths and digests of its files, by which one part is recognised.

    ``files`` and ``bytes`` are null where the manifest is not at hand.
    """

    name: str
    files: int | None = None
    bytes: int | None = None
    digest: str | None = None


class ReportedCandidate(Model):
    """A candidate that the release has or had, by the entry that brought it, and until which one it stood."""

    digest: str
    label: str
    components: tuple[ComponentView, ...]
    files: int
    size: int
    authors: tuple[str, ...]
    parents: tuple[str, ...]
    variant: str | None
    by: str
    entry: int
    at: datetime
    until: int | None


class ReportedStage(Model):
    """A stage of a process."""

    name: str
    exposure: Exposure
    means: str


class ReportedTransition(Model):
    """A transition of a process, and what its gate demands in words, where its rules are known here."""

    trigger: str
    sources: tuple[str, ...]
    dest: str
    means: str
    irreversible: bool
    raises: bool
    demands: tuple[str, ...]


class ReportedProcess(Model):
    """A process that the release went under, from an entry on and from the stage where it ``began``.

    ``moves`` are the numbers of those made under it.
    """

    digest: str
    label: str
    means: str
    solo: bool
    signed: bool
    exposure: Exposure
    stages: tuple[ReportedStage, ...]
    transitions: tuple[ReportedTransition, ...]
    began: str
    entry: int
    at: datetime
    moves: tuple[int, ...]


class MoveView(Model):
    """A move that was made, numbered in order. ``key`` is None where its maker only claimed to be it."""

    number: int
    entry: int
    at: datetime
    by: str
    key: str | None
    trigger: str
    source: str
    dest: str
    irreversible: bool
    raises: bool
    round: int
    candidate: str
    reason: str | None
    taken_back: int | None = None


class StayView(Model):
    """A stage that the release was in, from when on and until when."""

    stage: str
    exposure: Exposure
    since: datetime
    until: datetime | None
    entry: int


class GateView(Model):
    """One attempt at a gate, with its verdicts as they were recorded: crossed, or refused.

    ``reason`` is what whoever tried said.
    """

    entry: int
    at: datetime
    by: str
    key: str | None
    trigger: str
    source: str
    dest: str
    crossed: bool
    irreversible: bool
    round: int
    message: str
    verdicts: tuple[Verdict, ...]
    reason: str | None
    overridden: str | None = None


class LineView(Model):
    """One entry of the release's stream, in words. Its reason and its events are told by ``holdfast history``."""

    entry: int
    at: datetime
    actor: str
    key: str | None
    refused: bool
    summary: tuple[str, ...]
    hash: str
