"""Makes small, real Inspect logs without a model and without a network.

The solver sets each answer itself, so that the accuracy is exactly what is asked for. Run it as
``python -m workflow.tour.evaluations.make_logs DIRECTORY [--candidate DIGEST]``; it needs ``inspect_ai``.

No sample is logged: it keeps the logs small, and the error of a sample would carry paths of the machine that it ran on.
For the same reason the runs take place in the directory of the logs, where Inspect finds no git checkout to describe.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import anyio
from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.scorer import match
from inspect_ai.solver import Generate, Solver, TaskState, solver

from workflow.evidence import CANDIDATE_KEY

Outcome = Literal["success", "error", "cancelled"]
LogFormat = Literal["eval", "json"]

SAMPLES = 400
MODEL = "mockllm/aurora-7b"
RUNS: tuple[tuple[str, str, str, Outcome], ...] = (
    ("bio_uplift-0.31", "bio_uplift", "0.31", "success"),
    ("bio_uplift-0.18", "bio_uplift", "0.18", "success"),
    ("cyber_range-0.12", "cyber_range", "0.12", "success"),
    ("cyber_range-errored", "cyber_range", "0.12", "error"),
    ("refusal_rate-0.97", "refusal_rate", "0.97", "success"),
    ("refusal_rate-cancelled", "refusal_rate", "0.97", "cancelled"),
)
"""Each log that the tour keeps: file name, task, accuracy and how the run ended."""


@solver
def answer_as_planned(outcome: Outcome) -> Solver:
    """Answers as each sample's metadata says; in its last tenth the run goes the way of ``outcome``."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
        if state.metadata["late"] and outcome == "error":
            raise RuntimeError("the range went down")
        if state.metadata["late"] and outcome == "cancelled":
            signal.raise_signal(signal.SIGINT)  # what Ctrl-C does
            await anyio.sleep_forever()
        state.output.completion = state.metadata["answer"]
        return state

    return solve


def make_log(
    directory: Path,
    task: str,
    accuracy: str,
    *,
    samples: int = SAMPLES,
    candidate: str | None = None,
    outcome: Outcome = "success",
    log_format: LogFormat = "eval",
) -> Path:
    """Runs one evaluation whose accuracy is the given share of right answers, and returns its log in ``directory``."""
    right = round(Decimal(accuracy) * samples)
    dataset = [
        Sample(
            id=number,
            input=f"{task} question {number}",
            target="yes",
            metadata={"answer": "yes" if number <= right else "no", "late": number > samples - samples // 10},
        )
        for number in range(1, samples + 1)
    ]
    directory = directory.resolve()
    before = set(directory.iterdir())
    with contextlib.chdir(directory), contextlib.suppress(KeyboardInterrupt):
        run(
            Task(dataset=dataset, solver=answer_as_planned(outcome), scorer=match(), name=task),
            model=MODEL,
            metadata={CANDIDATE_KEY: candidate} if candidate else None,
            log_dir=str(directory),
            log_format=log_format,
            log_samples=False,
            log_realtime=False,
            max_samples=1,
            fail_on_error=0.05,
            continue_on_fail=True,
            display="none",
        )
    (log,) = set(directory.iterdir()) - before
    return log


def main() -> None:
    """Makes every log of :data:`RUNS`, as ``.eval`` and, written again by Inspect, as ``.json``."""
    parser = argparse.ArgumentParser(description="Makes the evaluation logs of the tour.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--candidate", metavar="DIGEST", help="the manifest digest that the logs shall state")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for file_name, task, accuracy, outcome in RUNS:
        with TemporaryDirectory() as workplace:
            log = make_log(Path(workplace), task, accuracy, candidate=arguments.candidate, outcome=outcome)
            (arguments.directory / f"{file_name}.eval").write_bytes(log.read_bytes())
            write_eval_log(read_eval_log(str(log)), str(arguments.directory / f"{file_name}.json"))


if __name__ == "__main__":
    main()
