"""Reads the one format of this project's own, for evaluations that no other reader knows (docs/report-format.md).

    {"holdfast_report": 1, "name": "bio_uplift", "status": "conclusive", "tool": "our-harness 3.1",
     "completed_at": "2026-11-12T09:00:00Z", "samples": 400, "candidate": DIGEST,
     "metrics": [{"name": "accuracy", "scorer": "match", "value": "0.31", "stderr": "0.0231"}]}

Whoever writes it knows the format, so it is read strictly: a field that is unknown, missing or of another form is an
error that names it, and never something to be left out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from workflow.clock import parse_moment, timestamp
from workflow.errors import InvalidInput
from workflow.evidence.foreign import check_size, parse, word
from workflow.evidence.report import Digest, EvidenceReport, Label, Metric, Name, Number, Status, checked

READER = "holdfast-report@1"
KIND = "report"
MARK = "holdfast_report"
"""The field that says what a file is, and holds the version of the format."""

VERSION = 1
_FORM = "write it as docs/report-format.md says, or attach the file as a document"


def _moment(text: object) -> str:
    try:
        return timestamp(parse_moment(text)) if isinstance(text, str) else _no_time(text)
    except InvalidInput as error:
        raise ValueError(error.message) from None


def _no_time(value: object) -> str:
    raise ValueError(f"{word(value)} is not a time; write it like 2025-07-17T17:00:00Z")


def _written(value: object) -> object:
    # A number in the file arrives as it was written, so it is as exact as a text.
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Written = Annotated[Number, BeforeValidator(_written)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Metric(_Strict):
    name: Name
    value: Written
    stderr: Annotated[Written, Field(ge=0)] | None = None
    scorer: Label = ""


class Report(_Strict):
    """The file, as docs/report-format.md describes it."""

    holdfast_report: Literal[1]
    name: Name
    status: Status
    detail: Label = ""
    tool: Name
    completed_at: Annotated[str, BeforeValidator(_moment)] | None = None
    samples: Annotated[int, Field(ge=0, strict=True)] = 0
    metrics: tuple[_Metric, ...] = ()
    candidate: Digest | None = None
    model: Label = ""
    run: Label = ""

    @model_validator(mode="after")
    def _says_what_its_status_needs(self) -> Self:
        places = [(metric.scorer, metric.name) for metric in self.metrics]
        if len(set(places)) < len(places):
            raise ValueError("metrics: a metric stands twice for the same scorer")
        if self.status != "conclusive":
            if not self.detail:
                raise ValueError(f"detail: a report that is {self.status} says why")
            return self
        lacking = {
            "completed_at": self.completed_at is None,
            "samples": self.samples == 0,
            "metrics": not self.metrics,
        }
        for field, missing in lacking.items():
            if missing:
                raise ValueError(f"{field}: a conclusive report has it")
        return self


def read_json_report(data: bytes, filename: str) -> EvidenceReport:
    """What a report in this project's own format says.

    Raises:
        InvalidInput: it is not in that format, or of another version of it; the message names the field.
    """
    check_size(data, filename, remedy="leave single samples out of it")
    raw: Any = parse(data, filename, "a report", remedy=_FORM)
    if not isinstance(raw, dict) or MARK not in raw:
        raise InvalidInput(f"{filename} is JSON, but no report that says {MARK!r}", remedy=_FORM)
    if type(raw[MARK]) is not int or raw[MARK] != VERSION:
        raise InvalidInput(
            f"{filename} has version {word(raw[MARK])} of the report format; {VERSION} is read here", remedy=_FORM
        )
    with checked(f"{filename} is not as a report is written", remedy=_FORM):
        report = Report.model_validate(raw)
        return EvidenceReport(
            reader=READER,
            kind=KIND,
            name=report.name,
            status=report.status,
            detail=report.detail,
            metrics=tuple(
                Metric(name=metric.name, value=metric.value, stderr=metric.stderr, scorer=metric.scorer)
                for metric in report.metrics
            ),
            samples=report.samples,
            completed_at=report.completed_at,
            candidate=report.candidate,
            run=report.run,
            tool=report.tool,
            model=report.model,
        )
