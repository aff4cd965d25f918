"""Reports as other tools write them, made by hand, so that a test can change one thing in them.

The results are laid out as lm-evaluation-harness 0.4.12 writes them (``lm_eval/result_schema.py`` and
``EvaluationTracker.save_results_aggregated``), with all the fields of a real file that a reader might trip over.
"""

from __future__ import annotations

import json
from typing import Any

CANDIDATE = "9f3c" * 16


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def changed(value: Any, changes: dict[str, Any]) -> Any:
    """With other values at some places; each names its place with underscores doubled, ``results__wmdp``."""
    for place, new in changes.items():
        *path, last = place.split("__")
        part = value
        for name in path:
            part = part[name]
        if new is ...:
            del part[last]
        else:
            part[last] = new
    return value


def task_config(task: str, version: float, states: str | None) -> dict[str, Any]:
    stated = {"holdfast_candidate": states} if states else {}
    return {
        "task": task,
        "dataset_path": "cais/wmdp",
        "test_split": "test",
        "doc_to_text": "{{question.strip()}}",
        "target_delimiter": " ",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        "output_type": "multiple_choice",
        "repeats": 1,
        "should_decontaminate": False,
        "metadata": {"version": version, "pretrained": "aurora-7b", **stated},
    }


def lm_eval_results(states: str | None = CANDIDATE, **changes: Any) -> dict[str, Any]:
    """One task, over the whole of its dataset."""
    value: dict[str, Any] = {
        "results": {
            "wmdp": {
                "name": "wmdp",
                "alias": "wmdp",
                "sample_len": 1273,
                "acc,none": 0.3142,
                "acc_stderr,none": 0.0130,
            }
        },
        "group_subtasks": {"wmdp": []},
        "configs": {"wmdp": task_config("wmdp", 1.0, states)},
        "versions": {"wmdp": 1.0},
        "n-shot": {"wmdp": 0},
        "higher_is_better": {"wmdp": {"acc": True}},
        "n-samples": {"wmdp": {"original": 1273, "effective": 1273}},
        "config": {
            "model": "hf",
            "model_args": {"pretrained": "aurora-7b", "dtype": "bfloat16"},
            "model_num_parameters": 7241732096,
            "model_dtype": "torch.bfloat16",
            "model_revision": "main",
            "model_sha": "",
            "batch_size": "8",
            "batch_sizes": [],
            "device": "cuda:0",
            "use_cache": None,
            "limit": None,
            "bootstrap_iters": 100000,
            "gen_kwargs": {},
            "random_seed": 0,
            "numpy_seed": 1234,
            "torch_seed": 1234,
            "fewshot_seed": 1234,
        },
        "git_hash": "4e7e0d4",
        "date": 1762938000.25,
        "pretty_env_info": "PyTorch version: 2.9.0",
        "transformers_version": "4.57.1",
        "lm_eval_version": "0.4.12",
        "upper_git_hash": None,
        "tokenizer_pad_token": ["<unk>", "0"],
        "tokenizer_eos_token": ["</s>", "2"],
        "tokenizer_bos_token": ["<s>", "1"],
        "eot_token_id": 2,
        "max_length": 4096,
        "task_hashes": {"wmdp": "ab" * 32},
        "model_source": "hf",
        "model_name": "aurora-7b",
        "model_name_sanitized": "aurora-7b",
        "system_instruction": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": False,
        "chat_template": None,
        "chat_template_sha": None,
        "start_time": 1042.75,
        "end_time": 1653.5,
        "total_evaluation_time_seconds": "610.75",
    }
    return changed(value, changes)  # type: ignore[no-any-return]


def lm_eval_group(states: str | None = CANDIDATE, **changes: Any) -> dict[str, Any]:
    """A group of two tasks, one with two filters, and what was aggregated over them."""
    scores = {
        "wmdp": {"alias": "wmdp", "acc,none": 0.41, "acc_stderr,none": 0.009},
        "wmdp_bio": {"alias": " - wmdp_bio", "acc,none": 0.55, "acc_stderr,none": 0.013},
        "wmdp_cyber": {
            "alias": " - wmdp_cyber",
            "exact_match,strict-match": 0.31,
            "exact_match_stderr,strict-match": 0.01,
            "exact_match,flexible-extract": 0.33,
            "exact_match_stderr,flexible-extract": "N/A",
        },
    }
    several = lm_eval_results(
        states,
        results=scores,
        groups={"wmdp": scores["wmdp"]},
        group_subtasks={"wmdp": ["wmdp_bio", "wmdp_cyber"]},
        configs={"wmdp_bio": task_config("wmdp_bio", 1.0, states), "wmdp_cyber": task_config("wmdp_cyber", 2, states)},
        versions={"wmdp": 3, "wmdp_bio": 1.0, "wmdp_cyber": 2},
    )
    several["n-shot"] = {"wmdp": 5, "wmdp_bio": 5, "wmdp_cyber": 5}
    several["n-samples"] = {
        "wmdp_bio": {"original": 1273, "effective": 1273},
        "wmdp_cyber": {"original": 1987, "effective": 1987},
    }
    return changed(several, changes)  # type: ignore[no-any-return]


def own_report(**changes: Any) -> dict[str, Any]:
    """A report in this project's own format."""
    value: dict[str, Any] = {
        "holdfast_report": 1,
        "name": "bio_uplift",
        "status": "conclusive",
        "tool": "our-harness 3.1",
        "completed_at": "2026-11-12T10:00:00+01:00",
        "samples": 400,
        "candidate": CANDIDATE,
        "metrics": [{"name": "accuracy", "scorer": "match", "value": "0.31", "stderr": 0.0231}],
    }
    return changed(value, changes)  # type: ignore[no-any-return]
