"""What is read out of a log, and which runs count."""

import json
from decimal import Decimal

import pytest
from handmade import CANDIDATE, as_json, as_zip, log, score

from workflow.errors import InvalidInput
from workflow.evidence import EvidenceReport, Metric
from workflow.evidence.inspect_log import read_inspect_log
from workflow.ledger import decode, encode


def read(**changes):
    return read_inspect_log(as_json(log(**changes)), "bio.json")


def test_a_log_says_what_was_measured_on_what_by_what():
    assert read(eval__metadata={"holdfast_candidate": CANDIDATE}) == EvidenceReport(
        reader="inspect-log@1",
        kind="inspect",
        name="bio_uplift",
        status="conclusive",
        detail="",
        metrics=(
            Metric(name="accuracy", value="0.31", stderr="0.0231", scorer="match"),
            Metric(name="stderr", value="0.0231", stderr=None, scorer="match"),
        ),
        samples=400,
        completed_at="2026-11-12T09:00:00.000000Z",
        candidate=CANDIDATE,
        run="ipRWkkAVFUi3RmeaSMXbgm",
        tool="inspect_ai 0.3.285",
        model="mockllm/aurora-7b",
    )


def test_both_forms_of_a_log_say_the_same():
    header = as_json(log())
    assert read_inspect_log(as_zip({"header.json": header}), "bio.eval") == read_inspect_log(header, "bio.json")


def test_a_report_survives_the_ledger_which_has_no_floats():
    report = read(results__scores=[score("match", accuracy=1e-7, stderr=0.3000000000000001)])
    assert EvidenceReport.model_validate(decode(encode(report.model_dump(mode="json")))) == report


@pytest.mark.parametrize("written", ["0.1", "0.30000000000000004", "1e-05", "1", "-2.5E+3", "0.10"])
def test_a_value_is_exactly_what_the_log_wrote(written):
    data = as_json(log()).replace(b"0.31", written.encode())
    value = read_inspect_log(data, "bio.json").metrics[0].value
    assert value is not None and value.as_tuple() == Decimal(written).as_tuple()


@pytest.mark.parametrize(
    "written", ["NaN", "Infinity", "-Infinity", "null", "1e400000000000000000000", "1e5000", "9" * 60]
)
def test_what_is_no_usable_number_is_no_value(written):
    metric = read_inspect_log(as_json(log()).replace(b"0.31", written.encode()), "bio.json").metrics[0]
    assert (metric.name, metric.value) == ("accuracy", None)


def test_the_standard_error_belongs_to_the_mean_and_to_nothing_else():
    report = read(results__scores=[score("judge", mean=0.4, std=0.2, stderr=0.05)])
    assert {metric.name: metric.stderr for metric in report.metrics} == {
        "mean": Decimal("0.05"),
        "std": None,
        "stderr": None,
    }


def test_two_standard_errors_are_none_because_nothing_tells_which_is_meant():
    scored = score("match", accuracy=0.31, stderr=0.02)
    scored["metrics"]["stderr1"] = {"name": "stderr", "value": 0.09}
    assert read(results__scores=[scored]).metrics[0].stderr is None


def test_a_negative_standard_error_is_none():
    assert read(results__scores=[score("match", accuracy=0.31, stderr=-0.02)]).metrics[0].stderr is None


def test_epochs_ask_the_same_questions_again_and_make_no_larger_sample():
    report = read(eval__config={"epochs": 4}, results__total_samples=1600, results__completed_samples=1600)
    assert (report.status, report.samples) == ("conclusive", 400)


SHORT_RUNS = {
    "still running": ({"status": "started", "results": None}, "incomplete", "not finished"),
    "no status": ({"status": "started"}, "incomplete", "not finished"),
    "cancelled": ({"status": "cancelled"}, "cancelled", "cancelled; 400 of 400"),
    "ended with an error": ({"status": "error", "results": None}, "errored", "0 of 0 samples"),
    "success and an error": ({"error": {"message": "boom"}}, "errored", "ended with an error"),
    "invalidated": ({"invalidated": True}, "invalidated", "declared invalid"),
    "success without results": ({"results": None}, "incomplete", "no sample was run"),
    "samples failed": ({"results__completed_samples": 399}, "incomplete", "399 of 400 samples completed"),
    "more done than planned": ({"results__completed_samples": 401}, "incomplete", "401 of 400"),
    "ended early": ({"results__logged_samples": 12}, "incomplete", "12 of 400 samples are in the log"),
    "stopped early": ({"results__early_stopping": {"early_stops": [{"id": 1}]}}, "incomplete", "stopped early"),
    "a part of the dataset": ({"eval__dataset": {"samples": 900}}, "incomplete", "400 of the 900 samples"),
    "an epoch missing": ({"eval__config": {"epochs": 2}}, "incomplete", "400 of the 800"),
    "a dataset of unknown size": ({"eval__dataset": {}}, "incomplete", "does not say how many samples"),
    "failures scored, nothing kept": (
        {"eval__config": {"score_on_error": True, "log_samples": False}},
        "incomplete",
        "how many failed cannot be told",
    ),
    "no scorer": ({"results__scores": []}, "incomplete", "nothing was scored"),
    "no time": ({"stats": {"completed_at": ""}}, "incomplete", "when the run ended"),
    "a sample without a score": (
        {"results__scores": [{**score("match", accuracy=0.1), "unscored_samples": 3}]},
        "incomplete",
        "3 samples were left without a score",
    ),
}


@pytest.mark.parametrize("changes, status, detail", SHORT_RUNS.values(), ids=SHORT_RUNS)
def test_a_run_that_is_not_whole_does_not_count_and_says_why(changes, status, detail):
    report = read(**changes)
    assert report.status == status
    assert not report.conclusive
    assert detail in report.detail


def test_failures_that_were_scored_but_logged_do_not_hide():
    assert read(eval__config={"score_on_error": True, "log_samples": True}).conclusive


def test_an_early_stopping_that_stopped_nothing_does_no_harm():
    assert read(results__early_stopping={"early_stops": []}).conclusive


def test_the_logs_own_words_about_an_error_are_not_repeated():
    assert "s3cret" not in str(read(status="error", error={"message": "s3cret", "traceback": "s3cret"}))


def test_a_run_that_crashed_before_its_header_was_written_is_incomplete():
    value = log()
    start = {"version": value["version"], "eval": value["eval"], "plan": {}}
    report = read_inspect_log(as_zip({"_journal/start.json": as_json(start)}), "bio.eval")
    assert (report.status, report.name, report.metrics) == ("incomplete", "bio_uplift", ())


def test_a_log_without_a_statement_names_no_candidate():
    assert read().candidate is None
    assert read(eval__metadata={"other": 1}).candidate is None


@pytest.mark.parametrize(
    "stated", [None, "", 7, ["9f"], "9f3c", CANDIDATE.upper(), f"sha256:{CANDIDATE}", CANDIDATE + "\n"]
)
def test_a_malformed_candidate_is_an_error_and_not_the_absence_of_one(stated):
    with pytest.raises(InvalidInput, match="no digest of a candidate") as caught:
        read(eval__metadata={"holdfast_candidate": stated})
    assert "64 lower-case" in caught.value.remedy


@pytest.mark.parametrize(
    "edit",
    [
        {"type": "metadata", "metadata_set": {"holdfast_candidate": CANDIDATE}},
        {"type": "metadata", "metadata_remove": ["holdfast_candidate"]},
    ],
)
def test_a_candidate_that_was_edited_in_after_the_run_is_refused(edit):
    updates = [{"edits": [{"type": "tags", "tags_add": ["x"]}, edit], "provenance": {"author": "lee"}}]
    with pytest.raises(InvalidInput, match="edited after the run") as caught:
        read(log_updates=updates, eval__metadata={"holdfast_candidate": CANDIDATE})
    assert "as the run left it" in caught.value.remedy


def test_other_edits_do_no_harm():
    updates = [{"edits": [{"type": "metadata", "metadata_set": {"note": 1}}], "provenance": {"author": "lee"}}]
    assert read(log_updates=updates).conclusive


def test_a_time_in_another_zone_is_told_in_utc():
    report = read(stats__completed_at="2026-11-12T10:30:00.25+01:30")
    assert report.completed_at == "2026-11-12T09:00:00.250000Z"


@pytest.mark.parametrize("time", ["2026-11-12T10:30:00", "yesterday"])
def test_a_time_that_can_be_read_two_ways_is_refused(time):
    with pytest.raises(InvalidInput):
        read(stats__completed_at=time)


def test_a_log_without_an_eval_id_goes_by_its_run_id():
    assert read(eval__eval_id="").run == "PQW5LB3X64nPKZVKyYwSUo"


def test_what_is_not_looked_at_may_be_anything():
    value = log(plan={"steps": 3}, samples="anything", location=None)
    value["eval"]["config"]["limit"] = [0, 400]
    assert read_inspect_log(json.dumps(value).encode(), "bio.json").conclusive
