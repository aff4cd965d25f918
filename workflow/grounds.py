"""What gates rest on beside sign-offs, as it stands in a release: reports, justifications, reviews and statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow.evidence import EvidenceReport
from workflow.facts import ComponentChange
from workflow.signoff import Act


@dataclass(frozen=True, slots=True)
class Evidence:
    """A report that was attached, and what its reader understood. ``set_aside`` is the entry that took it out.

    ``at`` is the clock's reading in its entry. ``declared`` is the act by which somebody said whose it is, where it
    does not say so itself. ``doubted`` is the entry that had set it aside with a key that did not bear it: it counts
    again, and supports nothing.
    """

    id: str
    release: str
    entry: int
    by: str
    blob: str
    filename: str
    report: EvidenceReport
    candidate: str
    stated: bool
    declared: Act | None = None
    set_aside: int | None = None
    aside: Act | None = None
    doubted: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Justification:
    """One person's word, given in ``release``, that a report on an ancestor counts for the candidate of their act.

    ``source`` is the release that the report ``subject`` stands in, ``difference`` what became of each component.
    """

    act: Act
    release: str
    source: str
    subject: str
    difference: dict[str, ComponentChange]


@dataclass(frozen=True, slots=True)
class Review:
    """One person's verdict on one risk area."""

    id: str
    release: str
    act: Act
    area: str
    verdict: str


@dataclass(frozen=True, slots=True)
class JudgedTest:
    """One person's word on one required test, and the reports of the release that it cites."""

    id: str
    release: str
    act: Act
    test: str
    verdict: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a named person said, in the round in which they said it, and on which incident, if it was on one."""

    id: str
    act: Act
    public: bool
    text: str
    round: int
    about: str | None = None
