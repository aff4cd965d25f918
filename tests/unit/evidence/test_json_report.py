"""The report format of this project's own: what it says, and that whatever is wrong is named by its field."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.reports import CANDIDATE, as_json, own_report
from workflow.errors import InvalidInput
from workflow.evidence import EvidenceReport, Metric
from workflow.evidence.json_report import Report, read_json_report
from workflow.evidence.read import read_report

DOCUMENTED = Path(__file__).parents[3] / "docs" / "report-format.md"


def read(**changes):
    return read_json_report(as_json(own_report(**changes)), "bio.json")


def test_a_report_says_what_its_maker_wrote():
    assert read(model="aurora-7b", run="41") == EvidenceReport(
        reader="holdfast-report@1",
        kind="report",
        name="bio_uplift",
        status="conclusive",
        metrics=(Metric(name="accuracy", value="0.31", stderr="0.0231", scorer="match"),),
        samples=400,
        completed_at="2026-11-12T09:00:00.000000Z",
        candidate=CANDIDATE,
        run="41",
        tool="our-harness 3.1",
        model="aurora-7b",
    )


@pytest.mark.parametrize("written", ['"0.30000000000000004"', "0.30000000000000004", "1e-05", "7", "-2.5E+3", '"0.10"'])
def test_a_number_is_exactly_what_was_written(written):
    data = as_json(own_report()).replace(b'"0.31"', written.encode())
    value = read_json_report(data, "bio.json").metrics[0].value
    assert value is not None and value.as_tuple() == Decimal(written.strip('"')).as_tuple()


def test_one_that_decides_nothing_says_why_and_needs_no_more():
    found = read(status="errored", detail="the host went away", completed_at=..., samples=..., metrics=...)
    assert (found.status, found.detail, found.metrics) == ("errored", "the host went away", ())


WRONG = {
    "no JSON": (b"{", "neither a report nor any JSON"),
    "a list": (b"[]", "no report that says"),
    "another version": (as_json(own_report(holdfast_report=2)), "has version 2 of the report format"),
    "a version that is true": (as_json(own_report(holdfast_report=True)), "has version True"),
    "a name twice": (as_json(own_report()).replace(b'"tool"', b'"name"'), "stands twice"),
    "no name": (as_json(own_report(name=...)), "written: name: it is missing"),
    "an empty name": (as_json(own_report(name="")), "name: "),
    "no tool": (as_json(own_report(tool=...)), "tool: it is missing"),
    "an unknown status": (as_json(own_report(status="fine")), "status: "),
    "an unknown field": (as_json(own_report(verdict="yes")), "verdict: there is no such field"),
    "an unknown field of a metric": (
        as_json(own_report(metrics=[{"name": "a", "value": "1", "unit": "%"}])),
        "metrics.0.unit: there is no such field",
    ),
    "a number that is none": (as_json(own_report(metrics=[{"name": "a", "value": "high"}])), "metrics.0.value: "),
    "not a number": (as_json(own_report(metrics=[{"name": "a", "value": float("nan")}])), "metrics.0.value: "),
    "true for a number": (as_json(own_report(metrics=[{"name": "a", "value": True}])), "metrics.0.value: "),
    "a negative standard error": (
        as_json(own_report(metrics=[{"name": "a", "value": 1, "stderr": "-1"}])),
        "metrics.0.stderr: ",
    ),
    "a metric twice": (as_json(own_report(metrics=[{"name": "a", "value": 1}] * 2)), "a metric stands twice"),
    "no metric": (as_json(own_report(metrics=[])), "metrics: a conclusive report has it"),
    "no time": (as_json(own_report(completed_at=...)), "completed_at: a conclusive report has it"),
    "a time without a zone": (as_json(own_report(completed_at="2026-11-12T09:00:00")), "completed_at: .* no zone"),
    "a time that is a number": (as_json(own_report(completed_at=7)), "completed_at: .* not a time"),
    "no samples": (as_json(own_report(samples=...)), "written: samples: a conclusive report has it"),
    "samples as a text": (as_json(own_report(samples="400")), "samples: "),
    "a candidate that is no digest": (as_json(own_report(candidate="aurora")), "candidate: "),
    "one that decides nothing and does not say why": (as_json(own_report(status="incomplete")), "detail: .* says why"),
    "control characters": (as_json(own_report(tool="a\x07")), "tool: .* printable"),
}


@pytest.mark.parametrize("data, why", WRONG.values(), ids=WRONG)
def test_whatever_is_wrong_is_named_by_its_field_with_the_next_step(data, why):
    with pytest.raises(InvalidInput, match=why) as caught:
        read_json_report(data, "bio.json")
    assert caught.value.remedy


def test_it_is_recognised_by_what_it_says_it_is():
    assert read_report(as_json(own_report()), "anything.json").kind == "report"
    assert read_report(as_json(own_report()), "anything.txt", kind="report").kind == "report"


def test_the_documented_example_is_a_report_and_every_field_is_documented():
    text = DOCUMENTED.read_text()
    example = text.split("```json")[1].split("```")[0]
    assert read_json_report(example.encode(), "example.json").conclusive
    shown = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert shown == {*Report.model_fields, *Report.model_fields["metrics"].annotation.__args__[0].model_fields}
    assert json.loads(example)["holdfast_report"] == 1
