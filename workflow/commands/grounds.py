"""What is laid before the gates beside decisions: reports, reviews and statements."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workflow.commands.base import ReleaseCommand
from workflow.evidence import EvidenceReport
from workflow.facts import Identifier, RiskVerdict, Slug, TestVerdict, TextName
from workflow.process import Digest, Name


class Attach(ReleaseCommand):
    """Attaches a report. ``role`` is what its candidate is declared as; null where the report states it itself."""

    command: ClassVar[str] = "attach"
    blob: Digest
    filename: str = Field(min_length=1, max_length=255)
    report: EvidenceReport
    made_for: Digest
    stated: bool
    role: Name | None = None

    def brings(self) -> frozenset[str]:
        """The report."""
        return frozenset({self.blob})


class SetAside(ReleaseCommand):
    """Takes a report out of what counts."""

    command: ClassVar[str] = "set_aside"
    subject: Identifier
    role: Name


class Justify(ReleaseCommand):
    """Lets a report that was made for a relative count for the present candidate. ``source`` is its release."""

    command: ClassVar[str] = "justify"
    source: Slug
    subject: Identifier
    role: Name


class Review(ReleaseCommand):
    """Gives a verdict on a risk area."""

    command: ClassVar[str] = "review"
    area: Name
    verdict: RiskVerdict
    role: Name


class JudgeTest(ReleaseCommand):
    """Says of a required test what came of it, on some evidence."""

    command: ClassVar[str] = "test"
    test: Name
    verdict: TestVerdict
    role: Name
    evidence: tuple[Identifier, ...] = ()


class MakeStatement(ReleaseCommand):
    """Says something under one's own name about the release, or about one incident (``about``) that stands in it."""

    command: ClassVar[str] = "statement"
    added: ClassVar[tuple[str, ...]] = ("about",)
    role: Name
    public: bool
    text: TextName = "text"
    about: Identifier | None = None

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what is said."""
        return (*super().texts_named(), self.text)
