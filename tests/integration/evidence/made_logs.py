"""Runs Inspect for the tests, in a process of its own: ``python made_logs.py DIRECTORY``.

Inspect leaves streams open that warn when they are collected, in whichever test runs by then.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from inspect_ai import Epochs, Task, score
from inspect_ai import eval as run
from inspect_ai.dataset import Sample
from inspect_ai.log import (
    EvalLog,
    MetadataEdit,
    ProvenanceData,
    edit_eval_log,
    invalidate_samples,
    read_eval_log,
    write_eval_log,
)
from inspect_ai.scorer import Score, accuracy, exact, match, mean, scorer, stderr
from inspect_ai.solver import solver

from workflow.tour.evaluations.make_logs import make_log

FORMATS = ("eval", "json")
CANDIDATE = "9f3c" * 16
LEE = ProvenanceData(author="lee", reason="leaked")


@solver
def answer(failing):
    async def solve(state, generate):
        if state.sample_id in failing:
            raise RuntimeError("no answer")
        state.output.completion = state.metadata["answer"]
        return state

    return solve


@scorer(metrics=[mean(), stderr()])
def length():
    async def scored(state, target):
        return Score(value=len(state.output.completion))

    return scored


@scorer(metrics=[accuracy(), stderr()])
def undecided():
    async def scored(state, target):
        return Score.unscored() if state.sample_id == 1 else Score(value="C")

    return scored


SCENARIOS = {
    "whole": {},
    "limit": {"limit": 3},
    "range": {"limit": (0, 3)},
    "chosen": {"sample_id": [1, 2]},
    "limit_and_epochs": {"limit": 3, "epochs": 2},
    "wide_limit": {"limit": 99},
    "epochs": {"epochs": 3},
    "failure_let_pass": {"failing": (9,), "fail_on_error": False},
    "failure_scored": {"failing": (9,), "fail_on_error": False, "score_on_error": True},
    "failure_hidden": {"failing": (9,), "fail_on_error": False, "score_on_error": True, "log_samples": False},
    "unscored": {"scorers": undecided()},
    "three_scorers": {"scorers": [match(), exact(), length()]},
    "two_reducers": {"epochs": Epochs(2, ["mean", "at_least_1"])},
}
"""Ten samples, three of them right, run with these options."""


def evaluate(directory, form, *, failing=(), scorers=None, **options) -> EvalLog:
    dataset = [
        Sample(id=number, input="?", target="yes", metadata={"answer": "yes" if number <= 3 else "no"})
        for number in range(1, 11)
    ]
    task = Task(dataset=dataset, solver=answer(failing), scorer=scorers or match(), name="bio_uplift")
    (log,) = run(task, model="mockllm/model", log_dir=str(directory), log_format=form, display="none", **options)
    return log


def changed_afterwards(log):
    """The same whole run, as people change logs after the run."""
    yield "invalidated", invalidate_samples(log, [log.samples[0].uuid], LEE)
    yield "candidate_edited", edit_eval_log(log, [MetadataEdit(metadata_set={"holdfast_candidate": CANDIDATE})], LEE)
    yield "scored_again", score(log, length(), action="overwrite", display="none")
    without_number = log.model_copy(deep=True)
    without_number.results.scores[0].metrics["accuracy"].value = float("nan")
    yield "no_number", without_number


def main(directory: Path) -> None:
    for form in FORMATS:
        for name, options in SCENARIOS.items():
            with TemporaryDirectory() as workplace:
                Path(evaluate(workplace, form, **options).location).rename(directory / f"{name}.{form}")
        for name, log in changed_afterwards(read_eval_log(str(directory / f"whole.{form}"))):
            write_eval_log(log, str(directory / f"{name}.{form}"))
        for outcome in ("success", "error", "cancelled"):
            with TemporaryDirectory() as workplace:
                made = make_log(
                    Path(workplace),
                    "bio_uplift",
                    "0.3",
                    samples=20,
                    candidate=CANDIDATE,
                    outcome=outcome,
                    log_format=form,
                )
                made.rename(directory / f"{outcome}.{form}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
