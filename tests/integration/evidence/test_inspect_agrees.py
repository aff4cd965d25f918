"""Holds the reader against Inspect's own, on the logs that are kept and on logs made on the spot."""

import os
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog, read_eval_log

import workflow.tour.evaluations
from workflow.clock import timestamp
from workflow.errors import InvalidInput
from workflow.evidence import Bound, EvidenceReport, judge
from workflow.evidence.read import read_report
from workflow.tour.evaluations.make_logs import RUNS

KEPT = Path(workflow.tour.evaluations.__file__).parent
KEPT_LOGS = sorted(path for path in KEPT.iterdir() if path.suffix in (".eval", ".json"))
FORMATS = ("eval", "json")
STATUS = {"success": "conclusive", "error": "errored", "cancelled": "cancelled"}
CANDIDATE = "9f3c" * 16
ATTEMPTS = 3
GIVEN_UP = 90

every_form = pytest.mark.parametrize("form", FORMATS)


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A directory of logs that the installed Inspect has just written."""
    # Once in many runs Inspect waits in its own event loop for ever; so it is given up and asked again.
    for _ in range(ATTEMPTS - 1):
        with suppress(subprocess.TimeoutExpired):
            return logs_in(tmp_path_factory.mktemp("logs"))
    return logs_in(tmp_path_factory.mktemp("logs"))


def logs_in(directory: Path) -> Path:
    subprocess.run(
        [sys.executable, Path(__file__).with_name("made_logs.py"), directory],
        check=True,
        timeout=GIVEN_UP,
        env={**os.environ, "PYTHONPATH": str(Path(workflow.__file__).parent.parent)},
    )
    return directory


def read(path) -> EvidenceReport:
    return read_report(path.read_bytes(), path.name)


def numbers(log: EvalLog) -> list[tuple[str, str, float]]:
    return [(one.name, name, metric.value) for one in log.results.scores for name, metric in one.metrics.items()]


def read_by_both(path) -> EvidenceReport:
    found, inspects = read(path), read_eval_log(str(path), header_only=True)
    assert found.name == inspects.eval.task
    assert found.model == inspects.eval.model
    assert found.run == inspects.eval.eval_id
    assert found.tool == f"inspect_ai {inspects.eval.packages['inspect_ai']}"
    assert found.completed_at == timestamp(datetime.fromisoformat(inspects.stats.completed_at))
    assert [(metric.scorer, metric.name, float(metric.value)) for metric in found.metrics] == numbers(inspects)
    assert found.samples == inspects.results.completed_samples // inspects.eval.config.epochs
    assert found.candidate == (inspects.eval.metadata or {}).get("holdfast_candidate")
    assert found.status == STATUS[inspects.status] or (inspects.status, found.conclusive) == ("success", False)
    return found


@pytest.mark.parametrize("path", KEPT_LOGS, ids=lambda path: path.name)
def test_inspect_reads_the_same_in_every_kept_log(path):
    assert read_by_both(path).candidate is None


@pytest.mark.parametrize("name, task, share, outcome", RUNS, ids=[name for name, *_ in RUNS])
def test_a_kept_run_is_there_in_both_forms_which_say_the_same(name, task, share, outcome):
    one, other = (read(KEPT / f"{name}.{form}") for form in FORMATS)
    assert one == other
    assert (one.name, one.status) == (task, STATUS[outcome])
    if one.conclusive:
        assert (one.metrics[0].value, one.samples) == (Decimal(share), 400)


def test_there_is_no_kept_log_that_the_script_does_not_make():
    assert {path.name for path in KEPT_LOGS} == {f"{name}.{form}" for name, *_ in RUNS for form in FORMATS}


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.json")), ids=lambda path: path.name)
def test_a_kept_log_is_small_and_tells_nothing_of_the_machine_it_was_made_on(path):
    text = path.read_text()
    assert len(text) < 150_000
    assert not [word for word in ("/home/", "/root", "/tmp", "/Users/", "Traceback", '"revision"') if word in text]  # noqa: S108


@every_form
@pytest.mark.parametrize("outcome", STATUS)
def test_a_new_run_is_read_as_inspect_reads_it_however_it_ended(made, outcome, form):
    found = read_by_both(made / f"{outcome}.{form}")
    assert (found.status, found.candidate) == (STATUS[outcome], CANDIDATE)


PARTIAL = {
    "limit": "3 of the 10 samples in the dataset",
    "range": "3 of the 10 samples in the dataset",
    "chosen": "2 of the 10 samples in the dataset",
    "limit_and_epochs": "6 of the 20 samples in the dataset",
    "failure_let_pass": "9 of 10 samples completed",
    "failure_scored": "9 of 10 samples completed",
    "failure_hidden": "how many failed cannot be told",
    "unscored": "1 samples were left without a score",
}


@every_form
@pytest.mark.parametrize("name, detail", PARTIAL.items(), ids=PARTIAL)
def test_a_success_in_which_samples_are_missing_is_incomplete(made, name, detail, form):
    path = made / f"{name}.{form}"
    assert read_eval_log(str(path), header_only=True).status == "success"
    found = read_by_both(path)
    assert found.status == "incomplete"
    assert detail in found.detail


@every_form
@pytest.mark.parametrize("name", ["whole", "wide_limit", "epochs", "three_scorers", "scored_again"])
def test_a_whole_run_is_conclusive_over_the_samples_of_the_dataset(made, name, form):
    found = read_by_both(made / f"{name}.{form}")
    assert (found.status, found.samples) == ("conclusive", 10)


@every_form
def test_several_scorers_need_the_scorers_name(made, form):
    found = read(made / f"three_scorers.{form}")
    assert judge(Bound(metric="accuracy", at_most="0.3"), found).outcome == "met"
    assert judge(Bound(metric="mean", at_most="1"), found).outcome == "inconclusive"
    assert judge(Bound(metric="exact/mean", at_most="0.3"), found).outcome == "met"
    assert judge(Bound(metric="length/mean", at_least="2"), found).outcome == "met"


@every_form
def test_two_reducers_of_one_scorer_cannot_be_told_apart(made, form):
    found = read_by_both(made / f"two_reducers.{form}")
    assert judge(Bound(metric="match/accuracy", at_most="1"), found).outcome == "inconclusive"


@every_form
def test_samples_that_were_declared_invalid_invalidate_the_report(made, form):
    assert read_by_both(made / f"invalidated.{form}").status == "invalidated"


@every_form
def test_a_candidate_that_was_edited_in_after_the_run_is_refused(made, form):
    with pytest.raises(InvalidInput, match="edited after the run"):
        read(made / f"candidate_edited.{form}")


@every_form
def test_scores_given_after_the_run_are_the_ones_that_are_read(made, form):
    assert {metric.scorer for metric in read(made / f"scored_again.{form}").metrics} == {"length"}


@every_form
def test_a_metric_that_is_no_number_is_not_usable(made, form):
    found = read(made / f"no_number.{form}")
    assert judge(Bound(metric="accuracy", at_most="1"), found).shown == "accuracy has no usable number"
