"""The tour's reports are the kept logs, of the run that its story tells."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workflow.artifact import build_manifest
from workflow.clock import timestamp
from workflow.evidence.read import read_report
from workflow.tour.model import write_model
from workflow.tour.reports import write_report

THEN = datetime(2025, 7, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("log", "value", "status"),
    [
        ("bio_uplift-0.31", "0.31", "conclusive"),
        ("bio_uplift-0.18", "0.18", "conclusive"),
        ("cyber_range-errored", None, "errored"),
    ],
)
def test_a_report_states_the_candidate_and_the_time_and_still_says_what_was_measured(
    tmp_path: Path, log: str, value: str | None, status: str
) -> None:
    write_model(tmp_path / "model")
    path = tmp_path / "report.json"

    write_report(log, path, model=tmp_path / "model", completed=THEN)

    report = read_report(path.read_bytes(), path.name)
    assert report.candidate == build_manifest(tmp_path / "model").digest
    assert report.completed_at == timestamp(THEN)
    assert report.status == status
    if value is not None:
        assert [str(metric.value) for metric in report.metrics if metric.name == "accuracy"] == [value]
