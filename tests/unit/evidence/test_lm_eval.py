"""What is read out of the results of lm-evaluation-harness, and which runs count."""

import pytest

from tests.support.reports import CANDIDATE, as_json, lm_eval_group, lm_eval_results
from workflow.errors import InvalidInput
from workflow.evidence import Bound, EvidenceReport, Metric, judge
from workflow.evidence.lm_eval import read_lm_eval
from workflow.evidence.read import read_report
from workflow.ledger import decode, encode

OTHER = "41d0" * 16


def read(name: str | None = None, **changes):
    return read_lm_eval(as_json(lm_eval_results(**changes)), "results_2026-11-12.json", name)


def of(name: str, **changes):
    return read_lm_eval(as_json(lm_eval_group(**changes)), "results.json", name)


def test_results_say_what_was_measured_on_what_by_which_harness_and_which_version_of_the_task():
    assert read() == EvidenceReport(
        reader="lm-eval-results@1",
        kind="lm_eval",
        name="wmdp",
        status="conclusive",
        metrics=(
            Metric(name="acc", value="0.3142", stderr="0.013", scorer="none"),
            Metric(name="version", value="1.0", stderr=None, scorer="task"),
            Metric(name="n_shot", value="0", stderr=None, scorer="task"),
        ),
        samples=1273,
        completed_at="2025-11-12T09:00:00.250000Z",
        candidate=CANDIDATE,
        run="task version 1.0, task hash " + "ab" * 32,
        tool="lm_eval 0.4.12, git 4e7e0d4",
        model="aurora-7b",
    )


def test_it_survives_the_ledger_which_has_no_floats():
    assert EvidenceReport.model_validate(decode(encode(read().model_dump(mode="json")))) == read()


def test_a_filter_is_the_scorer_of_a_metric_so_that_a_bound_can_name_one():
    found = of("wmdp_cyber")
    assert [(item.scorer, item.name, item.stderr) for item in found.metrics[:2]] == [
        ("strict-match", "exact_match", found.metrics[0].stderr),
        ("flexible-extract", "exact_match", None),
    ]
    assert judge(Bound(metric="exact_match", at_most="0.5"), found).outcome == "inconclusive"
    strict, flexible = "strict-match/exact_match", "flexible-extract/exact_match"
    assert judge(Bound(metric=strict, at_most="0.33", confidence="0.95"), found).outcome == "met"
    assert judge(Bound(metric=strict, at_most="0.32", confidence="0.95"), found).outcome == "not_met"
    assert judge(Bound(metric=flexible, at_most="0.5", confidence="0.95"), found).outcome == "inconclusive"


def test_a_gate_can_ask_for_a_version_of_the_task_and_for_the_number_of_shots():
    assert judge(Bound(metric="task/version", at_least="2"), of("wmdp_cyber")).outcome == "met"
    assert judge(Bound(metric="task/version", at_least="2"), of("wmdp_bio")).outcome == "not_met"
    assert judge(Bound(metric="task/n_shot", at_least="5"), of("wmdp")).outcome == "met"


def test_of_several_tasks_one_is_named():
    assert [of(name).name for name in ("wmdp", "wmdp_bio", "wmdp_cyber")] == ["wmdp", "wmdp_bio", "wmdp_cyber"]
    with pytest.raises(InvalidInput, match="of 3 tasks and groups, and nobody said of which") as caught:
        read_lm_eval(as_json(lm_eval_group()), "results.json")
    assert "wmdp, wmdp_bio, wmdp_cyber" in (caught.value.remedy or "")
    with pytest.raises(InvalidInput, match="none is called gsm8k"):
        of("gsm8k")


def test_a_group_has_the_samples_of_its_tasks_and_the_candidate_that_all_of_them_state():
    found = of("wmdp")
    assert (found.status, found.samples, found.candidate) == ("conclusive", 1273 + 1987, CANDIDATE)
    with pytest.raises(InvalidInput, match="do not state the same candidate"):
        of("wmdp", configs__wmdp_bio__metadata={"version": 1.0, "holdfast_candidate": OTHER})
    with pytest.raises(InvalidInput, match="do not state the same candidate"):
        of("wmdp", configs__wmdp_bio__metadata={"version": 1.0})


def test_a_run_that_states_no_candidate_has_to_be_declared():
    assert read(states=None).candidate is None
    assert read(configs={}).candidate is None


@pytest.mark.parametrize("stated", ["aurora-7b", CANDIDATE.upper(), "", 7, None, ["x"]])
def test_what_is_stated_is_a_digest_or_an_error(stated):
    with pytest.raises(InvalidInput, match="which is no digest of a candidate"):
        read(configs__wmdp__metadata={"holdfast_candidate": stated})


INCOMPLETE = {
    "no version of the harness": ({"lm_eval_version": ...}, "which version of the harness"),
    "an error in place of that version": (
        {"lm_eval_version": "No package metadata was found for lm_eval"},
        "which version of the harness",
    ),
    "a task without a version": ({"versions": {}}, "declares no version"),
    "the version that the harness writes for none": ({"versions__wmdp": "Yaml"}, "declares no version"),
    "nothing about a limit": ({"config": ...}, "whether a limit was set"),
    "a limit": ({"config__limit": 10}, "a limit on the samples was set"),
    "a limit that is a fraction": ({"config__limit": 0.5}, "a limit on the samples was set"),
    "no number of samples": ({"n-samples": ...}, "how many samples"),
    "no samples": ({"n-samples": {"wmdp": {"original": 0, "effective": 0}}}, "no sample was run"),
    "fewer samples than there are": (
        {"n-samples": {"wmdp": {"original": 1273, "effective": 1272}}},
        "1272 of the 1273 samples",
    ),
    "more samples than there are": (
        {"n-samples": {"wmdp": {"original": 1273, "effective": 1274}}},
        "1274 of the 1273 samples",
    ),
    "nothing scored": ({"results__wmdp": {"alias": "wmdp"}}, "nothing was scored"),
    "outputs that were not scored": ({"results__wmdp": {"bypass,none": 999}}, "nothing was scored"),
    "scores that are no numbers": ({"results__wmdp": {"acc,none": float("nan")}}, "nothing was scored"),
    "no date": ({"date": ...}, "when the run was made"),
    "a date outside the calendar": ({"date": 1e15}, "when the run was made"),
}


@pytest.mark.parametrize("changes, why", INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_run_of_which_something_essential_is_missing_decides_nothing(changes, why):
    found = read(**changes)
    assert (found.status, found.conclusive) == ("incomplete", False)
    assert why in found.detail


def test_a_group_one_of_whose_tasks_was_cut_short_decides_nothing():
    group = lm_eval_group()
    group["n-samples"]["wmdp_bio"]["effective"] = 100
    assert read_lm_eval(as_json(group), "r.json", "wmdp").detail == "2087 of the 3260 samples in the dataset were run"


def test_a_group_that_holds_itself_is_read_all_the_same():
    found = of("wmdp", group_subtasks={"wmdp": ["wmdp", "wmdp_bio"]})
    assert found.samples == 1273


def test_a_standard_error_that_is_none_is_none():
    assert [read(**{"results__wmdp__acc_stderr,none": said}).metrics[0].stderr for said in ("N/A", -1, None)] == [
        None
    ] * 3


NOT_RESULTS = {
    "no JSON": (b"x", "nor any JSON"),
    "a list": (b"[]", "no results file"),
    "no results": (b'{"versions": {}}', "no results file"),
    "a name twice": (b'{"results": {}, "results": {}, "versions": {}}', "stands twice"),
    "results of another form": (b'{"results": {"a": 1}, "versions": {}}', "not what lm_eval writes: results.a"),
    "no task": (b'{"results": {}, "versions": {}}', "of 0 tasks"),
}


@pytest.mark.parametrize("data, why", NOT_RESULTS.values(), ids=NOT_RESULTS)
def test_what_is_no_results_file_is_refused_with_the_next_step(data, why):
    with pytest.raises(InvalidInput, match=why) as caught:
        read_lm_eval(data, "results.json")
    assert caught.value.remedy


def test_results_are_recognised_by_what_stands_in_them():
    assert read_report(as_json(lm_eval_results()), "results_2026-11-12T09-00-00.json").kind == "lm_eval"
    assert read_report(as_json(lm_eval_group()), "r.json", name="wmdp_bio").name == "wmdp_bio"
