"""What gates rest on beside decisions: reports, reviews and statements."""

from __future__ import annotations

from typing import Literal

from workflow.events.base import Event
from workflow.evidence import EvidenceReport
from workflow.facts import Binding, ComponentChange, Identifier, RiskVerdict, Slug, TestVerdict, TextName
from workflow.process import Digest, Name


class EvidenceAttached(Event):
    """A report or a document was attached. ``made_for`` says for which candidate, and whether it says so itself."""

    type: Literal["evidence_attached"] = "evidence_attached"
    id: Identifier
    blob: Digest
    filename: str
    report: EvidenceReport
    made_for: Digest
    stated: bool
    binding: Binding | None = None


class EvidenceSetAside(Event):
    """A report no longer counts, for a reason that somebody answers for."""

    type: Literal["evidence_set_aside"] = "evidence_set_aside"
    subject: Identifier
    binding: Binding


class EvidenceJustified(Event):
    """A person answers for letting a report that was made for a relative count for the present candidate too."""

    type: Literal["evidence_justified"] = "evidence_justified"
    source: Slug
    subject: Identifier
    made_for: Digest
    difference: dict[str, ComponentChange]
    binding: Binding


class RiskReviewed(Event):
    """A person in a role gave their verdict on a risk area of the candidate."""

    type: Literal["risk_reviewed"] = "risk_reviewed"
    id: Identifier
    area: Name
    verdict: RiskVerdict
    binding: Binding


class RequiredTestJudged(Event):
    """A person in a role said of a required test that it is done, failed or not applicable, and on what evidence."""

    type: Literal["required_test_judged"] = "required_test_judged"
    id: Identifier
    test: Name
    verdict: TestVerdict
    evidence: tuple[Identifier, ...]
    binding: Binding


class StatementMade(Event):
    """A named person said something about the release, in public or not."""

    type: Literal["statement_made"] = "statement_made"
    id: Identifier
    public: bool
    text: TextName
    binding: Binding
